"""Many people at once: what counts as wrong, as slow, and as a promise broken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest

from eval.load import Expected, Seen, _broken, _expected, _talk
from eval.visitors import INTERFACES, Failed, Mixed
from index.assistant import Assistant
from tests.browser import Served

TALK = ("Tot wanneer loopt het mandaat van UNAMI?", "En dat van UNITAD?", "What is the best recipe for apple pie?")


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_visitor_of_each_interface_gets_the_answers_of_its_own_conversation(
    interface: str, served: Served, assistant: Assistant
) -> None:
    port = urlsplit(served.address).port
    assert port is not None
    talk = [_expected(assistant, TALK[: turn + 1]) for turn in range(len(TALK))]
    visitor, seen = INTERFACES[interface](port), Seen()
    for _ in range(2):  # the second time as another visitor
        _talk(visitor, talk, seen, lambda: None)
    wrong = Seen()
    other = [Expected(one.question, "something else", ("no such quotation",)) for one in talk]
    _talk(visitor, other, wrong, lambda: None)
    visitor.close()
    assert (seen.errors, seen.wrong, len(seen.seconds)) == ([], [], 6)
    assert len(wrong.wrong) == 3


class Says:
    def __init__(self, *said: tuple[str, str] | Exception) -> None:
        self._said = list(said)

    def ask(self, _: Sequence[str]) -> tuple[str, str]:
        said = self._said.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


@pytest.mark.parametrize(
    ("said", "wrong", "errors"),
    [
        (("Wie?", "de minister"), 0, 0),
        ((" Wie? ", "Het is de minister."), 0, 0),
        (("Wat?", "de minister"), 1, 0),
        (("Wie?", "de koning"), 1, 0),
        (Mixed("4 messages after 1 questions"), 1, 0),
        (Failed("503"), 0, 1),
        (ConnectionResetError(), 0, 1),
    ],
)
def test_what_is_another_question_or_another_answer_is_wrong(
    said: tuple[str, str] | Exception, wrong: int, errors: int
) -> None:
    seen = Seen()
    _talk(Says(said), [Expected("Wie?", "x", ("de minister",))], seen, lambda: None)  # type: ignore[arg-type]
    assert (len(seen.wrong), len(seen.errors)) == (wrong, errors)


def test_a_quotation_of_somebody_elses_answer_makes_it_wrong(assistant: Assistant) -> None:
    expected = _expected(assistant, TALK[:1])
    answer = assistant.ask(TALK[0])
    foreign = next(unit.text for unit in assistant.letter.units if unit.id not in answer.citations[0].sentences)
    assert expected.is_in(f"{answer.answer} {answer.citations[0].quote}")
    assert not expected.is_in(f"{answer.answer} {answer.citations[0].quote} {foreign}")


def test_the_latency_of_a_share_of_the_answers() -> None:
    seen = Seen(seconds=[number / 100 for number in range(100, 0, -1)])
    assert (seen.percentile(0.5), seen.percentile(0.95)) == (0.5, 0.95)
    assert math.isnan(Seen().percentile(0.95))


@pytest.mark.parametrize(
    ("many", "broken"),
    [
        (Seen(seconds=[0.9] * 20), 0),
        (Seen(seconds=[0.9] * 18 + [1.1] * 2), 1),
        (Seen(), 1),  # nobody was answered at all
        (Seen(seconds=[0.1], wrong=["x"]), 1),
        (Seen(seconds=[0.1], errors=["x"]), 1),
    ],
)
def test_a_broken_promise_is_told(many: Seen, broken: int) -> None:
    assert len(list(_broken({"HTTP": Seen(seconds=[0.1])}, {"HTTP": many}))) == broken
