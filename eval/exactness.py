"""Thousands of questions that nobody wrote, each answer held against the letter by a reader of its own.

No question may raise anything (`eval.drawn`), and no answer may say what the letter does not (`eval.paper`).
"""

import json
import math
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from tqdm import tqdm

from eval.drawn import Case
from eval.paper import LAWS, Paper
from eval.run import RunError

FAILURES = "failures.jsonl"
_SHOWN = 10  # failures told on the terminal; the file has them all


class Answered(Protocol):
    """What is checked of an answer: the JSON that leaves the program."""

    def as_json(self) -> dict[str, Any]:
        """The answer in schema 1."""
        ...


Ask = Callable[[str, Sequence[str]], Answered]


@dataclass(slots=True)
class Row:
    """What came of the questions of one kind."""

    seconds: list[float] = field(default_factory=list)
    status: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    exceptions: int = 0

    def __add__(self, other: "Row") -> "Row":
        """Both together."""
        return Row(
            self.seconds + other.seconds,
            self.status + other.status,
            self.broken + other.broken,
            self.exceptions + other.exceptions,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run: a row for each kind, and where the failures stand."""

    rows: Mapping[str, Row]
    failures: Path
    shown: Sequence[str]

    @property
    def total(self) -> Row:
        """All kinds together."""
        return sum(self.rows.values(), Row())

    @property
    def holds(self) -> bool:
        """Whether nothing was raised and no law broken."""
        return not self.total.exceptions and not self.total.broken


def run(cases: Sequence[Case], ask: Ask, paper: Paper, failures: Path) -> Outcome:
    """Ask every question and check every answer; goes on after a failure, and writes each down as it happens.

    Raises `RunError` when `failures` cannot be written.
    """
    rows: dict[str, Row] = {}
    shown: list[str] = []
    _append(failures, "")
    for case in tqdm(cases, desc="exactness", unit="question", leave=False, disable=None):
        row = rows.setdefault(case.kind, Row())
        answer: Any = None
        raised: str | None = None
        start = time.perf_counter()
        try:
            answer = json.loads(json.dumps(ask(case.question, case.history).as_json()))
        except Exception:  # noqa: BLE001 - whatever is raised is what is looked for, and the next question is still asked
            raised = traceback.format_exc()
            row.exceptions += 1
        row.seconds.append(time.perf_counter() - start)
        broken = paper.check(answer) if raised is None else []
        row.broken.update({law for law, _ in broken})
        if raised is None and all(law != "shape" for law, _ in broken):
            row.status[answer["status"]] += 1
        if raised or broken:
            _append(failures, _failure(case, broken, raised, answer))
            what = raised.strip().splitlines()[-1] if raised else f"{broken[0][0]}: {broken[0][1]}"
            shown.append(f"{case.seed}/{case.number} {case.kind}: {ascii(case.question)[:80]}: {what[:200]}")
    return Outcome(rows, failures, shown)


def _failure(case: Case, broken: Sequence[tuple[str, str]], raised: str | None, answer: object) -> str:
    asked = {name: getattr(case, name) for name in ("seed", "number", "kind", "question", "history")}
    # In ASCII: a lone surrogate has no other form that can be written and read back.
    return json.dumps({**asked, "broken": broken, "raised": raised, "answer": answer}) + "\n"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}. Choose another place: --out FOLDER") from error


def replayed(path: Path) -> list[Case]:
    """The questions of a file of failures. Raises `RunError` when it cannot be read, or is none."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        cases = [Case(r["seed"], r["number"], r["kind"], r["question"], tuple(r["history"])) for r in rows]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RunError(f"{path} is no file of failures: {error}. Expected runs/RUN/{FAILURES}") from error
    if not cases:
        raise RunError(f"{path} has no failure in it: there is nothing to replay.")
    return cases


def table(outcome: Outcome) -> Iterator[str]:
    """The lines of the report: a row for each kind, all of them together, and what failed."""
    yield (
        f"{'kind of question':<24}{'asked':>7}{'answered':>10}{'not in letter':>15}{'unclear':>9}"
        f"{'broken laws':>13}{'exceptions':>12}{'median s':>10}{'99 % s':>9}"
    )
    for kind, row in (*outcome.rows.items(), ("all", outcome.total)):
        ordered = sorted(row.seconds)
        yield (
            f"{kind:<24}{len(ordered):>7}{row.status['answered']:>10}{row.status['not_in_letter']:>15}"
            f"{row.status['unclear']:>9}{row.broken.total():>13}{row.exceptions:>12}"
            f"{median(ordered):>10.3f}{ordered[math.ceil(0.99 * len(ordered)) - 1]:>9.3f}"
        )
    if outcome.holds:
        yield f"\nno exception, and every law holds: {', '.join(LAWS)}"
        return
    yield ""
    for law, times in outcome.total.broken.most_common():
        yield f"{law}, broken {times} times: {LAWS[law]}"
    yield from outcome.shown[:_SHOWN]
    yield f"\n{len(outcome.shown)} failures. Again: python -m eval exactness --replay {outcome.failures}"
