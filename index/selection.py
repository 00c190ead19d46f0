"""From ranked units to those that an answer cites, each with the thing in it that was asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from corpus.letter import Letter
from corpus.parse import Unit
from index.answer import MAX_WORDS
from index.expect import Kind, expansion, kind_of, pick
from index.language import detect
from index.lexical import Language, words
from index.search import Hit, Query, Search
from index.understanding import Asked

MAX_CITATIONS = 4
_TOGETHER = 3.0  # of score: "who signed" fits all signatories alike, "who is the minister of Defence" one far better

_Item = TypeVar("_Item", Unit, "Chosen")


@dataclass(frozen=True, slots=True)
class Part:
    """One question of what was asked, and the units ranked for it, best first."""

    text: str
    language: Language
    kind: Kind | None
    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit to cite, its text in the language of the answer, and the number, date, name … in it that was asked for."""

    unit: Unit
    text: str
    short: str | None


def rank(search: Search, asked: Asked, vectors: Mapping[str, np.ndarray]) -> list[Part]:
    """Rank the units for each part of a question."""
    whole = Query(asked.whole, vectors[asked.whole])
    if asked.leans_on is not None:
        # A follow-up is searched with what it leans on and by its own words, near the answer to what it leans on.
        earlier = detect(asked.leans_on)
        before = search.rank(
            [Query(asked.leans_on, vectors[asked.leans_on])], earlier, kind_of(asked.leans_on, earlier)
        )
        queries = [whole, Query(asked.text, vectors[asked.text])]
        return [
            Part(
                asked.text, asked.language, asked.kind, search.rank(queries, asked.language, asked.kind, before[0].unit)
            )
        ]
    if len(asked.parts) == 1:
        return [Part(asked.text, asked.language, asked.kind, search.rank([whole], asked.language, asked.kind))]
    parts: list[Part] = []
    for text in asked.parts[:MAX_CITATIONS]:
        # A part leaves out what another part names ("and when?"): it is searched together with the whole, and near what
        # the part before it was about.
        kind = kind_of(text, asked.language)
        near = parts[-1].hits[0].unit if parts else None
        parts.append(
            Part(
                text, asked.language, kind, search.rank([whole, Query(text, vectors[text])], asked.language, kind, near)
            )
        )
    return parts


def choose(letter: Letter, part: Part, language: Language) -> list[Chosen]:
    """What to cite for a part of a question; `language` is that of the answer."""

    def text(unit: Unit) -> str:
        return unit.text if language == "nl" else letter.translations[unit.id]

    if part.kind == "summary":
        return [Chosen(unit, text(unit), None) for unit in _across_sections(letter, part.hits)]
    return [Chosen(unit, text(unit), _short(part, text(unit), language)) for unit in _best(part.hits)]


def that_fit(chosen: Sequence[Chosen]) -> list[Chosen]:
    """Each unit once, at most `MAX_CITATIONS`, together of at most `MAX_WORDS` words."""
    once = {one.unit.id: one for one in reversed(chosen)}
    return _that_fit([one for one in chosen if once[one.unit.id] is one], lambda one: one.text)


def _short(part: Part, text: str, language: Language) -> str | None:
    if part.kind == "meaning":
        asked_for = (expansion(word, text) for word in words(part.text))
        span = next((span for span in asked_for if span), None)
        return text[slice(*span)] if span else None
    found = pick(part.kind, part.text, part.language, text, language) if part.kind else None
    return found.text if found else None


def _best(hits: Sequence[Hit]) -> list[Unit]:
    """The best unit; with a signatory, those who come next as well, as they signed: together, in the letter's order."""
    together = [hits[0].unit]
    if together[0].kind == "signatory":
        for hit in hits[1:MAX_CITATIONS]:
            if hit.unit.kind != "signatory" or hits[0].score - hit.score > _TOGETHER:
                break
            together.append(hit.unit)
    return sorted(together, key=lambda unit: unit.id)


def _across_sections(letter: Letter, hits: Sequence[Hit]) -> list[Unit]:
    """The opening sentence, which says what the letter is for, and the best of other sections."""
    units = {letter.units[0].section: letter.units[0]}
    for hit in hits:
        if hit.unit.kind == "sentence":
            units.setdefault(hit.unit.section, hit.unit)
    # The same passages in both languages.
    return _that_fit(list(units.values()), lambda unit: max(unit.text, letter.translations[unit.id], key=_length))


def _that_fit(items: Sequence[_Item], text: Callable[[_Item], str]) -> list[_Item]:
    fitting: list[_Item] = []
    for item in items:
        room = MAX_WORDS - sum(_length(text(other)) for other in fitting)
        if not fitting or (_length(text(item)) <= room and len(fitting) < MAX_CITATIONS):
            fitting.append(item)
    return fitting


def _length(text: str) -> int:
    return len(text.split())
