"""How the server is run, by the environment: each setting with its default and the reason for it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Log = Literal["off", "requests", "questions"]
_LOGS: Mapping[str, Log] = {"off": "off", "requests": "requests", "questions": "questions"}


class SettingsError(Exception):
    """A setting cannot be used; the message names it and says what it may be."""


@dataclass(frozen=True)  # no slots: the defaults are read from the class
class Settings:
    """What the environment says of the server; `README.md` has the table."""

    host: str = "127.0.0.1"
    """Address that is listened on: this machine only, unless somebody says otherwise."""
    port: int = 7860
    root_path: str = ""
    """Where a reverse proxy puts the page, "/brief"; the proxy takes it off again."""
    user: str = ""
    """With `password`: who may come in. Empty: everybody."""
    password: str = field(default="", repr=False)
    rate: int = 120
    """Questions a minute from one visitor, 0: no limit. A person asks ten, an office behind one address a hundred."""
    at_once: int = 2
    """Questions answered at the same time: the model takes one at a time, the other one is searched meanwhile."""
    waiting: int = 64
    """Questions that wait for their turn: at some 30 in a second nobody waits longer than a few seconds."""
    conversations: int = 200
    """Conversations that the server keeps, at some 0.15 MB each; one that it forgot is asked anew when it goes on."""
    proxies: str = "127.0.0.1"
    """Addresses whose word is taken on whom they ask for (X-Forwarded-For), separated by commas."""
    log: Log = "off"
    """What is written to standard error: nothing, each request and answer with timings, or the questions as well."""
    stop_seconds: int = 5
    """How long answers that are under way may take when the server is stopped; a page that is open waits as long."""

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment. Raises `SettingsError`."""

        def said(name: str) -> str:
            return environment.get(name, "").strip()

        root = said("BRIEFWIJZER_ROOT_PATH").strip("/")
        log = said("BRIEFWIJZER_LOG") or cls.log
        if log not in _LOGS:
            raise SettingsError(f"BRIEFWIJZER_LOG={log!r} is none of {', '.join(_LOGS)}")
        if bool(said("BRIEFWIJZER_USER")) != bool(said("BRIEFWIJZER_PASSWORD")):
            raise SettingsError("BRIEFWIJZER_USER and BRIEFWIJZER_PASSWORD go together: one of them is not set")
        return cls(
            host=said("BRIEFWIJZER_HOST") or cls.host,
            port=_number("BRIEFWIJZER_PORT", said, cls.port, 1, 65_535),
            root_path=f"/{root}" if root else "",
            user=said("BRIEFWIJZER_USER"),
            password=said("BRIEFWIJZER_PASSWORD"),
            rate=_number("BRIEFWIJZER_RATE", said, cls.rate, 0, 1_000_000),
            at_once=_number("BRIEFWIJZER_AT_ONCE", said, cls.at_once, 1, 64),
            waiting=_number("BRIEFWIJZER_WAITING", said, cls.waiting, 1, 10_000),
            conversations=_number("BRIEFWIJZER_CONVERSATIONS", said, cls.conversations, 1, 10_000),
            proxies=said("BRIEFWIJZER_PROXIES") or cls.proxies,
            log=_LOGS[log],
            stop_seconds=_number("BRIEFWIJZER_STOP_SECONDS", said, cls.stop_seconds, 1, 3_600),
        )


def _number(name: str, said: Callable[[str], str], default: int, least: int, most: int) -> int:
    text = said(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise SettingsError(f"{name}={text!r} is no number from {least} to {most}")
    return int(text)
