"""The web server: the page at once, the assistant as soon as it is loaded."""

import os
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from app.warmup import Warmup

REPORT = Path(__file__).parent.parent / "eval" / "published" / "report.html"
"""What the evaluation published last: a page of its own, shown beside the letter."""

_NO_REPORT = "<!doctype html><title>-</title><p>No evaluation is published yet. Publish one: python -m eval --publish"


class ServerError(Exception):
    """The server cannot run; the message says why and what to do."""


def build(warmup: Warmup) -> FastAPI:
    """The web application: `/healthz`, `/report` and the page."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio builds a page
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when gradio imports the hub's client
    from app.page import mount

    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @application.get("/healthz")
    def healthz(response: Response) -> dict[str, str | bool]:
        ready = warmup.assistant is not None
        response.status_code = 200 if ready else 503
        return {"ready": ready, "stage": warmup.problem or warmup.stage}

    @application.get("/report", response_class=HTMLResponse)
    def report(response: Response) -> str:
        if not REPORT.exists():
            response.status_code = 404
            return _NO_REPORT
        return REPORT.read_text(encoding="utf-8")

    return mount(application, warmup)


def serve(host: str, port: int) -> None:
    """Serve until stopped. Raises `ServerError` when the port is taken or the assistant cannot be loaded."""
    listener = _listen(host, port)
    warmup = Warmup()
    server = uvicorn.Server(
        uvicorn.Config(build(warmup), log_level="warning", timeout_graceful_shutdown=3, access_log=False)
    )

    def stop_on_problem() -> None:
        server.should_exit = warmup.problem is not None

    warmup.start(stop_on_problem)
    print(f"briefwijzer: http://{host}:{port}", file=sys.stderr, flush=True)
    server.run(sockets=[listener])
    if warmup.problem is not None:
        raise ServerError(warmup.problem)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()  # now, not when the page is built: of two servers started at once one is told here
    except OSError as error:
        raise ServerError(
            f"cannot listen on {host}:{port}: {error.strerror}. Stop what runs there, or choose another port: "
            f"python -m app --port {port % 65_535 + 1}"
        ) from error
    return listener
