"""How probable it is that the best passage answers a question, from several signals together.

Similarity alone separates badly: embeddings of the e5 family score everything between 0.75 and 0.92. So a logistic
regression weighs it with what else tells: what the adapter learnt of questions with no answer, the word that the best
passage fits worst, how far that passage stands above the others, how many of the words the letter never mentions, and
whether the passage lacks a thing of the kind that is asked. A second one, on the same signals, says how probable it is
that the letter does not answer; the likelier of the two decides.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from index.answer import Confidence
from index.lexical import Vocabulary, content_stems
from index.selection import Part
from index.things import has_looks

# As `python -m eval fit` prints them; each signal is described where it is computed.
RIGHT: Mapping[str, float] = {
    "constant": -3.272,
    "none": -0.422,
    "weakest": 11.390,
    "similarity": 2.122,
    "likelihood": 1.486,
    "unknown": 0.117,
    "kind missing": -0.062,
}
"""For the probability that the best passage answers."""
SILENT: Mapping[str, float] = {
    "constant": 3.274,
    "none": 0.479,
    "weakest": -11.978,
    "similarity": -4.505,
    "likelihood": 0.309,
    "unknown": -0.066,
    "kind missing": 0.318,
}
"""For the probability that the letter does not answer at all."""
PREFERRED = 1.0
"""A question is answered when that is likelier to be right than declining it, by this factor."""
_HIGH, _MEDIUM = 0.85, 0.65


@dataclass(frozen=True, slots=True)
class Judgement:
    """The two ways to be right about a question: what the best passage says, or that the letter says nothing."""

    right: float
    silent: float

    @property
    def answers(self) -> bool:
        """Whether the best passage is shown."""
        return self.right >= PREFERRED * self.silent


def signals(part: Part, whole: str, vocabulary: Vocabulary, none: float) -> dict[str, float]:
    """What tells whether the best hit answers a part.

    `whole` is the text whose words must be known; `none` the log-odds that no unit answers, as the adapter learnt them.
    """
    best = part.hits[0]
    return {
        "constant": 1.0,
        "none": none,
        # The word of the question that has the least to do with any word of the passage.
        "weakest": min(cosine for _, cosine in part.matched),
        # Cosine with the nearest view, from a value that this family of embeddings hardly falls below.
        "similarity": best.similarity - 0.8,
        # The share of the best in the likelihood of all, as a logarithm.
        "likelihood": math.log(part.likelihood[0]),
        # Weighed by rarity: the share of the question's words that stand nowhere in the letter.
        "unknown": vocabulary.unknown(set(content_stems(whole, part.language)), part.language),
        "kind missing": float(part.kind is not None and has_looks(part.kind) and not best.holds),
    }


def judge(found: Mapping[str, float]) -> Judgement:
    """How probable the signals make each way to be right."""
    return Judgement(_probability(RIGHT, found), _probability(SILENT, found))


def _probability(coefficients: Mapping[str, float], found: Mapping[str, float]) -> float:
    return 1 / (1 + math.exp(-sum(coefficients.get(name, 0.0) * value for name, value in found.items())))


def confidence(right: float) -> Confidence:
    """The probability that an answer is right, with the word for it."""
    return Confidence("high" if right >= _HIGH else "medium" if right >= _MEDIUM else "low", round(right, 3))
