"""A conversation as Markdown, and as a fact sheet in HTML that needs nothing beside it. Pure.

Each question with its answer, the exact quotations and where they stand; the questions that the letter does not answer
come last, as open questions; greetings and what was no question are left out. A link to a passage begins with "#": the
page that offers the file completes it.
"""

import html
import re
from collections.abc import Iterator, Sequence
from datetime import date

from app.quoting import Passage
from app.render import Tested, meaning, safe, short
from app.wording import words
from corpus.letter import Letter
from index.answer import Answer, Citation
from index.lexical import Language
from index.remarks import asks_again

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#!~|<>$&=@+-]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_STYLE = (
    "body{font:1rem/1.5 Georgia,serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1d1d1b;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}blockquote{border-left:3px solid #b9b2a0;margin:.8rem 0;"
    "padding-left:1rem}.short{font-weight:700}small,footer{color:#595650}@media print{section{break-inside:avoid}}"
)


def markdown(answers: Sequence[Answer], letter: Letter, language: Language, tested: Tested, day: date) -> str:
    """The conversation as Markdown; what was typed is shown as text, whatever it is. `day` is when it was made."""
    w = words(language)
    lines = [f"# Briefwijzer: {letter.title}", "", w.exported.format(day=day)]
    for answer in _answered(answers):
        lines += [
            "",
            f"## {_inert(answer.question)}",
            "",
            *([_inert(answer.short_answer), ""] if answer.short_answer else []),
            _inert(answer.answer),
            "",
            f"*{_inert(meaning(answer, tested))}*",
        ]
        for citation in answer.citations:
            quoted = Passage.of(citation).forms(letter, citation.translation)["markdown"]
            lines += ["", f"[{citation.number}]", "", quoted]
    if open_questions := [answer for answer in answers if answer.status == "not_in_letter"]:
        lines += ["", f"## {w.open_questions}", ""]
        lines += [f"- {_inert(answer.question)} ({_inert(answer.answer)})" for answer in open_questions]
    return "\n".join(lines) + "\n"


def fact_sheet(answers: Sequence[Answer], letter: Letter, language: Language, tested: Tested, day: date) -> str:
    """The conversation as one HTML page without a script, a font or a picture from elsewhere."""
    w = words(language)
    title = f"{w.facts}: {letter.title}"
    sections = "".join(
        f'<section lang="{answer.language}"><h2>{safe(answer.question)}</h2>'
        f"{short(answer)}<p>{safe(answer.answer)}</p>"
        f"<p><small>{safe(meaning(answer, tested))}</small></p>{''.join(_quotations(answer))}</section>"
        for answer in _answered(answers)
    )
    unanswered = "".join(
        f'<li lang="{answer.language}">{safe(answer.question)} <small>{safe(answer.answer)}</small></li>'
        for answer in answers
        if answer.status == "not_in_letter"
    )
    rest = f"<section><h2>{w.open_questions}</h2><ul>{unanswered}</ul></section>" if unanswered else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'unsafe-inline'\"><style>{_STYLE}</style></head><body><main>"
        f'<h1>{w.facts}: <span lang="nl">{html.escape(letter.title)}</span></h1>{sections}{rest}</main>'
        f"<footer><p>{safe(w.exported.format(day=day))} SHA-256: {letter.sha256}</p></footer></body></html>\n"
    )


def _answered(answers: Sequence[Answer]) -> list[Answer]:
    """Those that say something, without the last answer asked for again; in another language it is another."""
    found: list[Answer] = []
    for answer in answers:
        again = asks_again(answer.question) and bool(found) and found[-1].answer == answer.answer
        if answer.status == "answered" and not again:
            found.append(answer)
    return found


def _quotations(answer: Answer) -> Iterator[str]:
    for citation in answer.citations:
        yield f'<blockquote>[{citation.number}] <q lang="nl">{safe(citation.quote)}</q>{_working(citation)}'
        yield f'<p><small><a href="{html.escape(Passage.of(citation).address)}">{_where(citation)}</a></small></p>'
        yield "</blockquote>"


def _working(citation: Citation) -> str:
    if citation.translation is None:
        return ""
    return f'<p lang="en">{safe(citation.translation)} <small>({words("en").working})</small></p>'


def _where(citation: Citation) -> str:
    return safe(Passage.of(citation).where)


def _inert(text: str) -> str:
    """Text in which Markdown finds nothing to do: no emphasis, no list, no link out of a bare address."""
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", _MARKDOWN.sub(r"\\\1", " ".join(text.split())))
