"""Reading aids, all from the letter itself: its terms, and its decisions, commitments and deadlines. Pure.

Shown in both languages at once; the page hides the other one.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from app.quoting import Passage
from app.render import safe
from app.wording import words
from corpus.letter import Letter
from corpus.parse import Unit
from index.commitments import Commitment, commitments
from index.terms import terms

_SORTS = {
    "decision": ("besluit", "decision"),
    "commitment": ("voornemen", "commitment"),
    "deadline": ("termijn", "deadline"),
}


def both(dutch: str, english: str) -> str:
    """A text in both languages, of which the page shows one."""
    return f'<span class="nl" lang="nl">{dutch}</span><span class="en" lang="en">{english}</span>'


def terms_html(letter: Letter) -> str:
    """The acronyms with what they stand for, and where they are mentioned first."""
    rows = "".join(
        f'<div><dt lang="nl">{safe(term.acronym)}</dt><dd><span lang="nl">{safe(term.expansion)}</span> '
        f"{_link(term.first)}</dd></div>"
        for term in terms(letter)
    )
    return f'<dl id="terms">{rows}</dl>'


def commitments_html(letter: Letter) -> str:
    """Who decided or promised what, until when, as a table that scrolls by itself on a narrow screen."""
    heads = [("Soort", "Sort"), ("Wie", "Who"), ("Tot wanneer", "Until when"), ("Wat de brief zegt", "What it says")]
    head = "".join(f'<th scope="col">{both(*names)}</th>' for names in heads)
    rows = "".join(_row(one, letter) for one in commitments(letter))
    caption = both(
        "Gevonden met taalregels, zin voor zin: lees de passage na.",
        "Found by rules of language, sentence by sentence: check the passage.",
    )
    return (
        '<div class="wide" role="region" tabindex="0" aria-label="termijnen, deadlines"><table id="commitments">'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def commitments_csv(letter: Letter) -> str:
    """The same as CSV, for a spreadsheet."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["sort", "who", "until", "last day", "quote", words("en").working, "page", "section"])
    for one in commitments(letter):
        day = one.day.isoformat() if one.day else ""
        pages = "-".join(map(str, one.unit.pages))
        said = [one.unit.text, letter.translations[one.unit.id]]
        rows.writerow([one.sort, one.who or "", one.until or "", day, *said, pages, " > ".join(one.unit.section)])
    return out.getvalue()


def commitments_ics(letter: Letter) -> str:
    """Those with a day as an iCalendar (RFC 5545), whole days; the description quotes the letter."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//briefwijzer//letter//NL"]
    for one in commitments(letter):
        if one.day is None:
            continue
        page = f"p. {one.unit.pages[0]}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.unit.id}-{sha256(one.unit.text.encode()).hexdigest()[:16]}@briefwijzer",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_ics(f'{_SORTS[one.sort][0]}: {one.until}' + (f' ({one.who})' if one.who else ''))}",
            f"DESCRIPTION:{_ics(f'“{one.unit.text}” ({letter.title}, {page})')}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "\r\n".join(part for line in [*lines, "END:VCALENDAR", ""] for part in _fold(line))


def strip_html(letter: Letter) -> str:
    """The pages as a strip; each unit a bar as long as its text, which the page's script marks."""
    bars: dict[int, list[str]] = {}
    for unit in letter.units:
        bars.setdefault(unit.pages[0], []).append(f'<i data-unit="{unit.id}" style="flex-grow:{len(unit.text)}"></i>')
    pages = "".join(
        f'<li><a href="#page-{number}">{both("pagina", "page")} {number}'
        f'<span class="bars" aria-hidden="true">{"".join(some)}</span></a></li>'
        for number, some in bars.items()
    )
    legend = both(
        "Waar het antwoord staat, en wat nog niet aan bod kwam", "Where the answer stands, and what was not touched yet"
    )
    colours = (
        f'<i class="last"></i> {both("dit antwoord", "this answer")} '
        f'<i class="earlier"></i> {both("eerdere antwoorden", "earlier answers")}'
    )
    return (
        f'<nav id="strip"><p id="strip-label">{legend}</p><ol aria-labelledby="strip-label">{pages}</ol>'
        f'<p class="colours">{colours}</p></nav>'
    )


def _row(one: Commitment, letter: Letter) -> str:
    until = f'<time datetime="{one.day.isoformat()}">{safe(one.until or "")}</time>' if one.day else "–"
    said = f'<q lang="nl">{safe(one.unit.text)}</q>'
    english = f"{safe(letter.translations[one.unit.id])} <small>{words('en').working}</small>"
    working = f'<p class="working en" lang="en">{english}</p>'
    return (
        f'<tr><td>{both(*_SORTS[one.sort])}</td><td lang="nl">{safe(one.who or "–")}</td><td lang="nl">{until}</td>'
        f"<td>{said} {_link(one.unit)}{working}</td></tr>"
    )


def _link(unit: Unit) -> str:
    address = Passage(unit.text, unit.spans, unit.pages, unit.section).address
    return f'<a class="cite" href="{safe(address)}">p. {unit.pages[0]}</a>'


def _ics(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _fold(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets, the second and later begun with a space, as RFC 5545 wants it."""
    part, most = "", 75
    for char in line:
        if len((part + char).encode()) > most:
            yield part
            part = " "
        part += char
    yield part
