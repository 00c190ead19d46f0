"""The web server: the page at once, the assistant as soon as it is loaded."""

import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI, Response
from tqdm import tqdm

if TYPE_CHECKING:
    from index.assistant import Assistant


class ServerError(Exception):
    """The server cannot run; the message says why and what to do."""


@dataclass
class Warmup:
    """The assistant while it is being loaded in a thread of its own: `stage` says what is going on.

    `problem` is set when it cannot be loaded, `assistant` when it is.
    """

    stage: str = "starting"
    assistant: "Assistant | None" = None
    problem: str | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self, when_over: Callable[[], None] = lambda: None) -> None:
        """Begin to load; `when_over` is called in the thread, whatever came of it."""
        threading.Thread(target=self._load, args=(when_over,), name="warm-up", daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until loading is over; False when it still goes on."""
        return self._over.wait(seconds)

    def _load(self, when_over: Callable[[], None]) -> None:
        # Imported here, beside the page: together these take longer than all the rest of the start.
        from index.assistant import PROBLEMS, load_assistant

        with tqdm(desc="embedding the letter", unit="passage", file=sys.stderr, leave=False, disable=None) as bar:

            def say(what: str) -> None:
                self.stage = what
                bar.write(f"briefwijzer: {what}", file=sys.stderr)

            def step(done: int, total: int) -> None:
                self.stage = f"embedding the letter: {done} of {total} passages"
                bar.total = total
                bar.update(done - bar.n)

            try:
                self.assistant = load_assistant(say=say, step=step)
            except PROBLEMS as error:
                self.problem = str(error)
            finally:
                if self.assistant is None and self.problem is None:
                    # A defect of the program: its traceback follows, and nobody waits for what never comes.
                    self.problem = "the assistant could not be loaded, see the error above"
                self._over.set()
                when_over()


def build(warmup: Warmup) -> FastAPI:
    """The web application: `/healthz` and the page."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio builds a page
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when gradio imports the hub's client
    from app.page import mount

    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @application.get("/healthz")
    def healthz(response: Response) -> dict[str, str | bool]:
        ready = warmup.assistant is not None
        response.status_code = 200 if ready else 503
        return {"ready": ready, "stage": warmup.problem or warmup.stage}

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
