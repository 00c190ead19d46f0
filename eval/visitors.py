"""Who asks a server that runs: a program over HTTP, and a visitor of its page, as both do it."""

import html
import http.client
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

PATIENCE = 30.0
"""Seconds after which an answer counts as never come."""


class Http:
    """A program that asks the HTTP interface, over one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(self, asked: Sequence[str]) -> tuple[str, str]:
        """The question that was answered, as the answer has it, and the answer's text."""
        given = _posted(self._connection, "/api/ask", {"question": asked[-1], "history": asked[:-1]})
        return given["question"], " ".join([given["answer"], *(each["quote"] for each in given["citations"])])

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Page:
    """A visitor of the page: what its box sends when Enter is pressed, and what comes back."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._stream = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._pulse = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._session = ""
        self._messages: list[Any] = []
        self._connection.request("GET", "/config")
        config = json.loads(self._connection.getresponse().read())
        (self._box,) = [one["id"] for one in config["components"] if one["props"].get("elem_id") == "box"]
        self._event = next(one["id"] for one in config["dependencies"] if [self._box, "submit"] in one["targets"])

    def ask(self, asked: Sequence[str]) -> tuple[str, str]:
        """The question that the last answer on the page stands under, and the answer's text."""
        if len(asked) == 1:
            # A new visitor; the old one's conversation must not come back. While a page is open it keeps a quiet
            # connection: when that ends the server forgets the conversation.
            self._session, self._messages = uuid.uuid4().hex[:12], []
            self._pulse.close()
            self._pulse.request("GET", f"/gradio_api/heartbeat/{self._session}")
        data = {"data": [asked[-1], self._messages, None, "nl"], "fn_index": self._event, "trigger_id": self._box}
        _posted(self._connection, "/gradio_api/queue/join", {**data, "session_hash": self._session})
        self._messages = self._written()
        *_, question, answer = self._messages
        if len(self._messages) != 2 * len(asked):
            raise Mixed(f"{len(self._messages)} messages after {len(asked)} questions")
        return _text(question), _text(answer)

    def close(self) -> None:
        """Hang up."""
        for connection in (self._connection, self._stream, self._pulse):
            connection.close()

    def _written(self) -> list[Any]:
        self._stream.close()
        self._stream.request("GET", f"/gradio_api/queue/data?session_hash={self._session}")
        reply = self._stream.getresponse()
        shown: list[Any] = []
        for line in reply:
            if not line.startswith(b"data: "):
                continue
            event = json.loads(line[6:])
            if event["msg"] == "process_completed":
                if not event["success"]:
                    raise Failed(str(event["output"]))
                shown = event["output"]["data"][1] or shown
            if event["msg"] in ("close_stream", "unexpected_error", "queue_full"):
                break
        reply.read()
        return shown


class Failed(Exception):
    """A question that the server did not answer."""


class Mixed(Exception):
    """An answer that belongs to something else."""


INTERFACES: dict[str, Callable[[int], Http | Page]] = {"HTTP": Http, "page": Page}
"""How each is made, from the port of the server."""


def _posted(connection: http.client.HTTPConnection, path: str, body: object) -> dict[str, Any]:
    connection.close()  # a server hangs up on who reads for long: each question calls anew, as a browser would
    connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    reply = connection.getresponse()
    text = reply.read()
    if reply.status != 200:
        raise Failed(f"{reply.status} {text[:200]!r}")
    given: dict[str, Any] = json.loads(text)
    return given


def _text(message: dict[str, Any]) -> str:
    """The text of a message of the page, without its HTML."""
    pieces = message["content"] if isinstance(message["content"], list) else [{"text": message["content"]}]
    text = "".join(piece.get("text", "") for piece in pieces)
    without = "".join(part.partition(">")[2] for part in ("x>" + text).split("<"))
    return html.unescape(without)
