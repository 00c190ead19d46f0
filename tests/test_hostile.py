"""What somebody means ill with, against the running page: nothing runs, nothing leaves, nothing is read.

`hostile.txt` has a string a line, most of them after OWASP's cheat sheets on script injection; each sets `PWN` where it
works, or asks for something of `elsewhere.example`.
"""

from __future__ import annotations

import contextlib
import csv
import http.server
import json
import re
import secrets
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.cli import main
from eval.questions import load_questions
from eval.report import save_report
from eval.run import configuration, run
from eval.systems import Ours
from index.understanding import clean
from index.wording import MAX_QUESTION
from tests.browser import Served, ask, browser_test, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, Route

    from index.assistant import Assistant
    from index.store import Store

ROOT = Path(__file__).parent.parent
LINES = (Path(__file__).parent / "hostile.txt").read_text(encoding="utf-8").splitlines()
# What no file of lines can hold.
CONTROL = [
    "<scr\0ipt>PWN=1</scr\0ipt> <img src=x one\0rror=PWN=1> kosten",
    "<img\x0bsrc=x\x0conerror=PWN=1> <a href='\x01javascript:PWN=1'>kosten</a> <a href='java\nscript:PWN=1'>x</a>",
    "kosten\n\n# kop\n\n- punt\n\n> citaat\n\n[1]: javascript:PWN=1\n\n<img src=x\nonerror=PWN=1>",
    "kosten\n\n```\n</code></pre><img src=x onerror=PWN=1>\n```\n\n| a |\n|---|\n| <img src=x onerror=PWN=1> |",
    "kosten\u2028<script>PWN=1</script>\u2029\x85\ufeff\u200b\u00ad\u202e<img src=x onerror=PWN=1>\u202c",
    "kosten \x1b[2J\x1b]0;titel\x07 \x9b31m \x7f\x08\x08\x08 <script>PWN=1</script>",
    "kosten \ud800<script>PWN=1</script>\udfff",
]


def packed(strings: Sequence[str], most: int) -> list[str]:
    """Several strings in one question, so that a question costs its second once."""
    packs: list[str] = []
    for string in strings:
        if packs and len(packs[-1]) + len(string) + 1 <= most:
            packs[-1] += f" {string}"
        else:
            packs.append(string)
    return packs


PACKS = packed(LINES, MAX_QUESTION - len("Wat kost dat? "))
# In a file a question of many strings serves as well as many questions.
FILED = [*PACKS, *CONTROL]


def shown(typed: str) -> str:
    """What the page shows of it: on one line, as every message, and without what no page can hold."""
    return " ".join(typed.encode("utf-8", "replace").decode().split()).replace("\0", "")


# The page

# Every kind of message that there is, asked by somebody who means well.
HARMLESS = (
    "Wat kost de verlenging?",
    "Who signed the letter?",
    "Wat staat er in voetnoot 1?",
    "Wat staat er op pagina 1?",
    "What is on page 1?",
    "What is the best recipe for apple pie?",
    "?!",
)
SHAPE = """() => {
  const own = /^(#p=[\\d,-]+&h=[0-9a-f]{12}|#[a-z]+[\\d-]*)$/;
  const inside = [], outside = [];
  for (const one of document.querySelectorAll('*')) {
    const tag = one.tagName.toLowerCase();
    if (one.closest('#chat') === null) { outside.push(`${tag}#${one.id.replace(/^html-\\w+$/, 'html')}`); continue; }
    inside.push(tag);
    for (const { name, value } of one.attributes) {
      if (name === 'href' && !own.test(value)) inside.push(`href=${value}`);
      inside.push(name === 'id' ? `${tag} id=${value}` : `${tag} ${name}`);
    }
  }
  return { inside: [...new Set(inside)], outside: [...new Set(outside)] };
}"""


@dataclass
class Seen:
    """What a browser showed, and what happened in it."""

    typed: list[str]
    inside: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    questions: list[str] = field(default_factory=list)
    ran: bool = False
    problems: list[str] = field(default_factory=list)

    def look(self, page: Page) -> None:
        """Add what is there now."""
        page.wait_for_timeout(300)  # what loads or starts by itself has begun by then
        shape = page.evaluate(SHAPE)
        self.inside |= set(shape["inside"])
        self.outside |= set(shape["outside"])
        self.questions += page.locator("#chat .question").evaluate_all("all => all.map(one => one.textContent)")
        self.ran = self.ran or page.evaluate("'PWN' in window || frames.length > 0 && 'PWN' in top")

    def did_nothing(self, harmless: Seen) -> None:
        """Nothing ran, nothing left, nothing new stands in the page, and the text is there as it was typed."""
        assert not self.ran
        assert self.problems == []
        assert self.inside - harmless.inside == set()
        assert self.outside - harmless.outside == set()
        assert self.questions == [shown(text) for text in self.typed]


@contextlib.contextmanager
def visitor(served: Served, browser: Browser, seen: Seen) -> Iterator[Page]:
    context = browser.new_context(locale="nl-NL", accept_downloads=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    seen.problems = watch(page, served.address)
    try:
        yield page
    finally:
        context.close()


def come_back(page: Page, served: Served, questions: Sequence[str]) -> None:
    """Visit with questions that the browser kept, and wait until they are asked again."""
    page.goto(served.address)
    page.wait_for_selector("#box textarea")
    page.evaluate("kept => localStorage.setItem('questions', kept)", json.dumps(questions))
    page.reload()
    page.wait_for_function(
        "many => document.querySelectorAll('#chat .answer, #chat .said').length === many", arg=len(questions)
    )
    page.wait_for_selector("#box textarea:enabled")


@pytest.fixture(scope="module")
def harmless(served: Served, browser: Browser) -> Seen:
    """The page in a conversation that hides nothing: what may stand in it."""
    seen = Seen(list(HARMLESS))
    with visitor(served, browser, seen) as page:
        come_back(page, served, HARMLESS[:-1])
        seen.look(page)
        page.get_by_role("button", name="Vind ik niet leuk").last.click()
        page.wait_for_selector("#reason textarea")
        page.fill("#box textarea", HARMLESS[-1])
        page.keyboard.press("Enter")
        page.wait_for_selector("#chat .unclear")
        seen.look(page)
    assert seen.problems == []
    return seen


@browser_test
def test_a_history_of_hostile_strings_stays_text(served: Served, browser: Browser, harmless: Seen) -> None:
    kept = packed([*CONTROL, *LINES], 240)
    assert len(kept) <= 40  # more are not asked again
    seen = Seen(kept)
    with visitor(served, browser, seen) as page:
        come_back(page, served, kept)
        seen.look(page)
    seen.did_nothing(harmless)


@browser_test
@pytest.mark.parametrize("pack", range(0, len(PACKS), 3))
def test_a_link_that_asks_hostile_strings_shows_them_as_text(
    served: Served, browser: Browser, harmless: Seen, pack: int
) -> None:
    seen = Seen([PACKS[pack]])
    with visitor(served, browser, seen) as page:
        page.goto(f"{served.address}/?lang=nl&q={urllib.parse.quote(PACKS[pack])}")
        page.wait_for_selector("#chat .why")
        seen.look(page)
    seen.did_nothing(harmless)


@browser_test
def test_links_to_passages_and_languages_that_are_none_do_nothing(
    served: Served, browser: Browser, harmless: Seen
) -> None:
    seen = Seen([])
    with visitor(served, browser, seen) as page:
        script = urllib.parse.quote('"><script>PWN=1</script>')
        for lang in (script, "__proto__", "constructor", "nl%00", "javascript:PWN=1"):
            page.goto(f"{served.address}/?lang={lang}&__theme={script}&view={script}&__lang={lang}")
            assert page.evaluate("document.documentElement.lang") == "nl"
        page.wait_for_selector("#box textarea")
        page.wait_for_selector("#letter")
        for place in ("1-99<img src=x onerror=PWN=1>", "99999-100000&h=<svg onload=PWN=1>", "0-9&p=javascript:PWN=1"):
            page.evaluate("place => { location.hash = `p=${place}`; }", place)
        for place in ("-", "9-1", "1-1", ",".join(["1-2"] * 900), "1-" + "9" * 400, "1-2&h=%00", "0-9/../../report"):
            page.evaluate("place => { location.hash = `p=${place}`; }", place)
        page.wait_for_timeout(500)
        for kept in ('{"__proto__": {"x": 1}}', "[" * 9_000, '[{"text": "<b>"}, 7, null]', "9" * 5_000, "geen JSON"):
            page.evaluate("kept => localStorage.setItem('questions', kept)", kept)
            page.evaluate("localStorage.setItem('language', '<img src=x onerror=PWN=1>')")
            page.evaluate("localStorage.setItem('dark', '<img src=x onerror=PWN=1>')")
            page.goto(served.address)
            page.wait_for_selector("#box textarea:enabled")
        seen.look(page)
    # What the server answered about a place that is none; and what the library says when a page is left early.
    known = (
        "Failed to load resource: the server responded with a status of 422",
        "AbortError: signal is aborted",
        "Unexpected error Connection errored out",
    )
    seen.problems = [problem for problem in seen.problems if not problem.startswith(known)]
    seen.did_nothing(harmless)


@dataclass
class Spoken:
    """A hostile conversation, typed: the page, the letter's box of citing questions, and both files that it saves."""

    seen: Seen
    citing: str
    boxes: int
    markdown: Path
    facts: Path


@pytest.fixture(scope="module")
def spoken(served: Served, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    """Every pack typed, judged with every pack for a reason, and saved."""
    folder = tmp_path_factory.mktemp("saved")
    seen = Seen(["Wat kost de verlenging? <img src=x onerror=PWN=1> <b>kosten</b>", *PACKS])
    with visitor(served, browser, seen) as page:
        page.goto(served.address)
        page.wait_for_selector("#box textarea")
        for number, question in enumerate(seen.typed):
            ask(page, question)
            if not number:
                page.locator('#letter .touched[id="s126"]').click(position={"x": 60, "y": 8})
                box = page.locator("#citing button")
                citing, boxes = box.inner_text(), page.locator("#citing *").count()
                page.keyboard.press("Escape")
            page.get_by_role("button", name="Vind ik niet leuk").last.click()
            page.fill("#reason textarea", question)
            page.keyboard.press("Enter")
            page.wait_for_selector("#reason", state="hidden")
        seen.look(page)
        for name, file in (("Gesprek als Markdown", "saved.md"), ("Feitenblad", "saved.html")):
            with page.expect_download() as download:
                page.get_by_role("button", name=name).click()
            download.value.save_as(folder / file)
    return Spoken(seen, citing, boxes, folder / "saved.md", folder / "saved.html")


@browser_test
def test_hostile_questions_that_are_typed_stay_text(spoken: Spoken, harmless: Seen) -> None:
    spoken.seen.did_nothing(harmless)
    assert spoken.citing == spoken.seen.typed[0]
    assert spoken.boxes == 2  # a line and a button


@browser_test
def test_hostile_reasons_are_exported_as_they_were_typed_and_steer_no_terminal(
    served: Served, spoken: Spoken, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BRIEFWIJZER_FEEDBACK", str(served.feedback))
    assert main(["feedback"]) == 0
    printed = capsys.readouterr().out
    assert steering(printed) == set()
    rows = {row["question"]: row for row in map(json.loads, printed.splitlines())}
    for typed in spoken.seen.typed:
        assert rows[typed]["note"].endswith(f"; {typed}")
        assert set(rows[typed]) == {"id", "language", "question", "history", "answerable", "evidence", "note"}


def steering(text: str) -> set[str]:
    """The characters in a text that a terminal obeys instead of showing them."""
    return set(re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text))


# Files that were made of it, opened


def opened(browser: Browser, address: str, content: str | None = None) -> tuple[set[str], set[str], str]:
    """Open a file in a browser of its own; returns its tags, its links and ids, and its text."""
    context = browser.new_context()
    page = context.new_page()
    problems = watch(page, address, "about:")
    if content is None:
        page.goto(address)
    else:
        page.set_content(content)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.wait_for_timeout(300)
    assert not page.evaluate("'PWN' in window")
    assert problems == []
    tags = page.locator("*").evaluate_all("all => all.map(one => one.tagName.toLowerCase())")
    named = page.locator("[id], [href]").evaluate_all("all => all.map(one => one.getAttribute('href') ?? one.id)")
    # As it stands in the file and not as it is laid out: a text that was folded is there as well.
    text = page.evaluate("document.body.textContent")
    context.close()
    return set(tags), set(named), " ".join(str(text).split())


@browser_test
def test_a_hostile_conversation_saved_as_a_fact_sheet_is_text(served: Served, browser: Browser, spoken: Spoken) -> None:
    tags, named, text = opened(browser, spoken.facts.as_uri())
    frame = {"html", "head", "meta", "title", "style", "body", "main", "section", "footer"}
    assert tags <= frame | {"h1", "h2", "p", "blockquote", "q", "a", "small", "span", "ul", "li"}
    assert all(name.startswith(f"{served.address}/#p=") for name in named)
    for typed in spoken.seen.typed:
        assert shown(typed) in text


@browser_test
def test_a_hostile_conversation_saved_as_markdown_is_text_wherever_it_is_shown(
    served: Served, browser: Browser, spoken: Spoken
) -> None:
    from markdown_it import MarkdownIt

    written = spoken.markdown.read_text(encoding="utf-8")
    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(written)
    tags, named, text = opened(browser, "about:blank", made)
    assert tags <= {"html", "head", "body", "h1", "h2", "p", "em", "blockquote", "a", "ul", "li"}
    assert all(name.startswith(f"{served.address}/#p=") for name in named)
    for typed in spoken.seen.typed:
        assert shown(typed) in text


@browser_test
def test_an_order_of_writing_that_is_turned_around_ends_with_the_question(served: Served, browser: Browser) -> None:
    seen = Seen(["Wat is de hoofdstad van Mongolië? \u202e"])
    with visitor(served, browser, seen) as page:
        come_back(page, served, seen.typed)
        with page.expect_download() as download:
            page.get_by_role("button", name="Feitenblad").click()
        sheet = download.value.path().read_text(encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.set_content(sheet)
    left = page.evaluate(
        """() => { const text = document.querySelector('li small').firstChild;
                   const at = place => { const range = new Range(); range.setStart(text, place);
                     range.setEnd(text, place + 1); return range.getBoundingClientRect().left; };
                   return [at(0), at(5)]; }"""
    )
    context.close()
    assert left[0] < left[1]


def test_a_batch_of_hostile_strings_comes_back_as_it_was_and_steers_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": text, "question": text, "history": [text]}) for text in FILED]
    batch.write_text("\n".join([*lines, '{"question": "Wie?", "language": "\\u001b[2J<script>"}']), encoding="utf-8")
    assert main(["ask", "--batch", str(batch)]) == 1  # the last line names no language
    printed = capsys.readouterr()
    answers = [json.loads(line) for line in printed.out.rstrip("\n").split("\n")]
    assert [answer["id"] for answer in answers] == [text.encode("utf-8", "replace").decode() for text in FILED]
    assert [answer["question"] for answer in answers] == [clean(text) for text in FILED]
    assert "\x1b[2J<script>" not in printed.err
    assert steering(printed.out) == set()


@browser_test
@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_the_report_on_hostile_questions_of_ones_own_is_text(
    browser: Browser, assistant: Assistant, store: Store, tmp_path: Path, ending: str
) -> None:
    letter = assistant.letter
    questions = tmp_path / f"own.{ending}"
    texts = [f"Wat kost dat? {text}".replace("\r", " ") for text in FILED]
    rows = [
        {"id": f"{number} {text}", "question": text, "answerable": "true", "evidence": "s126", "note": text}
        for number, text in enumerate(shown(text) for text in texts)
    ]
    # Names by which the page's own script would find something else.
    for name in ("filter", "count", "dev"):
        rows.append({"id": name, "question": "Wat kost dat?", "answerable": "true", "evidence": "s126", "note": name})
    with questions.open("w", encoding="utf-8", newline="") as file:
        if ending == "csv":
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        else:
            file.writelines(json.dumps({**row, "history": [row["question"]]}) + "\n" for row in rows)
    read = load_questions(questions, letter)
    made = run([Ours(assistant)], read, configuration(store.manifest, ["assistant"], read))
    report = save_report(made.scored(letter), made.config, letter, tmp_path)
    tags, named, text = opened(browser, report.as_uri())
    assert tags & {"img", "a", "iframe", "object", "embed", "link", "base", "form", "math", "video"} == {"form"}
    own = {row["id"].strip() for row in rows} | {"own", "questions", "filter", "count"}
    assert {" ".join(name.split()) for name in named} <= own
    for row in rows:
        assert row["question"] in text
        assert f"note: {row['note']}" in text


# The policy

POLICY = {
    "default-src": {"'self'"},
    # Gradio starts in scripts that stand in the page, makes functions of texts and styles its own elements.
    "script-src": {"'self'", "'unsafe-inline'", "'unsafe-eval'"},
    "style-src": {"'self'", "'unsafe-inline'"},
    "img-src": {"'self'", "data:", "blob:"},
    "font-src": {"'self'", "data:"},
    "connect-src": {"'self'"},
    "media-src": {"'none'"},
    "object-src": {"'none'"},
    "form-action": {"'none'"},
    "frame-ancestors": {"'self'"},
    "base-uri": {"'self'"},
}


def directives(policy: str) -> dict[str, set[str]]:
    return {name: set(values) for name, *values in (part.split() for part in policy.split(";") if part.strip())}


@pytest.mark.parametrize(
    "path", ["/", "/?q=x&__theme=dark", "/report", "/nowhere", "/static/nowhere", "/passage?p=x", "/gradio_api/file=x"]
)
def test_every_answer_carries_the_policy(served: Served, path: str) -> None:
    said = raw(served, path).partition(b"\r\n\r\n")[0].decode("latin-1").lower()
    lines = [line.partition(": ")[2] for line in said.splitlines() if line.startswith("content-security-policy:")]
    # The report runs scripts of its own: by itself it is nobody's page.
    apart = {"sandbox": {"allow-scripts"}} if path == "/report" else {}
    assert [directives(line) for line in lines] == [POLICY | apart]
    for header in ("referrer-policy: no-referrer", "x-content-type-options: nosniff"):
        assert header in said.splitlines()


@contextlib.contextmanager
def elsewhere(body: bytes = b"PWN=1") -> Iterator[tuple[str, list[str]]]:
    """Another server, and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.send_header("access-control-allow-origin", "*")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing: the list has it."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


# By directive: what a script that got in after all would try.
TRIES = {
    "img-src": "make('img').src = other + '/img.png'",
    "script-src-elem": "make('script').src = other + '/script.js'",
    "style-src-elem": "{ const one = make('link'); one.rel = 'stylesheet'; one.href = other + '/style.css'; }",
    "font-src": "{ const one = new FontFace('x', `url(${other}/font.woff2)`); document.fonts.add(one); one.load(); }",
    "connect-src": "fetch(other + '/fetch').catch(() => 0)",
    "media-src": "make('video').src = other + '/video.mp4'",
    "object-src": "make('object').data = other + '/object'",
    "frame-src": "make('iframe').src = other + '/frame'",
    "worker-src": "try { new Worker(URL.createObjectURL(new Blob(['1']))); } catch { /* or so */ }",
    "form-action": "{ const one = make('form'); one.action = other + '/form'; one.submit(); }",
    "base-uri": "{ const one = make('base'); document.head.prepend(one); one.href = other + '/'; }",
}


@browser_test
def test_what_the_policy_forbids_is_refused_by_the_browser(served: Served, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.address)
    page.wait_for_selector("#box textarea")
    with elsewhere() as (other, asked):
        for directive, attempt in TRIES.items():
            refused = page.evaluate(
                """([other, attempt]) => new Promise(resolve => {
                     const make = (tag) => document.body.appendChild(document.createElement(tag));
                     document.addEventListener('securitypolicyviolation',
                       event => resolve(event.effectiveDirective), { once: true });
                     setTimeout(() => resolve('nothing'), 5000);
                     new Function('make', 'other', attempt)(make, other);
                   })""",
                [other, attempt],
            )
            assert refused == directive
        page.evaluate("other => { navigator.sendBeacon(other + '/sent'); new EventSource(other + '/events'); }", other)
        page.evaluate("other => { try { new WebSocket(other.replace('http', 'ws')); } catch { } }", other)
        page.wait_for_timeout(300)
        assert asked == []
    assert page.evaluate("document.baseURI").startswith(served.address)
    assert not page.evaluate("'PWN' in window")
    context.close()


@browser_test
def test_no_other_site_can_put_the_page_into_a_frame(served: Served, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with elsewhere(f'<iframe src="{served.address}/"></iframe>'.encode()) as (other, _):
        page.goto(other)
        page.wait_for_timeout(500)
    assert any("frame-ancestors" in text for text in said)
    context.close()


@browser_test
@pytest.mark.parametrize(
    ("directive", "value"),
    [("script-src", "'unsafe-inline'"), ("script-src", "'unsafe-eval'"), ("style-src", "'unsafe-inline'")],
)
def test_what_the_policy_must_allow_is_still_needed(
    served: Served, browser: Browser, directive: str, value: str
) -> None:
    """When this fails the library does without: take the value out of the policy."""
    stricter = "; ".join(
        " ".join([name, *sorted(values - {value} if name == directive else values)]) for name, values in POLICY.items()
    )

    def answer(route: Route) -> None:
        came = route.fetch()
        route.fulfill(response=came, headers={**came.headers, "content-security-policy": stricter})

    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(
        "window.refused = []; document.addEventListener('securitypolicyviolation', "
        "event => refused.push([event.effectiveDirective, event.blockedURI].join(' ')))"
    )
    page.route(f"{served.address}/", answer)
    page.goto(served.address)
    kind = "eval" if "eval" in value else "inline"
    page.wait_for_function(
        "([directive, kind]) => refused.some(one => one.startsWith(directive) && one.endsWith(kind))",
        arg=[directive, kind],
    )
    context.close()


# Paths


def raw(served: Served, target: str, method: str = "GET", body: bytes = b"", kind: str = "text/plain") -> bytes:
    """Ask for a target exactly as it is written: every client would tidy it up."""
    host, _, port = served.address.removeprefix("http://").partition(":")
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode("latin-1") + body)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


DOORS = (
    *("/", "/static/", "/assets/", "/svelte/", "/file/", "/file=", "/gradio_api/file=", "/gradio_api/file/"),
    *("/gradio_api/", "/gradio_api/call/", "/gradio_api/custom_component/", "/report/", "/api/", "/mcp/", "/passage/"),
    *("/static/img/", "/theme.css/", "/pwa_icon/", "/gradio_api/stream/", "/gradio_api/upload_progress?upload_id="),
)
UP = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..%5c", "..\\", "....//", "..;/", "%c0%ae%c0%ae/")
GOALS = ("etc/passwd", "proc/self/environ")
FULL = [
    *("/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "%252fetc%252fpasswd", "file:///etc/passwd", "/etc/passwd%00"),
    *("\\\\127.0.0.1\\share", "//127.0.0.1/share", "C:\\windows\\win.ini", "~/.bashrc", "/proc/self/environ"),
    *(f"{ROOT}/{name}" for name in ("pyproject.toml", "app/gate.py", "eval/questions.jsonl", ".git/HEAD")),
]
# To the repository, from the folder that Gradio serves its own files from and from where the server was started.
NEAR = [
    f"{up * depth}{name}"
    for up in UP
    for depth, name in ((1, "pyproject.toml"), (2, "routes.py"), (3, "routes.py"), (8, "pyproject.toml"))
]
OTHERS = [
    *("/proxy=http://127.0.0.1/", "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/file=http://127.0.0.1/x"),
    *("http://127.0.0.1/etc/passwd", "//etc/passwd", "*", "/.git/HEAD", "/pyproject.toml", "/app/gate.py", "/.env"),
    *("/gradio_api/deep_link?session_hash=../../x", "/?deep_link=../../../etc/passwd", "/monitoring"),
    *("/static/" + "a" * 5_000, "/static/" + "../" * 2_000, "/static/%ff%fe", "/assets/%0d%0aset-cookie:x=1", "/docs"),
]
# A line of each of the files that nobody may read here.
SECRETS = (
    b"root:x:0:",
    b"PATH=",
    b"[tool.pytest.ini_options]",
    b"def mount_gradio_app",
    b"MOST_BODY = ",
    b'"evidence": [',
    b"ref: refs/heads/",
)


def leaks(answer: bytes) -> list[bytes]:
    return [secret for secret in SECRETS if secret in answer]


def test_no_path_leads_out_of_what_is_public(served: Served) -> None:
    climbing = [f"{door}{up * 12}{goal}" for door in DOORS for up in UP for goal in GOALS]
    targets = [*climbing, *(f"{door}{name}" for door in DOORS for name in (*FULL, *NEAR)), *OTHERS]
    read = {target: found for target in targets if (found := leaks(raw(served, target)))}
    assert read == {}


def test_no_path_makes_the_server_stumble(served: Served) -> None:
    answers = {target: raw(served, target).split(b" ", 2)[1] for target in OTHERS}
    assert {target[:40]: status for target, status in answers.items() if status.startswith(b"5")} == {}


@pytest.mark.parametrize(
    "path",
    [
        *("upload", "upload?upload_id=1", "upload/", "component_server", "vibe-edit"),
        *("process_recording", "stream/1", "run-history/connect", "vibe-code", "profiling/clear"),
    ],
)
def test_nothing_can_be_uploaded(served: Served, path: str) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="../../x.html"\r\n'
        b"Content-Type: text/html\r\n\r\n<script>PWN=1</script>\r\n--x--\r\n"
    )
    before = files(served)
    for door in (f"/gradio_api/{path}", f"/{path}"):
        for method in ("POST", "PUT"):
            status = raw(served, door, method, body, "multipart/form-data; boundary=x").split(b" ", 2)[1]
            assert status in (b"404", b"405")
    assert files(served) == before


def files(served: Served) -> set[Path]:
    return {path for path in served.files.rglob("*") if path.is_file()}


def post(served: Served, path: str, sent: object) -> tuple[int, str]:
    request = urllib.request.Request(
        f"{served.address}{path}", json.dumps(sent).encode(), {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def called(served: Served, function: str, data: list[Any], session: str) -> str:
    """Call a function of the page as a page of that session does; returns all that comes back."""
    with urllib.request.urlopen(f"{served.address}/config", timeout=30) as answer:
        found = {one["api_name"]: one["id"] for one in json.load(answer)["dependencies"]}
    status, said = post(
        served, "/gradio_api/queue/join", {"fn_index": found[function], "data": data, "session_hash": session}
    )
    return listened(served, session) if status == 200 else said


def listened(served: Served, session: str, seconds: float = 30) -> str:
    """What the queue tells whoever names a session, until it ends or says nothing more."""
    address = f"{served.address}/gradio_api/queue/data?session_hash={urllib.parse.quote(session)}"
    lines = []
    try:
        with urllib.request.urlopen(address, timeout=seconds) as answer:
            for line in answer:
                lines.append(line.decode())
                if '"close_stream"' in lines[-1]:
                    break
    except TimeoutError:
        pass  # an open line on which nothing comes
    except urllib.error.HTTPError as refused:
        with refused:
            lines.append(refused.read().decode())
    return "".join(lines)


@pytest.mark.parametrize("where", ["the question", "a message"])
@pytest.mark.parametrize("name", ["/etc/passwd", str(ROOT / "pyproject.toml"), "x", "http://elsewhere.invalid/x.png"])
def test_a_file_that_is_named_in_place_of_a_text_is_neither_read_nor_fetched(
    served: Served, where: str, name: str
) -> None:
    named = {"path": name, "url": name, "meta": {"_type": "gradio.FileData"}}
    message = {"role": "user", "content": [{"type": "file", "file": named}]}
    data: list[Any] = [named, []] if where == "the question" else ["Wat kost de verlenging?", [message]]
    before = files(served)
    said = called(served, "_answer", [*data, None, "nl"], secrets.token_hex(8))
    assert files(served) == before
    assert str(served.files) not in said
    assert f"{ROOT}/x" not in said  # where the server stands is nobody's business
    # Nor does the server look the name up: it is asked for nothing at all.
    assert "process_starts" not in said


# One visitor and another


@dataclass
class Two:
    """Two visitors at once: page, session and question of each."""

    pages: list[Page]
    named: list[list[str]]
    questions: tuple[str, str] = ("Wat kost de verlenging in Mongolië?", "Wie heeft de rode kaart in Patagonië?")

    @property
    def sessions(self) -> list[str]:
        """The session of each, as it is now: another after a reload."""
        return [found[-1] for found in self.named]


def named(found: list[str], request: Request) -> None:
    found += re.findall(r"session_hash=(\w+)", request.url)


@pytest.fixture(scope="module")
def two(served: Served, browser: Browser) -> Iterator[Two]:
    contexts = [browser.new_context(locale="nl-NL") for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    sessions: list[list[str]] = [[], []]
    for page, found in zip(pages, sessions, strict=True):
        page.on("request", partial(named, found))
        page.goto(served.address)
        page.wait_for_selector("#box textarea:enabled")
    seen = Two(pages, sessions)
    for page, question in zip(pages, seen.questions, strict=True):  # at once: neither is waited for
        page.fill("#box textarea", question)
        page.keyboard.press("Enter")
    for page in pages:
        page.wait_for_selector("#chat .why")
        page.wait_for_selector("#box .submit-button")
    yield seen
    for context in contexts:
        context.close()


@browser_test
def test_two_visitors_at_once_see_their_own_conversation_alone(two: Two) -> None:
    assert two.sessions[0] != two.sessions[1]
    for page, own in zip(two.pages, two.questions, strict=True):
        assert page.locator("#chat .question").all_inner_texts() == [own]
        page.reload()
        page.wait_for_selector("#chat .why")
        assert page.locator("#chat .question").all_inner_texts() == [own]
        other = "Patagonië" if "Mongolië" in own else "Mongolië"
        assert other not in page.content()


@browser_test
@pytest.mark.parametrize("guess", ["", "undefined", "*", "%", "0", "../", "a' or 1=1--", "abcdefghij", "random"])
def test_a_session_that_is_guessed_holds_nothing(served: Served, two: Two, guess: str) -> None:
    session = secrets.token_hex(6) if guess == "random" else guess
    for said in (listened(served, session, 5), called(served, "partial", [[], None, "nl"], session)):
        assert "Mongoli" not in said
        assert "Patagoni" not in said


@browser_test
def test_nothing_that_can_be_asked_for_tells_the_session_of_another(served: Served, two: Two) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/metrics", "/readyz", "/gradio_api/app_id"):
        said = raw(served, path).decode("utf-8", "replace")
        for session, question in zip(two.sessions, two.questions, strict=True):
            assert session not in said
            assert question not in said


@browser_test
def test_whoever_learns_the_session_of_another_reads_nothing_of_it(served: Served, two: Two) -> None:
    said = called(served, "partial", [[], None, "nl"], two.sessions[0])
    assert "Mongoli" not in said


@browser_test
def test_whoever_listens_in_on_the_session_of_another_hears_nothing(served: Served, two: Two) -> None:
    heard: list[str] = []
    listener = threading.Thread(target=lambda: heard.append(listened(served, two.sessions[1], 8)))
    listener.start()
    two.pages[1].wait_for_timeout(500)
    two.pages[1].fill("#box textarea", "En wie is burgemeester van Patagonië?")
    two.pages[1].keyboard.press("Enter")
    listener.join()
    assert "Patagoni" not in "".join(heard)
