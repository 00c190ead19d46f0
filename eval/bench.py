"""Speed and memory, each beside a floor measured in turn in the same run: machines are noisy, ratios are not."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tqdm import tqdm

from corpus.letter import Letter
from eval import beside, growth
from eval.processes import free_port, resident, wait_until
from index.assistant import Assistant, load_store
from index.embedding import Embedder
from index.store import Store, open_store
from index.views import views

PARTS: Mapping[str, str] = {
    "alone": "the assistant, beside the least that it could take",
    "peers": "the assistant, beside what else one could install",
    "growth": "its search, when there are more passages than a letter has",
}
"""The parts of the report."""

# What each page is compared with, and what a process with nothing but the model is.
_EMPTY_PAGE = """
import os, sys
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio, uvicorn
from fastapi import FastAPI
with gradio.Blocks(analytics_enabled=False) as blocks: gradio.Markdown("")
page = gradio.mount_gradio_app(FastAPI(), blocks, path="/", ssr_mode=False)
uvicorn.run(page, port=int(sys.argv[1]), log_level="error")
"""
_MODEL_ALONE = """
from index.embedding import load_embedder
embedder = load_embedder()
embedder.query_vectors(["Hoeveel militairen levert Nederland?"])
print("ready", flush=True)
input()
"""


@dataclass(frozen=True, slots=True)
class Ratio:
    """`ours` beside `floor`, median seconds or megabytes, and the most that their ratio, or difference, should be."""

    what: str
    ours: float
    floor: float
    unit: str
    limit: str

    def __str__(self) -> str:
        """One line of the report."""
        relation = f"+{self.ours - self.floor:.0f} MB" if self.unit == "MB" else f"{self.ours / self.floor:.2f} ×"
        figures = f"{self.ours:9.3f} {self.unit:<3}{self.floor:9.3f} {self.unit:<3}"
        return f"{self.what:<58}{figures}{relation:>10}   {self.limit}"


def report(repeat: int, parts: Sequence[str] = tuple(PARTS), limit: int | None = None) -> Iterator[str]:
    """The lines of the report, each as soon as it is measured; with a limit, that many questions for the peers."""
    letter, embedder, store = load_store(say=lambda what: tqdm.write(f"briefwijzer: {what}", file=sys.stderr))
    sections = {
        "alone": lambda: _alone(letter, embedder, store, repeat),
        "peers": lambda: beside.report(letter, repeat, limit),
        "growth": lambda: growth.report(letter, embedder, store),
    }
    for part in parts:
        yield from ["", f"{part}: {PARTS[part]}"]
        yield from sections[part]()


def _alone(letter: Letter, embedder: Embedder, store: Store, repeat: int) -> Iterator[str]:
    yield f"{'':<58}{'ours':>9}    {'floor':>9}    {'ratio':>9}   at most"
    questions = _questions([unit.text for unit in letter.units], 40 * repeat)
    yield str(_answering(Assistant(letter, embedder, store), embedder.query_vectors, questions))

    texts = [view.text for view in views(letter)]
    built, alone = [], []
    for _ in tqdm(range(repeat), desc="building", file=sys.stderr, leave=False, disable=None):
        with tempfile.TemporaryDirectory() as folder:
            built.append(_seconds(open_store, letter, embedder, Path(folder, "index")))
        alone.append(_seconds(embedder.passage_vectors, texts))
    yield str(Ratio("building the index / embedding its texts", median(built), median(alone), "s", "1.5 ×"))

    ours, empty = [], []
    for _ in tqdm(range(repeat), desc="serving", file=sys.stderr, leave=False, disable=None):
        ours.append(_until_served("-m", "app", "--port"))
        empty.append(_until_served("-c", _EMPTY_PAGE))
    yield str(Ratio("page served / an empty page of gradio", median(ours), median(empty), "s", "1.5 ×"))
    yield str(
        Ratio("memory of the server / the model's own process", _server_memory(), _model_memory(), "MB", "+400 MB")
    )


def _questions(sentences: list[str], count: int) -> list[str]:
    """Questions of 8 to 14 words out of the letter's own, all different: nothing may be answered from a cache."""
    questions = []
    for number in range(count):
        words = sentences[number % len(sentences)].split()
        start = number // len(sentences)
        questions.append(" ".join(["Wat zegt de brief over", *words[start : start + 4 + number % 7]]) + "?")
    return list(dict.fromkeys(questions))


def _answering(assistant: Assistant, embed: Callable[[list[str]], object], questions: list[str]) -> Ratio:
    ours, floor = [], []
    for question in tqdm(questions, desc="answering", file=sys.stderr, leave=False, disable=None):
        ours.append(_seconds(assistant.ask, question))
        floor.append(_seconds(embed, [question]))
    return Ratio("answering / embedding the question", median(ours), median(floor), "s", "2 ×")


def _seconds(work: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def _until_served(*command: str) -> float:
    port = free_port()
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, *command, str(port)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(f"http://127.0.0.1:{port}/", process)
            return time.perf_counter() - start
        finally:
            process.kill()


def _server_memory() -> float:
    port = free_port()
    command = [sys.executable, "-m", "app", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(f"http://127.0.0.1:{port}/readyz", process)
            return resident(process.pid)
        finally:
            process.kill()


def _model_memory() -> float:
    command = [sys.executable, "-c", _MODEL_ALONE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            return resident(process.pid)
        finally:
            process.kill()
