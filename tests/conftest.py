"""What the tests share: the real letter, the real model, one real index, one real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpus.letter import Letter, load_letter
from tests.browser import CHROMIUM, CHROMIUM_FLAGS, Served, free_port, get, wait_for, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from index.assistant import Assistant
    from index.embedding import Embedder
    from index.store import Store

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def letter() -> Letter:
    return load_letter()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    from index.embedding import load_embedder

    return load_embedder()


@pytest.fixture(scope="session")
def store(letter: Letter, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Store:
    from index.store import open_store

    return open_store(letter, embedder, tmp_path_factory.mktemp("store") / "index")


@pytest.fixture(scope="session")
def assistant(letter: Letter, embedder: Embedder, store: Store) -> Assistant:
    from index.assistant import Assistant

    return Assistant(letter, embedder, store)


@pytest.fixture
def folder(letter: Letter, tmp_path: Path) -> Path:
    """A copy of the letter folder, to be spoilt."""
    import shutil

    from corpus.letter import DEFAULT

    return Path(shutil.copytree(DEFAULT, tmp_path / letter.name))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page, served to all tests that look at it."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    kept = tmp_path_factory.mktemp("feedback") / "feedback.sqlite3"
    files = tmp_path_factory.mktemp("gradio")
    command = [sys.executable, "-m", "app", "--port", str(port)]
    environment = {
        **os.environ,
        "BRIEFWIJZER_FEEDBACK": str(kept),
        "BRIEFWIJZER_RATE": "0",  # all tests are one visitor, who asks faster than anybody
        "BRIEFWIJZER_CONVERSATIONS": "2",  # so that conversations are forgotten
        "GRADIO_TEMP_DIR": str(files),
    }
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            wait_for(f"{address}/", 200, process)
            ready = json.loads(get(f"{address}/readyz")[1])["ready"]
            wait_for(f"{address}/readyz", 200, process)
            yield Served(address, ready, kept, files)
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for each file: while Playwright runs, no other test can start an event loop of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(served: Served, browser: Browser) -> Iterator[Page]:
    """A fresh visitor; whatever goes wrong in the browser, or leaves the machine, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="nl-NL")
    opened = context.new_page()
    problems = watch(opened, served.address)
    opened.goto(served.address)
    opened.wait_for_selector("#box textarea")
    yield opened
    context.close()
    assert problems == []
