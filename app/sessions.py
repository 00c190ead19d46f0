"""What the page's library is asked through its own doors: by whom, and whether it is only text.

The library keeps a conversation under a name that the browser makes up, and gives it to whoever says that name. Here a
name belongs to the visitor who used it first, told by a cookie that no script can read and that says nothing else.
"""

import json
import re
import secrets
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qs

COOKIE = "briefwijzer"
_NAME = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)
_HEARTBEAT = "/gradio_api/heartbeat/"


class Sessions:
    """Who a session belongs to: the visitor, by cookie, who used it first. Without cookies all are one visitor."""

    _MOST = 10_000  # remembered; as many as the library keeps

    def __init__(self) -> None:
        self._visitors: OrderedDict[str, str] = OrderedDict()

    def belongs(self, session: str, visitor: str) -> bool:
        """Whether a session is this visitor's; one that nobody used is, from now on."""
        owner = self._visitors.setdefault(session, visitor)
        self._visitors.move_to_end(session)
        if len(self._visitors) > self._MOST:
            self._visitors.popitem(last=False)
        return owner == visitor


def visitor(cookies: bytes) -> str:
    """The visitor whom a request's cookies name; empty when they name none."""
    # By name alone: what another program on the same host keeps in its cookies may be no cookie to a strict reader.
    pairs = (pair.strip().partition("=") for pair in cookies.decode("latin-1").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE and _NAME.fullmatch(value)), "")


def new_cookie(path: str, *, secure: bool) -> bytes:
    """A cookie for a visitor who has none, for the time that the browser is open."""
    kept = f"{COOKIE}={secrets.token_urlsafe(16)}; Path={path or '/'}; HttpOnly; SameSite=Lax"
    return (kept + ("; Secure" if secure else "")).encode("ascii")


def session_of(path: str, query: bytes, body: Any) -> str:  # noqa: ANN401 - whatever a visitor sends
    """The session that a request to the library names, wherever it does; empty when it names none."""
    if path.startswith(_HEARTBEAT):
        return path.removeprefix(_HEARTBEAT)
    named = body.get("session_hash") if isinstance(body, dict) else None
    asked = parse_qs(query.decode("latin-1")).get("session_hash", [""])
    return str(named or asked[0])


def names_a_session(session: str) -> bool:
    """Whether a name is like those that browsers make up; a longer one would only fill the memory."""
    return _SESSION.fullmatch(session) is not None


def read(body: bytes) -> tuple[Any, bool]:
    """A call of the library as JSON, and whether it hands over a file in place of a text.

    The library would copy, or fetch, whatever file is named. What is no JSON is None: the library refuses it itself.
    """
    found = False

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        found = found or any(name == "path" for name, _ in pairs)
        return dict(pairs)

    try:
        return json.loads(body, object_pairs_hook=look), found
    except (ValueError, RecursionError):
        return None, False
