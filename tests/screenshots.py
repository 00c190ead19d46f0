"""Pictures of the page, to be looked at: `make screenshots`, or `python -m tests.screenshots FOLDER`.

Desktop, dark, English and phone, each empty and in conversation; the letter with a passage lit; the evaluation.
"""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tqdm import tqdm

from tests.browser import CHROMIUM, CHROMIUM_FLAGS, ask, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

_QUESTIONS = ("Wie is verkozen tot parlementsvoorzitter?", "What does the extension cost?", "What is an apple pie?")


def conversation(page: "Page") -> None:
    """Three questions: one answer over a page break, one in English, one refusal; then a passage lit."""
    for question in _QUESTIONS:
        ask(page, question)
    page.locator("#chat a.cite").first.click()


def evaluation(page: "Page") -> None:
    """The tab with the report."""
    page.get_by_role("tab").nth(1).click()


def aids(page: "Page") -> None:
    """The reading aids, unfolded."""
    page.evaluate("document.querySelectorAll('#aids details').forEach(one => { one.open = true; })")
    page.locator("#aids").scroll_into_view_if_needed()


_STEPS: tuple[tuple[str, Callable[["Page"], None]], ...] = (
    ("empty", lambda page: None),
    ("conversation", conversation),
    ("aids", aids),
    ("evaluation", evaluation),
)
_SCREENS: tuple[tuple[str, int, int, str, Literal["light", "dark"]], ...] = (
    ("desktop", 1440, 900, "nl-NL", "light"),
    ("dark", 1440, 900, "en-US", "dark"),
    ("phone", 390, 844, "nl-NL", "light"),
)


def main(folder: Path) -> None:
    """Serve the page, and take every picture."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{(port := free_port())}"
    with (
        subprocess.Popen([sys.executable, "-m", "app", "--port", str(port)]) as server,
        sync_playwright() as playwright,
    ):
        try:
            _wait(f"{address}/readyz")
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
            for name, width, height, locale, scheme in tqdm(_SCREENS, desc="screens", disable=None):
                page = chromium.new_page(
                    viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme
                )
                page.goto(address)
                page.wait_for_selector("#box textarea")
                for step, act in _STEPS:
                    act(page)
                    page.wait_for_timeout(1_500)  # for what scrolls and loads
                    page.screenshot(path=folder / f"{name}-{step}.png")
                page.close()
        finally:
            server.terminate()


def _wait(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
