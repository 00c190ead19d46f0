"""From a question to the units of the letter, best first, with the parts of each score.

Each unit is seen in several ways: by embedding alone, in context and in English, as a whole and word by word (late
interaction), by the words and by the pieces of words that it shares with the question, by whether it holds a thing of
the kind that is asked for, and whether it spells out the acronym. Each way gives every unit a score; the scores of one
way are brought to a common scale (how many standard deviations above the mean of the letter) and added with fixed
weights, some of which are fitted to nothing.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial

import numpy as np

from corpus.letter import Letter
from corpus.parse import Unit
from index.embedding import Encoded
from index.expect import KINDS, Kind
from index.lexical import Bm25, Language, content_stems, pieces, words
from index.store import Store
from index.terms import acronyms
from index.things import find
from index.views import VIEWS, ViewName, views

# As `python -m eval fit` prints them, but for those in `BY_HAND`.
WEIGHTS: Mapping[str, float] = {
    "sentence": 0.45,
    "context": 0.17,
    "english": 0.47,
    "english_context": 0.11,
    "sentence late": 0.72,
    "context late": 0.48,
    "english late": 0.76,
    "english_context late": 0.34,
    "words": 0.00,
    "pieces": 0.02,
    "pieces in context": 0.11,
    "kind": 0.00,
    "spelled out": 40.0,
    "near": 1.0,
}
BY_HAND = ("spelled out", "near")
"""The weights that were set by hand, and are not fitted: see `eval/LOG.md`."""

LATE: Mapping[ViewName, str] = {view: f"{view} late" for view in VIEWS}
"""What late interaction with each view is called."""
FITS = (*LATE.values(), *VIEWS)
"""The ways of seeing by embedding, in the order in which the adapter weighs them (`Adapter.ways`)."""

_LOOKS = ("kind", "spelled out")
"""What a unit holds or does not; an acronym spelled out all but decides the question what it means."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched, and as the model sees it."""

    text: str
    encoded: Encoded


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit with its score for a question; the score is the sum of its parts."""

    unit: Unit
    score: float
    parts: Mapping[str, float]
    similarity: float
    """The highest cosine of the question with any view of the unit."""
    fits: np.ndarray
    """Its raw scores for the first query in each of `FITS`: shape `(ways,)`."""
    holds: bool
    """Whether it holds something of the kind that is asked for, or spells out the acronym that is."""


class Search:
    """Hybrid search over one letter. Safe to share between threads: nothing changes after construction."""

    def __init__(self, letter: Letter, store: Store, weights: Mapping[str, float] = WEIGHTS) -> None:
        self._units = letter.units
        self._store = store
        self.weights = weights
        self._row = {unit.id: row for row, unit in enumerate(letter.units)}
        self._holds = {
            kind: np.array([any(find(kind, unit.text, "nl")) for unit in letter.units], dtype=np.float32)
            for kind in KINDS
        }
        self._spelled = [_spelled(unit.text) + _spelled(letter.translations[unit.id]) for unit in letter.units]
        texts = {name: [view.text for view in views(letter) if view.name == name] for name in VIEWS}
        self._lexical: dict[Language, dict[str, Bm25]] = {
            "nl": _lexical(texts["sentence"], texts["context"], "nl"),
            "en": _lexical(texts["english"], texts["english_context"], "en"),
        }

    def weighed(self, weights: Mapping[str, float]) -> "Search":
        """The same search with other weights."""
        other = copy(self)
        other.weights = weights
        return other

    def scores(self, query: Query, language: Language, kind: Kind | None) -> dict[str, np.ndarray]:
        """The raw score of every unit in each way of seeing it: arrays of shape `(units,)`."""
        raw: dict[str, np.ndarray] = {name: np.zeros(len(self._units)) for name in VIEWS}
        for node, similarity in self._store.similarities(query.encoded.vector).items():
            unit, _, view = node.partition(":")
            raw[view][self._row[unit]] = similarity
        fits = self._store.words.similarities(query.encoded.words).mean(axis=0).reshape(len(self._units), len(VIEWS))
        raw.update(zip(LATE.values(), fits.T, strict=True))
        for name, bm25 in self._lexical[language].items():
            raw[name] = bm25.scores(query.text)
        nowhere = np.zeros(len(self._units), dtype=np.float32)
        raw["kind"] = nowhere if kind is None or kind == "meaning" else self._holds[kind]
        raw["spelled out"] = self._spelled_out(query.text) if kind == "meaning" else nowhere
        return raw

    def _spelled_out(self, question: str) -> np.ndarray:
        asked = set(words(question))
        return np.array([any(asked >= form for form in forms) for forms in self._spelled], dtype=np.float32)

    def rank(
        self, queries: Sequence[Query], language: Language, kind: Kind | None = None, near: Unit | None = None
    ) -> Sequence[Hit]:
        """Every unit, best first.

        `queries` are ways to put one question: their scores are averaged. `kind` is what it asks for. `near`
        is a unit that the conversation was just about: the paragraph it stands in is more likely.
        """
        parts: dict[str, np.ndarray] = {}
        nearest = np.full(len(self._units), -1.0)
        found = [self.scores(query, language, kind) for query in queries]
        fits = np.stack([found[0][name] for name in FITS], axis=1)
        held = np.any([raw[name] > 0 for raw in found for name in _LOOKS], axis=0)
        for raw in found:
            nearest = np.maximum(nearest, np.max([raw[name] for name in VIEWS], axis=0))
            for name, score in on_common_scale(raw).items():
                share = self.weights.get(name, 0.0) / len(queries)
                parts[name] = parts.get(name, 0.0) + share * score
        if near is not None:
            same = [near.paragraph > 0 and unit.paragraph == near.paragraph for unit in self._units]
            parts["near"] = self.weights.get("near", 0.0) * np.array(same, dtype=np.float32)
        total = np.sum(list(parts.values()), axis=0)
        return [
            Hit(
                self._units[row],
                float(total[row]),
                {name: float(part[row]) for name, part in parts.items()},
                float(nearest[row]),
                fits[row],
                bool(held[row]),
            )
            for row in np.argsort(-total, kind="stable")
        ]

    def matched(self, query: Query, unit: Unit, language: Language) -> list[tuple[str, float]]:
        """The words of a question that carry meaning, each with the cosine of its nearest word in a unit, 0 to 1."""
        first = self._row[unit.id] * len(VIEWS)
        cosines = self._store.words.nearest(query.encoded.words, range(first, first + len(VIEWS))).max(axis=1)
        found = [
            (query.text[start:end], float(max(cosine, 0)))
            for (start, end), cosine in zip(query.encoded.spans, cosines, strict=True)
        ]
        return [(word, cosine) for word, cosine in found if content_stems(word, language)] or found


def _spelled(text: str) -> list[set[str]]:
    """What a question must say, the acronym or all of its name, to ask about one that a text spells out."""
    forms = [form for pair in acronyms(text).items() for form in (set(words(pair[0])), set(words(pair[1])))]
    return [form for form in forms if form]


def on_common_scale(raw: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Scores as standard deviations above their mean, zeros where all are equal; what is there or not stays so."""
    scaled = {}
    for name, scores in raw.items():
        spread = 1.0 if name in _LOOKS else scores.std()
        middle = 0.0 if name in _LOOKS else scores.mean()
        scaled[name] = (scores - middle) / spread if spread else np.zeros_like(scores)
    return scaled


def _lexical(alone: Sequence[str], in_context: Sequence[str], language: Language) -> dict[str, Bm25]:
    return {
        "words": Bm25(alone, partial(content_stems, language=language)),
        "pieces": Bm25(alone, partial(pieces, language=language)),
        "pieces in context": Bm25(in_context, partial(pieces, language=language)),
    }
