"""From an answer to text for the terminal and HTML for the conversation. Pure: no interface library is imported here.

Everything that is not ours, the letter included, goes through `safe`: the page's own sanitiser is not enough by itself
(an SVG link with a script stays in it). A message is one block of HTML on one line, in which Markdown means nothing.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from app.quoting import Passage
from app.wording import words
from corpus.letter import Letter
from index.answer import Answer, Citation, Level
from index.lexical import Language

Tested = Mapping[Level, tuple[int, int]]
"""For each mark of confidence: how many answers of the evaluation had it, and how many of those were right."""


def safe(text: str) -> str:
    """Text of any origin as HTML that shows exactly that text, on one line, and does nothing."""
    return html.escape(" ".join(text.split()))


def question(text: str) -> str:
    """A visitor's question as a message."""
    return f'<div class="question">{safe(text)}</div>'


def typed(shown: str) -> str:
    """The question that such a message shows."""
    return html.unescape(shown.removeprefix('<div class="question">').removesuffix("</div>"))


def said(text: str) -> str:
    """Something that the program says and that is no answer, as a message."""
    return f'<div class="said">{safe(text)}</div>'


def place(citation: Citation, letter: Letter, language: Language) -> str:
    """Where a citation stands: "p. 2 · Contextanalyse › Mensenrechten · voetnoot 1"; in English, in both languages."""
    w = words(language)
    unit = letter.by_id[citation.sentences[0]]
    if citation.section:
        section = " › ".join(citation.section)
        if language == "en":
            section += f" ({' › '.join(letter.heading_translations[heading] for heading in citation.section)})"
    else:
        section = w.signature if unit.kind == "signatory" else w.opening
    numbers = [name[1:] for name in ([unit.id] if unit.kind == "footnote" else citation.footnotes)]
    parts = [_pages(citation), section]
    return " · ".join([*parts, f"{w.footnote} {', '.join(numbers)}"] if numbers else parts)


def plain(answer: Answer, letter: Letter) -> str:
    """An answer for the terminal."""
    w = words(answer.language)
    lines = [answer.short_answer, ""] if answer.short_answer else []
    lines.append(answer.answer)
    if answer.related:
        lines += ["", w.nearby]
    for citation in [*answer.citations, *answer.related]:
        lines += ["", f"[{citation.number}] «{citation.quote}»", f"    {place(citation, letter, answer.language)}"]
        if citation.translation:
            lines.append(f"    {citation.translation} ({w.working})")
    if answer.status == "answered":
        lines += ["", f"({sureness(answer)})"]
    return "\n".join(lines)


def sureness(answer: Answer) -> str:
    """How sure an answer is, in words with the probability: "vrij zeker, 93 %"."""
    percent = min(round(100 * answer.confidence.probability), 99)
    return f"{words(answer.language).sure[answer.confidence.level]}, {percent} %"


def message(answer: Answer, letter: Letter, tested: Tested) -> str:
    """An answer as a message: short answer, answer with markers, how sure, quote cards, why."""
    w = words(answer.language)
    cited = answer.citations or answer.related
    blocks = [short(answer), f'<p class="text">{_linked(answer.answer, answer.citations)}</p>']
    if answer.status == "answered":
        blocks.append(f'<p class="sure {answer.confidence.level}">{safe(meaning(answer, tested))}</p>')
    if answer.related:
        blocks.append(f'<p class="nearby">{safe(w.nearby)}</p>')
    blocks += [card(citation, letter, answer.language) for citation in cited]
    if answer.explanation and answer.status != "unclear":
        why = "".join(f"<li>{safe(line)}</li>" for line in answer.explanation)
        blocks.append(f'<details class="why"><summary>{w.why}</summary><ul>{why}</ul></details>')
    return f'<div class="answer {answer.status}" lang="{answer.language}">{"".join(blocks)}</div>'


def short(answer: Answer) -> str:
    """The short answer, set off; nothing where there is none."""
    return f'<p class="short">{safe(answer.short_answer)}</p>' if answer.short_answer else ""


def meaning(answer: Answer, tested: Tested) -> str:
    """What its mark of confidence means: "vrij zeker: van 20 antwoorden met dit merk waren er 19 goed in onze test"."""
    w = words(answer.language)
    mark = w.sure[answer.confidence.level]
    many, right = tested.get(answer.confidence.level, (0, 0))
    if not many:
        return sureness(answer)
    # Twenty of twenty is said of nothing that was ever wrong.
    of_twenty = 20 if right == many else min(round(20 * right / many), 19)
    return f"{mark[:1].upper()}{mark[1:]}: {w.of_twenty.format(right=of_twenty)}"


def card(citation: Citation, letter: Letter, language: Language) -> str:
    """A quotation with what belongs to it: translation, place, footnotes resolved, the forms in which it is copied."""
    w = words(language)
    passage = Passage.of(citation)
    forms = passage.forms(letter, citation.translation)
    link = f'<a class="cite" href="{html.escape(passage.address)}" title="{w.show}">{citation.number}</a>'
    working = letter.translations[citation.sentences[0]]
    shown = f'<p class="working" lang="en">{safe(working)} <small>{w.working}</small></p>'
    if citation.translation is None:
        shown = f'<details class="translate"><summary>{w.translation}</summary>{shown}</details>'
    notes = "".join(
        f'<li><a class="note" href="#{name}">{w.footnote} {name[1:]}</a> '
        f'<span lang="nl">{safe(letter.by_id[name].text)}</span></li>'
        for name in citation.footnotes
    )
    copies = "".join(
        f'<button type="button" class="copy" title="{w.copy[form]}">{w.forms[form]}'
        f'<span class="clip" hidden>{kept(text)}</span></button>'
        for form, text in forms.items()
    )
    below = f'<ul class="notes">{notes}</ul>' if notes else ""
    return (
        f'<blockquote class="card">{link} <q lang="nl">{safe(citation.quote)}</q>{shown}'
        f'<p class="where">{safe(place(citation, letter, language))}</p>{below}'
        f'<p class="copies">{w.copy_as} {copies}</p></blockquote>'
    )


def streamed(answer: Answer, letter: Letter, tested: Tested) -> Iterator[str]:
    """A message as it grows, a passage at a time; the last one is the whole."""
    shown = short(answer)
    ends = [match.end() for match in re.finditer(r"\[\d+\]", answer.answer)]
    for end in ends:
        text = _linked(answer.answer[:end], answer.citations)
        yield f'<div class="answer" lang="{answer.language}">{shown}<p class="text">{text}</p></div>'
    yield message(answer, letter, tested)


def kept(text: str) -> str:
    """Text with its line ends, as HTML on one line."""
    return html.escape(text).replace("\r", "&#13;").replace("\n", "&#10;")


def _marker(citation: Citation) -> str:
    """The number of a citation with its page: one sees where it stands before following it."""
    address = html.escape(Passage.of(citation).address)
    return f'<a class="cite" href="{address}">{citation.number} <small>{_pages(citation)}</small></a>'


def _pages(citation: Citation) -> str:
    return f"p. {'–'.join(map(str, citation.pages))}"


def _linked(text: str, citations: Sequence[Citation]) -> str:
    links = {str(one.number): _marker(one) for one in citations}
    parts = re.split(r"\[(\d+)\]", text)
    shown = (links.get(part, "") if odd % 2 else safe(part) for odd, part in enumerate(parts))
    return " ".join(part for part in shown if part)
