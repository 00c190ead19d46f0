"""The assistant beside what else one could install, in one run: the same letter, questions and embedding model.

Each system runs in a process of its own (`eval.peers`). They are built and started in turn, round by round, and asked
in turn, a few questions at a time: what else the machine does meanwhile falls on all of them.

A chunk counts for the units that begin in it; where none begins in it, for the one that it is a part of.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any, Self

from tqdm import tqdm

from corpus.letter import Letter
from eval.measures import Reply, evidence_recall
from eval.peers import APART, FIRST, FLOOR, HERE, SILENT, Given
from eval.processes import resident
from eval.questions import QUESTIONS, Question, load_questions
from eval.run import RunError
from index.weights import unpacked_model

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".venv-peers" / "bin" / "python"
_WAIT = 30.0  # seconds for a process to end that said nothing more
_TURN = 10  # questions that one system is asked before the next one is


class Places:
    """Where the units of a letter begin, with white space left out: splitters fold it, each in its own way."""

    def __init__(self, letter: Letter) -> None:
        self._text = _squeezed(letter.text)
        self._units = [
            (unit.id, len(_squeezed(letter.text[: unit.spans[0][0]])), len(_squeezed(letter.text[: unit.spans[-1][1]])))
            for unit in letter.units
        ]
        self._ids = frozenset(letter.by_id)

    def units(self, found: str) -> list[str]:
        """What a system found, the id of a unit or a chunk of the letter, as the ids of units."""
        if found in self._ids:
            return [found]
        chunk = _squeezed(found)
        at = self._text.find(chunk)
        if at < 0:
            raise ValueError(f"this chunk is not of the letter: {found[:60]!r}")
        begins = [unit for unit, start, _ in self._units if at <= start < at + len(chunk)]
        return begins or [unit for unit, start, end in self._units if start <= at < end]


def _squeezed(text: str) -> str:
    return "".join(text.split())


@dataclass(slots=True)
class Figures:
    """What was measured of a system: seconds by question, by build and by start, megabytes, and what it found."""

    answer: list[float] = field(default_factory=list)
    build: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    memory: float = 0.0
    found: Sequence[Sequence[str]] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)


class _Worker:
    """A process of one system."""

    def __init__(self, name: str, given: Path) -> None:
        python = PEERS if name in APART else Path(sys.executable)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`; a pipe that nobody reads would fill
        self._started = time.perf_counter()
        self._process = subprocess.Popen(
            [str(python), "-m", "eval.peers", name, str(given)],
            cwd=ROOT,
            env={**os.environ, **SILENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
        )
        self._name = name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process; it may have been ended before."""
        self._process.kill()
        self._process.wait()
        self._said.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    @property
    def age(self) -> float:
        """Seconds since the process was started."""
        return time.perf_counter() - self._started

    @property
    def memory(self) -> float:
        """Its resident memory in megabytes."""
        return resident(self._process.pid)

    def do(self, command: Mapping[str, Any]) -> Any:  # noqa: ANN401 - see `eval.peers.replies`
        """Give a command, and wait for the reply. Raises `RunError` with what the process said last when it ends."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())
        except (BrokenPipeError, ValueError) as error:
            self._process.wait(_WAIT)
            self._said.seek(0)
            last = (self._said.read().decode(errors="replace").split("\n"))[-2:][0].strip() or "it said nothing"
            again = " Install it again: make peers" if self._name in APART else ""
            raise RunError(f"{self._name} gave up: {last}.{again}") from error


def systems() -> list[str]:
    """What can be measured here; the floor is the first."""
    return [*HERE, *(APART if PEERS.exists() else ())]


def asked(letter: Letter, limit: int | None = None) -> list[Question]:
    """The questions of the `test` half that have evidence; with a limit, some from all over it."""
    every = [one for one in load_questions(QUESTIONS, letter) if one.split == "test" and one.evidence]
    return every if limit is None else every[:: max(len(every) // limit, 1)][:limit]


def report(letter: Letter, repeat: int, limit: int | None = None) -> Iterator[str]:
    """The lines of the report."""
    questions = asked(letter, limit)
    yield f"{len(questions)} questions of the test half that have evidence, {repeat} builds and starts; medians"
    figures = measure(systems(), letter, questions, repeat)
    yield from table(figures, questions, letter)
    for name, one in figures.items():
        if one.reached:
            yield f"{name} reached for a network, and was kept from it: {', '.join(sorted(one.reached))}"
    if not PEERS.exists():
        yield f"not measured, for they are not installed: {', '.join(APART)}. Install them apart: make peers"


def measure(names: Sequence[str], letter: Letter, questions: Sequence[Question], repeat: int) -> dict[str, Figures]:
    """Build, start and ask each system, in turn."""
    figures = {name: Figures() for name in names}
    given = Given(letter.text, {unit.id: unit.text for unit in letter.units}, str(unpacked_model()))
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        told = Path(temporary, "given.json")
        told.write_text(json.dumps(asdict(given)), encoding="utf-8")
        with ExitStack() as builders:
            workers = {name: builders.enter_context(_Worker(name, told)) for name in names}
            for number, name in _turns(repeat, names, "building"):
                folder = Path(temporary, name, str(number))
                folder.mkdir(parents=True)
                reply = workers[name].do({"build": str(folder)})
                figures[name].build.append(reply["seconds"])
                figures[name].reached |= set(reply["reached"])
        first = questions[0]
        kept: dict[str, _Worker] = {}
        for _, name in _turns(repeat, names, "starting"):
            if name in kept:
                kept[name].stop()
            worker = kept[name] = running.enter_context(_Worker(name, told))
            worker.do({"open": str(Path(temporary, name, "0"))})
            worker.do({"ask": [(first.question, first.history)]})
            figures[name].start.append(worker.age)
        rounds = [questions[start : start + _TURN] for start in range(0, len(questions), _TURN)]
        for number, name in _turns(len(rounds), names, "asking"):
            reply = kept[name].do({"ask": [(one.question, one.history) for one in rounds[number]]})
            figures[name].answer += reply["seconds"]
            figures[name].found = [*figures[name].found, *reply["found"]]
            figures[name].reached |= set(reply["reached"])
        for name, worker in kept.items():
            figures[name].memory = worker.memory
    return figures


def _turns(rounds: int, names: Sequence[str], what: str) -> Iterator[tuple[int, str]]:
    """Every system once in each round; who begins changes, so that nobody always comes behind the same one."""
    order = [(number, names[(number + turn) % len(names)]) for number in range(rounds) for turn in range(len(names))]
    yield from tqdm(order, desc=what, file=sys.stderr, leave=False, disable=None)


def table(figures: Mapping[str, Figures], questions: Sequence[Question], letter: Letter) -> Iterator[str]:
    """A row for each system: what it found, and what that costs, beside the floor."""
    places = Places(letter)
    floor = figures[FLOOR]
    yield f"{'':<16}{'evidence in the first':>22}{'words':>7}" + "".join(
        f"{what:>18}" for what in ("question, ms", "build, s", "start, s", "memory, MB")
    )
    yield f"{'':<16}{f'{FIRST} found':>11}{f'{FIRST} units':>11}{f'in {FIRST}':>7}" + f"{'× floor':>18}" * 4
    for name, one in figures.items():
        found = [[places.units(each) for each in each_found] for each_found in one.found]
        replies = [
            Reply(name, question.id, {}, tuple(dict.fromkeys(unit for units in groups for unit in units)))
            for question, groups in zip(questions, found, strict=True)
        ]
        pairs = list(zip(questions, replies, strict=True))
        words = mean(sum(len(_text(each, letter).split()) for each in some) for some in one.found)
        costs: list[tuple[Callable[[Figures], float], float, int]] = [
            (lambda of: median(of.answer), 1000, 1),
            (lambda of: median(of.build), 1, 2),
            (lambda of: median(of.start), 1, 2),
            (lambda of: of.memory, 1, 0),
        ]
        yield (
            f"{name:<16}{recall(pairs, None):>11.2f}{recall(pairs, FIRST):>11.2f}{words:>7.0f}"
            + "".join(f"{beside(cost(one) * scale, cost(floor) * scale, digits):>18}" for cost, scale, digits in costs)
        )


def recall(pairs: Sequence[tuple[Question, Reply]], k: int | None) -> float:
    """The mean share of evidence groups among the first `k` units of each reply, or among all of them."""
    shares = [evidence_recall(question, reply, len(reply.ranking) if k is None else k) for question, reply in pairs]
    return mean(share for share in shares if share is not None)


def beside(ours: float, floor: float, digits: int) -> str:
    """A figure, and how many times the floor's it is."""
    return f"{ours:.{digits}f} {ours / floor:6.2f} ×"


def _text(found: str, letter: Letter) -> str:
    return letter.by_id[found].text if found in letter.by_id else found
