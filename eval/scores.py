"""From replies to figures: every measure of every question, then a table by split, language and system."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.letter import Letter
from eval.intervals import Figure, difference, figure, quantile, rate
from eval.measures import Reply, as_it_should_be, calibration_by_chance, calibration_error, every
from eval.questions import Question
from index.lexical import Language

TITLES: Mapping[str, str] = {
    "right": "RIGHT: correct, all evidence cited, quotations exact",
    "correct": "answer correct, in at most 90 words",
    "dialogues right": "RIGHT, dialogues alone",
    "gap": "RIGHT, English less Dutch, over twins",
    "recall@1": "search: evidence recall@1",
    "recall@3": "search: evidence recall@3",
    "recall@5": "search: evidence recall@5",
    "recall@10": "search: evidence recall@10",
    "mrr": "search: MRR",
    "ndcg@10": "search: nDCG@10",
    "citation precision": "citation precision",
    "citation recall": "citation recall",
    "verbatim": "quotations exact",
    "page": "page right",
    "section": "section right",
    "exact match": "short answer: exact match",
    "token f1": "short answer: token F1",
    "answered although unanswerable": "answered although the letter does not say",
    "declined although answerable": "declined although the letter does say",
    "declining precision": "declining: precision",
    "declining recall": "declining: recall",
    "calibration error": "expected calibration error",
    "calibration by chance": "the same, were every probability true",
    "brier": "Brier score",
    "language": "language of the answer right",
    "median seconds": "seconds, median",
    "p95 seconds": "seconds, 95th percentile",
}
"""Every figure of a table, in its order, with what it is called."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A question, the reply to it, and the value of each measure; None where it is not defined."""

    question: Question
    reply: Reply
    values: Mapping[str, float | None]
    as_it_should_be: float
    failure: str | None
    """Why the reply is not as it should be, in a few words; None when it is."""


Table = dict[str, Figure | None]


def score(questions: Iterable[Question], replies: Iterable[Reply], letter: Letter) -> list[Scored]:
    """Score the replies to `questions`; a question without a reply is left out."""
    by_id = {question.id: question for question in questions}
    scored = []
    for reply in replies:
        if question := by_id.get(reply.question):
            values = dict(every(question, reply, letter))
            good = as_it_should_be(question, reply, letter)
            scored.append(Scored(question, reply, values, good, None if good else _failure(question, reply, values)))
    return scored


def table(scored: Sequence[Scored]) -> Table:
    """Every figure over these questions, None where it is defined for none of them."""
    found: Table = {name: _mean(scored, name) for name in TITLES if scored and name in scored[0].values}
    found["dialogues right"] = _mean([one for one in scored if one.question.history], "right")
    twins = _twins(scored)
    found["gap"] = figure(
        difference([one.values["right"] or 0.0 for one in twins], [one.question.language == "en" for one in twins]),
        [one.question.pair for one in twins],
    )
    sure = [one for one in scored if one.reply.answer["confidence"] is not None]
    probabilities = np.array([one.reply.answer["confidence"]["probability"] for one in sure])
    outcomes = np.array([one.as_it_should_be for one in sure])
    found["calibration error"] = figure(
        lambda weights: calibration_error(probabilities, outcomes, weights), [one.question.pair for one in sure]
    )
    if sure:
        by_chance = calibration_by_chance(probabilities)
        low, high = np.percentile(by_chance, [2.5, 97.5])
        found["calibration by chance"] = Figure(float(by_chance.mean()), float(low), float(high), len(sure))
    timed = [(seconds, one.question.pair) for one in scored if (seconds := one.values["seconds"]) is not None]
    for name, share in (("median seconds", 0.5), ("p95 seconds", 0.95)):
        found[name] = figure(quantile([seconds for seconds, _ in timed], share), [pair for _, pair in timed])
    return {name: found.get(name) for name in TITLES}


def tables(scored: Sequence[Scored]) -> dict[str, dict[str, dict[str, Table]]]:
    """A table for each split, each system in it, and each language in that: "all", "nl" and "en"."""
    found: dict[str, dict[str, dict[str, Table]]] = {}
    for split in dict.fromkeys(one.question.split for one in scored):
        for system in dict.fromkeys(one.reply.system for one in scored):
            some = [one for one in scored if one.question.split == split and one.reply.system == system]
            languages: tuple[Language | None, ...] = (None, "nl", "en")
            found.setdefault(split, {})[system] = {
                language or "all": table([one for one in some if language in (None, one.question.language)])
                for language in languages
            }
    return found


def _mean(scored: Sequence[Scored], name: str) -> Figure | None:
    defined = [(value, one.question.pair) for one in scored if (value := one.values[name]) is not None]
    return rate([value for value, _ in defined], [pair for _, pair in defined])


def _twins(scored: Sequence[Scored]) -> list[Scored]:
    """The answerable questions whose twin in the other language is there as well."""
    languages: dict[str, set[str]] = {}
    for one in scored:
        languages.setdefault(one.question.pair, set()).add(one.question.language)
    return [one for one in scored if len(languages[one.question.pair]) == 2 and one.values["right"] is not None]


def _failure(question: Question, reply: Reply, values: Mapping[str, float | None]) -> str:
    if not question.answerable:
        return "answered although the letter does not say"
    if values["verbatim"] not in (None, 1.0):
        return "a quotation is not exact"
    found = values["recall@1"], values["recall@5"]
    where = "came first" if found[0] else "is among the first five" if found[1] else "is not among the first five"
    if reply.declined:
        return f"declined, the evidence {where}" if question.evidence else "declined"
    if values["citation recall"] == 0:
        return f"another passage is cited, the evidence {where}"
    if values["citation recall"] is not None and values["citation recall"] < 1:
        return "a part of the evidence is not cited"
    return "the evidence is cited, but the answer is not in what is shown"
