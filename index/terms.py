"""The terms and acronyms of a letter, as the letter itself spells them out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.letter import Letter
from corpus.parse import Unit

ACRONYM = r"\b[A-Z][\w-]*[A-Z]\w*\b"
"""What an acronym looks like, as a pattern: "NMI", "MoPA"."""


@dataclass(frozen=True, slots=True)
class Term:
    """An acronym, what it stands for, the unit that spells it out and the first one that has it."""

    acronym: str
    expansion: str
    spelled_out: Unit
    first: Unit


def terms(letter: Letter) -> Iterator[Term]:
    """Every acronym that the letter spells out, once, by name."""
    found: dict[str, Term] = {}
    for unit in letter.units:
        for acronym, name in acronyms(unit.text).items():
            if acronym not in found:
                mentions = re.compile(rf"(?<!\w){re.escape(acronym)}(?!\w)")
                first = next(one for one in letter.units if mentions.search(one.text))
                found[acronym] = Term(acronym, name, unit, first)
    yield from (found[acronym] for acronym in sorted(found, key=str.lower))


def names_acronym(text: str) -> bool:
    """Whether a text has a word that looks like an acronym."""
    return re.search(ACRONYM, text) is not None


def acronyms(text: str) -> dict[str, str]:
    """The acronyms that a text spells out, each with its name in front of it: "Operation Inherent Resolve (OIR)"."""
    bracketed = re.finditer(r"(?<=\w )\((\w*[A-Z]\w*[A-Z]\w*)\)", text)
    named = ((match[1], _name_before(match[1], text[: match.start()])) for match in bracketed)
    return {acronym: name for acronym, name in named if name}


def _name_before(acronym: str, text: str) -> str | None:
    """The name at the end of a text that an acronym in brackets behind it may stand for."""
    run = re.search(
        r"(?<!\S)[A-ZÀ-Ý][^\s()]*(?:\s(?:(?:to|of|for|by|and|en|der|van|voor|the)\s)?[A-ZÀ-Ý][^\s()]*)*\s$",
        text,
    )
    # The run may begin too early, with a capital that is only the sentence's first: begin at the acronym's own letter.
    starts = [word.start() for word in re.finditer(r"\S+", run.group())] if run else []
    first = next((start for start in starts if run and run.group()[start].lower() == acronym[0].lower()), None)
    return run.group()[first:].rstrip() if run and first is not None else _with_letters_of(acronym, text)


def _with_letters_of(acronym: str, text: str) -> str | None:
    """The shortest end of a text that has the letters of an acronym in order, the first at the beginning of a word.

    Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003.
    """
    at = len(text)
    for letter in reversed(acronym.lower()[1:]):
        at = max(text.lower().rfind(letter, 0, at), 0)
    begins = [match.start() for match in re.finditer(rf"\b{acronym[0]}", text[:at], re.IGNORECASE)]
    name = text[begins[-1] :].rstrip() if begins else ""
    return name if re.search("[A-Z]", name) and len(name.split()) <= 2 * len(acronym) else None
