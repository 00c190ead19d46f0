"""How probable it is that the best passage answers a question, from several signals together.

Similarity alone separates badly: embeddings of the e5 family score everything between 0.75 and 0.92. So a logistic
regression weighs it with what else tells: how well the words of the best passage answer those of the question and how
far it stands above the others, how much the question looks like one without an answer, how many of its words the letter
never mentions, and whether the passage holds a thing of the kind that is asked. A second one, on the same signals, says
how probable it is that the letter does not answer; the likelier of the two decides.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from index.answer import Confidence
from index.expect import has_looks
from index.lexical import Vocabulary, content_stems
from index.selection import Part

# As `python -m eval fit` prints them; each signal is described where it is computed.
RIGHT: Mapping[str, float] = {
    "constant": 7.928,
    "late": 11.650,
    "weakest": 12.066,
    "similarity": 6.625,
    "likelihood": 1.583,
    "margin": 0.128,
    "aside": -7.072,
    "covered": -0.658,
    "unknown": -1.181,
    "kind there": -0.443,
    "kind missing": -0.742,
}
"""For the probability that the best passage answers."""
SILENT: Mapping[str, float] = {
    "constant": -13.731,
    "late": -13.205,
    "weakest": -17.226,
    "similarity": -7.429,
    "likelihood": -1.521,
    "margin": -0.079,
    "aside": 10.635,
    "covered": 0.838,
    "unknown": 1.034,
    "kind there": 0.549,
    "kind missing": 0.820,
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


def signals(part: Part, whole: str, vocabulary: Vocabulary, aside: float) -> dict[str, float]:
    """What tells whether the best hit answers a part.

    `whole` is the text whose words must be known and covered; `aside` how much the question looks like one that the
    letter does not answer.
    """
    hits = part.hits
    best = hits[0]
    stems = set(content_stems(whole, part.language))
    holds = best.parts["kind"] > 0
    cosines = [cosine for _, cosine in part.matched]
    return {
        "constant": 1.0,
        # How well the words of the passage answer those of the question, all together, and the one that fits worst.
        "late": best.late,
        "weakest": min(cosines),
        # Cosine with the nearest view, from a value that this family of embeddings hardly falls below.
        "similarity": best.similarity - 0.8,
        # The share of the best in the likelihood of all, as a logarithm.
        "likelihood": math.log(part.likelihood[0]),
        # What separates the best from the fifth: several sentences on one subject are no sign of doubt.
        "margin": best.score - hits[min(4, len(hits) - 1)].score,
        "aside": aside / 10,
        # Weighed by rarity: the share of the question's words that the best passage and its headings hold.
        "covered": vocabulary.covered(stems, best.unit.id, part.language),
        # And the share that stands nowhere in the letter.
        "unknown": vocabulary.unknown(stems, part.language),
        "kind there": float(part.kind is not None and holds),
        "kind missing": float(part.kind is not None and has_looks(part.kind) and not holds),
    }


def judge(found: Mapping[str, float]) -> Judgement:
    """How probable the signals make each way to be right."""
    return Judgement(_probability(RIGHT, found), _probability(SILENT, found))


def _probability(coefficients: Mapping[str, float], found: Mapping[str, float]) -> float:
    return 1 / (1 + math.exp(-sum(coefficients.get(name, 0.0) * value for name, value in found.items())))


def confidence(right: float) -> Confidence:
    """The probability that an answer is right, with the word for it."""
    return Confidence("high" if right >= _HIGH else "medium" if right >= _MEDIUM else "low", round(right, 3))
