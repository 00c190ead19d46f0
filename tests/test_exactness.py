"""The independent checker notices every way to be untrue, and finds none in what is answered."""

import copy
import dataclasses
import json
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.letter import Letter
from corpus.span import fold
from eval import __main__ as command
from eval.drawn import KINDS, Case, Material, draw
from eval.exactness import FAILURES, replayed, run, table
from eval.paper import LAWS, Paper, facts, folded, names
from eval.run import RunError
from index.answer import Answer, Citation, Confidence
from index.assistant import Assistant
from index.lexical import Language
from index.wording import IN_ENGLISH, NOT_IN_LETTER, UNANSWERED_PART, UNCITED_PART

SCHEMA = json.loads((Path(__file__).parent.parent / "index/answer.schema.json").read_text(encoding="utf-8"))
ASKED = {
    "dutch": "Hoeveel militairen levert Nederland en tot wanneer?",
    "two": "Wie ondertekenen de brief en wat kost de verlenging?",
    "english": "How much does the extension cost?",
    "noticed": "Wat kost de verlenging en wie schreef Max Havelaar?",
    "footnoted": "Wat staat er op pagina 1?",
    "a footnote": "Wat staat er in voetnoot 2?",
    "declined": "What is the best recipe for apple pie?",
    "unclear": "???",
}
"""One question for each form that an answer takes."""


@pytest.fixture(scope="session")
def paper() -> Paper:
    return Paper()


@pytest.fixture(scope="session")
def material(letter: Letter) -> Material:
    return Material.of(letter)


@pytest.fixture(scope="session")
def said(assistant: Assistant) -> dict[str, dict[str, Any]]:
    return {name: json.loads(json.dumps(assistant.ask(question).as_json())) for name, question in ASKED.items()}


# The checker


@pytest.mark.parametrize("name", ASKED)
def test_the_checker_finds_nothing_in_an_answer_that_is_true(
    said: dict[str, dict[str, Any]], paper: Paper, name: str
) -> None:
    assert paper.check(said[name]) == []
    jsonschema.validate(said[name], SCHEMA)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_passage_of_the_letter_can_be_cited(letter: Letter, paper: Paper, language: Language) -> None:
    for unit in letter.units:
        cited = Citation.of(unit, 1, letter, translated=language == "en")
        answer = Answer(
            question="?", language=language, status="answered", answer=f"{cited.translation or cited.quote} [1]",
            short_answer=None, citations=(cited,), confidence=Confidence("high", 0.9), related=(),
            seconds=dict.fromkeys(("embed", "search", "answer", "total"), 0.0),
        )  # fmt: skip
        assert paper.check(answer.as_json()) == [], unit.id


def test_what_is_said_in_the_examples_is_what_the_breaks_below_change(said: dict[str, dict[str, Any]]) -> None:
    assert "145" in said["dutch"]["answer"]
    assert said["dutch"]["short_answer"] == "in totaal circa 145 militairen; 30 juni 2025"
    assert len(said["two"]["citations"]) == 4
    assert "18.3 million euros" in said["english"]["answer"]
    assert said["noticed"]["answer"].endswith(UNANSWERED_PART["nl"])
    assert any(citation["footnotes"] for citation in said["footnoted"]["citations"])
    assert said["a footnote"]["citations"][0]["sentences"] == ["n2"]
    assert (said["declined"]["status"], len(said["declined"]["related"])) == ("not_in_letter", 3)
    assert said["unclear"]["status"] == "unclear"


def _replace(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, f"{old!r} is not there to be changed in {text!r}"
        return text.replace(old, new)

    return change


def _moved(by: int) -> Callable[[list[list[int]]], list[list[int]]]:
    return lambda spans: [[start + by, end + by] for start, end in spans]


GONE = object()
BREAKS: list[tuple[str, str, str, Any]] = [
    ("slice", "dutch", "citations.0.quote", lambda quote: quote[:-1]),
    ("slice", "dutch", "citations.0.quote", str.upper),
    ("slice", "dutch", "citations.0.quote", _replace(" ", "  ")),
    ("slice", "dutch", "citations.0.quote", _replace("e", "é")),
    ("slice", "dutch", "citations.0.quote", ""),
    ("slice", "dutch", "citations.0.spans", _moved(1)),
    ("slice", "dutch", "citations.0.spans", _moved(-1)),
    ("slice", "dutch", "citations.0.spans", _moved(-1_000_000)),
    ("slice", "dutch", "citations.0.spans", _moved(1_000_000)),
    ("slice", "dutch", "citations.0.spans", lambda spans: [[start, end - 1] for start, end in spans]),
    ("slice", "dutch", "citations.0.spans", lambda spans: spans * 2),
    ("slice", "dutch", "citations.0.spans", lambda spans: [[end, start] for start, end in spans]),
    ("slice", "a footnote", "citations.0.spans", _moved(-1)),
    ("slice", "declined", "related.2.quote", lambda quote: f"{quote}."),
    ("slice", "declined", "related.2.spans", _moved(7)),
    ("place", "dutch", "citations.0.pages", lambda pages: [page + 1 for page in pages]),
    ("place", "dutch", "citations.0.pages", lambda pages: [*pages, 6]),
    ("place", "dutch", "citations.0.pages", []),
    ("place", "dutch", "citations.0.section", ["Risico’s"]),
    ("place", "english", "citations.0.section", []),
    ("place", "english", "citations.0.section", lambda section: [*section, "Contextanalyse"]),
    ("place", "a footnote", "citations.0.section", ["Contextanalyse"]),
    ("place", "a footnote", "citations.0.pages", [1]),
    ("place", "two", "citations.0.section", ["Monitoring, evaluatie & leren van inzet"]),
    ("place", "dutch", "citations.0.footnotes", ["n5"]),
    ("place", "footnoted", "citations.0.footnotes", []),
    ("place", "declined", "related.0.pages", [6, 7]),
    ("source", "dutch", "citations.0.sentences", ["s001"]),
    ("source", "dutch", "citations.0.sentences", ["s999"]),
    ("source", "dutch", "citations.0.sentences", lambda sentences: sentences * 2),
    ("source", "dutch", "citations.0.translation", "In total."),
    ("source", "english", "citations.0.translation", None),
    ("source", "english", "citations.0.translation", _replace("estimated", "said")),
    ("source", "declined", "related.1.translation", None),
    ("markers", "dutch", "citations.0.number", 2),
    ("markers", "dutch", "answer", _replace("[1]", "[2]")),
    ("markers", "dutch", "answer", _replace(" [1]", "")),
    ("markers", "dutch", "answer", lambda text: f"{text} [1]"),
    ("markers", "two", "answer", lambda text: text.replace("[1]", "[0]").replace("[2]", "[1]").replace("[0]", "[2]")),
    ("markers", "declined", "related.0.number", 0),
    ("said", "dutch", "answer", lambda text: f"{text} Ja."),
    ("said", "dutch", "answer", lambda text: f"niet: {text}"),
    ("said", "dutch", "answer", lambda text: text[9:]),
    ("said", "dutch", "answer", lambda text: f"{text} {UNANSWERED_PART['en']}"),
    ("said", "dutch", "answer", lambda text: f"{IN_ENGLISH} {text}"),
    ("said", "noticed", "answer", lambda text: f"{UNANSWERED_PART['nl']} {text}"),
    ("said", "noticed", "answer", lambda text: f"{text} {UNCITED_PART['nl']}"),
    ("said", "noticed", "answer", lambda text: f"{text} {UNANSWERED_PART['nl']}"),
    ("said", "dutch", "short_answer", "in totaal circa 146 militairen"),
    ("said", "dutch", "short_answer", lambda text: f"{text}; ja"),
    ("said", "two", "answer", lambda text: " ".join(reversed(text.split()))),
    ("facts", "dutch", "answer", _replace("145", "245")),
    ("facts", "dutch", "answer", _replace("145", "14")),
    ("facts", "dutch", "answer", _replace("juni", "juli")),
    ("facts", "dutch", "answer", lambda text: f"zeven {text}"),
    ("facts", "dutch", "short_answer", _replace("145", "146")),
    ("facts", "dutch", "short_answer", _replace("30 juni", "1 juni")),
    ("facts", "english", "answer", _replace("18.3", "18.4")),
    ("facts", "english", "answer", _replace("million", "billion")),
    ("facts", "english", "answer", _replace("18.3 million", "183")),
    ("facts", "english", "citations.0.quote", _replace("18,3", "18,4")),
    ("facts", "english", "citations.0.quote", _replace("miljoen", "miljard")),
    ("names", "dutch", "answer", lambda text: f"minister Jansen: {text}"),
    ("names", "two", "answer", _replace("Caspar Veldkamp", "Ruben Brekelmans")),
    ("names", "english", "answer", lambda text: f"NATO {text}"),
    ("length", "dutch", "answer", lambda text: "woord " * 91 + text),
    ("length", "declined", "answer", "word " * 91),
    ("status", "dutch", "citations", []),
    ("status", "dutch", "status", "not_in_letter"),
    ("status", "declined", "status", "answered"),
    ("status", "declined", "status", "unclear"),
    ("status", "declined", "answer", "No."),
    ("status", "declined", "answer", f"{NOT_IN_LETTER['en']} 500 soldiers."),
    ("status", "declined", "short_answer", "500"),
    ("status", "declined", "related", lambda related: [*related, related[0]]),
    ("status", "unclear", "short_answer", "ja"),
    *(("shape", "dutch", field, GONE) for field in SCHEMA["required"]),
    *(("shape", "dutch", f"citations.0.{field}", GONE) for field in SCHEMA["$defs"]["citation"]["required"]),
    ("shape", "dutch", "explanation", "more than the schema has"),
    ("shape", "dutch", "schema", 2),
    ("shape", "dutch", "schema", True),
    ("shape", "dutch", "id", ""),
    ("shape", "dutch", "question", "two\nlines"),
    ("shape", "dutch", "question", "turned \u202e round"),
    ("shape", "dutch", "question", "half \ud800 a character"),
    ("shape", "dutch", "question", "a" * 1_001),
    ("shape", "dutch", "language", "de"),
    ("shape", "dutch", "status", "perhaps"),
    ("shape", "dutch", "answer", ""),
    ("shape", "dutch", "short_answer", ""),
    ("shape", "dutch", "citations", None),
    ("shape", "dutch", "citations.0", "a quotation"),
    ("shape", "dutch", "citations.0.number", True),
    ("shape", "dutch", "citations.0.spans", []),
    ("shape", "dutch", "citations.0.spans", [[1, 2, 3]]),
    ("shape", "dutch", "citations.0.spans", [[1.0, 2.0]]),
    ("shape", "dutch", "citations.0.sentences", []),
    ("shape", "dutch", "citations.0.pages", ["1"]),
    ("shape", "dutch", "confidence", None),
    ("shape", "dutch", "confidence.level", "certain"),
    ("shape", "dutch", "confidence.probability", 1.1),
    ("shape", "dutch", "confidence.probability", -0.1),
    ("shape", "dutch", "confidence.probability", float("nan")),
    ("shape", "dutch", "confidence.probability", "0.9"),
    ("shape", "dutch", "seconds", {}),
    ("shape", "dutch", "seconds.total", -1.0),
    ("shape", "dutch", "seconds.total", float("inf")),
    ("shape", "dutch", "related", {}),
]  # fmt: skip


def spoilt(answer: dict[str, Any], at: str, change: Any) -> dict[str, Any]:
    """A copy of an answer in which what stands at a path is changed."""
    copied = copy.deepcopy(answer)
    *path, last = [int(step) if step.isdecimal() else step for step in at.split(".")]
    there: Any = copied
    for step in path:
        there = there[step]
    if change is GONE:
        del there[last]
    else:
        there[last] = change(there[last]) if callable(change) else change
    return copied


@pytest.mark.parametrize(("law", "name", "at", "change"), BREAKS, ids=[f"{b[0]}-{b[1]}-{b[2]}" for b in BREAKS])
def test_the_checker_notices_what_is_untrue(
    said: dict[str, dict[str, Any]], paper: Paper, law: str, name: str, at: str, change: Any
) -> None:
    found = paper.check(spoilt(said[name], at, change))
    assert law in {broken for broken, _ in found}


def test_every_law_is_broken_above_and_has_its_sentence() -> None:
    assert {law for law, *_ in BREAKS} == LAWS.keys()


def test_a_number_that_only_the_translation_has_is_noticed(said: dict[str, dict[str, Any]], paper: Paper) -> None:
    answer = said["english"]
    for at in ("answer", "citations.0.translation", "short_answer"):
        answer = spoilt(answer, at, _replace("18.3", "18.4"))
    assert {law for law, _ in paper.check(answer)} == {"source", "facts"}


def test_related_passages_beside_an_answer_are_noticed(said: dict[str, dict[str, Any]], paper: Paper) -> None:
    answer = spoilt(said["english"], "related", said["declined"]["related"])
    assert [law for law, _ in paper.check(answer)] == ["status"]


def test_numbers_dates_amounts_and_names_are_read_as_people_read_them() -> None:
    assert facts("18,3 miljoen euro op 30 juni 2025", "nl") == {
        "18.3", "18.3 miljoen", "18.3 miljoen euro", "30", "2025", "30 juni", "juni 2025", "30 juni 2025",
    }  # fmt: skip
    assert facts("18.3 million euros on 30 June 2025", "en") == facts("18,3 miljoen euro op 30 juni 2025", "nl")
    assert facts("six months, they may go", "en") == facts("zes maanden", "nl") == {"zes"}
    assert names("door het Prime Minister’s Office in Irak") == {"Prime Minister’s Office", "Irak"}


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab-  \n\r\t\u00a0\u2028é"), max_size=30))
def test_two_readers_of_the_law_of_white_space_read_alike(text: str) -> None:
    assert folded(text) == fold(text)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_of_a_quotation_or_its_place_is_noticed(
    said: dict[str, dict[str, Any]], paper: Paper, data: st.DataObject
) -> None:
    answer = said[data.draw(st.sampled_from(["dutch", "two", "english", "footnoted", "a footnote"]))]
    number = data.draw(st.integers(0, len(answer["citations"]) - 1))
    quote = answer["citations"][number]["quote"]
    at = data.draw(st.integers(0, len(quote) - 1))
    letter = data.draw(st.characters().filter(lambda letter: letter != quote[at]))
    by = data.draw(st.integers(-300, 300).filter(bool))
    for where, change in (("quote", f"{quote[:at]}{letter}{quote[at + 1 :]}"), ("spans", _moved(by))):
        assert "slice" in {law for law, _ in paper.check(spoilt(answer, f"citations.{number}.{where}", change))}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_number_or_name_that_is_slipped_in_is_noticed(
    said: dict[str, dict[str, Any]], paper: Paper, data: st.DataObject
) -> None:
    answer = said[data.draw(st.sampled_from(["dutch", "two", "english"]))]
    words = answer["answer"].split(" ")
    at = data.draw(st.integers(0, len(words) - 1))
    number, name = data.draw(st.integers(3_000, 10**9)), data.draw(st.from_regex(r"\A[XYZ][a-z]{3,9}\Z"))
    for law, extra in (("facts", str(number)), ("names", name)):
        found = paper.check(spoilt(answer, "answer", " ".join([*words[:at], extra, *words[at:]])))
        assert {law, "said"} <= {broken for broken, _ in found}


# The questions


def test_the_same_seed_draws_the_same_questions_and_another_draws_others(material: Material, letter: Letter) -> None:
    first = [draw(7, number, material) for number in range(200)]
    again = Material.of(letter)
    assert [draw(7, number, again) for number in reversed(range(200))] == first[::-1]
    assert draw(7, 137, again) == first[137]
    others = [draw(8, number, material) for number in range(200)]
    assert sum(one.question != other.question for one, other in zip(first, others, strict=True)) > 150


def test_all_kinds_are_drawn_and_what_is_hard_is_among_them(material: Material) -> None:
    drawn = [draw(1, number, material) for number in range(3_000)]
    assert {case.kind for case in drawn} == KINDS.keys()
    assert {len(case.history) for case in drawn} == {0, 1, 2, 3}
    assert max(len(case.question) for case in drawn) == 20_000
    asked = "".join(case.question for case in drawn)
    assert {ord(letter) >> 16 for letter in asked} == set(range(0x11))
    kinds = {unicodedata.category(letter) for letter in asked}
    assert {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "So", "Nd", "Nl", "No", "Zs"} <= kinds
    assert {unicodedata.bidirectional(letter) for letter in asked} >= {"R", "AL", "RLO", "BN", "AN"}
    for hostile in (
        "<script>",
        "DROP TABLE",
        "$(rm",
        "../..",
        "{{7*7}}",
        "%s%s",
        "500 soldiers",
        "\x00",
        '{"question"',
    ):
        assert hostile in asked
    assert any(not case.question for case in drawn)
    assert any(case.question and not case.question.strip() for case in drawn)


def test_no_question_of_the_half_that_stays_unseen_is_drawn(material: Material) -> None:
    assert {question.split for question in material.asked} == {"dev"}


# The run


def _case(number: int, question: str = "Wat?") -> Case:
    return Case(1, number, "hostile", question, ("Wie? \ud800",))


def test_a_run_goes_on_after_a_failure_and_writes_down_each(
    said: dict[str, dict[str, Any]], paper: Paper, tmp_path: Path
) -> None:
    lie = spoilt(said["dutch"], "answer", _replace("145", "500"))

    def ask(question: str, history: Sequence[str]) -> Any:
        if question == "raise":
            raise KeyError("no such thing")
        return SimpleNamespace(as_json=lambda: lie if question == "lie" else said["dutch"])

    cases = [_case(0, "raise"), _case(1, "lie"), _case(2, "\udfff"), _case(3, "lie")]
    outcome = run(cases, ask, paper, tmp_path / FAILURES)
    assert not outcome.holds
    assert (outcome.total.exceptions, outcome.total.status["answered"]) == (1, 3)
    assert outcome.total.broken == {"said": 2, "facts": 2}
    assert replayed(tmp_path / FAILURES) == [cases[0], cases[1], cases[3]]
    first, second, _ = map(json.loads, (tmp_path / FAILURES).read_text(encoding="ascii").splitlines())
    assert "KeyError: 'no such thing'" in first["raised"]
    assert second["answer"] == lie
    text = "\n".join(table(outcome))
    assert "facts, broken 2 times: every number" in text
    assert f"3 failures. Again: python -m eval exactness --replay {tmp_path / FAILURES}" in text


def test_what_cannot_be_written_as_json_is_a_failure(
    said: dict[str, dict[str, Any]], paper: Paper, tmp_path: Path
) -> None:
    answers = iter([{1, 2}, said["dutch"]])
    outcome = run(
        [_case(0), _case(1)],
        lambda *_: SimpleNamespace(as_json=lambda: {**said["dutch"], "related": next(answers)}),
        paper,
        tmp_path / FAILURES,
    )
    assert outcome.total.exceptions == 1
    assert outcome.total.broken == {"shape": 1}


def test_the_command_tells_whether_all_laws_hold_and_asks_again_what_failed(
    said: dict[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answering(answer: dict[str, Any]) -> None:
        ask = SimpleNamespace(ask=lambda *_: SimpleNamespace(as_json=lambda: answer))
        monkeypatch.setattr(command, "load_assistant", lambda **_: ask)

    answering(said["declined"])
    asking = ["exactness", "--questions", "40", "--seed", "3", "--out", str(tmp_path)]
    assert command.main(asking) == 0
    shown = capsys.readouterr().out
    assert "no exception, and every law holds" in shown
    assert all(kind in shown for kind in KINDS)
    assert (tmp_path / FAILURES).read_text() == ""

    answering(spoilt(said["declined"], "answer", "Yes."))
    assert command.main(asking) == 1
    assert "40 failures" in capsys.readouterr().out
    replay = ["exactness", "--replay", str(tmp_path / FAILURES), "--out"]
    assert command.main([*replay, str(tmp_path / "again")]) == 1
    assert len(replayed(tmp_path / "again" / FAILURES)) == 40
    answering(said["declined"])
    assert command.main([*replay, str(tmp_path / "mended")]) == 0


@pytest.mark.parametrize("content", [None, "", "{", '{"seed": 1}\n', "[]\n"])
def test_what_is_no_file_of_failures_is_said_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    monkeypatch.setenv("BRIEFWIJZER_MODEL", "/no/such/model")  # whoever loads a model fails otherwise
    path = tmp_path / FAILURES
    if content is not None:
        path.write_text(content)
    assert command.main(["exactness", "--replay", str(path), "--out", str(tmp_path / "out")]) == 2
    assert str(path) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_failures_that_cannot_be_written_end_the_run_at_once(paper: Paper, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="Choose another place: --out FOLDER"):
        run([_case(0)], lambda *_: pytest.fail("asked"), paper, tmp_path)


# The assistant


@pytest.mark.parametrize("kind", KINDS)
def test_no_question_raises_anything_and_no_answer_breaks_a_law(
    assistant: Assistant, paper: Paper, material: Material, tmp_path: Path, kind: str
) -> None:
    at = list(KINDS).index(kind)
    cases = [draw(2, number, material) for number in range(at, 7 * len(KINDS), len(KINDS))]
    outcome = run(cases, _held_against_the_schema(assistant), paper, tmp_path / FAILURES)
    assert list(outcome.rows) == [kind]
    assert outcome.holds, "\n".join(table(outcome))


def _held_against_the_schema(assistant: Assistant) -> Callable[[str, Sequence[str]], Answer]:
    """What it says is valid by the published schema, too; a development dependency checks that, so no run needs it."""

    def ask(question: str, history: Sequence[str]) -> Answer:
        answer = assistant.ask(question, history)
        jsonschema.validate(answer.as_json(), SCHEMA)
        return answer

    return ask


def _essence(answer: Answer) -> Answer:
    return dataclasses.replace(answer, id="", seconds={})


_any_text = st.text(st.characters(), max_size=60)  # lone surrogates as well
_asked = st.sampled_from([*ASKED.values(), "Waarom is een half jaar te kort voor adviseurs in Koerdië?", "En waarom?"])
_few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_few
@given(_any_text, st.lists(_any_text, max_size=3), st.sampled_from(["nl", "en"]))
def test_any_text_in_a_language_that_is_chosen_gets_an_answer_that_breaks_no_law(
    assistant: Assistant, paper: Paper, question: str, history: list[str], language: Language
) -> None:
    answer = assistant.ask(question, history, language)
    assert paper.check(json.loads(json.dumps(answer.as_json()))) == []
    assert answer.language == language
    answer.question.encode("utf-8")


@_few
@given(_asked, st.lists(_asked, max_size=3))
def test_the_same_question_gets_the_same_answer(assistant: Assistant, question: str, history: list[str]) -> None:
    assert _essence(assistant.ask(question, history)) == _essence(assistant.ask(question, history))


@_few
@given(_asked, st.data())
def test_what_cannot_be_seen_in_a_question_changes_nothing(
    assistant: Assistant, question: str, data: st.DataObject
) -> None:
    hidden = data.draw(st.text("\u200b\u200d\u202e\u00ad\ufeff\u2066", max_size=4))
    around = data.draw(st.text(" \n\t\u00a0\x00\u2028\ud800", max_size=4))
    at = data.draw(st.integers(0, len(question)))
    begun = unicodedata.normalize("NFD", question[:at]) if data.draw(st.booleans()) else question[:at]
    disguised = f"{around}{begun}{hidden}{question[at:]}{around}"
    assert _essence(assistant.ask(disguised)) == _essence(assistant.ask(question))


@_few
@given(st.lists(_any_text, max_size=3))
def test_what_was_asked_long_ago_changes_nothing(assistant: Assistant, older: list[str]) -> None:
    last = ["Hoeveel militairen levert Nederland?", *["En waarom?"] * 9]
    assert _essence(assistant.ask("En tot wanneer?", older + last)) == _essence(assistant.ask("En tot wanneer?", last))
