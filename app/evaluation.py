"""Run the evaluation for whoever wants to see it, as a program of its own: nothing of it is imported here."""

import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from app.published import ROOT

_SHOWN: Mapping[str, str] = {
    "right": "RIGHT: correct, all evidence cited, quotations exact",
    "recall@5": "evidence among the first five",
    "citation precision": "citations that are evidence",
    "verbatim": "quotations exact",
    "answered although unanswerable": "answered although the letter does not say",
    "declined although answerable": "declined although the letter does say",
}
_MOST_SECONDS = 900

Figures = Mapping[str, tuple[float, float, float, int]]
"""By name: the value, the ends of its 95 % interval, and how many questions it is over."""


class EvaluationError(Exception):
    """The evaluation did not come to an end; the message says why."""


def evaluate(step: Callable[[int, int], None]) -> Figures:
    """Put the questions of the first half to the assistant; `step` gets replies so far and in all.

    Raises `EvaluationError`.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "eval", "--split", "dev", "--no-floors", "--progress", "--out", folder]
        said = ""
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            assert process.stderr is not None
            watchdog = threading.Timer(_MOST_SECONDS, process.kill)
            watchdog.start()
            try:
                for line in process.stderr:
                    if match := re.match(r"progress (\d+) (\d+)$", line):
                        step(int(match[1]), int(match[2]))
                    else:
                        said = line.strip() or said
                code = process.wait()
            finally:
                watchdog.cancel()
                process.kill()
        if code:
            raise EvaluationError(f"the evaluation stopped with exit code {code}: {said}")
        scores = json.loads((Path(folder) / "scores.json").read_text(encoding="utf-8"))
    found = scores["dev"]["briefwijzer"]["all"]
    return {
        title: (figure["value"], figure["low"], figure["high"], figure["n"])
        for name, title in _SHOWN.items()
        if (figure := found[name])
    }
