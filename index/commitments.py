"""What a letter decides, promises and sets a date to: who, what, until when, each with the sentence that says so.

By rules of the language, not of one letter: a verb of deciding or promising, or a date still to come. They find what is
said in one sentence; what follows from several is not found.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from corpus.letter import Letter
from corpus.parse import Unit
from index.things import find

Sort = Literal["decision", "commitment", "deadline"]

_DECIDES = re.compile(
    r"\b(?:besl(?:uit|oten|ist)\b(?! tot een)|besluiten|verlengt|verlengen|overeengekomen)", re.IGNORECASE
)
_GOVERNMENT = r"(?:[Hh]et kabinet|Nederland|[Dd]e (?:minister|ministers|staatssecretaris) (?:van|voor) [A-Z]\w+|[Ww]ij)"
_SOMEBODY = re.compile(rf"\b{_GOVERNMENT}\b")
_PROMISE = r"(?:zal|zullen|beziet|bezien|blijft|blijven|informeert|informeren|streeft|streven)"
_PROMISES = re.compile(rf"\b(?:{_GOVERNMENT} {_PROMISE}|{_PROMISE} {_GOVERNMENT})\b")
_ENDS = re.compile(r"\b(?:tot|niet later dan|uiterlijk|verloopt|verlopen|loopt|lopen|zal|zullen)\b", re.IGNORECASE)
_HAPPENED = re.compile(r"\b(?:vond|vonden|bracht|nam|namen|liep|liepen|kondigden?|werd|werden)\b")
_BODY = re.compile(r"(?:heeft|hebben|zal|zullen|dat) (de (?:[A-Z]+-)?[A-Z]\w+)")
_MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split()


@dataclass(frozen=True, slots=True)
class Commitment:
    """A decision, a commitment or a deadline.

    `who` and `until` are words of the sentence, None where it has none. `day` is the last day that `until` may mean,
    None where that cannot be told.
    """

    sort: Sort
    unit: Unit
    who: str | None
    until: str | None
    day: date | None


def commitments(letter: Letter) -> Iterator[Commitment]:
    """Every one that a sentence of the letter states, in the order of the letter."""
    for unit in letter.units:
        if unit.kind != "sentence":
            continue
        government = _SOMEBODY.search(unit.text)
        until = _until(unit.text)
        sort: Sort
        if _DECIDES.search(unit.text) and (until or government):
            sort = "decision"
        elif _PROMISES.search(unit.text):
            sort = "commitment"
        elif until and _ENDS.search(unit.text) and not _HAPPENED.search(unit.text):
            sort = "deadline"
        else:
            continue
        who = government or _BODY.search(unit.text)
        yield Commitment(
            sort, unit, who.group(who.lastindex or 0) if who else None, until, _day(until) if until else None
        )


def _until(text: str) -> str | None:
    """The date with a year up to which something holds: the first behind "tot", else the last."""
    dates = [found for found in find("date", text, "nl") if _day(found.text)]
    ends = [found for found in dates if re.search(r"\b(?:tot|met|uiterlijk|later dan)\s$", text[: found.span[0]])]
    return (ends[0] if ends else dates[-1]).text if dates else None


def _day(text: str) -> date | None:
    """The last day that a date in Dutch may mean: "juni 2025" is the 30th; None where it is no more than a year."""
    year = re.search(r"\b(?:19|20)\d\d\b", text)
    month = re.search("|".join(_MONTHS), text.lower())
    day = re.search(r"\b([1-9]\d?) [a-z]", text)
    if not year or not month or (not day and re.match(r"begin|half|medio", text.lower())):
        return None
    number = _MONTHS.index(month.group()) + 1
    last = calendar.monthrange(int(year.group()), number)[1]
    return date(int(year.group()), number, min(int(day.group(1)), last) if day else last)
