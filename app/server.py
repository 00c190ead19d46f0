"""The web server: the page at once, the assistant as soon as it is loaded."""

import os
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse

from app import published
from app.frame import FIRST_SCRIPT
from app.quoting import AddressError, passage
from app.warmup import Warmup
from corpus.letter import load_letter

# What Gradio does not do without: scripts and styles in the page, and code made of text. The rest is shut.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; media-src 'none'; object-src 'none'; "
    "form-action 'none'; frame-ancestors 'self'; base-uri 'self'"
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ServerError(Exception):
    """The server cannot run; the message says why and what to do."""


def build(warmup: Warmup) -> FastAPI:
    """The web application: `/healthz`, `/report`, `/passage` and the page."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio builds a page
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when gradio imports the hub's client
    from app.page import mount

    letter = load_letter()
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @application.get("/healthz")
    def healthz(response: Response) -> dict[str, str | bool]:
        ready = warmup.assistant is not None
        response.status_code = 200 if ready else 503
        return {"ready": ready, "stage": warmup.problem or warmup.stage}

    @application.get("/report", response_class=HTMLResponse)
    def report(response: Response) -> str:
        found = published.report()
        response.status_code = 200 if found else 404
        return found or published.NO_REPORT

    @application.get("/passage")
    def quoted(p: str, h: str | None = None) -> dict[str, Any]:
        """What stands at some positions, and whether it still has the hash `h`, if one is given."""
        try:
            found = passage(letter, p)
        except AddressError as error:
            raise HTTPException(422, str(error)) from error
        unchanged = None if h is None else h == found.hash
        place = {"pages": found.pages, "section": found.section, "hash": found.hash, "unchanged": unchanged}
        return {"quote": found.quote, **place, **found.forms(letter)}

    application.add_middleware(_PageHead)
    return mount(application, warmup)


class _PageHead:
    """Puts the script that settles the language first in the page, and sends its content security policy."""

    def __init__(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        plain = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        begun: list[Message] = []
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body).replace(b"<head>", b"<head>" + FIRST_SCRIPT.encode(), 1)
            kept = [pair for pair in begun[0]["headers"] if pair[0].lower() != b"content-length"]
            own = [
                (b"content-length", str(len(page)).encode()),
                (b"content-security-policy", _POLICY.encode()),
                (b"referrer-policy", b"no-referrer"),
                (b"x-content-type-options", b"nosniff"),
            ]
            await send({**begun[0], "headers": [*kept, *own]})
            await send({"type": "http.response.body", "body": page})

        await self._app(plain, receive, collect)


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
