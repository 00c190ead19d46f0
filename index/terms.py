"""The terms and acronyms of a letter, as the letter itself spells them out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.letter import Letter
from corpus.parse import Unit
from index.expect import acronyms


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
