"""Many people at once: a real server, asked over its HTTP interface and through its page, for minutes.

Every answer is held against the one that the same conversation gets alone: an answer that is wrong, that belongs to
another question or to another visitor's conversation is counted. Latency is shown as a ratio to that of one person in
the same run, because machines are noisy. At the end more questions come at once than the server takes.
"""

import http.client
import json
import math
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tqdm import tqdm

from eval.processes import environment, free_port, resident, wait_until
from eval.questions import Question
from eval.visitors import INTERFACES, PATIENCE, Failed, Http, Mixed, Page
from index.assistant import Assistant

_TURNS = 3  # questions of one conversation; then another visitor comes
_SLOWER = 10.0  # times the latency of one person, at most, for 95 of 100 answers
_GROWTH = 25.0  # megabytes that the server may grow after the first fifth of the time
_AT_ONCE = 200  # questions that come at the same time in the end


@dataclass
class Seen:
    """What came of the questions of one interface."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The latency in seconds that this share of the answers did not exceed."""
        ordered = sorted(self.seconds)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else float("nan")


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be in an answer: what it says, or what it quotes."""

    question: str
    said: str
    quotes: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Passages of the letter that an answer with quotations does not have."""

    def is_in(self, answer: str) -> bool:
        """Whether the answer of the HTTP interface, or the message of the page, is this one."""
        there = all(quote in answer for quote in self.quotes or (self.said,))
        return there and not any(other in answer for other in self.others)


def report(assistant: Assistant, questions: Sequence[Question], people: int, minutes: float) -> Iterator[str]:
    """The lines of the report; the last one says whether every promise was kept."""
    talks = _conversations(assistant, questions)
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder, "feedback.sqlite3")) as server:
        alone = {name: _one_person(make(server.port), talks) for name, make in INTERFACES.items()}
        yield f"{'':<24}{'questions':>10}{'errors':>8}{'wrong':>7}{'p50 ms':>9}{'p95 ms':>9}{'p95 / p50 of one':>18}"
        for name, seen in alone.items():
            yield _line(f"one person, {name}", seen, seen)
        many, memory = _many_people(server, talks, people, minutes)
        for name, seen in many.items():
            yield _line(f"{people} people, {name}", seen, alone[name])
        yield f"memory of the server: {memory[0]:.0f} MB after the first fifth, {memory[1]:.0f} MB in the last"
        codes, slowest, after = _too_many(server.port, talks)
        yield (
            f"{_AT_ONCE} questions at once: {codes[200]} answered, {codes[503]} told to come back, "
            f"{sum(codes.values()) - codes[200] - codes[503]} otherwise; the slowest took {slowest:.1f} s; "
            f"the next question {'was answered' if after else 'was NOT answered'}"
        )
    broken = list(_broken(alone, many))
    if memory[1] - memory[0] > _GROWTH:
        broken.append("the memory grows")
    if {*codes} != {200, 503} or not after:
        broken.append("beyond its limits the server does not say so plainly")
    yield from broken
    yield KEPT if not broken else "NOT every promise was kept"


KEPT = "every promise was kept"


def _broken(alone: Mapping[str, Seen], many: Mapping[str, Seen]) -> Iterator[str]:
    for name, seen in (*alone.items(), *many.items()):
        yield from (f"{name}: {first[0]}" for first in (seen.errors, seen.wrong) if first)
    for name, seen in many.items():
        if not seen.percentile(0.95) <= _SLOWER * alone[name].percentile(0.5):
            yield f"{name}: p95 is more than {_SLOWER:.0f} times the p50 of one person"


def _line(name: str, seen: Seen, alone: Seen) -> str:
    middle, high = seen.percentile(0.5), seen.percentile(0.95)
    ratio = high / alone.percentile(0.5)
    return (
        f"{name:<24}{len(seen.seconds):>10}{len(seen.errors):>8}{len(seen.wrong):>7}"
        f"{1000 * middle:>9.0f}{1000 * high:>9.0f}{ratio:>18.1f}"
    )


def _conversations(assistant: Assistant, questions: Sequence[Question]) -> list[list[Expected]]:
    """The questions, shuffled into conversations, each with the answer that it gets when nobody else is there."""
    asked = [question.question for question in questions]
    random.Random(1).shuffle(asked)
    talks = []
    for start in tqdm(range(0, len(asked), _TURNS), desc="expected", file=sys.stderr, leave=False, disable=None):
        talk = asked[start : start + _TURNS]
        talks.append([_expected(assistant, talk[: turn + 1]) for turn in range(len(talk))])
    return talks


def _expected(assistant: Assistant, asked: Sequence[str]) -> Expected:
    answer = assistant.ask(asked[-1], asked[:-1])
    quotes = tuple(citation.quote for citation in answer.citations)
    # A refusal shows what comes nearest.
    every = [unit.text for unit in assistant.letter.units] if quotes else []
    others = tuple(text for text in every if not any(text in quote for quote in (answer.answer, *quotes)))
    return Expected(asked[-1], answer.answer, quotes, others)


@dataclass(frozen=True, slots=True)
class _Server:
    port: int
    pid: int


@contextmanager
def _served(feedback: Path) -> Iterator[_Server]:
    port = free_port()
    settings = environment(BRIEFWIJZER_RATE="0", BRIEFWIJZER_FEEDBACK=str(feedback))
    command = [sys.executable, "-m", "app", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=settings) as process:
        try:
            wait_until(f"http://127.0.0.1:{port}/readyz", process)
            yield _Server(port, process.pid)
        finally:
            process.terminate()


def _talk(visitor: Http | Page, talk: Sequence[Expected], seen: Seen, pause: Callable[[], object]) -> None:
    """Hold a conversation, and put down what came of it."""
    for turn, expected in enumerate(talk):
        asked = [one.question for one in talk[: turn + 1]]
        start = time.perf_counter()
        try:
            question, answer = visitor.ask(asked)
        except Mixed as error:
            seen.wrong.append(f"{asked[-1]!r}: {error}")
            pause()
            return
        except (Failed, OSError, http.client.HTTPException, ValueError, LookupError) as error:
            seen.errors.append(f"{asked[-1]!r}: {error!r}")
            pause()
            return
        seen.seconds.append(time.perf_counter() - start)
        if " ".join(question.split()) != " ".join(expected.question.split()) or not expected.is_in(answer):
            seen.wrong.append(f"{asked[-1]!r} got {answer[:200]!r} under {question!r}")
        pause()


def _one_person(visitor: Http | Page, talks: Sequence[Sequence[Expected]]) -> Seen:
    seen = Seen()
    for talk in talks[:14]:
        _talk(visitor, talk, seen, lambda: None)
    visitor.close()
    return seen


def _many_people(
    server: _Server, talks: Sequence[Sequence[Expected]], people: int, minutes: float
) -> tuple[dict[str, Seen], tuple[float, float]]:
    """What each interface's people saw, and the median memory in the second and in the last fifth of the time."""
    seen = {name: Seen() for name in INTERFACES}
    until = time.monotonic() + 60 * minutes
    over = threading.Event()

    def person(number: int) -> None:
        name = list(INTERFACES)[number % len(INTERFACES)]
        mine = random.Random(number)
        over.wait(mine.uniform(0, 6))  # they do not all begin in the same second
        visitor = INTERFACES[name](server.port)
        while time.monotonic() < until:
            # Reading an answer and typing the next question takes a person some seconds.
            _talk(visitor, mine.choice(talks), seen[name], lambda: over.wait(mine.uniform(3, 9)))
        visitor.close()

    memory: list[float] = []
    with ThreadPoolExecutor(people) as crowd:
        asking = [crowd.submit(person, number) for number in range(people)]
        with tqdm(total=round(60 * minutes), desc=f"{people} people", unit="s", file=sys.stderr, disable=None) as bar:
            while (left := until - time.monotonic()) > 0:
                memory.append(resident(server.pid))
                time.sleep(min(1.0, left))
                bar.update(1)
        over.set()
        for one in asking:
            one.result()
    fifth = max(1, len(memory) // 5)
    return seen, (median(memory[fifth : 2 * fifth] or memory), median(memory[-fifth:]))


def _too_many(port: int, talks: Sequence[Sequence[Expected]]) -> tuple[Counter[int], float, bool]:
    """How many of the questions that came at once got which status, the slowest's seconds, and whether life goes on."""
    together = threading.Barrier(_AT_ONCE)

    def one(number: int) -> tuple[int, float]:
        visitor = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        body = json.dumps({"question": f"{talks[number % len(talks)][0].question} ({number})"})
        together.wait()
        start = time.perf_counter()
        try:
            visitor.request("POST", "/api/ask", body, {"content-type": "application/json"})
            reply = visitor.getresponse()
            reply.read()
            return reply.status, time.perf_counter() - start
        except OSError:
            return 0, time.perf_counter() - start
        finally:
            visitor.close()

    with ThreadPoolExecutor(_AT_ONCE) as crowd:
        came = list(crowd.map(one, range(_AT_ONCE)))
    visitor, seen = Http(port), Seen()
    _talk(visitor, talks[0][:1], seen, lambda: None)
    visitor.close()
    return Counter(status for status, _ in came), max(seconds for _, seconds in came), bool(seen.seconds)
