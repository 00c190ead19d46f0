"""One real server and a real browser, for every file of tests that looks at the page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

CHROMIUM = shutil.which("chromium")
CHROMIUM_FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
# Missing in CI it is an error, not a reason to skip.
browser_test = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="needs Debian's chromium")


@dataclass(frozen=True, slots=True)
class Served:
    address: str
    ready_when_shown: bool
    feedback: Path
    files: Path
    """Where the interface library would put what a visitor makes it keep."""


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode("utf-8")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8")


def wait_for(url: str, status: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server stopped"
        try:
            if get(url)[0] == status:
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.05)
    pytest.fail(f"{url} did not answer {status}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def watch(page: Page, *addresses: str) -> list[str]:
    """Whatever goes wrong on a page, opens, or leaves these addresses, from now on."""
    problems: list[str] = []

    def left(url: str) -> None:
        if not url.startswith((*addresses, "data:", "blob:")):
            problems.append(f"request to {url}")

    def asked(kind: str, said: str) -> None:
        problems.append(f"{kind}: {said}")

    def answered(dialog: Dialog) -> None:
        asked(dialog.type, dialog.message)
        dialog.dismiss()

    def complained(said: str) -> None:
        # A page that is left while it still listens: the library complains of its own hanging up.
        if not said.startswith(("AbortError: signal is aborted", "Unexpected error Connection errored out")):
            problems.append(said)

    page.on("console", lambda message: complained(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complained(str(error)))
    page.on("request", lambda request: left(request.url))
    page.on("dialog", answered)
    page.on("popup", lambda opened: asked("popup", opened.url))
    return problems


def ask(page: Page, question: str) -> str:
    """Ask, wait until the answer is whole, and return what it says."""
    before = page.locator("#chat .why").count()
    page.fill("#box textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('#chat .why').length > {before}")
    page.wait_for_selector("#box .submit-button")  # in place of the button that stops
    return page.locator("#chat .bot").last.inner_text()
