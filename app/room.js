// The reading room: conversation on the left, letter on the right, and what runs between them.
//
// The document is the only state: which passages are cited is read off the messages whenever these change, so that
// stop, retry, undo, clear and a reload need no code here. A passage is `#p=100-250,310-402&h=…`: positions in the letter.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const say = (nl, en) => (document.documentElement.lang === "nl" ? nl : en);
  const letter = () => $("#letter");
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const narrow = () => matchMedia("(max-width: 700px)").matches;
  const seen = (element) => element.checkVisibility?.() ?? true; // an older browser cannot tell
  const folded = (text) => text.replace(/\s+/g, " ").trim();

  // Positions

  const spansOf = (address) => {
    const named = /[#&]p=([\d,-]+)/.exec(address);
    return named ? named[1].split(",").map((part) => part.split("-").map(Number)) : [];
  };

  // Positions count characters; the browser counts UTF-16 units.
  const units16 = (text, characters) => [...text].slice(0, characters).join("").length;

  const pieces = () => $$("#letter [data-at]").map((piece) => {
    const start = Number(piece.dataset.at);
    return { piece, start, end: start + [...piece.textContent].length };
  });

  const ranges = (spans) => pieces().flatMap(({ piece, start, end }) => spans
    .filter(([from, to]) => from < end && start < to)
    .map(([from, to]) => {
      const range = new Range();
      const text = piece.firstChild;
      range.setStart(text, units16(text.data, Math.max(from - start, 0)));
      range.setEnd(text, units16(text.data, Math.min(to, end) - start));
      return range;
    }));

  const unitsAt = (spans) => new Set(pieces()
    .filter(({ start, end }) => spans.some(([from, to]) => from < end && start < to))
    .map(({ piece }) => piece.closest(".unit").dataset.unit));

  // Lighting: exactly these characters, without touching the letter's own elements.

  const light = (name, spans) => {
    if (!CSS.highlights) return; // an older browser: the whole sentences are lit, by class
    const lit = new Highlight(...ranges(spans));
    lit.priority = Number(name === "lit"); // over what is cited, whichever was drawn last
    CSS.highlights.set(name, lit);
  };

  let origin = null;

  const show = (spans, { focus = true } = {}) => {
    const names = unitsAt(spans);
    if (!names.size) return false;
    if (narrow()) turnTo("reading");
    light("lit", spans);
    for (const unit of $$("#letter .unit")) {
      unit.classList.toggle("lit", names.has(unit.dataset.unit));
      unit.removeAttribute("aria-current");
    }
    const [first] = $$("#letter .unit.lit");
    first.setAttribute("aria-current", "true");
    const { top, bottom } = letter().getBoundingClientRect();
    if (!narrow() && (bottom < 80 || top > innerHeight - 80)) letter().scrollIntoView({ block: "nearest" });
    bring(first, "center");
    if (focus) first.focus({ preventScroll: true });
    return true;
  };

  // On a wide screen the letter alone scrolls: the window stays where it is.
  const bring = (element, block) => {
    const there = element.getBoundingClientRect();
    const pane = letter().getBoundingClientRect();
    const above = block === "center" ? Math.max(16, (pane.height - there.height) / 2) : 0;
    const way = there.top - pane.top - above;
    const behavior = still() || Math.abs(way) > 2 * innerHeight ? "auto" : "smooth";
    if (narrow()) element.scrollIntoView({ block, behavior });
    else letter().scrollTo({ top: letter().scrollTop + way, behavior });
  };

  // What was lit for an earlier question says nothing of the next one.
  const dim = () => {
    light("lit", []);
    for (const unit of $$("#letter .unit.lit")) {
      unit.classList.remove("lit");
      unit.removeAttribute("aria-current");
    }
    if (spansOf(location.hash).length) history.replaceState(history.state, "", location.pathname + location.search);
  };

  const showUnit = (id) => show(pieces()
    .filter(({ piece }) => piece.closest(".unit").dataset.unit === id)
    .map(({ start, end }) => [start, end]));

  // What the conversation cites

  const cited = (answers) => answers.flatMap((answer) => $$(".card > a.cite", answer))
    .flatMap((link) => spansOf(link.getAttribute("href")));

  // From sending until the question stands in the conversation the box holds it still: what is typed then would be lost.

  const begin = () => {
    dim();
    quiet("passing", "offer");
  };

  let sent = null; // how many questions there were before
  const send = () => {
    const box = $("#box textarea");
    if (!box?.value.trim() || box.readOnly) return;
    begin();
    sent = $$("#chat .question").length;
    for (const toast of $$(".toast-body")) toast.dataset.seen = ""; // of an earlier question
    box.readOnly = true;
    $("#chat").setAttribute("aria-busy", "true");
  };

  const arrived = () => {
    if (sent === null || ($$("#chat .question").length === sent && !$(".toast-body:not([data-seen])"))) return;
    sent = null;
    $("#box textarea").readOnly = false;
    $("#chat").removeAttribute("aria-busy");
    setTimeout(() => { // by then the library has emptied the box
      if (!aside || $("#box textarea")?.value) return;
      write(aside);
      aside = "";
    }, 100);
  };

  let reasoned = false; // whether the reason for a thumb is under way
  let lost = false; // whether what had the focus may be gone now
  const refresh = () => {
    if (!letter()) return;
    const answers = $$("#chat .answer.answered");
    const last = $$("#chat .answer").at(-1);
    const now = cited(last && last.matches(".answered") ? [last] : []);
    const touched = unitsAt(cited(answers));
    const present = unitsAt(now);
    light("cited", now);
    for (const bar of $$("#strip [data-unit]")) {
      bar.classList.toggle("touched", touched.has(bar.dataset.unit));
      bar.classList.toggle("now", present.has(bar.dataset.unit));
    }
    for (const unit of $$("#letter .unit")) {
      const asked = touched.has(unit.dataset.unit);
      unit.classList.toggle("touched", asked);
      unit.classList.toggle("now", present.has(unit.dataset.unit));
      if (unit.id || !asked) unit.tabIndex = asked ? 0 : -1;
    }
    for (const page of $$("#strip li")) {
      const there = $$(".now", page).length;
      page.classList.toggle("now", there > 0);
      $("a", page).title = there
        ? say(`Hier staat het antwoord (${there})`, `The answer stands here (${there})`)
        : say("Ga naar deze pagina", "Go to this page");
    }
    tidy();
    arrived();
    if (lost && document.activeElement === document.body) $("#box textarea")?.focus({ preventScroll: true });
    if (reasoned && !$("#reason")) {
      reasoned = false;
      tell(say("Dank u, bewaard.", "Thank you, kept."));
    }
    remember();
    announce($$("#chat .answer, #chat .said").at(-1));
  };

  // The library labels a message with its whole source and reads every word of a growing one aloud.
  const tidy = () => {
    $('#chat [role="log"]')?.setAttribute("aria-live", "off");
    for (const message of $$("#chat [data-testid='bot'], #chat [data-testid='user']")) {
      const label = message.dataset.testid === "bot" ? say("Antwoord", "Answer") : say("Vraag", "Question");
      message.setAttribute("role", "group"); // without a role a label is not read
      if (message.getAttribute("aria-label") !== label) message.setAttribute("aria-label", label);
    }
    for (const question of $$("#chat .question")) {
      question.setAttribute("role", "heading");
      question.setAttribute("aria-level", "2");
    }
    const examples = $$("#chat button.example"); // the Dutch ones, then as many English ones
    examples.forEach((example, number) => {
      example.setAttribute("aria-label", example.textContent.trim());
      example.style.order = Number((number < examples.length / 2) !== (document.documentElement.lang === "nl"));
    });
    for (const send of $$("#box .submit-button, #reason .submit-button")) send.setAttribute("aria-label", say("Verstuur", "Send"));
    $("#box .stop-button")?.setAttribute("aria-label", "Stop");
  };

  let announced = "";
  const announce = (answer) => {
    if (!answer?.matches(".answered, .not_in_letter, .unclear, .said") || answer.textContent === "…") return;
    // The same words may answer two questions: each is told.
    const now = `${$$("#chat .question").length} ${answer.textContent}`;
    if (announced === now) return;
    announced = now;
    const many = $$(".card", answer).length;
    const text = ($(".short", answer) ?? $(".text", answer) ?? answer).textContent;
    // Its beginning, and not its last quotation, is what one wants to read first.
    const question = $$("#chat .question").at(-1);
    const log = $('#chat [role="log"]');
    const first = question.offsetHeight > log?.clientHeight / 2 ? answer : question;
    log?.scrollTo({ top: log.scrollTop + first.getBoundingClientRect().top - log.getBoundingClientRect().top - 40 });
    if (narrow()) $("#chat").scrollIntoView({ block: "start" });
    else follow(answer);
    const quotations = answer.lang === "nl" ? ["citaat", "citaten"] : ["quotation", "quotations"];
    tell(many ? `${text} (${many} ${quotations[Number(many !== 1)]})` : text, answer.lang || undefined);
  };

  // The letter beside the conversation turns to what a new answer cites, unless a passage is looked at.
  const follow = (answer) => {
    const link = $(".card > a.cite", answer);
    if (!answer.matches(".answered") || !link || $("#letter .unit.lit") || spansOf(location.hash).length) return;
    const names = unitsAt(spansOf(link.getAttribute("href")));
    const first = $$("#letter .unit").find((unit) => names.has(unit.dataset.unit));
    if (!first) return;
    const there = first.getBoundingClientRect();
    const pane = letter().getBoundingClientRect();
    if (there.top < pane.top || there.bottom > pane.bottom) bring(first, "center");
  };

  const tell = (text, language = document.documentElement.lang) => {
    const live = $("#live");
    live.lang = language;
    live.textContent = ""; // what is there already is not read out again
    setTimeout(() => { live.textContent = text; }, 50);
  };

  // Questions are kept in this browser alone, and forgotten when the conversation is cleared.

  let kept = false; // whether this browser keeps anything
  let before = []; // while it is empty, an empty conversation is one that has not come back yet
  const remember = () => {
    const questions = $$("#chat .question").map((question) => question.textContent);
    if (questions.length) kept = keep(questions);
    else if (before.length) {
      keep(null);
      const gone = before;
      const back = () => {
        keep(gone);
        try { sessionStorage.setItem("restored", "1"); } catch { /* then the focus is lost */ }
        location.reload();
      };
      // The first question taken back stands in the box.
      if (gone.length > 1 || folded($("#box textarea")?.value ?? "") !== folded(gone[0])) {
        const text = say("Het gesprek is gewist.", "The conversation was cleared.");
        if (kept) notice(text, "offer", say("Haal het terug", "Bring it back"), back);
        else notice(text, "passing");
      }
    }
    if (questions.length && !before.length) quiet("offer");
    before = questions;
  };

  const keep = (questions) => {
    try {
      for (const storage of [localStorage, sessionStorage]) {
        if (questions) storage.setItem("questions", JSON.stringify(questions));
        else storage.removeItem("questions");
      }
      return true;
    } catch {
      return false; // storage is switched off: then nothing is kept
    }
  };

  const remembered = () => {
    let questions = [];
    let draft = "";
    try {
      questions = JSON.parse(sessionStorage.getItem("questions") ?? localStorage.getItem("questions") ?? "[]");
      draft = sessionStorage.getItem("draft") ?? "";
    } catch { /* as above */ }
    const search = new URLSearchParams(location.search);
    const link = search.get("q") ?? "";
    search.delete("q"); // it is asked once: from now on it is among the questions that are kept
    const rest = search.toString();
    history.replaceState(history.state, "", location.pathname + (rest ? `?${rest}` : "") + location.hash);
    // For the page's library: the language of what could be either, what to ask the server, and whether the box opens
    // now or when that came back.
    const any = Boolean(link || questions?.length);
    const box = { __type__: "update", interactive: !any, value: draft };
    return [document.documentElement.lang, any ? JSON.stringify({ questions, link }) : "", box];
  };

  // Which answers cite a passage

  const citing = (name) => $$("#chat .answer.answered").filter((answer) => unitsAt(cited([answer])).has(name));

  let opener = null;
  const showCiting = (unit) => {
    opener = unit;
    $("#citing")?.remove();
    const answers = citing(unit.dataset.unit);
    if (!answers.length) return;
    const box = document.createElement("div");
    box.id = "citing";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", say("Antwoorden die dit citeren", "Answers that cite this"));
    const heading = document.createElement("p");
    heading.textContent = say("Geciteerd in het antwoord op:", "Cited in the answer to:");
    box.append(heading);
    for (const answer of answers) {
      const asked = $$("#chat .question").filter((q) => q.compareDocumentPosition(answer) & 4).at(-1);
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = asked?.textContent ?? "?";
      button.addEventListener("click", () => {
        box.remove();
        if (narrow()) turnTo("asking");
        (asked ?? answer).scrollIntoView({ block: "start", behavior: still() ? "auto" : "smooth" });
        $("a.cite", answer)?.focus({ preventScroll: true });
      });
      box.append(button);
    }
    place(box, unit.getBoundingClientRect());
    $("button", box).focus();
  };

  const place = (box, beside) => {
    document.body.append(box);
    const width = Math.min(340, innerWidth - 16);
    box.style.cssText = `width:${width}px; left:${Math.max(8, Math.min(beside.left, innerWidth - width - 8))}px`;
    // How high it is depends on how wide it is.
    const end = narrow() ? $("#panes-switch").getBoundingClientRect().top : innerHeight;
    box.style.top = `${Math.max(8, Math.min(beside.bottom + 6, end - box.offsetHeight - 8))}px`;
  };

  // A passage that the reader selects

  // Half a word is no quotation.
  const edge = (text, offset, way) => {
    let at = offset;
    while (/[\p{L}\p{N}]$/u.test(text.slice(0, at)) && /^[\p{L}\p{N}]/u.test(text.slice(at))) at += way;
    return at;
  };

  const selected = () => {
    const selection = getSelection();
    if (!letter() || selection.isCollapsed || !selection.rangeCount) return [];
    const range = selection.getRangeAt(0);
    if (!letter().contains(range.commonAncestorContainer)) return [];
    return pieces().flatMap(({ piece, start, end }) => {
      if (!range.intersectsNode(piece)) return [];
      const text = piece.firstChild;
      const count = (offset) => [...text.data.slice(0, offset)].length;
      const from = range.startContainer === text ? start + count(edge(text.data, range.startOffset, -1)) : start;
      const to = range.endContainer === text ? start + count(edge(text.data, range.endOffset, 1)) : end;
      return from < to ? [[from, to]] : [];
    }).sort(([from], [other]) => from - other); // signatories stand side by side, and not in the order of the letter
  };

  const offer = () => {
    $("#selected")?.remove();
    const spans = selected();
    if (!spans.length || !getSelection().toString().trim()) return;
    const box = document.createElement("div");
    box.id = "selected";
    box.setAttribute("role", "toolbar");
    box.setAttribute("aria-label", say("Met deze passage", "With this passage"));
    const button = (label, act) => {
      const one = document.createElement("button");
      one.type = "button";
      one.textContent = label;
      one.addEventListener("click", () => act(one));
      box.append(one);
    };
    const address = spans.map((span) => span.join("-")).join(",");
    button(say("Wat zegt de brief hier nog meer over?", "What else does the letter say about this?"), async () => {
      const found = await look(`p=${address}`);
      if (!found) return;
      // A question has an end: of a longer passage the beginning is asked about.
      const quote = found.quote.length > 600 ? found.quote.slice(0, 600).replace(/\s\S*$/, "") : found.quote;
      box.remove();
      getSelection().removeAllRanges();
      if (narrow()) turnTo("asking");
      ask(say(`Wat zegt de brief nog meer over “${quote}”?`, `What else does the letter say about “${quote}”?`));
    });
    const copied = (made) => async (one) => {
      const found = await look(`p=${address}`);
      if (found) copy(made(found), one);
    };
    button(say("Kopieer citaat", "Copy quotation"), copied((found) => found.plain));
    button(say("Kopieer link", "Copy link"), copied((found) => home() + found.link));
    place(box, getSelection().getRangeAt(0).getBoundingClientRect());
  };

  const write = (text) => {
    const box = $("#box textarea");
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  let aside = ""; // what stood in the box where a selection was asked about: put back when that question has gone
  const ask = (question) => {
    aside ||= $("#box textarea").value;
    write(question);
    setTimeout(() => $("#box .submit-button")?.click(), 60); // while an answer is written the question waits in the box
  };

  // Copying, saving

  const home = () => location.origin + location.pathname;
  // A page is told from Markdown by its beginning: what was typed may hold the other's way to write a link.
  const absolute = (text) => (text.startsWith("<!doctype html>")
    ? text.replaceAll('href="#p=', `href="${home()}#p=`)
    : text.replaceAll("](#p=", `](${home()}#p=`));

  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no permission, or a page that is not secure
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      button.focus();
      if (!done) {
        notice(say("Uw browser laat kopiëren niet toe.", "Your browser does not allow copying."));
        return;
      }
    }
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
    tell(say("Gekopieerd", "Copied"));
  };

  const save = (text, name) => {
    if (!text) {
      notice(say("Er is nog geen gesprek om te bewaren.", "There is no conversation to save yet."), "passing");
      return;
    }
    const link = document.createElement("a");
    const mark = name.endsWith(".csv") ? "\ufeff" : ""; // without it a spreadsheet takes the text for another encoding
    link.href = URL.createObjectURL(new Blob([mark, absolute(text)], { type: "text/plain;charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  // Notices, panes, switches

  // Bad news stays until it is closed, that of a "link" until another passage is shown; what is "passing" goes by
  // itself, an "offer" with the next question.
  let passing = 0;
  const notice = (text, kind = "bad", label = "", act = null) => {
    const line = $("#notice");
    if (line.contains(document.activeElement) && !narrow()) $("#box textarea")?.focus({ preventScroll: true });
    clearTimeout(passing);
    line.setAttribute("role", ["passing", "offer"].includes(kind) ? "status" : "alert");
    line.dataset.kind = kind;
    line.textContent = text;
    line.hidden = !text;
    if (!text) return;
    const add = (name, does) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", does);
      line.append(" ", button);
      return button;
    };
    if (act) add(label, act);
    add("×", () => notice("")).setAttribute("aria-label", say("Sluiten", "Close"));
    if (kind === "passing") passing = setTimeout(() => quiet("passing"), 8_000);
  };

  const quiet = (...kinds) => {
    if (!$("#notice").hidden && kinds.includes($("#notice").dataset.kind)) notice("");
  };

  const turnTo = (pane) => {
    if (!seen(letter()) && !seen($("#chat"))) $('[role="tab"]')?.click(); // from the evaluation
    const from = document.body.dataset.pane;
    document.body.dataset.pane = pane;
    if (from && from !== pane) {
      $("#citing, #selected")?.remove(); // they stand beside what is out of sight now
      quiet("passing");
      if (narrow()) step(pane);
    }
    for (const button of $$("#panes-switch button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
  };

  // On a phone the letter is a step further than the conversation: the browser's own way back leads from it there, and
  // its way forward to the letter again.
  history.scrollRestoration = "manual";
  const step = (pane) => {
    const page = location.pathname + location.search;
    const { hash } = location;
    if (pane === "asking") {
      if (history.state?.reading) history.back();
    } else if (!history.state?.reading) {
      history.replaceState(null, "", page); // or the way back would open the passage once more
      history.pushState({ reading: true }, "", page + hash);
    }
  };

  // Back to what led to the letter. Where that is gone, or out of sight, the focus goes to what is there.
  const goBack = () => {
    const there = origin?.isConnected && seen(origin) ? origin : $('#panes-switch [aria-pressed="true"]');
    there.focus({ preventScroll: true });
  };

  const dark = (on) => {
    document.body.classList.toggle("dark", on);
    try { localStorage.setItem("dark", String(on)); } catch { /* then it is forgotten */ }
  };

  // A link to a passage: shown, with a word on whether the text is still what it was when the link was made.

  // What stands there, or nothing, and a notice that says why.
  const look = async (address) => {
    const reply = await fetch(`passage?${address}`).catch(() => null);
    if (reply?.ok) return reply.json();
    notice(reply
      ? say("Dat wijst naar geen passage van deze brief.", "That names no passage of this letter.")
      : say("Geen verbinding met de server. Probeer het zo opnieuw.", "No connection to the server. Try again in a moment."));
    return null;
  };

  const openLink = async () => {
    const spans = spansOf(location.hash);
    if (!spans.length) return;
    const found = await look(location.hash.slice(1));
    if (!found) return;
    show(spans, { focus: false });
    if (found.unchanged === null) quiet("passing", "link");
    else if (found.unchanged) {
      notice(say("De passage van deze link is ongewijzigd.", "The passage of this link is unchanged."), "passing");
    } else {
      notice(say("Let op: de tekst op deze plaats is niet meer die van de link.",
        "Mind: the text at this place is no longer that of the link."), "link");
    }
  };

  // Wiring: one listener each, on the document, so that messages still being written are served as well.

  const AGAIN = '[aria-label="Opnieuw proberen"], [aria-label="Retry"]';

  document.addEventListener("click", (event) => {
    const target = event.target;
    const link = target.closest?.('#chat a[href^="#"], #letter a[href^="#"], #aids a[href^="#"], #strip a[href^="#"]');
    if (!target.closest?.("#citing")) $("#citing")?.remove();
    const other = target.closest?.("#switches a");
    if (other) {
      other.hash = location.hash;
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // another tab, a window, a file
      event.preventDefault();
      location.replace(other.href); // the same page in another language is no step further
      return;
    }
    if (target.closest?.(".skip")) {
      event.preventDefault();
      turnTo("asking");
      $("#box textarea").focus();
      return;
    }
    if (link) {
      quiet("passing", "link"); // what was said of another passage
      event.preventDefault(); // the page has a <base>: following the link would load it anew
      if (link.closest("#chat")) origin = link;
      const address = link.getAttribute("href");
      const spans = spansOf(address);
      if (spans.length) {
        if (show(spans)) history.replaceState(history.state, "", location.pathname + location.search + address);
      } else if (address.startsWith("#page-")) {
        if (narrow()) turnTo("reading");
        bring($(address).closest(".sheet"), "start");
      } else showUnit(address.slice(1));
      return;
    }
    const button = target.closest?.("button");
    // By mouse as well, but on a phone, where the focus would open the keyboard.
    lost = Boolean(button?.closest("#chat, #reason") && !button.matches(".copy")) && (event.detail === 0 || !narrow());
    reasoned = Boolean(button?.closest("#reason"));
    if (button?.matches(`#chat :is(.example, .top-panel button, ${AGAIN})`)) begin(); // or the conversation is cleared
    if (button?.matches("#box .submit-button")) send();
    else if (button?.matches("#chat .copy")) {
      const text = $(".clip", button).textContent;
      copy(text.startsWith("#p=") ? home() + text : absolute(text), button);
    } else if (button?.matches("#aids .save")) save($(".clip", button).textContent, button.dataset.name);
    else if (button?.matches("#panes-switch button")) turnTo(button.dataset.pane);
    else if (button?.id === "dark") dark(!document.body.classList.contains("dark"));
    else {
      const unit = target.closest?.("#letter .unit.touched");
      if (unit && getSelection().isCollapsed) showCiting(unit);
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("#letter .unit.touched")) {
      event.preventDefault(); // the button that is focused now would be pressed by the same key
      showCiting(event.target);
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      if (event.target.matches?.("#box textarea")) send();
      else if (event.target.matches?.("#reason textarea")) reasoned = lost = true;
    }
    if (event.key !== "Escape") return;
    quiet("passing");
    const box = $("#citing, #selected");
    if (box) {
      box.remove();
      const back = box.id === "citing" ? opener : $("#letter .unit[aria-current]");
      back?.focus({ preventScroll: true });
    } else if (origin?.isConnected && event.target.closest?.("#letter")) {
      if (narrow()) turnTo("asking");
      goBack();
    }
  });

  let waiting = 0;
  let pressed = false; // while the mouse selects, nothing comes under it
  let changed = false;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (!pressed && !document.activeElement?.closest("#selected")) offer(); }, 250);
  };
  document.addEventListener("selectionchange", () => {
    changed = true;
    later();
  });
  document.addEventListener("pointerdown", (event) => {
    pressed = event.pointerType === "mouse" && !event.target.closest?.("#selected");
    changed = false;
  }, true);
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => {
      if (pressed && changed) later();
      pressed = false;
    }, true);
  }
  document.addEventListener("scroll", () => { // it stands beside what was selected
    if (!document.activeElement?.closest("#selected")) $("#selected")?.remove();
  }, true);
  document.addEventListener("paste", (event) => {
    const box = event.target.closest?.("#box textarea");
    const left = box ? box.maxLength - box.value.length + (box.selectionEnd - box.selectionStart) : Infinity;
    if (event.clipboardData.getData("text").length > left) {
      notice(say(`Een vraag heeft hoogstens ${box.maxLength} tekens: de rest is weggelaten.`,
        `A question has ${box.maxLength} characters at most: the rest was left out.`));
    }
  });
  addEventListener("pagehide", () => {
    try { sessionStorage.setItem("draft", $("#box textarea")?.value ?? ""); } catch { /* then it is lost */ }
  });
  addEventListener("hashchange", openLink);
  addEventListener("popstate", () => {
    const pane = history.state?.reading ? "reading" : "asking";
    if (!narrow() || document.body.dataset.pane === pane) return;
    turnTo(pane);
    if (pane === "asking") goBack();
  });
  let wasDark = false; // paper is white
  addEventListener("beforeprint", () => {
    wasDark = document.body.classList.contains("dark");
    document.body.classList.remove("dark");
  });
  addEventListener("afterprint", () => document.body.classList.toggle("dark", wasDark));

  window.briefwijzer = { remembered, save };

  // The chatbot is drawn by the library when it is ready: from then on its changes are followed.
  const boot = setInterval(() => {
    if (!$("#chat") || !letter() || !$("#strip")) return;
    clearInterval(boot);
    try { if (localStorage.getItem("dark")) dark(localStorage.getItem("dark") === "true"); } catch { /* as it is */ }
    turnTo(narrow() && history.state?.reading ? "reading" : "asking");
    try { // after that button the page was loaded anew
      lost = Boolean(sessionStorage.getItem("restored")) && !narrow();
      sessionStorage.removeItem("restored");
    } catch { /* then the focus is lost */ }
    $(`#switches a[lang="${document.documentElement.lang}"]`)?.setAttribute("aria-current", "true");
    let due = 0;
    new MutationObserver(() => {
      due ||= setTimeout(() => {
        due = 0;
        refresh();
      }, 120);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
    refresh();
    openLink();
  }, 100);
})();
