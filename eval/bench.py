"""Speed and memory, each beside a floor measured in turn in the same run: machines are noisy, ratios are not."""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tqdm import tqdm

from index.assistant import Assistant, load_store
from index.store import open_store
from index.views import views

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
_WAIT = 120.0  # seconds for a process to come up


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


def report(repeat: int) -> Iterator[str]:
    """The lines of the report, each as soon as it is measured."""
    yield f"{'':<58}{'ours':>9}    {'floor':>9}    {'ratio':>9}   at most"
    letter, embedder, store = load_store(say=lambda what: tqdm.write(f"briefwijzer: {what}", file=sys.stderr))
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
    port = _free_port()
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, *command, str(port)], stderr=subprocess.DEVNULL) as process:
        try:
            _get(f"http://127.0.0.1:{port}/", process)
            return time.perf_counter() - start
        finally:
            process.kill()


def _server_memory() -> float:
    port = _free_port()
    command = [sys.executable, "-m", "app", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _get(f"http://127.0.0.1:{port}/healthz", process)
            return _resident(process.pid)
        finally:
            process.kill()


def _model_memory() -> float:
    command = [sys.executable, "-c", _MODEL_ALONE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            return _resident(process.pid)
        finally:
            process.kill()


def _resident(process: int) -> float:
    """The memory of a process in megabytes, as Linux counts it."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{process}/status does not tell the resident memory")


def _get(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + _WAIT
    while time.perf_counter() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise RuntimeError(f"{url} did not answer within {_WAIT:.0f} seconds; the process: {process.args!r}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
