"""From a question to the units of the letter, best first, with the parts of each score.

Each unit is seen in several ways: by embedding alone, in context and in English, by the words and by the pieces of words
that it shares with the question. Each way gives every unit a score; the scores of one way are brought to a common scale
(how many standard deviations above the mean of the letter) and added with fixed weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from corpus.letter import Letter
from corpus.parse import Unit
from index.lexical import Bm25, Language, content_stems, pieces
from index.store import Store
from index.views import VIEWS, views

# Set on the dev questions of the evaluation.
WEIGHTS: Mapping[str, float] = {
    "sentence": 1.0,
    "context": 1.0,
    "english": 1.0,
    "english_context": 1.0,
    "words": 0.5,
    "pieces": 0.5,
    "pieces in context": 0.5,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit with its score for a question; the score is the sum of its parts."""

    unit: Unit
    score: float
    parts: Mapping[str, float]
    similarity: float
    """The highest cosine of the question with any view of the unit."""


class Search:
    """Hybrid search over one letter. Safe to share between threads: nothing changes after construction."""

    def __init__(self, letter: Letter, store: Store, weights: Mapping[str, float] = WEIGHTS) -> None:
        self._units = letter.units
        self._store = store
        self._weights = weights
        self._row = {unit.id: row for row, unit in enumerate(letter.units)}
        texts = {name: [view.text for view in views(letter) if view.name == name] for name in VIEWS}
        self._lexical: dict[Language, dict[str, Bm25]] = {
            "nl": _lexical(texts["sentence"], texts["context"], "nl"),
            "en": _lexical(texts["english"], texts["english_context"], "en"),
        }

    def scores(self, question: str, vector: np.ndarray, language: Language) -> dict[str, np.ndarray]:
        """The raw score of every unit in each way of seeing it: arrays of shape `(units,)`."""
        raw = {name: np.zeros(len(self._units)) for name in VIEWS}
        for node, similarity in self._store.similarities(vector).items():
            unit, _, view = node.partition(":")
            raw[view][self._row[unit]] = similarity
        for name, bm25 in self._lexical[language].items():
            raw[name] = bm25.scores(question)
        return raw

    def rank(self, question: str, vector: np.ndarray, language: Language) -> Sequence[Hit]:
        """Every unit, best first. `vector` is the question's, shape `(dimensions,)`."""
        raw = self.scores(question, vector, language)
        parts = {name: self._weights.get(name, 0.0) * _standardised(score) for name, score in raw.items()}
        total = np.sum(list(parts.values()), axis=0)
        nearest = np.max([raw[name] for name in VIEWS], axis=0)
        return [
            Hit(
                self._units[row],
                float(total[row]),
                {name: float(part[row]) for name, part in parts.items()},
                float(nearest[row]),
            )
            for row in np.argsort(-total, kind="stable")
        ]


def _lexical(alone: Sequence[str], in_context: Sequence[str], language: Language) -> dict[str, Bm25]:
    return {
        "words": Bm25(alone, partial(content_stems, language=language)),
        "pieces": Bm25(alone, partial(pieces, language=language)),
        "pieces in context": Bm25(in_context, partial(pieces, language=language)),
    }


def _standardised(scores: np.ndarray) -> np.ndarray:
    """Standard deviations above the mean; zeros where all are equal."""
    spread = scores.std()
    return np.zeros_like(scores) if spread == 0 else (scores - scores.mean()) / spread
