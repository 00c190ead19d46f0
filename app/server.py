"""The web server: the page at once, the assistant as soon as it is loaded."""

import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from app.api import add_routes
from app.desk import Desk
from app.gate import Gate
from app.observe import Observer
from app.settings import Settings
from app.tools import tools
from app.warmup import Warmup
from corpus.letter import Letter, LetterError, load_letter


class ServerError(Exception):
    """The server cannot run; the message says why and what to do."""


def build(letter: Letter, warmup: Warmup, settings: Settings) -> Gate:
    """The web application: the page, the HTTP interface and the tools, behind the gate."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio builds a page
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when gradio imports the hub's client
    from app.page import mount

    observer = Observer(settings.log)
    desk = Desk(warmup, settings, observer)
    return Gate(mount(for_programs(letter, desk, observer), letter, desk, settings), settings, observer)


def for_programs(letter: Letter, desk: Desk, observer: Observer) -> FastAPI:
    """All that is not the page: the HTTP interface, and the tools at `/mcp`."""
    mcp = tools(letter, desk)
    endpoints = mcp.streamable_http_app().routes

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mcp.session_manager.run():
            yield

    application = FastAPI(
        title="Briefwijzer", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=lifespan
    )
    add_routes(application, letter, desk, observer)
    application.router.routes.extend(endpoints)
    return application


def serve(settings: Settings) -> None:
    """Serve until stopped. Raises `ServerError` when the port is taken or letter or assistant cannot be loaded."""
    listener = _listen(settings.host, settings.port)
    try:
        letter = load_letter()
    except LetterError as error:
        raise ServerError(str(error)) from error
    warmup = Warmup()
    server = uvicorn.Server(
        uvicorn.Config(
            build(letter, warmup, settings),
            log_level="warning",
            timeout_graceful_shutdown=settings.stop_seconds,
            access_log=False,
            forwarded_allow_ips=settings.proxies,
            server_header=False,
            lifespan="on",
        )
    )

    def stop_on_problem() -> None:
        if warmup.problem is not None:  # and never False: it may have been told to stop meanwhile
            server.should_exit = True

    warmup.start(stop_on_problem)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"briefwijzer: http://{host}:{settings.port}{settings.root_path}", file=sys.stderr, flush=True)
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
