"""Every measure, with arithmetic that a reader can redo by hand."""

import math
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from corpus.letter import Letter
from eval.intervals import Figure, difference, figure, mean, paired_p, quantile, rate
from eval.measures import (
    Reply,
    as_it_should_be,
    brier,
    calibration_by_chance,
    calibration_error,
    citation_precision,
    citation_recall,
    correct,
    declining_precision,
    declining_recall,
    evidence_recall,
    exact_match,
    ndcg,
    reciprocal_rank,
    right,
    right_language,
    right_page,
    right_section,
    token_f1,
    tokens,
    verbatim,
    wrongly_answered,
    wrongly_declined,
)
from eval.questions import Question
from eval.scores import score, table
from index.answer import Citation


def question(**changed: Any) -> Question:
    gold: dict[str, Any] = {
        "id": "q-nl", "pair": "q", "split": "dev", "language": "nl", "kind": "number", "question": "Hoeveel?",
        "history": (), "answerable": True, "evidence": (("s001", "s004"), ("s072",)),
        "answers": {"nl": ("circa 145", "145 && 120"), "en": ("approximately 145",)},
    }  # fmt: skip
    return Question(**gold | changed)


UNANSWERABLE: dict[str, Any] = {"answerable": False, "evidence": (), "answers": {}}


def reply(ranking: str = "", cited: str = "", **changed: Any) -> Reply:
    citations = [{"sentences": [name]} for name in cited.split()]
    answer: dict[str, Any] = {
        "status": "answered" if cited else "not_in_letter", "language": "nl", "answer": "Circa 145 [1]",
        "short_answer": None, "citations": citations, "related": [], "confidence": {"probability": 0.75}, "seconds": {},
    }  # fmt: skip
    return Reply("ours", "q-nl", answer | changed, tuple(ranking.split()))


# Search


@pytest.mark.parametrize(
    ("ranking", "k", "recall"),
    [
        ("s009 s004 s072", 1, 0.0),  # neither group
        ("s009 s004 s072", 2, 0.5),  # an alternative of the first of two groups
        ("s009 s004 s072", 3, 1.0),
        ("s001 s004", 2, 0.5),  # two alternatives of one group are one group
    ],
)
def test_evidence_recall_counts_groups(ranking: str, k: int, recall: float) -> None:
    assert evidence_recall(question(), reply(ranking), k) == recall


def test_the_reciprocal_rank_is_that_of_the_first_evidence() -> None:
    assert reciprocal_rank(question(), reply("s009 s010 s072 s001")) == 1 / 3
    assert reciprocal_rank(question(), reply("s009")) == 0


def test_ndcg_gains_once_for_each_group() -> None:
    # Rank 1 is of group one, rank 2 an alternative of the same, rank 3 of group two; the best has ranks 1 and 2.
    gain = 1 / math.log2(2) + 1 / math.log2(4)
    best = 1 / math.log2(2) + 1 / math.log2(3)
    assert ndcg(question(), reply("s001 s004 s072")) == pytest.approx(gain / best)
    assert ndcg(question(), reply("s072 s001 s004")) == 1


@pytest.mark.parametrize("rank", [1, 2, 5, 10])
def test_ndcg_of_a_single_unit_is_that_of_scikit_learn(rank: int) -> None:
    order = [f"s{n:03d}" for n in range(100, 112)]
    gold = question(evidence=((order[rank - 1],),))
    relevance = [[float(name == order[rank - 1]) for name in order]]
    scores = [[float(-place) for place in range(len(order))]]
    assert ndcg(gold, reply(" ".join(order))) == pytest.approx(ndcg_score(relevance, scores, k=10))


def test_search_is_undefined_without_evidence() -> None:
    gold = question(**UNANSWERABLE)
    assert (
        evidence_recall(gold, reply("s001"), 5) is reciprocal_rank(gold, reply("s001")) is ndcg(gold, reply()) is None
    )


# Answers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nederland levert circa 145 militairen. [1]", 1),
        ("Nederland levert CIRCA  145 militairen.", 1),  # case and white space do not matter
        ("Het zijn er 145, en 120 voor de helikopters.", 1),  # both parts of "145 && 120"
        ("Het zijn er 145.", 0),  # one part of two
        ("Het zijn er circa 1450, en 120.", 0),  # a number is not found inside a longer one
        ("Circa 145,5 en 120", 0),
        ("circa 145 " + "woord " * 89, 0),  # more than 90 words
    ],
)
def test_an_answer_is_correct_when_it_holds_an_accepted_one(text: str, expected: float) -> None:
    assert correct(question(), reply("", "s001", answer=text)) == expected


def test_quotation_marks_and_dashes_of_any_kind_are_the_same() -> None:
    gold = question(answers={"nl": ("Prime Minister's Office",), "en": ()})
    assert correct(gold, reply("", "s013", answer="Het Prime Minister’s Office [1]")) == 1


def test_a_declined_answer_is_not_correct_whatever_it_says() -> None:
    assert correct(question(), reply(answer="Circa 145 staat niet in de brief.")) == 0


def test_articles_are_dropped_by_the_rules_of_the_language() -> None:
    assert tokens("De commandant van het kamp", "nl") == ["commandant", "van", "kamp"]
    assert tokens("The commander of a camp", "en") == ["commander", "of", "camp"]
    assert tokens("'t kabinet", "nl") == ["kabinet"]
    assert tokens("The kamp", "nl") == ["the", "kamp"]  # no article in Dutch
    assert tokens("18,3 miljoen euro's.", "nl") == ["18,3", "miljoen", "euro", "s"]


def test_exact_match_and_token_f1_take_the_best_accepted_answer() -> None:
    ours = reply("", "s001", short_answer="de circa 145 militairen")
    assert exact_match(question(), ours) == 0
    # Words of ours: circa, 145, militairen; of the gold: circa, 145. Two in common: 2 * 2 / (3 + 2).
    assert token_f1(question(), ours) == pytest.approx(0.8)
    assert exact_match(question(), reply("", "s001", short_answer="Circa 145.")) == 1


def test_without_a_short_answer_exact_match_is_undefined_not_zero() -> None:
    assert exact_match(question(), reply("", "s001")) is None
    assert token_f1(question(), reply(short_answer="circa 145")) is None  # declined


def test_the_language_of_the_answer() -> None:
    assert right_language(question(), reply()) == 1
    assert right_language(question(), reply(language="en")) == 0


# Citations


def test_citation_precision_and_recall() -> None:
    ours = reply("", "s004 s001 s009")
    assert citation_recall(question(), ours) == 0.5  # one group of two
    assert citation_precision(question(), ours) == pytest.approx(2 / 3)  # s009 is no evidence


def test_who_cites_nothing_recalls_nothing_and_has_no_precision() -> None:
    assert citation_recall(question(), reply()) == 0
    assert citation_precision(question(), reply()) is None


def cite(letter: Letter, name: str, **changed: Any) -> dict[str, Any]:
    unit = letter.by_id[name]
    citation = Citation.of(unit, 1, letter, translated=False)
    made: dict[str, Any] = {
        "quote": citation.quote, "spans": [list(span) for span in citation.spans], "sentences": [name],
        "pages": list(citation.pages), "section": list(citation.section),
    }  # fmt: skip
    return made | changed


def test_what_is_quoted_is_held_against_the_letter_itself(letter: Letter) -> None:
    good = [cite(letter, unit.id) for unit in letter.units]
    whole = reply("", "s001", citations=good)
    assert (verbatim(whole, letter), right_page(whole, letter), right_section(whole, letter)) == (1, 1, 1)


@pytest.mark.parametrize("name", ["s072", "n1", "g2"])
def test_a_wrong_quotation_page_or_section_is_noticed(letter: Letter, name: str) -> None:
    good = cite(letter, name)
    start, end = good["spans"][0]
    for changed, measure in [
        ({"quote": good["quote"] + "."}, verbatim),
        ({"spans": [[start + 1, end], *good["spans"][1:]]}, verbatim),
        ({"pages": [*good["pages"], 6, 7]}, right_page),
        ({"section": ["Financiën"]}, right_section),
    ]:
        assert measure(reply("", name, citations=[good, good | changed]), letter) == 0.5


def test_a_sentence_over_a_page_break_has_both_pages(letter: Letter) -> None:
    over = next(unit for unit in letter.units if len(unit.pages) == 2)
    assert right_page(reply("", over.id, citations=[cite(letter, over.id)]), letter) == 1
    assert right_page(reply("", over.id, citations=[cite(letter, over.id, pages=[over.pages[0]])]), letter) == 0


def test_without_a_quotation_there_is_nothing_to_be_exact(letter: Letter) -> None:
    assert verbatim(reply(), letter) is right_page(reply(), letter) is right_section(reply(), letter) is None


# Right, declining, calibration


def test_right_needs_a_correct_answer_all_evidence_and_exact_quotations(letter: Letter) -> None:
    def quoting(*names: str, **changed: Any) -> Reply:
        return reply("", "s001", citations=[cite(letter, name, **changed) for name in names])

    assert right(question(), quoting("s004", "s072"), letter) == 1
    assert right(question(), quoting("s004"), letter) == 0  # a group is missing
    assert right(question(), quoting("s004", "s072", quote="Circa 145"), letter) == 0
    assert right(question(answers={"nl": ("150",), "en": ()}), quoting("s004", "s072"), letter) == 0
    assert right(question(), reply(), letter) == 0  # declined
    assert right(question(**UNANSWERABLE), reply(), letter) is None


def test_questions_with_evidence_alone_or_answers_alone_can_be_right(letter: Letter) -> None:
    quoting = reply("", "s001", citations=[cite(letter, "s001")])
    assert right(question(answers={}, evidence=(("s001",),)), quoting, letter) == 1
    assert right(question(evidence=()), quoting, letter) == 1
    assert right(question(answers={}, evidence=(("s009",),)), quoting, letter) == 0


def test_declining_is_counted_where_it_is_defined(letter: Letter) -> None:
    asked, unasked = question(), question(**UNANSWERABLE)
    said, silent = reply("", "s001"), reply()
    assert [wrongly_answered(unasked, said), wrongly_answered(unasked, silent)] == [1, 0]
    assert [wrongly_declined(asked, said), wrongly_declined(asked, silent)] == [0, 1]
    assert wrongly_answered(asked, said) is wrongly_declined(unasked, silent) is None
    assert [declining_recall(unasked, silent), declining_recall(unasked, said)] == [1, 0]
    assert [declining_precision(unasked, silent), declining_precision(asked, silent)] == [1, 0]
    assert declining_precision(asked, said) is declining_recall(asked, said) is None
    assert [as_it_should_be(unasked, silent, letter), as_it_should_be(asked, silent, letter)] == [1, 0]


def test_the_brier_score_is_the_squared_distance_from_what_came_out(letter: Letter) -> None:
    assert brier(question(**UNANSWERABLE), reply(), letter) == pytest.approx(0.25**2)  # 0.75 given, came out good
    assert brier(question(), reply(), letter) == pytest.approx(0.75**2)  # and here not
    assert brier(question(), reply(confidence=None), letter) is None


def test_calibration_error_weighs_bins_by_what_they_hold() -> None:
    given, good = np.array([0.95, 0.95, 0.25, 1.0]), np.array([1.0, 0.0, 0.0, 1.0])
    # The last bin holds three: mean given 2.9 / 3, came out 2 / 3. The bin of 0.25 holds one: 0.25 against 0.
    expected = 3 / 4 * (2.9 / 3 - 2 / 3) + 1 / 4 * 0.25
    assert calibration_error(given, good, np.ones((1, 4)))[0] == pytest.approx(expected)


# Intervals


def test_where_every_probability_is_true_the_calibration_error_is_what_chance_makes_of_it() -> None:
    # One answer, right with 0.9: off by 0.1 nine times in ten, by 0.9 once. The mean: 0.18.
    one = calibration_by_chance(np.array([0.9]), samples=20_000)
    assert set(one.round(6)) == {0.1, 0.9}
    assert one.mean() == pytest.approx(0.18, abs=0.01)
    # The more answers, the nearer to 0; a certain one is never off.
    assert calibration_by_chance(np.full(10_000, 0.9)).max() < 0.02
    assert calibration_by_chance(np.array([1.0, 0.0])).max() == 0.0


def test_a_rate_that_all_agree_on_has_an_interval_all_the_same() -> None:
    # Of three clusters all went well: 0.025 is the chance of that where each does with 0.025 ** (1 / 3) = 0.292.
    assert rate([1.0, 1.0, 1.0, 1.0], "aabc") == Figure(1.0, 0.025 ** (1 / 3), 1.0, 4)
    assert rate([0.0, 0.0], "ab") == Figure(0.0, 0.0, 1 - 0.025**0.5, 2)
    assert rate([0.5, 0.5], "ab") == Figure(0.5, 0.5, 0.5, 2)
    assert rate([1.0, 0.0], "ab") == figure(mean([1.0, 0.0]), "ab")
    assert rate([], "") is None


def test_an_interval_holds_the_figure_and_narrows_with_more_questions() -> None:
    few = figure(mean([1, 0] * 5), range(10))
    many = figure(mean([1, 0] * 500), range(1000))
    assert few is not None
    assert many is not None
    assert few.low <= few.value == 0.5 <= few.high
    assert many.high - many.low < (few.high - few.low) / 5
    # The standard error of a mean of 1000 halves is 0.0158: the interval is about 3.92 times as wide.
    assert many.high - many.low == pytest.approx(3.92 * 0.0158, rel=0.1)


def test_twins_are_one_observation() -> None:
    values = [1, 1, 0, 0] * 50
    alone = figure(mean(values), range(200))
    as_twins = figure(mean(values), [number // 2 for number in range(200)])
    assert alone is not None
    assert as_twins is not None
    assert as_twins.high - as_twins.low == pytest.approx(math.sqrt(2) * (alone.high - alone.low), rel=0.15)


def test_nothing_has_no_figure() -> None:
    assert figure(mean([]), []) is None


def test_the_median_and_other_quantiles() -> None:
    for share, expected in [(0.5, 3), (0.95, 100), (0.2, 1)]:
        found = figure(quantile([100, 1, 3, 2, 4], share), range(5))
        assert found is not None
        assert found.value == expected


def test_the_gap_is_the_difference_of_two_means() -> None:
    found = figure(difference([1, 1, 1, 0], [True, False, True, False]), [1, 1, 2, 2])
    assert found is not None
    assert found.value == 1 - 0.5


def test_a_paired_test_tells_chance_from_change() -> None:
    assert paired_p([0.0] * 10, range(10)) == 1
    assert paired_p([1.0, -1.0] * 5, range(10)) > 0.5
    assert paired_p([1.0] * 12, range(12)) < 0.01
    # Of five changes all in one direction 2 in 32 sign patterns are as extreme.
    assert paired_p([1.0] * 5 + [0.0] * 20, range(25)) == pytest.approx(2 / 32, abs=0.01)


# Tables


def test_a_table_has_every_figure_and_says_what_is_undefined(letter: Letter) -> None:
    asked = [question(), question(id="q-en", language="en"), question(id="u-nl", pair="u", **UNANSWERABLE)]
    good = [cite(letter, "s004"), cite(letter, "s072")]
    replies = [
        reply("s004 s072", "s004", citations=good),
        Reply("ours", "q-en", reply().answer, ("s009",)),
        Reply("ours", "u-nl", reply().answer, ("s009",)),
    ]
    scored = score(asked, replies, letter)
    found = {name: one.value for name, one in table(scored).items() if one is not None}
    assert found["right"] == 0.5
    assert found["gap"] == -1  # the Dutch twin is right, the English one was declined
    assert (found["declining precision"], found["declining recall"]) == (0.5, 1)
    assert found["recall@1"] == 0.25  # one group of two for one question of two
    assert found["language"] == pytest.approx(2 / 3)
    assert "exact match" not in found
    assert "dialogues right" not in found
    assert [one.failure for one in scored] == [None, "declined, the evidence is not among the first five", None]
