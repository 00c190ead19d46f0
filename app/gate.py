"""Who comes in, how often, to which doors, and what each answer says about itself: before anything else of the server.

Plain ASGI, because answers are streamed through it.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import math
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from app.frame import FIRST_SCRIPT, PREVIEW
from app.observe import Observer
from app.sessions import Sessions, names_a_session, new_cookie, read, session_of, visitor
from app.settings import Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

MOST_BODY = 262_144
"""Bytes of a request: a long conversation that the page sends back is a tenth of this."""

# Everything that the page and the programs ask for. The interface library has doors besides, for uploads, files, other
# servers and its own development: nothing here has a use for them.
_DOORS = re.compile(
    r"/(|config/?|theme\.css|favicon\.ico|robots\.txt|manifest\.json|(assets|static|svelte)/.+"
    r"|gradio_api/(info/?|queue/(join|data)/?|run/predict/?|startup-events|heartbeat/\w+|cancel|reset/?|call/\w+(/\w+)?|theme\.css|app_id/?)"
    r"|report|passage|healthz|readyz|metrics|mcp|api/(ask|search|schema|openapi\.json))"
)
_PREVIEWS = re.compile(rb'<meta[^>]*(?:property="og:|name="twitter:)[^>]*>')  # the interface library's, of itself
_ASKS = re.compile(r"/(api/(ask|search)|mcp|gradio_api/(queue/join|call))\b")
_LONGEST_PATH = 1_000  # a longer one names no file: asking the disk for it is an error
_OPEN_TO_ALL = frozenset(["/healthz", "/readyz"])  # whoever watches the server has no password

# What Gradio does not do without: scripts and styles in the page, and code made of text. The rest is shut.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; media-src 'none'; object-src 'none'; "
    "form-action 'none'; frame-ancestors 'self'; base-uri 'self'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# The report runs scripts of its own, and is never the page, even where it is opened by itself.
_REPORT_HEADERS = ((_HEADERS[0][0], _HEADERS[0][1] + b"; sandbox allow-scripts"), *_HEADERS[1:])


class Gate:
    """Stands before an ASGI application."""

    def __init__(self, app: Application, settings: Settings, observer: Observer) -> None:
        self._app = app
        self._observer = observer
        self._key = _digest(settings.user, settings.password) if settings.user else None
        self._rate = Rate(settings.rate)
        self._root_path = settings.root_path
        self._sessions = Sessions()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"a connection of type {scope['type']!r}: nothing here speaks it")
        start = time.perf_counter()
        status = 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = _REPORT_HEADERS if scope["path"] == "/report" else _HEADERS
                names = {name for name, _ in own}
                others = [pair for pair in message["headers"] if pair[0].lower() not in names]
                message = {**message, "headers": [*others, *own]}
            await send(message)

        try:
            await self._let_in(scope, receive, told)
        finally:
            self._observer.request(scope["method"], scope["path"], status, time.perf_counter() - start)

    async def _let_in(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        path, client = scope["path"], _visitor(scope)
        # A wrong password counts as a question: nobody tries out thousands of them.
        known = self._key is None or path in _OPEN_TO_ALL or self._knows(headers.get(b"authorization", b""))
        if (not known or _costs(scope)) and (seconds := self._rate.wait(client)):
            await self._too_often(send, seconds)
        elif not known:
            await self._refuse(
                send,
                401,
                "password",
                "A user and a password are needed.",
                {"www-authenticate": 'Basic charset="UTF-8"'},
            )
        elif not _DOORS.fullmatch(path):
            await self._refuse(send, 404, "closed", "There is nothing here.")
        elif int(headers.get(b"content-length", b"0")) > MOST_BODY:
            await self._refuse(send, 413, "size", f"A request has {MOST_BODY} bytes at most.")
        elif len(path) > _LONGEST_PATH:
            await self._refuse(send, 414, "size", f"A path has {_LONGEST_PATH} characters at most.")
        elif path.startswith("/gradio_api/"):
            await self._call(scope, receive, send, client, visitor(headers.get(b"cookie", b"")))
        elif path == "/" and scope["method"] == "GET":
            returns = visitor(headers.get(b"cookie", b""))
            cookie = b"" if returns else new_cookie(self._root_path, secure=scope.get("scheme") == "https")
            await _with_first_script(self._app, scope, receive, send, cookie)
        else:
            await self._app(scope, _no_more_than(MOST_BODY, receive), send)

    async def _call(self, scope: Message, receive: Receive, send: Send, client: str, caller: str) -> None:
        """A call of the page's library: about the caller's own conversation, and about text alone."""
        path, call, names_a_file = scope["path"], None, False
        if scope["method"] == "POST":
            body = await _whole(_no_more_than(MOST_BODY, receive))
            call, names_a_file = read(body)
            receive = _again(body, receive)
        session = session_of(path, scope["query_string"], call)
        if names_a_file:
            await self._refuse(send, 422, "file", "A text is expected here, and not a file.")
        elif session and not names_a_session(session):
            await self._refuse(send, 422, "session", "A session has a name of at most 64 letters, digits, - and _.")
        elif session and not self._sessions.belongs(session, caller):
            await self._refuse(send, 403, "session", "This conversation is another visitor's.")
        elif not _costs(scope) and _brings_conversation(call) and (seconds := self._rate.wait(client)):
            await self._too_often(send, seconds)
        else:
            await self._app(scope, receive, send)

    async def _too_often(self, send: Send, seconds: int) -> None:
        # Whoever is told this on the page reads one of two languages, and nothing here knows which.
        said = f"Over {seconds} s kunt u weer vragen. You can ask again in {seconds} s."
        await self._refuse(send, 429, "rate", said, {"retry-after": str(seconds)})

    def _knows(self, authorization: bytes) -> bool:
        assert self._key is not None
        scheme, _, given = authorization.partition(b" ")
        try:
            user, _, password = base64.b64decode(given, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        right: bool = hmac.compare_digest(_digest(user, password), self._key)
        return right and scheme.lower() == b"basic"

    async def _refuse(
        self, send: Send, status: int, reason: str, said: str, headers: dict[str, str] | None = None
    ) -> None:
        self._observer.refused(reason)
        await answer_json(send, status, said, headers or {})


async def answer_json(send: Send, status: int, said: str, headers: dict[str, str]) -> None:
    """Answer a request with a status and one line on it, as the rest of the server words its errors."""
    body = json.dumps({"detail": f"{HTTPStatus(status).phrase}: {said}"}).encode()
    pairs = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    raw = [(name.encode("ascii"), value.encode("ascii")) for name, value in pairs.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


class Rate:
    """How often each visitor may ask: a bucket that holds a minute's questions and is refilled evenly."""

    _MOST_VISITORS = 10_000  # remembered; whoever was forgotten begins with a full bucket

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`a_minute` questions, 0 for no limit; `clock` tells seconds."""
        self._a_minute = a_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, visitor: str) -> int:
        """Take one question out of a visitor's bucket: 0, or in how many seconds there is one again."""
        if not self._a_minute:
            return 0
        now = self._clock()
        left, then = self._buckets.pop(visitor, (float(self._a_minute), now))
        left = min(self._a_minute, left + (now - then) * self._a_minute / 60)
        allowed = left >= 1
        self._buckets[visitor] = (left - allowed, now)
        if len(self._buckets) > self._MOST_VISITORS:
            self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) * 60 / self._a_minute)


def _digest(user: str, password: str) -> bytes:
    """Both as one digest of fixed length: comparing it tells nothing about either."""
    return hashlib.sha256(user.encode("utf-8", "replace") + b"\0" + password.encode("utf-8", "replace")).digest()


def _visitor(scope: Message) -> str:
    """Whom the server sees: an address, of version 6 the network, which belongs to one house."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def _costs(scope: Message) -> bool:
    """Whether a request may ask a question, by where it goes."""
    return bool(_ASKS.match(scope["path"]))


def _brings_conversation(call: Any) -> bool:  # noqa: ANN401 - whatever a visitor sends
    """Whether a button of the page sends the conversation along: where that is forgotten, it is asked again."""
    sent = call.get("data") if isinstance(call, dict) else None
    return isinstance(sent, list) and any(isinstance(one, list) and one for one in sent)


def _no_more_than(most: int, receive: Receive) -> Receive:
    """A body whose length was not announced ends where it is too long: it is then no JSON, and refused as such."""
    taken = 0

    async def some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            return {"type": "http.request", "body": b"", "more_body": False}
        return message

    return some


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, and then whatever comes: that the visitor has gone."""
    waiting = [body]

    async def some() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return some


async def _with_first_script(app: Application, scope: Message, receive: Receive, send: Send, cookie: bytes) -> None:
    """Put the script that settles the language first in the page, then what others show of it; a cookie, if given."""
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
        ours = f"<head>{FIRST_SCRIPT}{PREVIEW}".encode()
        page = _PREVIEWS.sub(b"", bytes(body)).replace(b"<head>", ours, 1)
        kept = [pair for pair in begun[0]["headers"] if pair[0].lower() != b"content-length"]
        kept.append((b"content-length", str(len(page)).encode()))
        if cookie:
            kept.append((b"set-cookie", cookie))
        await send({**begun[0], "headers": kept})
        await send({"type": "http.response.body", "body": page})

    await app(plain, receive, collect)
