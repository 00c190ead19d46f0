"""A run: systems reply to questions, and a folder keeps all that is needed to score them again.

config.json      when, which letter, model and code, which settings, how many questions
questions.jsonl  the questions with their gold, as they were
answers.jsonl    a line for each reply: system, question, ranking, answer
scores.json      every figure with its interval, by split, system and language
report.html      the same to look at, with every question
"""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from corpus.letter import Letter
from eval.measures import Reply
from eval.questions import Question, load_questions
from eval.scores import Scored, score, tables
from eval.systems import System
from index.store import Manifest, no_step

ROOT = Path(__file__).parent.parent
RUNS = ROOT / "runs"
_LIBRARIES = ("torch", "sentence-transformers", "llama-index-core", "bm25s")


class RunError(Exception):
    """A run cannot be read or written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder holds it."""

    config: Mapping[str, Any]
    questions: tuple[Question, ...]
    replies: tuple[Reply, ...]

    def scored(self, letter: Letter) -> list[Scored]:
        """Every reply scored."""
        return score(self.questions, self.replies, letter)


def run(
    systems: Sequence[System],
    questions: Sequence[Question],
    config: Mapping[str, Any],
    step: Callable[[int, int], None] = no_step,
) -> Run:
    """Put every question to every system; shows progress on the terminal, and tells `step` the replies so far."""
    replies: list[Reply] = []
    for system in systems:
        for question in tqdm(questions, desc=system.name, unit="question", leave=False, disable=None):
            replies.append(system.reply(question))
            step(len(replies), len(systems) * len(questions))
    return Run(config, tuple(questions), tuple(replies))


def configuration(manifest: Manifest, systems: Sequence[str], questions: Sequence[Question]) -> dict[str, Any]:
    """What a run was made with; two runs with equal code, letter, model and questions give equal answers."""
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "index": asdict(manifest),
        "code": _code(),
        "commit": _commit(),
        "settings": {name: value for name, value in os.environ.items() if name.startswith("BRIEFWIJZER_")},
        "systems": list(systems),
        "questions": len(questions),
        "questions_sha256": _digest(questions),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _code() -> str:
    """A digest of what answers: the source, and the adapter beside it."""
    files = [path for room in ("corpus", "index") for path in sorted((ROOT / room).iterdir())]
    sources = [path for path in files if path.suffix in {".py", ".safetensors"}]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def _commit() -> str | None:
    """The commit of the checkout, marked when files differ from it; None outside a checkout or without git."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def with_questions(made: Run, questions: tuple[Question, ...]) -> Run:
    """The same answers with other gold. Raises `RunError` when the run answered none of these questions."""
    if not {question.id for question in questions} & {reply.question for reply in made.replies}:
        raise RunError("the run answered none of these questions: their ids are others. Run again: python -m eval")
    return Run(
        {**made.config, "questions": len(questions), "questions_sha256": _digest(questions)}, questions, made.replies
    )


def _digest(questions: Sequence[Question]) -> str:
    gold = "\n".join(json.dumps(question.as_json(), sort_keys=True) for question in questions)
    return hashlib.sha256(gold.encode()).hexdigest()


def new_folder(named: Path | None = None, parent: Path = RUNS) -> Path:
    """Make a folder for a run: the one that is named, or one named after the time, a new one each time.

    Raises `RunError`: before minutes of answering, and not behind them.
    """
    if named is not None:
        try:
            named.mkdir(parents=True, exist_ok=True)
            (named / ".writable").touch()
            (named / ".writable").unlink()
        except OSError as error:
            raise RunError(f"cannot write {named}: {error.strerror}. Choose another place: --out FOLDER") from error
        return named
    name = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    for number in range(1, 100):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise RunError(f"cannot make {folder}: {error.strerror}. Choose another place: --out FOLDER") from error
        return folder
    raise RunError(f"{parent} has a hundred runs of this second. Choose another place: --out FOLDER")


def save(made: Run, folder: Path) -> None:
    """Write a run, but for its scores. Raises `RunError`."""
    rows = [
        {"system": r.system, "question": r.question, "ranking": list(r.ranking), "answer": r.answer}
        for r in made.replies
    ]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "config.json", json.dumps(made.config, indent=2) + "\n")
        _write(folder / "questions.jsonl", _lines(question.as_json() for question in made.questions))
        _write(folder / "answers.jsonl", _lines(rows))
    except OSError as error:
        raise RunError(f"cannot write {folder}: {error.strerror}. Choose another place: --out FOLDER") from error


def save_scores(scored: Sequence[Scored], folder: Path) -> dict[str, Any]:
    """Write `scores.json` and return what it holds."""
    found = {
        split: {
            system: {
                language: {name: asdict(figure) if figure else None for name, figure in table.items()}
                for language, table in by_language.items()
            }
            for system, by_language in by_system.items()
        }
        for split, by_system in tables(scored).items()
    }
    write(folder / "scores.json", json.dumps(found, indent=1) + "\n")
    return found


def load(folder: Path, letter: Letter) -> Run:
    """Read a run. Raises `RunError` when it is none, `QuestionsError` when its questions are not about this letter."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        lines = (folder / "answers.jsonl").read_text(encoding="utf-8").split("\n")
        rows = [json.loads(line) for line in lines if line]
        replies = [Reply(row["system"], row["question"], row["answer"], tuple(row["ranking"])) for row in rows]
        of_letter = config["index"]["letter_sha256"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RunError(
            f"{folder} is not a run that can be read: {error}. Make one with: python -m eval --out {folder}"
        ) from error
    if of_letter != letter.sha256:
        raise RunError(f"{folder} is a run on another letter (SHA-256 {of_letter}). Run again: python -m eval")
    return Run(config, load_questions(folder / "questions.jsonl", letter), tuple(replies))


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write(path: Path, text: str) -> None:
    """Write a file of a run. Raises `RunError`."""
    try:
        _write(path, text)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}. Choose another place: --out FOLDER") from error


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a report is never made from half a run."""
    fresh = path.with_name(f".{path.name}.partial")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
