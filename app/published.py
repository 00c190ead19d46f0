"""What the evaluation published last: the report, and what its marks of confidence were worth."""

import json
from pathlib import Path

from app.render import Tested

ROOT = Path(__file__).parent.parent
_FOLDER = ROOT / "eval" / "published"
NO_REPORT = "<!doctype html><title>-</title><p>No evaluation is published yet. Publish one: python -m eval --publish"


def report() -> str | None:
    """The published report, a page of its own; None when there is none."""
    path = _FOLDER / "report.html"
    return path.read_text(encoding="utf-8") if path.exists() else None


def tested() -> Tested:
    """For each mark of confidence how many answers had it and how many were right; empty when nothing is published."""
    path = _FOLDER / "marks.json"
    marks = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {level: (mark["answers"], mark["right"]) for level, mark in marks.items()}
