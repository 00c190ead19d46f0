"""The measures: each a number for one question and the reply to it, or None where it is not defined.

A figure is the mean over the questions for which the measure is defined, so that every rate is a mean: "declined
although answerable" is 1 or 0 for an answerable question and undefined for any other. Only calibration is no mean. All
of them read what was written down of a run, never the assistant.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

import numpy as np

from corpus.letter import Letter
from eval.questions import Question
from index.answer import MAX_WORDS
from index.lexical import Language


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system said to a question: the Answer JSON, and the ids of the letter's units as it ranked them."""

    system: str
    question: str
    answer: Mapping[str, Any]
    ranking: tuple[str, ...]

    @property
    def declined(self) -> bool:
        """Whether no answer was given, for whatever reason."""
        return bool(self.answer["status"] != "answered")

    @property
    def cited(self) -> list[str]:
        """The ids of the units that are cited, in order."""
        return [unit for citation in self.answer["citations"] for unit in citation["sentences"]]


# Search


def evidence_recall(question: Question, reply: Reply, k: int) -> float | None:
    """The share of evidence groups of which a unit is among the first `k`."""
    return _covered(question, reply.ranking[:k])


def reciprocal_rank(question: Question, reply: Reply) -> float | None:
    """One over the rank of the first unit that is evidence, 0 when there is none: its mean is MRR (Voorhees, 1999)."""
    if not question.evidence:
        return None
    evidence = {unit for group in question.evidence for unit in group}
    return next((1 / rank for rank, unit in enumerate(reply.ranking, 1) if unit in evidence), 0.0)


def ndcg(question: Question, reply: Reply, k: int = 10) -> float | None:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002) of the first `k`.

    A unit gains 1 when it is evidence of a group that no unit before it was evidence of: alternatives are not wanted
    twice. The best ranking has a unit of each group, one after the other.
    """
    if not question.evidence:
        return None
    wanted = list(question.evidence)
    gain = 0.0
    for rank, unit in enumerate(reply.ranking[:k], 1):
        found = [group for group in wanted if unit in group]
        if found:
            gain += 1 / math.log2(rank + 1)
            wanted = [group for group in wanted if group not in found]
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(question.evidence), k) + 1))
    return gain / best


# Answers


def correct(question: Question, reply: Reply) -> float | None:
    """1 when the answer, of at most 90 words, contains an accepted short answer in the language of the question."""
    accepted = question.answers.get(question.language)
    if not accepted:
        return None
    text = _plain(reply.answer["answer"])
    short_enough = len(_MARKER.sub("", reply.answer["answer"]).split()) <= MAX_WORDS
    return float(not reply.declined and short_enough and any(_contains(text, answer) for answer in accepted))


def exact_match(question: Question, reply: Reply) -> float | None:
    """1 when the short answer is an accepted one, both normalised (SQuAD: Rajpurkar et al., 2016).

    Undefined where no short answer was set off: a description has none.
    """
    return _best(question, reply, lambda ours, gold: float(ours == gold))


def token_f1(question: Question, reply: Reply) -> float | None:
    """The harmonic mean of the shares of words that short answer and accepted answer have in common (SQuAD)."""

    def f1(ours: list[str], gold: list[str]) -> float:
        common = sum((Counter(ours) & Counter(gold)).values())
        return 2 * common / (len(ours) + len(gold)) if ours or gold else 1.0

    return _best(question, reply, f1)


def right_language(question: Question, reply: Reply) -> float:
    """1 when the answer is in the language of the question."""
    return float(reply.answer["language"] == question.language)


# Citations


def citation_recall(question: Question, reply: Reply) -> float | None:
    """The share of evidence groups of which a unit is cited; 0 for a question that was declined.

    ALCE's citation recall (Gao et al., 2023) with gold evidence in place of a model that judges entailment.
    """
    return _covered(question, reply.cited)


def citation_precision(question: Question, reply: Reply) -> float | None:
    """The share of cited units that are evidence (ALCE's citation precision, with gold evidence)."""
    if not question.evidence or not reply.cited:
        return None
    evidence = {unit for group in question.evidence for unit in group}
    return sum(unit in evidence for unit in reply.cited) / len(reply.cited)


def verbatim(reply: Reply, letter: Letter) -> float | None:
    """The share of quotations, those of related passages too, that are what the letter says at their spans."""
    return _share(reply, lambda citation: citation["quote"] == letter.quote(tuple(map(tuple, citation["spans"]))))


def right_page(reply: Reply, letter: Letter) -> float | None:
    """The share of quotations whose pages are those of their spans."""

    def pages(citation: Mapping[str, Any]) -> list[int]:
        starts = [start for start, _ in letter.structure.pages]
        return sorted({sum(start <= at for start in starts) for a, b in citation["spans"] for at in (a, b - 1)})

    return _share(reply, lambda citation: citation["pages"] == pages(citation))


def right_section(reply: Reply, letter: Letter) -> float | None:
    """The share of quotations whose section is the path of headings above them.

    Of a sentence that is read off its position; a footnote and a signatory stand outside the run of the text.
    """

    def section(citation: Mapping[str, Any]) -> list[str]:
        unit = letter.by_id[citation["sentences"][0]]
        if unit.kind != "sentence":
            return list(unit.section)
        path: dict[int, str] = {}
        for heading in letter.headings:
            if heading.span[0] < citation["spans"][0][0]:
                path = {level: text for level, text in path.items() if level < heading.level}
                path[heading.level] = heading.text
        return list(path.values())

    return _share(reply, lambda citation: citation["section"] == section(citation))


# Right, declining, calibration


def right(question: Question, reply: Reply, letter: Letter) -> float | None:
    """RIGHT: the answer is correct, every evidence group is cited and every quotation is exact.

    Where a question brings no accepted answers or no evidence, the rest decides. Undefined for the unanswerable.
    """
    if not question.answerable:
        return None
    exact = verbatim(reply, letter)
    parts = [correct(question, reply), citation_recall(question, reply), float(not reply.declined)]
    return float(all(part in (None, 1.0) for part in parts) and exact in (None, 1.0))


def wrongly_answered(question: Question, reply: Reply) -> float | None:
    """1 when a question that the letter does not answer was answered; undefined for any other."""
    return None if question.answerable else float(not reply.declined)


def wrongly_declined(question: Question, reply: Reply) -> float | None:
    """1 when a question that the letter answers was declined; undefined for any other."""
    return float(reply.declined) if question.answerable else None


def declining_precision(question: Question, reply: Reply) -> float | None:
    """1 when a question was declined rightly; undefined when it was answered."""
    return float(not question.answerable) if reply.declined else None


def declining_recall(question: Question, reply: Reply) -> float | None:
    """1 when a question that the letter does not answer was declined; undefined for any other."""
    return None if question.answerable else float(reply.declined)


def as_it_should_be(question: Question, reply: Reply, letter: Letter) -> float:
    """1 when the reply is RIGHT, or declines what the letter does not answer: what a probability is held against."""
    was_right = right(question, reply, letter)
    return float(reply.declined) if was_right is None else was_right


def brier(question: Question, reply: Reply, letter: Letter) -> float | None:
    """The squared distance of the probability that was given from what came out (Brier, 1950)."""
    given = reply.answer["confidence"]
    if given is None:
        return None
    return float(given["probability"] - as_it_should_be(question, reply, letter)) ** 2


def calibration_error(
    probabilities: np.ndarray, outcomes: np.ndarray, weights: np.ndarray, bins: int = 10
) -> np.ndarray:
    """Expected calibration error in bins of equal width (Guo et al., 2017), one for each row of `weights`.

    `probabilities` and `outcomes` have shape `(questions,)`; `weights`, how often each question counts, has shape
    `(samples, questions)`. The mean over bins of how far the mean probability is from the share that came out, weighed
    by how many questions a bin holds.
    """
    inside = np.minimum((probabilities * bins).astype(int), bins - 1)[:, np.newaxis] == np.arange(bins)
    off = (probabilities - outcomes)[:, np.newaxis] * inside
    error: np.ndarray = np.abs(weights @ off).sum(axis=1) / weights.sum(axis=1)
    return error


def calibration_by_chance(probabilities: np.ndarray, samples: int = 1_000) -> np.ndarray:
    """What the calibration error comes to where every probability is true: shape `(samples,)`.

    It is never 0: of twenty answers that are right with 0.9, chance alone makes sixteen or twenty right. An error is
    held against this, and not against 0 (Broecker and Smith, 2007).
    """
    drawn = np.random.default_rng(1).random((samples, len(probabilities))) < probabilities
    once = np.ones((1, len(probabilities)))
    return np.array([calibration_error(probabilities, outcomes.astype(float), once)[0] for outcomes in drawn])


# What they have in common

_MARKER = re.compile(r"\s?\[\d+\]")
_LOOKALIKES = str.maketrans("‘’‛“”„«»–—−\u2010", "'''" + 5 * '"' + "----")
_ARTICLES: Mapping[Language, str] = {"nl": r"(?<!\w)(?:de|het|een|'t|'n)\b", "en": r"\b(?:the|an?)\b"}


def tokens(text: str, language: Language) -> list[str]:
    """The words of a short answer, normalised as in SQuAD, without the articles of its language."""
    return re.findall(r"\w+(?:[.,]\d+)*", re.sub(_ARTICLES[language], " ", _plain(text)))


def _plain(text: str) -> str:
    """In lower case, composed, without markers, with one kind of quotation mark, dash and white space."""
    return " ".join(_MARKER.sub("", normalize("NFKC", text)).translate(_LOOKALIKES).lower().split())


def _contains(text: str, accepted: str) -> bool:
    """Whether a text holds every part of an accepted answer; a number is not found inside a longer one."""
    return all(_found(part, text) for part in accepted.split("&&"))


def _found(part: str, text: str) -> bool:
    wanted = _plain(part)
    before = r"(?<![\d])(?<!\d[.,])" if wanted[:1].isdigit() else ""
    behind = r"(?!\d)(?![.,]\d)" if wanted[-1:].isdigit() else ""
    return re.search(before + re.escape(wanted) + behind, text) is not None


def _best(question: Question, reply: Reply, score: Callable[[list[str], list[str]], float]) -> float | None:
    ours, accepted = reply.answer["short_answer"], question.answers.get(question.language)
    if not accepted or reply.declined or not ours:
        return None
    found = tokens(ours, question.language)
    return max(score(found, tokens(answer.replace("&&", " "), question.language)) for answer in accepted)


def _covered(question: Question, units: Sequence[str]) -> float | None:
    if not question.evidence:
        return None
    return sum(not set(group).isdisjoint(units) for group in question.evidence) / len(question.evidence)


def _share(reply: Reply, holds: Callable[[Mapping[str, Any]], bool]) -> float | None:
    quoted = [*reply.answer["citations"], *reply.answer["related"]]
    return sum(map(holds, quoted)) / len(quoted) if quoted else None


def every(question: Question, reply: Reply, letter: Letter) -> Iterator[tuple[str, float | None]]:
    """Every measure of one reply, by its name."""
    yield "right", right(question, reply, letter)
    yield "correct", correct(question, reply)
    for k in (1, 3, 5, 10):
        yield f"recall@{k}", evidence_recall(question, reply, k)
    yield "mrr", reciprocal_rank(question, reply)
    yield "ndcg@10", ndcg(question, reply)
    yield "citation recall", citation_recall(question, reply)
    yield "citation precision", citation_precision(question, reply)
    yield "verbatim", verbatim(reply, letter)
    yield "page", right_page(reply, letter)
    yield "section", right_section(reply, letter)
    yield "exact match", exact_match(question, reply)
    yield "token f1", token_f1(question, reply)
    yield "answered although unanswerable", wrongly_answered(question, reply)
    yield "declined although answerable", wrongly_declined(question, reply)
    yield "declining precision", declining_precision(question, reply)
    yield "declining recall", declining_recall(question, reply)
    yield "language", right_language(question, reply)
    yield "brier", brier(question, reply, letter)
    yield "seconds", reply.answer["seconds"].get("total")
