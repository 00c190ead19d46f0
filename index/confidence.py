"""How probable it is that the best passage answers a question, from several signals together.

Similarity alone separates badly: embeddings of the e5 family score everything between 0.75 and 0.92. So a logistic
regression weighs it with what else tells: how far the best passage stands above the letter, how much of the question's
own words it covers, how many of them the letter never mentions, and whether it holds a thing of the kind that is asked.
"""

import math
from collections.abc import Mapping

from index.answer import Confidence
from index.expect import has_looks
from index.lexical import Vocabulary, content_stems
from index.selection import Part

# As `python -m eval fit` prints them; each signal is described where it is computed.
COEFFICIENTS: Mapping[str, float] = {
    "constant": -2.555,
    "similarity": 27.904,
    "standing": 0.022,
    "margin": 0.11,
    "covered": 0.747,
    "unknown": -0.511,
    "kind there": 0.759,
    "kind missing": -0.447,
}
ANSWERED_FROM = 0.3
"""The probability below which a question is declined: not at one half, as a reader can check a doubtful passage."""
_HIGH, _MEDIUM = 0.85, 0.65


def signals(part: Part, whole: str, vocabulary: Vocabulary) -> dict[str, float]:
    """What tells whether the best hit answers a part; `whole` is the text whose words must be known and covered."""
    hits = part.hits
    best = hits[0]
    stems = set(content_stems(whole, part.language))
    holds = best.parts["kind"] > 0
    return {
        "constant": 1.0,
        # Cosine with the nearest view, from a value that this family of embeddings hardly falls below.
        "similarity": best.similarity - 0.8,
        # The fused score, in standard deviations of its parts above the mean of the letter.
        "standing": best.score,
        # What separates the best from the fifth: several sentences on one subject are no sign of doubt.
        "margin": best.score - hits[min(4, len(hits) - 1)].score,
        # Weighed by rarity: the share of the question's words that the best passage and its headings hold.
        "covered": vocabulary.covered(stems, best.unit.id, part.language),
        # And the share that stands nowhere in the letter.
        "unknown": vocabulary.unknown(stems, part.language),
        "kind there": float(part.kind is not None and holds),
        "kind missing": float(part.kind is not None and has_looks(part.kind) and not holds),
    }


def probability(found: Mapping[str, float]) -> float:
    """Between 0 and 1: that the best passage answers the question."""
    return 1 / (1 + math.exp(-sum(COEFFICIENTS[name] * value for name, value in found.items())))


def confidence(right: float) -> Confidence:
    """The probability that an answer is right, with the word for it."""
    return Confidence("high" if right >= _HIGH else "medium" if right >= _MEDIUM else "low", round(right, 3))
