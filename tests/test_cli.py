"""The command line as a user meets it: real processes and real files, and `main` where a process adds nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import main

ASK = [sys.executable, "-m", "app", "ask"]


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"]])
def test_help_has_examples_and_exit_codes_and_comes_without_loading_a_model(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        main(arguments)
    assert done.value.code == 0
    shown = capsys.readouterr().out
    assert 'python -m app ask "Hoeveel militairen levert Nederland?"' in shown
    assert "exit codes: 0 done" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask"], "give either a question or --batch"),
        (["ask", "Wie?", "--batch", "in.jsonl"], "give either a question or --batch"),
        (["ask", "--batch", "no/such/file.jsonl"], "cannot read no/such/file.jsonl: No such file or directory"),
        (["ask", "Wie?", "--out", "no/such/folder/out"], "cannot write no/such/folder/out: No such file or directory"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["--port", port])
    assert done.value.code == 2
    assert "port" in capsys.readouterr().err


def test_a_batch_over_itself_is_refused_before_anything_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = tmp_path / "in.jsonl"
    batch.write_text('{"question": "Wie?"}\n', encoding="utf-8")
    assert main(["ask", "--batch", str(batch), "--out", str(batch)]) == 2
    assert "is the batch itself" in capsys.readouterr().err
    assert batch.read_text(encoding="utf-8") == '{"question": "Wie?"}\n'


def test_what_a_file_held_is_kept_until_there_is_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    batch, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    batch.write_text("no JSON\n", encoding="utf-8")
    out.write_text("yesterday's answers\n", encoding="utf-8")
    assert main(["ask", "--batch", str(batch), "--out", str(out)]) == 1
    assert out.read_text(encoding="utf-8") == "yesterday's answers\n"
    assert main(["ask", "--batch", str(batch), "--out", str(tmp_path / "new.jsonl")]) == 1
    assert not (tmp_path / "new.jsonl").exists()
    assert main(["ask", "--batch", "no/such", "--out", str(tmp_path / "stray")]) == 2
    assert not (tmp_path / "stray").exists()
    assert "line 1: not JSON" in capsys.readouterr().err


def test_a_full_disk_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Wat kost de verlenging?", "--out", "/dev/full"]) == 2
    assert "cannot write /dev/full: No space left on device" in capsys.readouterr().err


def test_one_question_is_answered_in_words_and_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "Wat kost de verlenging?"
    assert main(["ask", question]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("18,3 miljoen euro\n")
    assert "[1] «De additionele uitgaven" in shown
    assert "p. 6 · Financiën" in shown
    out = tmp_path / "answer.json"
    assert main(["ask", "--json", "--language", "en", "--out", str(out), question]) == 0
    (answer,) = rows(out)
    assert (answer["schema"], answer["language"], answer["short_answer"]) == (1, "en", "18.3 million euros")


def test_a_broken_line_is_reported_by_its_number_and_the_others_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        b'{"id": "a", "question": "Wat kost de verlenging?"}',
        b'{"id": "b", "question": }',
        b"",
        b'{"id": 7, "question": "En waaruit wordt dat betaald?", "history": ["Wat kost de verlenging?"]}',
        b'["Wie?"]',
        b'{"question": "Wie?", "history": "Wat?"}',
        b'{"question": "\xff"}',
        b'{"question": "Wie?", "language": "fr"}',
        b"[" * 100_000,
        b'{"question": ""}',
        b'{"id": ' + b"1" * 5_000 + b', "question": "Wie?"}',
        b'{"id": "\\ud800", "question": "Wat kost de verlenging?"}',
    ]
    batch.write_bytes(b"\n".join(lines))
    assert main(["ask", "--batch", str(batch), "--out", str(out)]) == 1
    answers = rows(out)
    assert [answer["id"] for answer in answers][:2] == ["a", "7"]
    assert [answer["status"] for answer in answers] == ["answered", "answered", "unclear", "answered"]
    problems = capsys.readouterr().err
    assert "line 2: not JSON: Expecting value at column" in problems
    assert 'line 5: expected {"id"' in problems
    assert 'line 6: "history" must be a list' in problems
    assert "line 7: not UTF-8 at byte 14" in problems
    assert 'line 8: "language" must be "nl" or "en", not \'fr\'' in problems
    assert "line 9: not JSON" in problems
    assert "4 questions answered, 7 lines could not be read" in problems


def test_answers_go_to_standard_output_and_progress_to_standard_error_in_any_locale(tmp_path: Path) -> None:
    batch = '{"question": "Wat zegt de brief over Jezidi’s en Syrië?"}\n' * 2
    done = subprocess.run(
        [*ASK, "--batch", "-"],
        input=batch.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
    )
    answers = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert len(answers) == 2
    assert b"answering" in done.stderr


def test_ctrl_c_stops_with_130_and_what_was_answered_is_kept(tmp_path: Path) -> None:
    batch, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    batch.write_text(
        "\n".join(json.dumps({"id": str(n), "question": f"Wat zegt punt {n} over Irak?"}) for n in range(5000)),
        encoding="utf-8",
    )
    with subprocess.Popen(
        [*ASK, "--batch", str(batch), "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
        # Who runs the tests in the background may have them ignore it, and what they start inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        while not (out.exists() and out.stat().st_size):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, problems = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "of 5000 questions are answered and written" in problems
    assert "Traceback" not in problems
    assert 1 <= len(rows(out)) < 5000


def test_a_model_that_cannot_be_loaded_is_one_line_and_exit_code_3() -> None:
    done = subprocess.run(
        [*ASK, "Wie?"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "BRIEFWIJZER_MODEL": "/no/such/model", "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 3
    assert "briefwijzer: BRIEFWIJZER_MODEL='/no/such/model'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_index_command_prints_the_manifest() -> None:
    done = subprocess.run([sys.executable, "-m", "index"], capture_output=True, text=True, check=True)
    manifest = json.loads(done.stdout)
    assert manifest["letter"] == "nmi-force-protection-2024"
    assert manifest["dimensions"] == 384
