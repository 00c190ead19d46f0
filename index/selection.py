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
_OWN_WORDS = 1.0  # what a follow-up's own words weigh, beside 1 for it together with the question that it leans on
_TOGETHER = 3.0  # of score: "who signed" fits all signatories alike, "who is the minister of Defence" one far better

_Item = TypeVar("_Item", Unit, "Chosen")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit to cite, its text in the language of the answer, and the number, date, name … in it that was asked for."""

    unit: Unit
    text: str
    short: str | None


def rank(search: Search, asked: Asked, vectors: Mapping[str, np.ndarray]) -> Sequence[Hit]:
    """Rank for the whole question; a follow-up also for its own words, near what it leans on."""
    whole = Query(asked.whole, vectors[asked.whole])
    if asked.leans_on is None:
        return search.rank([whole], asked.language, asked.kind)
    earlier = detect(asked.leans_on)
    before = search.rank([Query(asked.leans_on, vectors[asked.leans_on])], earlier, kind_of(asked.leans_on, earlier))
    own = Query(asked.text, vectors[asked.text], _OWN_WORDS)
    return search.rank([whole, own], asked.language, asked.kind, before[0].unit)


def choose(
    search: Search,
    letter: Letter,
    asked: Asked,
    vectors: Mapping[str, np.ndarray],
    hits: Sequence[Hit],
    language: Language,
) -> list[Chosen]:
    """What to cite: the best unit for each part of the question, in the order of the parts; at most `MAX_CITATIONS`.

    `language` is that of the answer. Together the texts have at most `MAX_WORDS` words.
    """

    def text(unit: Unit) -> str:
        return unit.text if language == "nl" else letter.translations[unit.id]

    def chosen(unit: Unit, kind: Kind | None, question: str) -> Chosen:
        return Chosen(unit, text(unit), _short(kind, question, text(unit), language))

    if asked.kind == "summary":
        found = [Chosen(unit, text(unit), None) for unit in _across_sections(letter, hits)]
    elif len(asked.parts) == 1:
        found = [chosen(unit, asked.kind, asked.text) for unit in _best(hits)]
    else:
        found = []
        for part in asked.parts:
            # A part leaves out what another part names ("and when?"): it is searched together with the whole, and near
            # what the part before it was about.
            queries = [Query(asked.whole, vectors[asked.whole]), Query(part, vectors[part])]
            kind = kind_of(part, asked.language)
            near = found[-1].unit if found else None
            unit = search.rank(queries, asked.language, kind, near)[0].unit
            if all(unit is not other.unit for other in found):
                found.append(chosen(unit, kind, part))
    return _that_fit(found, lambda one: one.text)


def _short(kind: Kind | None, question: str, text: str, language: Language) -> str | None:
    if kind == "meaning":
        asked_for = (expansion(word, text) for word in words(question))
        span = next((span for span in asked_for if span), None)
        return text[slice(*span)] if span else None
    found = pick(kind, question, text, language) if kind else None
    return found.text if found else None


def _best(hits: Sequence[Hit]) -> list[Unit]:
    """The best unit; with a signatory, those who come next as well: they signed together."""
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
