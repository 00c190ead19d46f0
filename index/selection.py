"""From ranked units to those that an answer cites, each with the thing in it that was asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import TypeVar

import numpy as np

from corpus.letter import Letter
from corpus.parse import Unit
from index.answer import MAX_WORDS
from index.embedding import Encoded
from index.expect import Kind, kind_of
from index.language import detect
from index.lexical import Bm25, Language, pieces, words
from index.search import Hit, Query, Search
from index.terms import acronyms, names_acronym
from index.things import pick
from index.understanding import MOST_PARTS, Asked

MAX_CITATIONS = 4
_MOST = 6  # passages of an answer, a summary or a page of the letter among them
_TIE = 0.2  # of the likelihood of the best: from there on the second may be the answer, and is cited with it
# Of score: "who signed" fits all signatories about alike, "who is the minister of Defence" one far better.
_TOGETHER = 2.5

_Item = TypeVar("_Item", Unit, "Chosen")


@dataclass(frozen=True, slots=True)
class Part:
    """One question of what was asked, and the units ranked for it, best first.

    `context` is what was asked before and with it. `query` is what was searched, the part's own words where it was
    searched with others. `matched` are its words, each with how near the best unit has one to it, 0 to 1.
    """

    text: str
    context: str
    language: Language
    kind: Kind | None
    query: Query
    hits: Sequence[Hit]
    matched: Sequence[tuple[str, float]]

    @property
    def likelihood(self) -> np.ndarray:
        """How likely each hit is the evidence, if one is: shape `(units,)`, in the order of the hits."""
        scores = np.array([hit.score for hit in self.hits])
        likely = np.exp(scores - scores.max())
        shares: np.ndarray = likely / likely.sum()
        return shares

    @property
    def fits(self) -> np.ndarray:
        """How well each hit fits the query in each of `index.search.FITS`: shape `(ways, units)`."""
        return np.stack([hit.fits for hit in self.hits], axis=1)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit to cite, its text in the language of the answer, and the number, date, name … in it that was asked for."""

    unit: Unit
    text: str
    short: str | None


def rank(search: Search, asked: Asked, encoded: Mapping[str, Encoded]) -> list[Part]:
    """Rank the units for each part of a question."""

    def query(text: str) -> Query:
        return Query(text, encoded[text])

    def part(text: str, kind: Kind | None, queries: Sequence[Query], near: Unit | None) -> Part:
        hits = search.rank(queries, asked.language, kind, near)
        matched = search.matched(queries[0], hits[0].unit, asked.language)
        return Part(text, asked.whole, asked.language, kind, queries[0], hits, matched)

    near: Unit | None = None
    if asked.leans_on is not None:
        # A follow-up is searched with what it leans on and by its own words, near the answer to what it leans on.
        earlier = detect(asked.leans_on)
        near = search.rank([query(asked.leans_on)], earlier, kind_of(asked.leans_on, earlier))[0].unit
    parts: list[Part] = []
    for text in asked.parts[:MOST_PARTS]:
        kind = asked.kind if len(asked.parts) == 1 else kind_of(text, asked.language)
        # A part leaves out what another part names ("and when?"): it is searched together with the whole, and near what
        # the part before it was about. Who names an acronym asks for no other.
        if kind == "meaning" and names_acronym(text):
            queries = [query(text)]
        elif asked.leans_on is not None:
            queries = [query(asked.behind(text)), query(text)]
        else:
            queries = [query(one) for one in dict.fromkeys([text, asked.whole])]
        parts.append(part(text, kind, queries, parts[-1].hits[0].unit if parts else near))
    return parts


def choose(letter: Letter, part: Part, language: Language) -> list[Chosen]:
    """What to cite for a part of a question; `language` is that of the answer."""

    def text(unit: Unit) -> str:
        return unit.text if language == "nl" else letter.translations[unit.id]

    if part.kind == "summary":
        return [Chosen(unit, text(unit), None) for unit in summary(letter)]
    best = _best(part)
    if best[0].kind == "signatory":
        return [Chosen(unit, text(unit), _short(part, text(unit), language)) for unit in best]
    short = _short(part, text(best[0]), language)
    return [Chosen(unit, text(unit), short) for unit in best]


def that_fit(by_part: Sequence[Sequence[Chosen]], notices: Sequence[str] = ()) -> list[Chosen]:
    """What is cited of what was chosen for each part: each unit once, with the notices of at most `MAX_WORDS` words.

    The best of every part comes before the others of any: these are cited beside their best, or not at all.
    """
    best = _that_fit(_once([chosen[0] for chosen in by_part]), _words_of, notices)
    there = {one.unit.id for one in best}
    beside = [one for chosen in by_part if chosen[0].unit.id in there for one in chosen[1:]]
    fitting = {one.unit.id for one in _that_fit(_once([*best, *beside]), _words_of, notices)}
    return [one for one in _once([one for chosen in by_part for one in chosen]) if one.unit.id in fitting]


def beginning_of(chosen: Sequence[Chosen], notices: Sequence[str]) -> list[Chosen]:
    """The first of what stands in a place, as far as there is room: with none left out, each leans on what it does."""
    fitting = that_fit([chosen], notices)
    return [one for one, _ in takewhile(lambda pair: pair[0] is pair[1], zip(chosen, fitting, strict=False))]


def _once(chosen: Sequence[Chosen]) -> list[Chosen]:
    once: dict[str, Chosen] = {}
    for one in chosen:
        once.setdefault(one.unit.id, one)
    return list(once.values())


def _words_of(one: Chosen) -> str:
    return one.text


def _short(part: Part, text: str, language: Language) -> str | None:
    if part.kind == "meaning":
        asked, spelled = set(words(part.text)), acronyms(text)
        names = [name for acronym, name in spelled.items() if asked.issuperset(words(acronym))]
        return next(
            iter(names or [acronym for acronym, name in spelled.items() if asked.issuperset(words(name))]), None
        )
    if part.kind is None:
        return None
    found = pick(part.kind, part.text, part.language, text, language, part.context)
    return found.text if found else None


def _best(part: Part) -> list[Unit]:
    """The best unit, and the second where the two are about as likely.

    With a signatory, those who come next as well, each near the one before, as they signed: together, in the letter's
    order.
    """
    hits = part.hits
    if hits[0].unit.kind != "signatory":
        tie = part.likelihood[1] >= _TIE * part.likelihood[0]
        return [hit.unit for hit in hits[: 2 if tie else 1]]
    together, nearest = [hits[0].unit], hits[0].score
    for hit in hits[1:MAX_CITATIONS]:
        if hit.unit.kind != "signatory" or nearest - hit.score > _TOGETHER:
            break
        nearest = hit.score
        together.append(hit.unit)
    return sorted(together, key=lambda unit: unit.id)


def summary(letter: Letter) -> list[Unit]:
    """Sentences across the letter that say what it is about: of each chapter the one nearest to the letter's title.

    At most six, and together at most `MAX_WORDS` words in either language. The first chapter is the opening.
    """
    bm25 = Bm25([unit.text for unit in letter.units], partial(pieces, language="nl"))
    nearness = dict(zip((unit.id for unit in letter.units), bm25.scores(letter.title), strict=True))

    def near(unit: Unit) -> float:
        return float(nearness[unit.id])

    chapters: dict[str, list[Unit]] = {}
    for unit in letter.units:
        if unit.kind == "sentence":
            chapters.setdefault(unit.section[0] if unit.section else "", []).append(unit)
    best = sorted((max(units, key=near) for units in chapters.values()), key=near, reverse=True)
    fitting = _that_fit(best, lambda unit: max(unit.text, letter.translations[unit.id], key=_length))
    return sorted(fitting, key=lambda unit: unit.id)


def _that_fit(items: Sequence[_Item], text: Callable[[_Item], str], notices: Sequence[str] = ()) -> list[_Item]:
    taken = sum(map(_length, notices))
    fitting: list[_Item] = []
    for item in items:
        room = MAX_WORDS - taken - sum(_length(text(other)) for other in fitting)
        if not fitting or (_length(text(item)) <= room and len(fitting) < _MOST):
            fitting.append(item)
    return fitting


def _length(text: str) -> int:
    return len(text.split())
