"""Late interaction (ColBERT, Khattab and Zaharia, 2020): how well the words of a passage answer those of a question.

A vector for a whole passage averages what it says; here each word of the question looks for its nearest word in the
passage. Vectors of this family of models all point the same way, so their common direction is taken out first.
"""

from collections.abc import Sequence

import numpy as np


class LateInteraction:
    """The words of some passages: `vectors` has shape `(words, dimensions)`, `starts` where each passage begins.

    `common` is the direction that all share, shape `(dimensions,)`; `words` the vectors without it, at unit length.
    """

    def __init__(self, vectors: np.ndarray, starts: np.ndarray) -> None:
        self.vectors = vectors
        self.starts = starts
        self.common = vectors.mean(axis=0, dtype=np.float32)
        self.words = _unit(vectors.astype(np.float32) - self.common)

    @classmethod
    def of(cls, passages: Sequence[np.ndarray]) -> "LateInteraction":
        """Of passages, each an array of shape `(words, dimensions)` with one word or more; kept in half precision."""
        starts = np.cumsum([0, *(len(words) for words in passages[:-1])])
        return cls(np.concatenate(passages).astype(np.float16), starts)

    def similarities(self, question: np.ndarray) -> np.ndarray:
        """The cosine of each word of a question, shape `(words, dimensions)`, with its nearest word in each passage.

        Shape `(words, passages)`. Their mean over the words is how well a passage fits.
        """
        cosines = _unit(question - self.common) @ self.words.T
        nearest: np.ndarray = np.maximum.reduceat(cosines, self.starts, axis=1)
        return nearest

    def nearest(self, question: np.ndarray, passages: range) -> np.ndarray:
        """The same for some passages that follow one another: shape `(words, len(passages))`."""
        ends = [*self.starts[1:], len(self.words)]
        first, last = self.starts[passages.start], ends[passages.stop - 1]
        cosines = _unit(question - self.common) @ self.words[first:last].T
        found: np.ndarray = np.maximum.reduceat(cosines, self.starts[passages] - first, axis=1)
        return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: np.ndarray = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
