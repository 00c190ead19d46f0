"""How time and memory of a search grow with the passages: the embedding alone, and the assistant's search.

    python -m eval.growth NAME SIZE VECTORS    measures one size in a process of its own, and prints a line of JSON

Nobody waits for 100,000 texts to be embedded, so passages and vectors are synthetic: the words of the letter's
sentences, drawn across them, and noisy copies of the letter's vectors. They serve for time and memory alone; what is
found among them means nothing.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from tqdm import tqdm

from corpus.letter import Letter, load_letter
from eval.beside import ROOT, asked
from eval.peers import FIRST, FLOOR, OURS, SILENT
from eval.plots import curves
from eval.run import RUNS
from index.embedding import Embedder, Encoded
from index.late_interaction import LateInteraction
from index.search import Query, Search
from index.store import Manifest, MatrixVectorStore, Store
from index.views import VIEWS, views

SIZES = (150, 1_000, 10_000, 100_000)
MOST = 10 * 1024.0
"""Megabytes that a process may take: an ordinary machine has to do other things as well."""
CHART = RUNS / "growth.svg"

_ASKED = 30  # questions of each size
_SECONDS = 5.0  # after which no more are asked
_NOISE = 0.3  # the length of what is added to a vector of length 1
_SEED = 0
_SOME = 10_000  # vectors made at once: the noise of all would be the most that a process ever holds

Searches = Mapping[str, Callable[[int], object]]
"""What is timed, by its name: each takes the number of a question. The last is the whole search."""


@dataclass(frozen=True, slots=True)
class Point:
    """One size: the median seconds of each thing that was timed, and megabytes: `memory` now, `peak` at the most."""

    seconds: Mapping[str, float]
    memory: float
    peak: float

    @property
    def whole(self) -> float:
        """The seconds of a whole search."""
        return self.seconds["search"]


# What is searched


def shuffled(texts: Sequence[str], count: int, seed: int) -> list[str]:
    """`count` texts, as long as the given ones, of words drawn from all of them; the same for the same seed."""
    chance = random.Random(seed)
    words = [word for text in texts for word in text.split()]
    lengths = [len(text.split()) for text in texts]
    return [" ".join(chance.choices(words, k=lengths[number % len(lengths)])) for number in range(count)]


def enlarged(letter: Letter, size: int, seed: int = _SEED) -> Letter:
    """A letter of `size` units, made of the words of this one."""
    units = letter.units
    dutch = shuffled([unit.text for unit in units], size, seed)
    english = shuffled([letter.translations[unit.id] for unit in units], size, seed + 1)
    made = tuple(
        replace(units[number % len(units)], id=f"x{number}", text=text, paragraph=number // 4 + 1)
        for number, text in enumerate(dutch)
    )
    translations = {unit.id: text for unit, text in zip(made, english, strict=True)}
    return replace(letter, structure=replace(letter.structure, units=made), translations=translations)


def noisy(vectors: np.ndarray, count: int, chance: np.random.Generator, kind: type = np.float32) -> np.ndarray:
    """`count` copies of vectors, again and again from the first on, each with noise and of length 1."""
    made: np.ndarray = np.empty((count, vectors.shape[1]), dtype=kind)
    for start in range(0, count, _SOME):
        some = vectors[np.arange(start, min(start + _SOME, count)) % len(vectors)].astype(np.float32)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
        some += chance.standard_normal(some.shape, dtype=np.float32) * (_NOISE / some.shape[1] ** 0.5)
        made[start : start + len(some)] = some / np.linalg.norm(some, axis=1, keepdims=True)
    return made


@dataclass(frozen=True, slots=True)
class _Index:
    """All that a search asks of llama-index's index. The texts of its nodes, which no search reads, are left out."""

    vector_store: MatrixVectorStore


def synthetic(letter: Letter, real: Mapping[str, np.ndarray], seed: int = _SEED) -> Store:
    """The index of a letter as it is after loading, with noisy copies of real vectors."""
    chance = np.random.default_rng(seed)
    every = list(views(letter))
    vectors = noisy(real["views"], len(every), chance)
    vector_store = MatrixVectorStore()
    for view, vector in zip(every, vectors, strict=True):  # lists of floats, as llama-index has them
        vector_store.data.embedding_dict[f"{view.unit}:{view.name}"] = vector.tolist()
    lengths = [len(view.text[slice(*view.own)].split()) for view in every]
    words = noisy(real["words"], sum(lengths), chance, np.float16)
    late = LateInteraction(words, np.cumsum([0, *lengths[:-1]]))
    manifest = Manifest(letter.name, "", "", "synthetic", "", words.shape[1], "", len(every))
    return Store(manifest, _Index(vector_store), late)  # type: ignore[arg-type] # see _Index


# One size, in a process of its own


def alone(size: int, real: Mapping[str, np.ndarray]) -> Searches:
    """The embedding alone: one vector for each passage, every cosine, the first five."""
    matrix = noisy(real["views"][:: len(VIEWS)], size, np.random.default_rng(_SEED))
    questions = real["questions"]

    def search(number: int) -> object:
        similarities = matrix @ questions[number % len(questions)]
        best = np.argpartition(-similarities, FIRST)[:FIRST]
        return best[np.argsort(-similarities[best])]

    return {"search": search}


def ours(size: int, real: Mapping[str, np.ndarray]) -> Searches:
    """The assistant's search in all its ways, and what it consists of: `scores` holds those before, `search` all."""
    letter = enlarged(load_letter(), size)
    store = synthetic(letter, real)
    search = Search(letter, store)
    ends = np.cumsum(real["lengths"])
    asked_words = np.split(real["asked"], ends[:-1])
    queries = [
        Query(str(text), Encoded(vector, words, ()))
        for text, vector, words in zip(real["texts"], real["questions"], asked_words, strict=True)
    ]

    def query(number: int) -> Query:
        return queries[number % len(queries)]

    return {
        "views": lambda number: store.similarities(query(number).encoded.vector),
        "late": lambda number: store.words.similarities(query(number).encoded.words),
        "scores": lambda number: search.scores(query(number), "nl", "number"),
        "search": lambda number: search.rank([query(number)], "nl", "number"),
    }


def timed(searches: Searches) -> dict[str, float]:
    """The median seconds of each, asked in turn; the first question warms up and is not counted."""
    spent: dict[str, list[float]] = {name: [] for name in searches}
    begun = time.perf_counter()
    for number in range(_ASKED + 1):
        for name, search in searches.items():
            start = time.perf_counter()
            search(number)
            spent[name].append(time.perf_counter() - start)
        if number > 1 and time.perf_counter() - begun > _SECONDS:
            break
    return {name: median(seconds[1:]) for name, seconds in spent.items()}


def _work(name: str, size: str, vectors: str) -> None:
    # Better stopped here than by the kernel, which would choose among all processes.
    resource.setrlimit(resource.RLIMIT_DATA, (int(MOST) * 2**20,) * 2)
    with np.load(vectors) as real:
        searches = {FLOOR: alone, OURS: ours}[name](int(size), dict(real))
    seconds = timed(searches)
    sys.stdout.write(json.dumps({"seconds": seconds, "memory": _held("VmRSS"), "peak": _held("VmHWM")}))


def _held(what: str) -> float:
    """Megabytes of this process, as Linux counts them. What `getrusage` tells begins with those of its parent."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


# All sizes


def expected(peaks: Mapping[int, float], size: int) -> float:
    """The megabytes that a size will take, on the line through the last two that were measured; 0 before there are."""
    if len(peaks) < 2:
        return 0.0
    (first, low), (second, high) = list(peaks.items())[-2:]
    return high + (high - low) / (second - first) * (size - second)


def fitting(peaks: Mapping[int, float]) -> int:
    """The most passages that fit by that line, in thousands of them."""
    (first, low), (second, high) = list(peaks.items())[-2:]
    return int(second + (MOST - high) / ((high - low) / (second - first))) // 1000 * 1000


def report(letter: Letter, embedder: Embedder, store: Store, sizes: Sequence[int] = SIZES) -> Iterator[str]:
    """The lines of the report, and a chart."""
    yield "passages and vectors are synthetic, for time and memory alone; a process may take 10 GiB"
    points: dict[str, dict[int, Point]] = {FLOOR: {}, OURS: {}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vectors.npz")
        embedding = _save(path, letter, embedder, store)
        for size in tqdm(sizes, desc="growing", file=sys.stderr, leave=False, disable=None):
            for name, measured in points.items():
                peaks = {size: point.peak for size, point in measured.items()}
                needed = expected(peaks, size)
                if needed > MOST:
                    yield (
                        f"{name}, {size:,} passages: not measured, it would take about {needed / 1024:.0f} GiB; "
                        f"some {fitting(peaks):,} fit"
                    )
                    continue
                found = _measure(name, size, path)
                if isinstance(found, Point):
                    measured[size] = found
                else:
                    yield f"{name}, {size:,} passages: not measured: {found}"
    yield from table(points, embedding)
    yield f"chart: {_chart(points)}"


def _save(path: Path, letter: Letter, embedder: Embedder, store: Store) -> float:
    """Write what the copies are made of; returns the median seconds in which a question is embedded."""
    texts = [question.question for question in asked(letter, _ASKED)]
    encoded: list[Encoded] = []
    seconds = []
    for text in texts:
        start = time.perf_counter()
        encoded += embedder.encode([text], "question")
        seconds.append(time.perf_counter() - start)
    np.savez(
        path,
        views=embedder.passage_vectors([view.text for view in views(letter)]),
        words=store.words.vectors,
        texts=np.array(texts),
        questions=np.stack([each.vector for each in encoded]),
        asked=np.concatenate([each.words for each in encoded]),
        lengths=np.array([len(each.words) for each in encoded]),
    )
    return median(seconds)


def _measure(name: str, size: int, vectors: Path) -> Point | str:
    """A size, or why it cannot be measured."""
    done = subprocess.run(
        [sys.executable, "-m", "eval.growth", name, str(size), str(vectors)],
        cwd=ROOT,
        env={**os.environ, **SILENT},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        found: dict[str, Any] = json.loads(done.stdout)
        return Point(**found)
    return (done.stderr.strip().splitlines() or [f"the process ended with {done.returncode}"])[-1]


def table(points: Mapping[str, Mapping[int, Point]], embedding: float) -> Iterator[str]:
    """A row for each size that both were measured at; the floor's own where ours does not fit."""
    yield (
        f"{'':>9}{'search alone, ms':>26}{'of ours, ms':>36}{'with embedding':>16}{'memory, MB':>26}\n"
        f"{'passages':>9}{'floor':>8}{'ours':>9}{'ratio':>9}{'views':>9}{'late':>9}{'others':>9}{'ranking':>9}"
        f"{'ratio':>16}{'floor':>8}{'ours':>9}{'ratio':>9}"
    )
    for size, floor in points[FLOOR].items():
        one = points[OURS].get(size)
        if one is None:
            yield f"{size:>9,}{1000 * floor.whole:>8.2f}{'-':>9}{'-':>9}{'-':>9}{'-':>9}{'-':>9}{'-':>9}" + (
                f"{'-':>16}{floor.memory:>8.0f}{'-':>9}{'-':>9}"
            )
            continue
        shares = "".join(f"{1000 * share:>9.2f}" for share in parts(one.seconds).values())
        yield (
            f"{size:>9,}{1000 * floor.whole:>8.2f}{1000 * one.whole:>9.2f}{one.whole / floor.whole:>7.1f} ×{shares}"
            f"{(embedding + one.whole) / (embedding + floor.whole):>14.2f} ×"
            f"{floor.memory:>8.0f}{one.memory:>9.0f}{one.memory / floor.memory:>7.1f} ×"
        )


def parts(seconds: Mapping[str, float]) -> dict[str, float]:
    """What a search of ours consists of; what is left when the parts before are taken out is never below zero."""
    others = max(seconds["scores"] - seconds["views"] - seconds["late"], 0.0)
    ranking = max(seconds["search"] - seconds["scores"], 0.0)
    return {"views": seconds["views"], "late": seconds["late"], "others": others, "ranking": ranking}


def _chart(points: Mapping[str, Mapping[int, Point]]) -> Path:
    time_of = {name: {size: 1000 * point.whole for size, point in some.items()} for name, some in points.items()}
    memory = {name: {size: point.memory for size, point in some.items()} for name, some in points.items()}
    CHART.parent.mkdir(parents=True, exist_ok=True)
    CHART.write_text(curves({"A search, ms": time_of, "Memory, MB": memory}, "passages"), encoding="utf-8")
    return CHART


if __name__ == "__main__":
    _work(*sys.argv[1:])
