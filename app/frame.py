"""What stands around the conversation and the letter: header, reading aids, notices, the evaluation. Pure."""

import html
from collections.abc import Mapping

from app import aids
from app.aids import both
from app.render import kept, safe
from app.wording import words
from corpus.letter import Letter
from index.lexical import Language

LABELS: Mapping[Language, Mapping[str, str]] = {
    "nl": {
        "chat": "Gesprek",
        "ask": "Uw vraag over de brief",
        "placeholder": "Stel een vraag, in het Nederlands of Engels",
        "read": "Vragen",
        "right": "Hoe goed klopt het?",
        "markdown": "Gesprek als Markdown",
        "facts": "Feitenblad (HTML)",
        "reason": "Wat is er goed of fout aan dit antwoord? (mag leeg blijven)",
        "evaluate": "Meet het nu, op alle vragen van de eerste helft (enkele minuten)",
    },
    "en": {
        "chat": "Conversation",
        "ask": "Your question about the letter",
        "placeholder": "Ask a question, in Dutch or English",
        "read": "Ask",
        "right": "How right is it?",
        "markdown": "Conversation as Markdown",
        "facts": "Fact sheet (HTML)",
        "reason": "What is right or wrong about this answer? (may stay empty)",
        "evaluate": "Measure it now, on all questions of the first half (a few minutes)",
    },
}
"""The labels of the page's own controls; those of the conversation itself come with the interface library."""

# The interface library scopes a page's own css to what stands inside its container; this is about the container itself,
# which the tabs would make wider than a phone, and narrower than a screen where a tab holds little; and about what
# floats over the page.
CONTAINER_STYLE = """<style>
.gradio-container, .gradio-container .main { width: 100% !important; }
@media (max-width: 700px) {
  .gradio-container, .gradio-container .main { min-width: 0 !important; max-width: 100vw !important; }
  html { scroll-padding-bottom: 80px; }
  .gradio-container { overflow: visible !important; }
  .gradio-container .main { padding: 8px !important; }
  body { padding-bottom: 60px; }
  body[data-pane="asking"] #reading, body[data-pane="reading"] #asking { display: none; }
}
#notice { position: fixed; z-index: 46; inset: 8px 8px auto; max-width: 40rem; margin: 0 auto !important; }
#citing, #selected {
  box-sizing: border-box; position: fixed; z-index: 50; max-height: calc(100dvh - 16px); overflow-y: auto;
  display: grid; gap: 4px; padding: 8px;
  background: var(--paper); color: var(--ink); border: 1px solid var(--touched); border-radius: 8px;
  box-shadow: 0 6px 24px rgb(0 0 0 / .25); font: .9rem/1.4 system-ui, sans-serif;
}
#citing p { margin: 0; color: var(--quiet); }
#citing button, #selected button {
  text-align: start; min-height: 28px; padding: 4px 8px; border: 1px solid var(--rule); border-radius: 6px;
  font: inherit; color: var(--mark); background: var(--paper); cursor: pointer;
}
#selected .done::after { content: " ✓"; color: var(--good); }
#citing button:focus-visible, #selected button:focus-visible { outline: 3px solid var(--mark); outline-offset: 1px; }
@media print { .gradio-container { overflow: visible !important; } }
</style>"""

FIRST_SCRIPT = """<script>(() => {
  // First of all scripts: the interface library reads the language once, as it starts.
  const known = (name) => ['nl', 'en'].includes(name);
  const asked = new URLSearchParams(location.search).get('lang');
  let kept = null;
  try {
    if (known(asked)) localStorage.setItem('language', asked);
    kept = localStorage.getItem('language');
  } catch { /* storage is switched off: then nothing is kept */ }
  const language = [asked, kept, navigator.language.slice(0, 2)].find(known) ?? 'en';
  Object.defineProperty(navigator, 'language', { get: () => language });
  Object.defineProperty(navigator, 'languages', { get: () => [language] });
  document.documentElement.lang = language;
})();</script>"""
"""Settles the language of the interface: the link's, else the one chosen before, else the browser's."""

PREVIEW = (
    '<meta property="og:title" content="Briefwijzer">'
    '<meta property="og:description" content="Vragen over een Kamerbrief, beantwoord met letterlijke citaten. '
    'Questions about a letter to parliament, answered with exact quotations.">'
)
"""What others show of a link to the page, in place of the interface library's words about itself."""


def header(letter: Letter) -> str:
    """The head of the page: what this is, which letter it answers about, and the switches."""
    english = f"{html.escape(letter.title_en)} <small>({words('en').working})</small>"
    return (
        f'<header id="title"><a class="skip" href="#box">{both("Naar het vraagveld", "To the question box")}</a>'
        "<h1>Briefwijzer</h1>"
        f'<p><span lang="nl">{html.escape(letter.title)}</span> <span class="en" lang="en">{english}</span></p>'
        '<p id="switches"><a href="?lang=nl" lang="nl" hreflang="nl">Nederlands</a>'
        '<a href="?lang=en" lang="en" hreflang="en">English</a>'
        f'<button type="button" id="dark">{both("Donker of licht", "Dark or light")}</button></p>'
        f'<p id="live" role="status" aria-live="polite"></p><p id="notice" hidden></p>'
        '<p id="panes-switch" role="group">'
        f'<button type="button" data-pane="asking" aria-pressed="true">{both("Gesprek", "Conversation")}</button>'
        f'<button type="button" data-pane="reading" aria-pressed="false">{both("Brief", "Letter")}</button></p>'
        "</header>"
    )


def reading_aids(letter: Letter) -> str:
    """Terms and deadlines, folded, below the letter."""
    terms = both("Afkortingen en hun eerste vermelding", "Acronyms and their first mention")
    deadlines = both("Besluiten, voornemens en termijnen", "Decisions, commitments and deadlines")
    files = {"csv": ("CSV", aids.commitments_csv(letter)), "ics": (".ics", aids.commitments_ics(letter))}
    saves = " ".join(
        f'<button type="button" class="save" data-name="termijnen.{ending}">{label}'
        f'<span class="clip" hidden>{kept(text)}</span></button>'
        for ending, (label, text) in files.items()
    )
    return (
        f'<div id="aids"><details><summary>{terms}</summary>{aids.terms_html(letter)}</details>'
        f"<details><summary>{deadlines}</summary><p>{both('Bewaar als', 'Save as')} {saves}</p>"
        f"{aids.commitments_html(letter)}</details></div>"
    )


def announcement(kept: bool, logged: bool) -> str:
    """What happens to what a visitor types and thinks; `logged` when this server writes questions down."""
    where = both(
        "Uw vragen blijven in uw browser tot u het gesprek wist, en in het geheugen van deze server zolang hij ze nodig"
        " heeft.",
        "Your questions stay in your browser until you clear the conversation, and in this server's memory while it"
        " needs them.",
    )
    written = both("Opgeschreven worden ze niet.", "They are not written down.")
    if logged:
        written = both(
            "Deze server schrijft uw vragen in zijn logboek, zonder naam of adres.",
            "This server writes your questions into its log, without a name or address.",
        )
    elif kept:
        written = both("Verder schrijft hij niets op.", "Else it writes nothing down.")
    thumbs = both(
        "Een duim bewaart de vraag met die ervoor, de vindplaats en uw reden op deze server, zonder naam.",
        "A thumb keeps the question with those before it, the citation and your reason on this server, without a name.",
    )
    return f'<p id="announcement">{where} {thumbs if kept else ""} {written}</p>'


def report() -> str:
    """The published evaluation, in a frame that may do nothing but show itself."""
    return (
        '<iframe id="report" src="report" sandbox="allow-scripts" loading="lazy" lang="en" '
        'title="Evaluation: how right the answers are"></iframe>'
    )


def figures(found: Mapping[str, tuple[float, float, float, int]]) -> str:
    """The figures of a run that was just made: each with its interval and how many questions it is over."""
    rows = "".join(
        f'<tr><th scope="row">{safe(name)}</th><td>{value:.2f}</td><td>{low:.2f}–{high:.2f}</td><td>{n}</td></tr>'
        for name, (value, low, high, n) in found.items()
    )
    return (
        f'<table lang="en"><thead><tr><th scope="col">measured just now</th><th scope="col">value</th>'
        f'<th scope="col">95 %</th><th scope="col">questions</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def status(text: str) -> str:
    """A line on what the page is waiting for."""
    return f'<p role="status">{html.escape(text)}</p>'
