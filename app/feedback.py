"""What visitors say of answers, in one local SQLite file: which can be read, exported, switched off and deleted.

Kept of each: when, the question with the ones before it, which passages were cited, whether that was found good, and
the reason that was given. Not kept: who said so. `BRIEFWIJZER_FEEDBACK=off` switches it off; any other value is the
path of the file.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.answer import Answer

_MOST_REASON = 1_000  # characters
_TABLE = """CREATE TABLE IF NOT EXISTS feedback (
    answer TEXT PRIMARY KEY, at TEXT NOT NULL,
    good INTEGER NOT NULL, reason TEXT NOT NULL, question TEXT NOT NULL, language TEXT NOT NULL,
    history TEXT NOT NULL, status TEXT NOT NULL, cited TEXT NOT NULL
) STRICT"""


class FeedbackError(Exception):
    """Feedback cannot be kept or read; the message says why and what to do."""


def configured() -> Path | None:
    """Where feedback is kept, by the environment; None when it is switched off."""
    setting = os.environ.get("BRIEFWIJZER_FEEDBACK", "")
    if setting.lower() == "off":
        return None
    if setting:
        return Path(setting).expanduser()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "briefwijzer" / "feedback.sqlite3"


def keep(path: Path, answer: Answer, history: Sequence[str], *, good: bool | None) -> None:
    """Keep what a visitor thinks of an answer, in place of what was thought of it before; None takes that back.

    Raises `FeedbackError` when it cannot be written.
    """
    if good is None:
        _write(path, "DELETE FROM feedback WHERE answer = ?", (answer.id,))
        return
    row = (
        answer.id,
        datetime.now(UTC).isoformat(timespec="seconds"),
        int(good),
        "",
        answer.question,
        answer.language,
        json.dumps(list(history), ensure_ascii=False),
        answer.status,
        json.dumps([name for citation in answer.citations for name in citation.sentences]),
    )
    _write(path, "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def add_reason(path: Path, answer: str, reason: str) -> None:
    """Add why a visitor thinks so. Raises `FeedbackError` when it cannot be written."""
    _write(path, "UPDATE feedback SET reason = ? WHERE answer = ?", (reason.strip()[:_MOST_REASON], answer))


def _write(path: Path, statement: str, values: tuple[str | int, ...]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as file, file:
            file.execute(_TABLE)
            file.execute(statement, values)
    except (OSError, sqlite3.Error) as error:
        raise FeedbackError(
            f"cannot write {path}: {error}. Set BRIEFWIJZER_FEEDBACK to another file, or to off."
        ) from error


def exported(path: Path) -> Iterator[dict[str, Any]]:
    """What was kept as evaluation questions, oldest first, as `python -m eval --questions` reads them.

    A good answer's passages are the evidence. Of a bad one nobody knows the evidence: what was cited and why it was
    found bad stand in `note`, and a person must fill in `evidence` or set `answerable` to false; until then the
    evaluation says so. A refusal that was found good is a question that the letter does not answer. What was no
    question is left out.
    """
    if not path.exists():
        raise FeedbackError(f"no feedback was kept yet: {path} does not exist.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            rows = file.execute(
                "SELECT rowid, at, good, reason, question, language, history, status, cited FROM feedback "
                "WHERE status != 'unclear' ORDER BY rowid"
            ).fetchall()
    except sqlite3.Error as error:
        raise FeedbackError(f"cannot read {path}: {error}.") from error
    for number, at, good, reason, question, language, history, status, cited in rows:
        said = "good" if good else "bad"
        yield {
            "id": f"feedback-{number}",
            "language": language,
            "question": question,
            "history": json.loads(history),
            "answerable": not (good and status != "answered"),
            "evidence": [[name] for name in json.loads(cited)] if good else [],
            "note": f"{at}: found {said}; {status}; cited {cited}; {reason}".rstrip("; "),
        }
