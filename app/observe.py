"""What the server tells of itself: metrics for Prometheus, and a line of JSON for each request and answer.

No metric holds an address or a question. A log line holds a question only where a setting says so, an address never.
"""

import json
import sys
from datetime import UTC, datetime
from typing import TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.settings import Log
from index.answer import Answer

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_OWN_ROUTES = frozenset("/ /api/ask /api/search /api/schema /passage /report /healthz /readyz /metrics /mcp".split())


class Observer:
    """Counts and writes down; one for each server."""

    def __init__(self, log: Log = "off", out: TextIO | None = None) -> None:
        """`out` is where lines are written: standard error, as it is at the time of writing, unless given."""
        self._log = log
        self._out = out
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "briefwijzer_requests", "Requests answered.", ["route", "status"], registry=self._registry
        )
        self._request_seconds = Histogram(
            "briefwijzer_request_seconds",
            "Seconds from a request to its answer's end.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "briefwijzer_answers", "Questions answered or declined.", ["status", "language"], registry=self._registry
        )
        self._answer_seconds = Histogram(
            "briefwijzer_answer_seconds",
            "Seconds spent on a question, by step; wait is for its turn.",
            ["step"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "briefwijzer_refused", "Requests refused, by reason.", ["reason"], registry=self._registry
        )
        self._waiting = Gauge(
            "briefwijzer_waiting", "Questions that are being answered or wait for their turn.", registry=self._registry
        )

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        """A request is over. What a visitor put into the address besides its path is not looked at."""
        route = _route(path)
        self._requests.labels(route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)
        self._write(event="request", method=method, route=route, status=status, seconds=round(seconds, 4))

    def answer(self, answer: Answer, wait: float) -> None:
        """A question is answered, or declined, after it waited for some seconds."""
        self._answers.labels(answer.status, answer.language).inc()
        for step, seconds in {"wait": wait, **answer.seconds}.items():
            self._answer_seconds.labels(step).observe(seconds)
        times = {step: round(seconds, 4) for step, seconds in answer.seconds.items()}
        asked = {"question": answer.question} if self._log == "questions" else {}
        self._write(
            event="answer",
            id=answer.id,
            status=answer.status,
            language=answer.language,
            wait=round(wait, 4),
            seconds=times,
            **asked,
        )

    def refused(self, reason: str) -> None:
        """A request was refused: "busy", "rate", "password", "size", "closed", "file" or "session"."""
        self._refused.labels(reason).inc()

    def waiting(self, questions: int) -> None:
        """So many questions are being answered or wait now."""
        self._waiting.set(questions)

    def metrics(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _write(self, **fields: object) -> None:
        if self._log != "off":
            line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields}
            print(json.dumps(line, ensure_ascii=False), file=self._out or sys.stderr, flush=True)


def _route(path: str) -> str:
    """A path as one of few names: whoever asks for paths at random must not fill the memory with counters."""
    if path in _OWN_ROUTES:
        return path
    if path.startswith("/gradio_api/queue/"):
        return "/gradio_api/queue"
    return "page" if path.startswith(("/assets/", "/static/", "/gradio_api/", "/theme.css", "/config")) else "other"
