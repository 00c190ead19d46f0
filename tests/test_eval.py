"""Questions, runs, reports and the gate: what is measured is what was answered, and nothing is lost."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from corpus.letter import Letter
from eval import __main__ as command
from eval import train
from eval.__main__ import main
from eval.compare import ablations as ablation_table
from eval.compare import compare
from eval.fit import FITTING
from eval.measures import Reply
from eval.publish import bounds, check
from eval.questions import (
    KINDS,
    QUESTIONS,
    STRANGERS,
    UNSEEN,
    Labelled,
    Question,
    QuestionsError,
    labelled,
    load_questions,
    measuring,
)
from eval.report import report
from eval.run import Run, RunError, configuration, load, run, save, save_scores
from eval.scores import TITLES, Scored, score, table
from eval.second_opinion import second_opinion
from eval.systems import ASSISTANT, Ours, System, ablations, floors
from eval.train import TRAINING, mean
from index.adapter import ADAPTER, Adapter, read_adapter
from index.assistant import STEPS, Assistant
from index.conversation import standalone
from index.embedding import Embedder
from index.lexical import content_stems, words
from index.store import Store


@pytest.fixture(scope="session")
def every(letter: Letter) -> tuple[Question, ...]:
    return load_questions(QUESTIONS, letter)


# The questions that are committed


def test_there_are_as_many_questions_of_each_sort_as_promised(every: tuple[Question, ...]) -> None:
    alone = [question for question in every if not question.history]
    answerable = {question.pair for question in alone if question.answerable}
    assert len(answerable) >= 120
    assert len({question.pair for question in alone if not question.answerable}) >= 40
    assert sum(bool(question.history) for question in every) >= 30
    assert {len(question.history) for question in every} == {0, 1, 2}
    assert {question.kind for question in every if question.answerable} == set(KINDS)


def test_twins_ask_for_the_same_in_two_languages_and_stay_in_one_half(every: tuple[Question, ...]) -> None:
    pairs: dict[str, list[Question]] = {}
    for question in every:
        pairs.setdefault(question.pair, []).append(question)
    for dutch, english in pairs.values():
        assert (dutch.language, english.language) == ("nl", "en")
        for name in ("split", "kind", "answerable", "evidence", "answers"):
            assert getattr(dutch, name) == getattr(english, name), (dutch.pair, name)


def test_the_halves_hold_the_same_kinds(every: tuple[Question, ...]) -> None:
    for answerable in (True, False):
        halves = {
            split: Counter(q.kind for q in every if q.split == split and q.answerable == answerable)
            for split in ("dev", "test")
        }
        for kind in halves["dev"] | halves["test"]:
            # Within two pairs, that is four questions: a kind with few pairs cannot be halved better.
            assert abs(halves["dev"][kind] - halves["test"][kind]) <= 4, (answerable, kind)


def test_every_section_the_footnotes_and_the_signatures_are_asked_for(
    every: tuple[Question, ...], letter: Letter
) -> None:
    evidence = {name for question in every for group in question.evidence for name in group}
    for split in ("dev", "test"):
        some = {name for q in every if q.split == split for group in q.evidence for name in group}
        assert {letter.by_id[name].kind for name in some} == {"sentence", "footnote", "signatory"}
    assert {letter.by_id[name].section for name in evidence} == {unit.section for unit in letter.units}


def test_every_alternative_of_the_evidence_holds_an_accepted_answer(
    every: tuple[Question, ...], letter: Letter
) -> None:
    for question in every:
        if len(question.evidence) != 1 or question.kind == "summary":
            continue  # parts of an answer stand in several units
        for name in question.evidence[0]:
            text = letter.by_id[name].text if question.language == "nl" else letter.translations[name]
            answer = {"status": "answered", "answer": text, "citations": []}
            reply = Reply("gold", question.id, answer, ())
            from eval.measures import correct

            assert correct(question, reply) == 1, (question.id, name)


def test_strangers_ask_in_both_languages_for_what_the_letter_says_and_for_what_not(letter: Letter) -> None:
    asked = load_questions(STRANGERS, letter)
    for language in ("nl", "en"):
        some = [question for question in asked if question.language == language]
        assert sum(question.answerable for question in some) >= 120
        assert sum(not question.answerable for question in some) >= 60
        assert sum(bool(question.history) for question in some) >= 30
    assert {question.split for question in asked} == {"strangers"}
    assert len({question.question for question in asked}) >= 0.95 * len(asked)


def test_questions_are_written_as_people_ask(every: tuple[Question, ...], letter: Letter) -> None:
    asked = [question for question in every if question.answerable and not question.history]
    key_words = [question for question in asked if len(question.question.split()) <= 3]
    assert len(key_words) >= len(asked) / 20
    unmarked = [q for q in asked if not q.question.rstrip().endswith("?") and q.question[0].islower()]
    assert len(unmarked) >= len(asked) / 10

    def borrowed(question: Question) -> float:
        evidence = [letter.by_id[name] for group in question.evidence for name in group]
        texts = [unit.text if question.language == "nl" else letter.translations[unit.id] for unit in evidence]
        there = {stem for text in texts for stem in content_stems(text, question.language)}
        stems = content_stems(question.question, question.language)
        return sum(stem in there for stem in stems) / len(stems)

    assert sum(borrowed(question) <= 0.5 for question in asked) >= len(asked) / 2


# Bring your own questions


def test_two_columns_of_a_spreadsheet_are_enough(letter: Letter, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("question;answerable;evidence\nWat kost het?;ja;geraamd op 18,3 miljoen euro\nWho is it?;no;\n")
    first, second = load_questions(path, letter)
    assert (first.language, first.evidence, first.split, first.id) == ("nl", (("s126",),), "own", "line-2")
    assert (second.language, second.answerable) == ("en", False)


def test_cells_with_several_values_are_split(letter: Letter, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "id,question,answerable,history,evidence,answers_nl\n"
        'a,"En wie, precies?",true,Wie tekent? | Namens wie?,s001|s004; s072,145 | circa 145\n'
    )
    (found,) = load_questions(path, letter)
    assert found.history == ("Wie tekent?", "Namens wie?")
    assert found.evidence == (("s001", "s004"), ("s072",))
    assert found.answers == {"nl": ("145", "circa 145")}


def test_a_question_survives_being_written(letter: Letter, tmp_path: Path, every: tuple[Question, ...]) -> None:
    path = tmp_path / "again.jsonl"
    path.write_text("".join(json.dumps(question.as_json()) + "\n" for question in every), encoding="utf-8")
    assert load_questions(path, letter) == every


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2: expected a JSON object, but it cannot be read"),
        ("[]", "line 2: expected a JSON object, not list"),
        ('{"answerable": true}', "line 2, question: expected a question in words, not None"),
        ('{"question": "12"}', "line 2, question: expected a question in words, not '12' (no words)"),
        ('{"question": "Wat?"}', "line 2, answerable: expected true or false, not None"),
        ('{"question": "Wat?", "answerable": true}', "line 2, evidence: expected evidence or accepted answers"),
        ('{"question": "Wat?", "answerable": true, "evidence": ["s999"]}', "line 2, evidence: expected the id of a"),
        ('{"question": "Wat?", "answerable": false, "evidence": ["s001"]}', "line 2, answerable: expected no evidence"),
        ('{"question": "Wat?", "answerable": true, "answers": ["x"]}', 'line 2, answers: expected {"nl": [...], "en"'),
        ('{"question": "Wat?", "answerable": false, "history": "x"}', "line 2, history: expected a list of texts"),
        ('{"question": "Wat?", "answerable": false, "language": "fr"}', "line 2, language: expected one of nl, en"),
        ('{"question": "Wat?", "answerable": false, "kind": "zzz"}', "line 2, kind: expected one of number, date"),
        ('{"question": "Wat?", "answerable": false, "id": "a"}', "line 2, id: expected an id of its own; 'a' is that"),
    ],
)
def test_a_bad_line_is_named_with_its_field_and_what_was_expected(
    letter: Letter, tmp_path: Path, line: str, complaint: str
) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"id": "a", "question": "Wie?", "answerable": false}\n' + line + "\n")
    with pytest.raises(QuestionsError) as caught:
        load_questions(path, letter)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("written", ['"answers": []', '"answers": ""', '"answers": {}'])
def test_no_answers_can_be_written_in_any_way(letter: Letter, tmp_path: Path, written: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(f'{{"question": "Wie is de koning?", "answerable": false, {written}}}\n')
    assert load_questions(path, letter)[0].answers == {}


def test_a_csv_with_the_line_ends_of_an_old_mac_is_read(letter: Letter, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"question,answerable\rWie is de koning?,no\r")
    assert len(load_questions(path, letter)) == 1


def test_a_csv_that_cannot_be_read_is_said_by_its_line(letter: Letter, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"question,answerable\n{'x' * 140_000},no\n")
    with pytest.raises(QuestionsError, match="expected a row of cells, but it cannot be read"):
        load_questions(path, letter)


def test_every_problem_of_a_file_is_told_at_once(letter: Letter, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("question,answerable\nWie?,misschien\nWat?,no,more\n12,no\n")
    with pytest.raises(QuestionsError) as caught:
        load_questions(path, letter)
    assert [line.partition(": ")[0].partition("line ")[2] for line in str(caught.value).splitlines()] == [
        "2, answerable",
        "3",
        "4, question",
    ]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("mine.txt", b"", "expected a name that ends in .jsonl or .csv"),
        ("mine.jsonl", b"", "no question in it"),
        ("mine.jsonl", b"\xff", "is not UTF-8 at byte 0"),
        ("mine.csv", b"vraag,antwoord\n", 'expected a header with "question" and "answerable", not vraag, antwoord'),
    ],
)
def test_a_file_of_another_kind_is_refused(
    letter: Letter, tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(QuestionsError, match=complaint):
        load_questions(path, letter)


# Runs


@pytest.fixture(scope="session")
def few(every: tuple[Question, ...]) -> list[Question]:
    dev = [question for question in every if question.split == "dev"]
    return [q for q in dev if not q.history][:8] + [q for q in dev if not q.answerable][:4]


@pytest.fixture(scope="session")
def made(few: list[Question], letter: Letter, embedder: Embedder, assistant: Assistant, store: Store) -> Run:
    systems: list[System] = [Ours(assistant), *floors(letter, embedder)]
    return run(systems, few, configuration(store.manifest, [system.name for system in systems], few))


def test_every_system_replies_to_every_question(made: Run, few: list[Question], letter: Letter) -> None:
    assert len(made.replies) == 5 * len(few)
    for reply in made.replies:
        assert len(reply.ranking) == len(set(reply.ranking))
        assert set(reply.ranking) <= letter.by_id.keys()
        if reply.system != ASSISTANT:
            assert not reply.declined
            assert reply.answer["confidence"] is None
        if reply.system != "llama-index defaults":  # it ranks what stands in its first chunks
            assert len(reply.ranking) == len(letter.units)


def test_a_run_that_is_read_back_gives_the_same_scores(made: Run, letter: Letter, tmp_path: Path) -> None:
    save(made, tmp_path)
    again = load(tmp_path, letter)
    assert again.replies == made.replies
    first = save_scores(made.scored(letter), tmp_path)
    assert save_scores(again.scored(letter), tmp_path) == first
    assert json.loads((tmp_path / "scores.json").read_text()) == first
    assert {"made", "code", "commit", "index", "questions_sha256", "libraries", "settings"} <= again.config.keys()


def test_scoring_again_runs_nothing(
    made: Run, tmp_path: Path, letter: Letter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save(made, tmp_path)
    monkeypatch.setenv("BRIEFWIJZER_MODEL", "/no/such/model")  # whoever loads a model fails
    assert command.main(["--rescore", str(tmp_path)]) == 0
    assert TITLES["right"] in capsys.readouterr().out
    assert (tmp_path / "report.html").exists()
    assert command.main(["--report", str(tmp_path)]) == 0
    assert command.main(["--compare", str(tmp_path), str(tmp_path)]) == 0
    assert "0 became good, 0 became bad; paired p = 1.000" in capsys.readouterr().out


def test_other_questions_score_a_run_in_a_folder_of_its_own(made: Run, tmp_path: Path, letter: Letter) -> None:
    save(made, tmp_path / "run")
    again = tmp_path / "gold.jsonl"
    again.write_text(json.dumps(made.questions[0].as_json()) + "\n", encoding="utf-8")
    rescore = ["--rescore", str(tmp_path / "run"), "--questions"]
    assert command.main([*rescore, str(again), "--out", str(tmp_path / "new")]) == 0
    assert len(load(tmp_path / "new", letter).questions) == 1
    assert load(tmp_path / "run", letter).questions == made.questions
    others = tmp_path / "others.jsonl"
    others.write_text('{"question": "Wie?", "answerable": false}\n')
    assert command.main([*rescore, str(others), "--out", str(tmp_path / "none")]) == 2


def test_a_place_that_cannot_be_written_is_told_before_anything_is_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFWIJZER_MODEL", "/no/such/model")  # whoever loads a model fails otherwise
    (tmp_path / "file").write_text("not a folder")
    assert command.main(["--out", str(tmp_path / "file" / "run")]) == 2
    assert "Choose another place: --out FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize("spoil", ["config.json", "answers.jsonl", "letter"])
def test_a_run_that_cannot_be_used_is_said_in_one_line(made: Run, letter: Letter, tmp_path: Path, spoil: str) -> None:
    save(made, tmp_path)
    if spoil == "letter":
        text = (tmp_path / "config.json").read_text().replace(letter.sha256, "0" * 64)
        (tmp_path / "config.json").write_text(text)
    else:
        (tmp_path / spoil).write_text("{")
    with pytest.raises(RunError, match=r"Make one with: python -m eval|Run again: python -m eval"):
        load(tmp_path, letter)


def test_bad_questions_are_refused_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFWIJZER_MODEL", "/no/such/model")
    path = tmp_path / "mine.jsonl"
    path.write_text("{}\n")
    assert command.main(["--questions", str(path), "--out", str(tmp_path / "run")]) == 2
    assert "line 1, question" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_comparison_lists_what_changed_and_keeps_test_to_its_totals(few: list[Question], letter: Letter) -> None:
    def scored(ours: dict[str, str], split: str) -> list[Scored]:
        from dataclasses import replace

        asked = [replace(question, split=split) for question in few]
        empty: dict[str, Any] = {
            "citations": [],
            "related": [],
            "answer": "",
            "short_answer": None,
            "language": "nl",
            "seconds": {},
        }
        replies = [
            Reply(ASSISTANT, q.id, {**empty, "status": ours.get(q.id, "not_in_letter"), "confidence": None}, ())
            for q in asked
        ]
        return score(asked, replies, letter)

    silent = next(question for question in few if not question.answerable)
    changed = {silent.id: "answered"}
    lines = list(compare(scored({}, "dev"), scored(changed, "dev")))
    assert "0 became good, 1 became bad" in lines[0]
    assert lines[1] == f"- {silent.id}: {silent.question}"
    assert lines[3].endswith("answered although the letter does not say")
    for unseen in UNSEEN:
        assert len(list(compare(scored({}, unseen), scored(changed, unseen)))) == 1


def test_each_step_can_be_switched_off(letter: Letter, embedder: Embedder, store: Store, every: Any) -> None:
    names = [system.name for system in ablations(letter, embedder, store)]
    assert names == [f"without {step}" for step in STEPS]
    unanswerable = [q for q in every if q.split == "dev" and not q.answerable and not q.history]
    whole = Ours(Assistant(letter, embedder, store))
    assert any(whole.reply(question).declined for question in unanswerable)
    never = Ours(Assistant(letter, embedder, store, without=["declining"]))
    assert not any(never.reply(question).declined for question in unanswerable)
    follow_up = next(q for q in every if q.split == "dev" and q.history)
    with_history = Assistant(letter, embedder, store, without=["follow-ups"])
    assert with_history.ranking(follow_up.question, follow_up.history) == with_history.ranking(follow_up.question)


def test_an_independent_grader_agrees_on_what_can_be_told_by_rules(made: Run, letter: Letter) -> None:
    declining, *rest = second_opinion(made.scored(letter), letter)
    assert declining.endswith("good for us alone 0, good for spancheck alone 0")
    assert [line.partition(":")[0] for line in rest if not line.startswith(" ")] == ["correct answer", "exact citation"]


def test_the_table_of_ablations_has_a_row_for_each_and_says_what_is_lost(made: Run, letter: Letter) -> None:
    head, whole, *rest = ablation_table(made.scored(letter))
    assert "recall@5" in head
    assert whole.split()[0] == ASSISTANT
    assert whole.split()[-2:] == ["+0.000", "1.000"]
    assert [row[:34].strip() for row in rest] == [
        "random passage", "BM25 alone", "embedding alone", "llama-index defaults",
    ]  # fmt: skip


# Report, gate


@pytest.mark.parametrize("unseen", UNSEEN)
def test_the_report_asks_nothing_of_any_server_and_shows_no_question_that_is_not_to_be_seen(
    made: Run, letter: Letter, few: list[Question], unseen: str
) -> None:
    from dataclasses import replace

    shown, hidden = few[0], replace(few[1], split=unseen)
    page = report(score([shown, hidden], made.replies, letter), made.config, letter)
    assert "http://" not in page
    assert "https://" not in page
    assert shown.question in page
    assert hidden.question not in page
    for title in TITLES.values():
        assert title in page


def test_the_report_escapes_what_was_asked(made: Run, letter: Letter, few: list[Question]) -> None:
    from dataclasses import replace

    evil = replace(few[0], question="<img src=x onerror=alert(1)>", note="</dl><script>alert(1)</script>")
    page = report(score([evil], made.replies, letter), made.config, letter)
    assert "<img" not in page
    assert "<script>alert" not in page


def test_the_gate_holds_at_what_was_reached_and_is_never_lowered(made: Run, letter: Letter) -> None:
    ours = [one for one in made.scored(letter) if one.reply.system == ASSISTANT]
    reached = table(ours)
    first = bounds(reached, {})
    assert first["right"]["bound"] <= first["right"]["reached"]
    assert first["declined although answerable"]["bound"] >= first["declined although answerable"]["reached"]
    assert all(holds for holds, _ in check(reached, first))
    strict = {name: {"bound": 1.01 if name in ("right", "verbatim") else first[name]["bound"]} for name in first}
    assert bounds(reached, strict)["right"]["bound"] == 1.01
    assert [holds for holds, _ in check(reached, strict)] == [False, True, False, True]


def test_what_is_undefined_does_not_pass_the_gate() -> None:
    gate = {name: {"bound": 0.0} for name in ("right", "declining recall", "verbatim", "declined although answerable")}
    assert not any(holds for holds, _ in check(dict.fromkeys(TITLES), gate))


# Training


def as_searched(rows: Sequence[Question | Labelled]) -> list[str]:
    return [standalone(row.question, row.history, row.language).text for row in rows]


def most_alike(texts: Sequence[str], others: Sequence[str]) -> np.ndarray:
    """For each text the largest share of words that it has in common with one of the others (Jaccard)."""
    counted = CountVectorizer(analyzer=lambda text: set(words(text)))
    there = counted.fit_transform([*texts, *others]).astype(np.float32)
    ours, theirs = there[: len(texts)], there[len(texts) :]
    sizes = np.asarray(ours.sum(axis=1)), np.asarray(theirs.sum(axis=1)).T
    found = []
    for start in range(0, len(texts), 2_000):  # all at once would take gigabytes
        shared = (ours[start : start + 2_000] @ theirs.T).toarray()
        found.append((shared / (sizes[0][start : start + 2_000] + sizes[1] - shared)).max(axis=1))
    return np.concatenate(found)


@pytest.mark.parametrize(("path", "fewest"), [(TRAINING, 20_000), (FITTING, 2_500)])
def test_no_question_of_training_or_fitting_shares_most_words_with_one_that_measures(
    letter: Letter, path: Path, fewest: int
) -> None:
    rows = labelled(path)
    assert len(rows) > fewest
    assert {name for row in rows for name in row.evidence} <= letter.by_id.keys()
    alike = most_alike(as_searched(rows), as_searched(measuring(letter)))
    assert alike.max() < 0.7, rows[alike.argmax()]


def test_the_training_asks_for_every_unit_and_for_nothing_that_is_fitted_on(letter: Letter) -> None:
    rows = labelled(TRAINING)
    assert {name for row in rows for name in row.evidence} == letter.by_id.keys()
    alike = most_alike(as_searched(rows), as_searched(labelled(FITTING)))
    assert alike.max() < 0.7, rows[alike.argmax()]


def test_the_mean_of_two_adapters_adds_half_of_what_each_adds() -> None:
    def adapter(seed: int) -> Adapter:
        numbers = np.random.default_rng(seed)
        additions = {"layer": (numbers.random((5, 2)), numbers.random((2, 4)))}
        return Adapter(additions, numbers.random(3), seed, numbers.random(8))

    first, second = adapter(1), adapter(3)
    both = mean([first, second])
    added = [up @ down for one in (first, second, both) for up, down in one.additions.values()]
    np.testing.assert_allclose(added[2], (added[0] + added[1]) / 2)
    np.testing.assert_allclose(both.weight, (first.weight + second.weight) / 2)
    np.testing.assert_allclose(both.ways, (first.ways + second.ways) / 2)
    assert both.bias == 2.0


def test_the_mean_of_wide_adapters_is_as_wide_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "_RANK", 2)
    numbers = np.random.default_rng(1)
    up, down = np.linalg.qr(numbers.random((6, 4)))[0], np.linalg.qr(numbers.random((5, 4)))[0].T
    strengths = np.array([9.0, 5.0, 0.1, 0.01])  # what the last two add is left out: it is the least
    wide = Adapter({"layer": (up * strengths, down)}, numbers.random(3), 0.0, numbers.random(8))
    narrow = mean([wide, wide])
    ups, downs = narrow.additions["layer"]
    assert (ups.shape, downs.shape) == ((6, 2), (2, 5))
    np.testing.assert_allclose(ups @ downs, (up * strengths)[:, :2] @ down[:2], atol=1e-12)


def test_training_goes_on_from_the_mean_and_writes_an_adapter_that_can_be_read(
    letter: Letter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "training.jsonl"
    few.write_text("".join(TRAINING.read_text(encoding="utf-8").splitlines(keepends=True)[:40]), encoding="utf-8")
    monkeypatch.setattr(train, "TRAINING", few)
    before, out = read_adapter(ADAPTER), tmp_path / "adapter.safetensors"

    def moved(epochs: int) -> float:
        """The largest change of what is added, as a share of the largest addition to the same layer."""
        lines = list(train.report(letter, epochs, out, [before, before], order=1, rates=0.6))
        assert lines[0].startswith("40 questions; ")
        assert lines[-1].startswith("epoch 1: loss " if epochs else "before: ")
        after = read_adapter(out)
        added = {name: (up.astype(np.float32) @ down) for name, (up, down) in before.additions.items()}
        now = {name: (up.astype(np.float32) @ down) for name, (up, down) in after.additions.items()}
        return max(float(np.abs(now[name] - added[name]).max() / np.abs(added[name]).max()) for name in added)

    assert moved(epochs=0) < 0.01, "the mean itself, as precise as half precision is"
    assert 0.001 < moved(epochs=1) < 0.1, "a little, from where the mean stood"


@pytest.mark.parametrize("rates", ["0", "-0.3", "nan", "inf", "slow"])
def test_rates_that_teach_nothing_are_refused(rates: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--rates", rates])
    assert f"'{rates}' is not a factor: expected a number above 0" in capsys.readouterr().err


def test_training_with_nothing_to_do_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--epochs", "0"]) == 2
    assert "name adapters to take the mean of" in capsys.readouterr().err
