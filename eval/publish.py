"""What is committed of a run: figures and report for everyone to see, and the gate that later changes must pass.

    eval/published/scores.json   every figure with its interval
    eval/published/report.html   the report; the page shows it
    eval/published/marks.json    how many answers on `test` and `strangers` had each mark of confidence, and were right
    eval/published/gate.json     for some figures on the dev questions what was reached, and the bound

A bound is what the run reached less its interval, of exact quotations what it reached. Publishing again may raise it
and never lowers it.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from eval.questions import UNSEEN
from eval.scores import TITLES, Scored, Table, table
from eval.systems import ASSISTANT
from index.answer import Level

PUBLISHED = Path(__file__).parent / "published"
_AT_LEAST = ("right", "declining recall", "verbatim")
_AT_MOST = ("declined although answerable",)


def publish(scored: Sequence[Scored], run: Path, folder: Path = PUBLISHED) -> None:
    """Copy scores and report of the run in folder `run`, and set the gate by its dev questions."""
    folder.mkdir(exist_ok=True)
    for name in ("scores.json", "report.html"):
        shutil.copyfile(run / name, folder / name)
    ours = [one for one in scored if one.reply.system == ASSISTANT]
    gate = bounds(table([one for one in ours if one.question.split == "dev"]), committed(folder))
    _write(folder / "gate.json", gate)
    _write(folder / "marks.json", marks([one for one in ours if one.question.split in UNSEEN]))


def marks(scored: Sequence[Scored]) -> dict[str, dict[str, int]]:
    """For each mark of confidence how many answers had it, refusals apart, and how many of them were right."""
    found = {level: {"answers": 0, "right": 0} for level in get_args(Level)}
    for one in scored:
        if not one.reply.declined:
            mark = found[one.reply.answer["confidence"]["level"]]
            mark["answers"] += 1
            mark["right"] += one.as_it_should_be == 1.0
    return found


def bounds(reached: Table, before: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The gate after a run on the dev questions, given the one before it."""
    found: dict[str, dict[str, float]] = {}
    for name in (*_AT_LEAST, *_AT_MOST):
        figure = reached[name]
        if figure is None:
            raise ValueError(f"{name} is undefined: a gate needs answerable and unanswerable questions")
        # A quotation is exact or broken: there is no interval to leave room for.
        new = round(figure.value if name == "verbatim" else figure.low if name in _AT_LEAST else figure.high, 4)
        old = before.get(name, {}).get("bound", new)
        stricter = max(old, new) if name in _AT_LEAST else min(old, new)
        found[name] = {"reached": round(figure.value, 4), "n": figure.n, "bound": stricter}
    return found


def _write(path: Path, what: Mapping[str, Mapping[str, float]]) -> None:
    path.write_text(json.dumps(what, indent=2) + "\n", encoding="utf-8")


def committed(folder: Path = PUBLISHED) -> dict[str, dict[str, float]]:
    """The committed gate; empty where nothing was published yet."""
    path = folder / "gate.json"
    found: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def check(measured: Table, gate: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[bool, str]]:
    """Whether each figure of the gate holds, with a line that says so."""
    for name in (*_AT_LEAST, *_AT_MOST):
        bound, figure = gate[name]["bound"], measured[name]
        value = round(figure.value, 4) if figure else None
        holds = value is not None and (value >= bound if name in _AT_LEAST else value <= bound)
        shown = f"{value} (n = {figure.n})" if figure else "undefined"
        limit = "at least" if name in _AT_LEAST else "at most"
        yield holds, f"{'holds' if holds else 'FAILS'}  {TITLES[name]}: {shown}, must be {limit} {bound}"
