"""The page in a real browser, served by a real server; and its rendering, without one."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import render
from corpus.letter import Letter
from index.wording import EXAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from index.assistant import Assistant

CHROMIUM = shutil.which("chromium")
# Missing in CI it is an error, not a reason to skip.
browser_test = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="needs Debian's chromium")


# Rendering


def test_every_unit_of_the_letter_is_shown_once_under_its_id(letter: Letter) -> None:
    shown = render.letter(letter)
    assert sorted(re.findall(r'<span id="([^"]+)"', shown)) == sorted(letter.by_id)
    assert [int(page) for page in re.findall(r'class="page"[^>]*>(\d+)<', shown)] == [2, 3, 4, 5, 6]
    assert "<p></p>" not in shown
    assert all(f">{heading.text.replace('&', '&amp;')}</h" in shown for heading in letter.headings)


def test_footnotes_stand_at_the_foot_of_their_page(letter: Letter) -> None:
    shown = render.letter(letter)
    places = [shown.index('id="n1"'), shown.index('aria-label="page 2"'), shown.index('id="n2"')]
    assert places == sorted(places)


@given(st.text())
def test_untrusted_text_is_neither_markup_nor_a_link(text: str) -> None:
    inert = render.safe(text)
    assert "<" not in inert
    assert "\n" not in inert
    assert not re.search(r"(?<!\\)[*_`\[\]!|#~]", inert)
    assert "://" not in inert
    assert not re.match(r"\d+[.)]", inert)


def test_a_streamed_message_grows_and_ends_as_the_whole(assistant: Assistant) -> None:
    whole = render.message(assistant.ask("Who takes over command of the mission, and when?"))
    pieces = list(render.streamed(whole))
    assert pieces[-1] == whole
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(pieces))
    assert len(pieces) > 10


def test_english_is_marked_as_a_working_translation(assistant: Assistant) -> None:
    question = "What does the extension cost?"
    for text in (render.message(assistant.ask(question)), render.plain(assistant.ask(question))):
        assert "working translation, not official" in text
        assert "18,3 miljoen euro" in text


# In the browser


@dataclass(frozen=True, slots=True)
class Served:
    address: str
    ready_when_shown: bool


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
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.05)
    pytest.fail(f"{url} did not answer {status}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    address = f"http://127.0.0.1:{(port := free_port())}"
    with subprocess.Popen([sys.executable, "-m", "app", "--port", str(port)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"{address}/", 200, process)
            ready = json.loads(get(f"{address}/healthz")[1])["ready"]
            wait_for(f"{address}/healthz", 200, process)
            yield Served(address, ready)
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    arguments = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
        --disable-component-update --disable-sync""".split()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(served: Served, browser: Browser) -> Iterator[Page]:
    """A fresh visitor; whatever goes wrong in the browser, or leaves the machine, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="nl-NL")
    opened = context.new_page()
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "request",
        lambda request: (
            problems.append(f"request to {request.url}")
            if not request.url.startswith((served.address, "data:", "blob:"))
            else None
        ),
    )
    opened.goto(served.address)
    opened.wait_for_selector("#box textarea")
    yield opened
    context.close()
    assert problems == []


def ask(page: Page, question: str) -> str:
    """Ask, wait until the answer is whole, and return what it says."""
    before = page.locator("#chat details").count()
    page.fill("#box textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('#chat details').length > {before}")
    # Offered once the answer is no longer being written, in the language of the visitor.
    page.get_by_role("button", name=re.compile("Opnieuw proberen|Retry")).wait_for()
    return page.locator("#chat .bot").last.inner_text()


@browser_test
def test_the_page_is_there_before_the_model_is(served: Served) -> None:
    assert not served.ready_when_shown


@browser_test
def test_a_citation_scrolls_the_letter_to_its_passage_and_lights_it(page: Page) -> None:
    said = ask(page, "Wat kost de verlenging?")
    assert "18,3 miljoen euro" in said
    assert "p. 6 · Financiën" in said
    passage = page.locator('#letter [id="s126"]')
    unlit = passage.evaluate("e => getComputedStyle(e).backgroundColor")
    page.locator('#chat a[href="#s126"]').first.click()
    page.wait_for_function("document.activeElement.id === 's126'")
    assert passage.evaluate("e => getComputedStyle(e).backgroundColor") != unlit
    page.wait_for_function(
        """() => { const pane = document.querySelector('#letter').getBoundingClientRect();
                   const box = document.querySelector('#letter [id="s126"]').getBoundingClientRect();
                   return box.top >= pane.top && box.bottom <= pane.bottom; }"""
    )
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#s126"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 's126'")


@browser_test
def test_a_follow_up_and_an_english_question_in_one_conversation(page: Page) -> None:
    ask(page, "Tot wanneer loopt het mandaat van UNAMI?")
    assert "UNITAD" in ask(page, "En dat van UNITAD?")
    said = ask(page, "What does the extension cost?")
    assert "18.3 million euros" in said
    assert "working translation, not official" in said


@browser_test
def test_what_the_letter_does_not_say_is_said_with_passages_that_come_near(page: Page) -> None:
    said = ask(page, "What is the best recipe for apple pie?")
    assert "The letter does not say." in said
    assert page.locator('#chat .bot blockquote a[href^="#"]').count() == 3


@browser_test
def test_an_example_is_asked_by_clicking_it(page: Page) -> None:
    page.get_by_text(EXAMPLES["nl"][0]).click()
    page.wait_for_selector("#chat details")
    assert EXAMPLES["nl"][0] in page.locator("#chat .user").last.inner_text()


@browser_test
def test_an_answer_can_be_asked_again_within_its_conversation(page: Page) -> None:
    ask(page, "Tot wanneer loopt het mandaat van UNAMI?")
    ask(page, "En dat van UNITAD?")
    page.locator("#chat details").last.evaluate("e => e.setAttribute('old', '')")
    page.get_by_role("button", name="Opnieuw proberen").last.click()
    page.wait_for_function("!document.querySelector('#chat details[old]')")
    page.wait_for_function("document.querySelectorAll('#chat details').length === 2")
    assert page.locator("#chat .user").count() == 2
    assert "UNITAD" in page.locator("#chat .bot").last.inner_text()


@browser_test
def test_the_evaluation_is_a_tab_whose_questions_can_be_filtered(page: Page) -> None:
    page.get_by_role("tab", name="Hoe goed klopt het?").click()
    frame = page.frame_locator("#report")
    frame.locator("h1", has_text="how right it is").wait_for()
    rows = frame.locator("details.q:not([hidden])")
    whole = rows.count()
    frame.locator("select[name=language]").select_option("nl")
    assert 0 < rows.count() == whole // 2
    frame.locator("input[name=words]").fill("een woord dat nergens staat")
    assert rows.count() == 0
    assert frame.locator("#count").inner_text() == "0 questions"


@browser_test
def test_a_cleared_conversation_is_forgotten(page: Page) -> None:
    ask(page, "Tot wanneer loopt het mandaat van UNAMI?")
    page.get_by_role("button", name="Gesprek wissen").click()
    page.wait_for_function("document.querySelectorAll('#chat .user').length === 0")
    ask(page, "En dat van UNITAD?")
    page.locator("#chat summary").last.click()
    assert "understood as: En dat van UNITAD?" in page.locator("#chat details").last.inner_text()


@browser_test
def test_markup_in_a_question_stays_text(page: Page) -> None:
    hostile = (
        '<img src=x onerror=window.hit=1> <svg><a href="javascript:window.hit=1">kosten</a></svg> '
        "![x](https://example.org/x.png) [klik](javascript:window.hit=1) www.example.org **vet** $x$"
    )
    ask(page, hostile)
    user = page.locator("#chat .user").last
    assert user.locator("img, svg a, strong, .katex").count() == 0
    assert user.locator("a").count() == 0
    assert "<img src=x onerror=window.hit=1>" in user.inner_text()
    assert page.evaluate("window.hit") is None


@browser_test
@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_nothing_needs_sideways_scrolling(served: Served, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 780}, locale="en-US")
    phone = context.new_page()
    phone.goto(served.address)
    phone.wait_for_selector("#box textarea")
    ask(phone, "Who signed the letter?")
    assert phone.evaluate("document.documentElement.scrollWidth") <= width
    phone.locator('#chat a[href="#g2"]').first.click()
    phone.wait_for_function("document.activeElement.id === 'g2'")
    context.close()


# The server


def test_a_port_in_use_is_said_in_one_line_with_exit_code_3() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "app", "--port", str(port)], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 3
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_cannot_load_its_model_stops_and_says_why() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "BRIEFWIJZER_MODEL": "/no/such/model"},
    )
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("briefwijzer: BRIEFWIJZER_MODEL='/no/such/model'")
    assert "Traceback" not in done.stderr
