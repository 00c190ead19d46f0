"""From an answer and a letter to text, Markdown and HTML. Pure: no interface library is imported here.

Everything that is not ours, the letter included, goes through `safe` or `html.escape`: the sanitiser of the page is not
enough by itself (an SVG link with a script stays in it).
"""

import html
import re
from collections.abc import Iterator, Sequence

from corpus.letter import Letter
from corpus.parse import Unit
from index.answer import Answer, Citation
from index.lexical import Language

# What Markdown, its tables and formulas give a meaning; and what makes a bare address a link ("https:", "www.", "a@b").
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#!~|$+=@-]|:(?=//)|(?<=www)\.)", re.IGNORECASE)

_WORDS: dict[str, dict[Language, str]] = {
    "page": {"nl": "p.", "en": "p."},
    "opening": {"nl": "inleiding", "en": "opening"},
    "signature": {"nl": "ondertekening", "en": "signature"},
    "footnote": {"nl": "voetnoot", "en": "footnote"},
    "nearby": {
        "nl": "Wat de brief wel zegt en er het dichtst bij komt:",
        "en": "What the letter does say that comes nearest:",
    },
    "translation": {"nl": "werkvertaling, niet officieel", "en": "working translation, not official"},
    "high": {"nl": "vrij zeker", "en": "fairly sure"},
    "medium": {"nl": "waarschijnlijk", "en": "probably right"},
    "low": {"nl": "onzeker: lees de passage na", "en": "unsure: check the passage"},
    "why": {"nl": "Waarom deze passage?", "en": "Why this passage?"},
}


def safe(text: str) -> str:
    """Text of any origin as Markdown that shows exactly that text, on one line, and as HTML that does nothing."""
    inert = _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
    inert = re.sub(r"^(\d{1,9})([.)])", r"\1\\\2", inert)  # no numbered list
    return inert.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def place(citation: Citation, language: Language) -> str:
    """Where a citation stands: "p. 2 · Contextanalyse › Mensenrechten · voetnoot 1"."""
    if citation.section:
        section = " › ".join(citation.section)
    else:
        section = _WORDS["signature" if citation.sentences[0].startswith("g") else "opening"][language]
    pages = "–".join(str(page) for page in citation.pages)
    notes = ", ".join(name.removeprefix("n") for name in citation.footnotes)
    parts = [f"{_WORDS['page'][language]} {pages}", section]
    return " · ".join([*parts, f"{_WORDS['footnote'][language]} {notes}"] if notes else parts)


def plain(answer: Answer) -> str:
    """An answer for the terminal."""
    lines = [answer.short_answer, ""] if answer.short_answer else []
    lines.append(answer.answer)
    if answer.related:
        lines += ["", _WORDS["nearby"][answer.language]]
    for citation in [*answer.citations, *answer.related]:
        lines += ["", f"[{citation.number}] «{citation.quote}»", f"    {place(citation, answer.language)}"]
        if citation.translation:
            lines.append(f"    {citation.translation} ({_WORDS['translation'][answer.language]})")
    if answer.status == "answered":
        lines += ["", f"({sureness(answer)})"]
    return "\n".join(lines)


def sureness(answer: Answer) -> str:
    """How sure an answer is, in words with the probability: "vrij zeker, 93 %"."""
    percent = min(round(100 * answer.confidence.probability), 99)
    return f"{_WORDS[answer.confidence.level][answer.language]}, {percent} %"


def message(answer: Answer) -> str:
    """An answer as a chat message: the short answer, the answer with markers that link, the quotations, why."""
    language = answer.language
    blocks = [f"**{safe(answer.short_answer)}**"] if answer.short_answer else []
    blocks.append(_linked(answer.answer, answer.citations))
    if answer.related:
        blocks.append(_WORDS["nearby"][language])
    blocks += [_quotation(citation, language) for citation in [*answer.citations, *answer.related]]
    if answer.status == "answered":
        blocks.append(f"*{safe(sureness(answer))}*")
    if answer.explanation:
        why = "".join(f"<li>{html.escape(line)}</li>" for line in answer.explanation)
        blocks.append(f"<details><summary>{_WORDS['why'][language]}</summary><ul>{why}</ul></details>")
    return "\n\n".join(blocks)


def streamed(text: str) -> Iterator[str]:
    """A message as it grows, block by block and the prose word by word; the last one is the whole."""
    shown = ""
    for block in re.split(r"(?<=\n\n)", text):
        if block.startswith((">", "<")):
            shown += block
            yield shown
        else:
            for piece in re.findall(r"\S+\s*", block):
                shown += piece
                yield shown


def _linked(text: str, citations: Sequence[Citation]) -> str:
    links = {str(citation.number): _link(citation) for citation in citations}
    parts = re.split(r"\[(\d+)\]", text)
    return "".join(links.get(part, "") if odd % 2 else safe(part) + " " for odd, part in enumerate(parts)).strip()


def _link(citation: Citation) -> str:
    return f"[{citation.number}](#{citation.sentences[0]})"


def _quotation(citation: Citation, language: Language) -> str:
    lines = [f"{_link(citation)} “{safe(citation.quote)}”", f"<small>{safe(place(citation, language))}</small>"]
    if citation.translation:
        lines.append(f"*{safe(citation.translation)}* <small>({_WORDS['translation'][language]})</small>")
    return "\n".join(f"> {line}" for line in lines)  # the page shows a newline as one


def letter(source: Letter) -> str:
    """The whole letter as HTML, with the footnotes at the foot of their page; each `id` is that of a unit."""
    levels = {heading.text: heading.level for heading in source.headings}
    notes = [unit for unit in source.units if unit.kind == "footnote"]
    out: list[str] = []
    paragraph: list[str] = []
    page = 1

    def close() -> None:
        if paragraph:
            out.append(f"<p>{''.join(paragraph)}</p>")
            paragraph.clear()

    def foot(below: int) -> None:
        while notes and notes[0].pages[0] < below:
            note = notes.pop(0)
            out.append(f'<p class="footnote"><sup>{note.id[1:]}</sup> {_unit(note)}</p>')

    def turn(to: int) -> None:
        nonlocal page
        close()
        foot(to)
        out.append(f'<p class="page" aria-label="page {to}">{to}</p>')
        page = to

    before: Unit | None = None
    for unit in source.units:
        if unit.kind == "footnote":
            continue
        if before is None or unit.kind == "signatory" or unit.paragraph != before.paragraph:
            close()
            if unit.pages[0] > page:
                turn(unit.pages[0])
            path = before.section if before else ()
            for depth, heading in enumerate(unit.section):
                if path[: depth + 1] != unit.section[: depth + 1]:
                    tag = f"h{levels[heading] + 2}"
                    out.append(f"<{tag}>{html.escape(heading)}</{tag}>")
        paragraph.append(_unit(unit))
        if unit.pages[-1] > page:
            turn(unit.pages[-1])
        before = unit
    close()
    foot(page + 1)
    label = html.escape(source.title)
    return f'<div id="letter" role="region" aria-label="{label}" lang="nl" tabindex="0">{"".join(out)}</div>'


def _unit(unit: Unit) -> str:
    notes = "".join(f'<sup><a href="#{name}">{name[1:]}</a></sup>' for name in unit.footnotes)
    return f'<span id="{unit.id}" tabindex="-1">{html.escape(unit.text)}{notes}</span> '


def header(source: Letter) -> str:
    """The head of the page: what this is, and which letter it answers about."""
    return (
        '<header id="title"><h1>Briefwijzer</h1>'
        f'<p lang="nl">{html.escape(source.title)}</p><p lang="en">{html.escape(source.title_en)}</p></header>'
    )


def report_frame() -> str:
    """The published evaluation, in a frame that may do nothing but show itself."""
    return (
        '<iframe id="report" src="report" sandbox="allow-scripts" loading="lazy" lang="en" '
        'title="Evaluation: how right the answers are"></iframe>'
    )


def status(text: str) -> str:
    """A line on what the page is waiting for."""
    return f'<p role="status">{html.escape(text)}</p>'
