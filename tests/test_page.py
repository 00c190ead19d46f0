"""The page in a real browser, served by a real server."""

from __future__ import annotations

import itertools
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from app import feedback
from corpus.letter import Letter
from index.wording import EXAMPLES
from tests.browser import Served, ask, browser_test, free_port, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

# In the browser


@browser_test
def test_the_page_is_there_before_the_model_is(served: Served) -> None:
    assert not served.ready_when_shown


LIT = "[...CSS.highlights.get('{}')].map(range => range.toString()).join('|')"


def lit(page: Page, name: str = "lit") -> str:
    """The characters of the letter that are lit, white space as one reads it; "|" between runs."""
    return " ".join(str(page.evaluate(LIT.format(name))).split())


def in_view(page: Page, unit: str) -> None:
    page.wait_for_function(
        """unit => { const pane = document.querySelector('#letter').getBoundingClientRect();
                     const box = document.querySelector(`#letter [id="${unit}"]`).getBoundingClientRect();
                     return box.top >= pane.top - 1 && box.bottom <= pane.bottom + 1; }""",
        arg=unit,
    )


@browser_test
def test_a_citation_scrolls_the_letter_to_its_passage_and_lights_exactly_that(page: Page) -> None:
    said = ask(page, "Wat kost de verlenging?")
    assert "18,3 miljoen euro" in said
    assert "p. 6 · Financiën" in said
    assert page.locator("#chat .text a.cite").inner_text() == "1 p. 6"
    page.locator("#chat a.cite").first.click()
    page.wait_for_function("document.activeElement.id === 's126'")
    assert lit(page) == "De additionele uitgaven van deze verlenging worden geraamd op 18,3 miljoen euro."
    in_view(page, "s126")
    assert page.evaluate("scrollY") == 0  # the letter alone scrolls
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "cite"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 's126'")


@browser_test
def test_a_passage_is_lit_across_a_page_break_and_stays_marked(page: Page, letter: Letter) -> None:
    ask(page, "Wie is verkozen tot parlementsvoorzitter?")
    page.locator("#chat a.cite").first.click()
    spans = letter.by_id["s014"].spans
    wanted = "|".join(" ".join(letter.text[start:end].split()) for start, end in spans)
    assert lit(page).replace(" |", "|") == wanted
    page.wait_for_function(f"({LIT.format('cited')}) !== ''")  # a moment after the last word of the message
    assert lit(page, "cited").replace(" |", "|") == wanted
    ask(page, "Wat kost de verlenging?")
    page.wait_for_function(f"({LIT.format('cited')}).startsWith('De additionele')")
    # What was lit for the question before says nothing of this one: the letter turns to what is cited now.
    assert lit(page) == ""
    assert page.locator("#letter .unit.lit, #letter [aria-current]").count() == 0
    assert page.evaluate("location.hash") == ""
    in_view(page, "s126")
    assert page.evaluate("[scrollY, document.activeElement.tagName]") == [0, "TEXTAREA"]
    # The marker of an earlier message works as well as that of the last one.
    page.locator("#chat .answer").first.locator("a.cite").first.click()
    page.wait_for_function(f"({LIT.format('lit')}).startsWith('Na meer dan')")


@browser_test
def test_a_passage_says_which_answers_cited_it(page: Page) -> None:
    ask(page, "Wat kost de verlenging?")
    ask(page, "Wie heeft de rode kaart?")
    page.locator('#letter .touched[id="s126"]').click(position={"x": 60, "y": 8})
    page.get_by_role("group", name="Antwoorden die dit citeren").get_by_role("button").click()
    assert page.evaluate("document.activeElement.className") == "cite"
    assert page.evaluate("document.activeElement.closest('.answer').textContent.includes('18,3 miljoen')")
    page.locator('#letter [id="s126"]').focus()
    page.keyboard.press("Enter")
    page.get_by_role("group", name="Antwoorden die dit citeren").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#citing").count() == 0


@browser_test
def test_the_strip_shows_where_the_answer_stands_and_what_was_touched(page: Page) -> None:
    ask(page, "Wie is verkozen tot parlementsvoorzitter?")
    ask(page, "Wat kost de verlenging?")
    page.wait_for_selector("#strip li:nth-child(6).now")
    assert page.locator("#strip li.now").count() == 1
    assert page.locator("#strip .now[data-unit='s126']").count() == 1
    assert page.locator("#strip .touched[data-unit='s014']").count() == 1
    assert page.locator("#strip .touched").count() < 6
    colour = "e => getComputedStyle(e).backgroundColor"  # the legend has those of the bars
    for bar, named in ((".now[data-unit]", ".last"), (".touched:not(.now)", ".earlier")):
        colours = [page.locator(f"#strip {one}").first.evaluate(colour) for one in (bar, named)]
        assert colours[0] == colours[1]
    page.locator("#strip a").nth(2).click()
    in_view(page, "page-3")


@browser_test
def test_a_quotation_is_copied_as_text_footnote_markdown_and_link(served: Served, browser: Browser) -> None:
    context = browser.new_context(locale="nl-NL", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(served.address)
    page.wait_for_selector("#box textarea")
    ask(page, "Wat kost de verlenging?")
    copied = []
    for button in page.locator("#chat button.copy").all()[:4]:
        button.click()
        page.wait_for_selector("#chat button.copy.done")
        page.wait_for_selector("#chat button.copy.done", state="detached")
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    text, footnote, markdown, link = copied
    quote = "De additionele uitgaven van deze verlenging worden geraamd op 18,3 miljoen euro."
    assert text.startswith(f"“{quote}” (Aanvullende artikel 100-brief")
    assert footnote.endswith(f"p. 6 (Financiën): «{quote}»")
    assert f"]({served.address}/#p=" in markdown
    assert link.startswith(f"{served.address}/#p=")

    # The link shows and lights its passage, and says whether the text is what it was.
    other = context.new_page()
    other.goto(link)
    other.get_by_role("status").filter(has_text="De passage van deze link is ongewijzigd.").wait_for()
    assert lit(other) == quote
    in_view(other, "s126")
    changed = context.new_page()
    changed.goto(re.sub("h=[0-9a-f]+", "h=000000000000", link))
    told = changed.get_by_role("alert").filter(has_text="Let op: de tekst op deze plaats is niet meer die van de link.")
    told.wait_for()
    changed.keyboard.press("Escape")
    assert told.is_visible()  # bad news stays until it is closed
    told.get_by_role("button", name="Sluiten").click()
    assert not told.is_visible()
    other.keyboard.press("Escape")
    assert not other.locator("#notice").is_visible()
    nowhere = context.new_page()
    nowhere.goto(f"{served.address}/#p=99999-100000&h=000000000000")
    nowhere.get_by_text("Dat wijst naar geen passage van deze brief.").wait_for()
    context.close()


@browser_test
def test_a_selected_passage_is_asked_about_and_copied(page: Page) -> None:
    page.fill("#box textarea", "Wie is")
    page.evaluate(
        """() => { const text = document.querySelector('#letter [id="s126"] [data-at]').firstChild;
                   const range = new Range(); range.setStart(text, 5); range.setEnd(text, 57);
                   getSelection().removeAllRanges(); getSelection().addRange(range); }"""
    )
    page.get_by_role("button", name="Wat zegt de brief hier nog meer over?").click()
    page.wait_for_selector("#chat .why")
    page.wait_for_selector("#box .submit-button")
    # Half words are completed.
    assert "“additionele uitgaven van deze verlenging worden geraamd”" in page.locator("#chat .question").inner_text()
    page.wait_for_function("document.querySelector('#box textarea').value === 'Wie is'")  # the draft is back
    assert lit(page) == ""
    answer = page.locator("#chat .answer")
    assert "Budget Internationale Veiligheid" in answer.inner_text()
    assert "De additionele uitgaven" not in answer.inner_text()


@browser_test
def test_what_is_offered_for_a_selection_waits_for_the_mouse_and_stays_in_the_window(page: Page) -> None:
    pane = page.locator("#letter").bounding_box()
    assert pane
    page.mouse.move(pane["x"] + 120, pane["y"] + 60)
    page.mouse.down()
    page.mouse.move(pane["x"] + 200, pane["y"] + pane["height"] - 10, steps=4)
    page.wait_for_timeout(400)
    assert page.locator("#selected").count() == 0
    page.mouse.up()
    page.wait_for_selector("#selected")
    assert page.locator("#selected").evaluate("e => e.getBoundingClientRect().bottom <= innerHeight")


@browser_test
def test_where_nothing_is_kept_nothing_is_offered_back(page: Page) -> None:
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error(); }; }")
    ask(page, "Wat kost de verlenging?")
    page.wait_for_selector("#chat .card")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Gesprek wissen").click()
    page.get_by_role("status").filter(has_text="Het gesprek is gewist.").wait_for()
    assert page.get_by_role("button", name="Haal het terug").count() == 0
    page.get_by_role("button", name="Sluiten").click()
    page.wait_for_selector("#box textarea:focus")


@browser_test
def test_signatories_that_stand_side_by_side_are_quoted_in_the_order_of_the_letter(page: Page) -> None:
    page.evaluate(
        """() => { const [first, second] = document.querySelectorAll('#letter .signatory');
                   const range = new Range(); range.setStartBefore(first); range.setEndAfter(second);
                   getSelection().removeAllRanges(); getSelection().addRange(range); }"""
    )
    with page.expect_response("**/passage?**") as given:
        page.get_by_role("button", name="Kopieer citaat").click()
    quote = given.value.json()["quote"]
    assert quote.index("minister van Defensie") < quote.index("Caspar Veldkamp") < quote.index("Ruben Brekelmans")


@browser_test
def test_a_conversation_is_saved_as_markdown_and_as_a_fact_sheet(page: Page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Feitenblad").click()
    page.get_by_text("Er is nog geen gesprek om te bewaren.").wait_for()
    ask(page, "Wat kost de verlenging?")
    ask(page, "Wat is de hoofdstad van Mongolië?")
    for name, ending in (("Gesprek als Markdown", "md"), ("Feitenblad", "html")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename == f"briefwijzer.{ending}"
        download.value.save_as(tmp_path / ending)
        made = (tmp_path / ending).read_text(encoding="utf-8")
        assert made.index("18,3 miljoen euro") < made.index("Open vragen") < made.index("Mongolië")
        assert f"{page.url.partition('#')[0]}#p=" in made
    for button, beginning in (("CSV", "\ufeffsort,who"), (".ics", "BEGIN:VCALENDAR")):
        page.evaluate("document.querySelectorAll('#aids details').forEach(one => one.open = true)")
        with page.expect_download() as download:
            page.locator("#aids button.save", has_text=button).click()
        download.value.save_as(tmp_path / "aid")
        assert (tmp_path / "aid").read_text(encoding="utf-8").startswith(beginning)


@browser_test
def test_terms_and_commitments_lead_to_their_passage(page: Page) -> None:
    page.get_by_text("Afkortingen en hun eerste vermelding").click()
    page.locator("#terms div", has_text="UNITAD").locator("a.cite").click()
    page.wait_for_function("document.activeElement.id === 's022'")
    page.get_by_text("Besluiten, voornemens en termijnen").click()
    page.locator("#commitments tr", has_text="juni 2025").last.locator("a.cite").click()
    page.wait_for_function("document.activeElement.matches('#letter .unit.lit')")
    assert "juni 2025" in lit(page)


@browser_test
def test_a_follow_up_and_an_english_question_in_one_conversation(page: Page) -> None:
    ask(page, "Tot wanneer loopt het mandaat van UNAMI?")
    assert "UNITAD" in ask(page, "En dat van UNITAD?")
    said = ask(page, "What does the extension cost?")
    assert "18.3 million euros" in said
    assert "working translation, not official" in said
    assert page.locator("#chat .answer").last.get_attribute("lang") == "en"
    assert page.locator("#chat .answer").last.locator("q").get_attribute("lang") == "nl"


@browser_test
def test_the_interface_follows_the_browser_and_can_be_switched(page: Page) -> None:
    assert page.locator("html").get_attribute("lang") == "nl"
    before = page.evaluate("history.length")
    page.get_by_role("link", name="English").click()
    page.get_by_role("tab", name="How right is it?").wait_for()
    assert page.locator("html").get_attribute("lang") == "en"
    page.wait_for_function(  # laid out once the library's own styles are there
        """([first, last]) => {
          const top = (text) => [...document.querySelectorAll("#chat .example")]
            .find((example) => example.textContent.includes(text))?.offsetTop;
          return top(first) < top(last);
        }""",
        arg=[EXAMPLES["en"][0], EXAMPLES["nl"][0]],
    )
    assert page.evaluate("history.length") == before  # no step further
    assert page.get_by_text("Acronyms and their first mention").is_visible()
    assert not page.get_by_text("Afkortingen en hun eerste vermelding").is_visible()
    page.goto(page.url.partition("?")[0])  # the choice is remembered
    page.get_by_role("tab", name="How right is it?").wait_for()


@browser_test
def test_what_the_letter_does_not_say_is_said_with_passages_that_come_near(page: Page) -> None:
    said = ask(page, "What is the best recipe for apple pie?")
    assert "The letter does not say." in said
    assert page.locator("#chat .not_in_letter .card > a.cite").count() == 3
    page.locator("#chat a.cite").first.click()
    page.wait_for_function("document.activeElement.matches('#letter .unit.lit')")
    assert page.locator("#strip .touched").count() == 0  # what comes near is no evidence


@browser_test
def test_an_example_is_asked_by_clicking_it(page: Page) -> None:
    page.fill("#box textarea", "Wie is")
    page.get_by_role("button", name=EXAMPLES["nl"][0], exact=True).click()
    page.wait_for_selector("#chat .why")
    assert EXAMPLES["nl"][0] in page.locator("#chat .user").last.inner_text()
    assert page.input_value("#box textarea") == "Wie is"  # only what is sent from the box leaves it
    page.get_by_role("button", name="Ongedaan maken").click()
    page.wait_for_function("document.querySelectorAll('#chat .question').length === 0")
    page.wait_for_selector("#box textarea:focus")
    assert page.input_value("#box textarea") == "Wie is"


@browser_test
def test_an_answer_can_be_asked_again_and_undone_within_its_conversation(page: Page) -> None:
    ask(page, "Tot wanneer loopt het mandaat van UNAMI?")
    ask(page, "En dat van UNITAD?")
    page.locator("#chat .why").last.evaluate("e => e.setAttribute('old', '')")
    page.get_by_role("button", name="Opnieuw proberen").last.click()
    page.wait_for_function("!document.querySelector('#chat .why[old]')")
    page.wait_for_function("document.querySelectorAll('#chat .why').length === 2")
    assert page.locator("#chat .user").count() == 2
    assert "UNITAD" in page.locator("#chat .bot").last.inner_text()
    page.get_by_role("button", name="Ongedaan maken").last.click()
    page.wait_for_function("document.querySelectorAll('#chat .question').length === 1")
    assert page.locator("#box textarea").input_value() == "En dat van UNITAD?"


@browser_test
def test_a_conversation_that_the_server_forgot_goes_on_as_if_it_had_not(
    page: Page, served: Served, browser: Browser, tmp_path: Path
) -> None:
    ask(page, "Tot wanneer loopt het mandaat van UNAMI?")
    for question in ("Wat kost de verlenging?", "Who signed the letter?"):  # as many as it keeps
        other = browser.new_page(locale="nl-NL")
        other.goto(served.address)
        ask(other, question)
        other.close()
    assert "UNITAD" in ask(page, "En dat van UNITAD?")
    assert page.locator("#chat .question").all_inner_texts() == [
        "Tot wanneer loopt het mandaat van UNAMI?",
        "En dat van UNITAD?",
    ]
    with page.expect_download() as saved:
        page.get_by_role("button", name="Gesprek als Markdown").click()
    saved.value.save_as(tmp_path / "saved.md")
    assert "UNAMI" in (tmp_path / "saved.md").read_text(encoding="utf-8")


@browser_test
def test_a_question_that_waits_for_the_model_is_stopped_or_answered(browser: Browser) -> None:
    address = f"http://127.0.0.1:{(port := free_port())}"
    with subprocess.Popen([sys.executable, "-m", "app", "--port", str(port)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"{address}/", 200, process)
            page = browser.new_page(locale="nl-NL")
            page.goto(address)
            page.wait_for_selector("#box textarea")
            page.fill("#box textarea", "Wat kost de verlenging?")
            page.keyboard.press("Enter")
            page.locator("#box .stop-button").click()
            # Chat and box are drawn one after the other.
            page.wait_for_function("document.querySelector('#box textarea').value === 'Wat kost de verlenging?'")
            page.wait_for_function("document.querySelectorAll('#chat .question').length === 0")
            page.wait_for_timeout(1_000)  # the library cancels whatever runs a moment later, as nobody's hand does
            page.locator("#box .submit-button").click()
            page.wait_for_selector("#chat .why", timeout=60_000)
            assert "18,3 miljoen euro" in page.locator("#chat .bot").last.inner_text()
            page.close()
        finally:
            process.terminate()
            process.wait(20)


@browser_test
def test_a_name_alone_is_asked_in_the_language_of_the_page(page: Page) -> None:
    for language, clear in (("en", "Clear"), ("nl", "Gesprek wissen")):
        page.goto(f"{page.url.partition('?')[0].partition('#')[0]}?lang={language}")
        page.wait_for_selector("#box textarea:enabled")
        ask(page, "UNITAD")
        assert page.locator("#chat .answer").last.get_attribute("lang") == language
        page.get_by_role("button", name=clear).click()
        page.wait_for_function("document.querySelectorAll('#chat .question').length === 0")


@browser_test
def test_a_conversation_survives_a_reload_and_is_forgotten_when_cleared(page: Page) -> None:
    ask(page, "Tot wanneer loopt het mandaat van UNAMI?")
    page.wait_for_function("(localStorage.getItem('questions') ?? '').includes('UNAMI')")
    page.reload()
    page.wait_for_selector("#chat .why")
    assert page.locator("#chat .question").all_inner_texts() == ["Tot wanneer loopt het mandaat van UNAMI?"]
    assert "UNITAD" in ask(page, "En dat van UNITAD?")  # it goes on where it was
    page.get_by_role("button", name="Gesprek wissen").click()
    page.wait_for_function("document.querySelectorAll('#chat .user').length === 0")
    page.wait_for_function("localStorage.getItem('questions') === null")
    page.get_by_role("button", name="Haal het terug").click()
    page.wait_for_function("document.querySelectorAll('#chat .why').length === 2")
    page.wait_for_selector("#box textarea:focus")
    assert page.locator("#chat .question").last.inner_text() == "En dat van UNITAD?"
    page.get_by_role("button", name="Gesprek wissen").click()
    page.wait_for_function("document.querySelectorAll('#chat .user').length === 0")
    ask(page, "En dat van UNITAD?")
    page.wait_for_selector("#notice", state="hidden")
    page.locator("#chat summary").last.click()
    assert "begrepen als: En dat van UNITAD?" in page.locator("#chat .why").last.inner_text()


@browser_test
def test_a_link_asks_its_question_once(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/?q=Wat%20kost%20de%20verlenging%3F")
    page.wait_for_selector("#chat .why")
    page.wait_for_function("(localStorage.getItem('questions') ?? '').includes('kost')")
    page.reload()
    page.wait_for_selector("#chat .why")
    page.wait_for_selector("#box .submit-button")  # until then a message may be drawn anew under the mouse
    assert page.locator("#chat .question").count() == 1
    page.locator("#chat a.cite").first.click()  # with a query in the address as well, nothing is loaded anew
    page.wait_for_function("document.activeElement.id === 's126'")
    assert page.locator("#chat .question").count() == 1


@browser_test
def test_opening_the_page_leaves_nothing_under_way_that_a_first_question_could_be_lost_beside(
    served: Served, browser: Browser
) -> None:
    context = browser.new_context(locale="nl-NL")
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/queue/join" in request.url else None)
    with page.expect_response("**/run/predict"):  # the page looks whether the model is ready: it is drawn by then
        page.goto(served.address)
    page.wait_for_selector("#box textarea:enabled")
    assert sent == []
    ask(page, "Wat kost de verlenging?")
    assert len(sent) == 1
    context.close()


@browser_test
def test_the_box_is_shut_until_what_was_asked_before_is_back(page: Page) -> None:
    ask(page, "Waar staat UNAMI voor?")
    page.wait_for_function("(localStorage.getItem('questions') ?? '').includes('UNAMI')")
    for _ in range(3):
        page.reload()
        page.wait_for_selector("#box textarea:enabled")
        assert page.locator("#chat .why").count() == 1
    assert "Mashhadani" in ask(page, "Wie is verkozen tot parlementsvoorzitter?")
    assert page.locator("#chat .why").count() == 2


@browser_test
def test_a_thumb_is_kept_with_its_reason(page: Page, served: Served) -> None:
    ask(page, "Wat kost de verlenging?")
    page.get_by_role("button", name="Vind ik niet leuk").click()
    page.fill("#reason textarea", "te kort")
    page.keyboard.press("Enter")
    page.wait_for_selector("#reason", state="hidden")
    page.wait_for_selector("#box textarea:focus")
    page.wait_for_function("document.querySelector('#live').textContent === 'Dank u, bewaard.'")
    rows = [row for row in feedback.exported(served.feedback) if row["question"] == "Wat kost de verlenging?"]
    assert [row["note"].rpartition("; ")[2] for row in rows] == ["te kort"]
    assert page.get_by_text("Een duim bewaart").is_visible()  # it is announced


@browser_test
def test_the_published_evaluation_is_a_tab_whose_questions_can_be_filtered(page: Page) -> None:
    page.get_by_role("tab", name="Hoe goed klopt het?").click()
    report = page.frame_locator("#report")
    report.locator("h1", has_text="how right it is").wait_for(timeout=120_000)
    whole = int(report.locator("#count").inner_text().split()[0])
    rows = report.locator("details.q:not([hidden])")
    rows.nth(whole - 1).wait_for(state="attached")  # read to its end, where the script stands
    page.wait_for_timeout(500)
    assert rows.count() == whole
    report.locator("select[name=language]").select_option("nl")
    report.locator("#count", has_text=f"{whole // 2} questions").wait_for()
    assert 0 < rows.count() == whole // 2
    report.locator("input[name=words]").fill("een woord dat nergens staat")
    report.locator("#count", has_text=re.compile("^0 questions")).wait_for()
    assert rows.count() == 0
    assert report.locator("#count").inner_text() == "0 questions"


@browser_test
def test_the_evaluation_is_run_by_a_button_that_shows_how_far_it_is(page: Page) -> None:
    page.get_by_role("tab", name="Hoe goed klopt het?").click()
    page.locator("#evaluate").click()
    page.locator("#figures .progress-bar, #figures .progress-level, #figures .meta-text").first.wait_for(
        timeout=180_000
    )
    page.locator("#figures table").wait_for(timeout=240_000)
    row = page.locator("#figures tr", has_text="quotations exact").first
    assert row.locator("td").first.inner_text() == "1.00" or "RIGHT" in row.inner_text()
    assert page.locator("#figures tbody tr").count() == 6


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_by_what_axe_can_find(
    served: Served, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="nl-NL", color_scheme=scheme)
    page = context.new_page()
    page.goto(served.address)
    page.wait_for_selector("#box textarea")
    ask(page, "Wie is verkozen tot parlementsvoorzitter?")
    ask(page, "What is the best recipe for apple pie?")
    page.locator("#chat a.cite").first.click()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    serious = [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert serious == []
    assert len(found.response["passes"]) > 15  # it looked
    context.close()


@browser_test
def test_a_new_answer_is_read_aloud_once_and_whole(page: Page) -> None:
    ask(page, "Wat kost de verlenging?")
    page.wait_for_function("document.querySelector('#live').textContent.startsWith('18,3 miljoen euro')")
    assert page.locator("#live").get_attribute("aria-live") == "polite"
    assert page.locator('#chat [role="log"]').get_attribute("aria-live") == "off"
    labels = [one.get_attribute("aria-label") for one in page.locator("#chat [data-testid='bot']").all()]
    assert labels == ["Antwoord"]


@browser_test
def test_everything_is_reached_in_an_order_that_makes_sense(page: Page) -> None:
    ask(page, "Wat kost de verlenging?")
    page.locator("#title h1").click()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.closest('#switches, #chat, #box, #exports, #strip, #letter, #aids')?.id ?? ''"
            )
        )
        if "aids" in reached:
            break
    order = [name for name, _ in itertools.groupby(name for name in reached if name)]
    assert order == ["switches", "chat", "box", "exports", "strip", "letter", "aids"]


@browser_test
def test_the_page_is_printed_whole(page: Page) -> None:
    ask(page, "Wat kost de verlenging?")
    page.emulate_media(media="print")
    assert not page.locator("#box").is_visible()
    assert page.locator("#chat .card").is_visible()
    assert page.locator("#aids .wide").evaluate("e => getComputedStyle(e).maxHeight") == "none"
    tall = page.locator("#letter").bounding_box()
    assert tall
    assert tall["height"] > 3_000
    # Nothing around the last line cuts it off.
    around = page.locator("#letter .signatory").last.evaluate(
        """(one) => {
            const all = [];
            for (; one; one = one.parentElement) all.push(getComputedStyle(one).overflow);
            return all;
        }"""
    )
    assert set(around) == {"visible"}


@browser_test
def test_paper_is_white(page: Page) -> None:
    page.evaluate("window.whenPrinted = []")
    page.locator("#dark").click()
    page.evaluate("addEventListener('beforeprint', () => whenPrinted.push(document.body.classList.contains('dark')))")
    page.pdf()
    assert page.evaluate("whenPrinted") == [False]
    assert page.evaluate("document.body.classList.contains('dark')")


@browser_test
def test_the_passage_that_is_looked_at_stays_the_brightest(page: Page) -> None:
    ask(page, "Wat kost de verlenging?")
    page.locator("#chat .card a.cite").click()
    page.locator("#chat .copy").first.click()  # what is cited is drawn again
    page.wait_for_timeout(300)
    assert page.evaluate("CSS.highlights.get('lit').priority > CSS.highlights.get('cited').priority")


@browser_test
def test_what_was_typed_is_there_after_a_reload(page: Page) -> None:
    page.fill("#box textarea", "Wat kost de verl")
    page.reload()
    page.wait_for_function("document.querySelector('#box textarea')?.value === 'Wat kost de verl'")
    assert ask(page, "Wat kost de verlenging?")


@browser_test
def test_nothing_typed_while_a_question_is_under_way_is_lost(page: Page) -> None:
    held: list[Route] = []
    page.route("**/queue/join*", lambda route: held.append(route))
    page.fill("#box textarea", "Wat kost de verlenging?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#box textarea[readonly]")
    page.wait_for_selector("#chat[aria-busy]")
    page.keyboard.type("Wie ")
    assert page.input_value("#box textarea") == "Wat kost de verlenging?"
    for one in held:
        one.continue_()
    page.wait_for_selector("#box textarea:not([readonly])")
    page.wait_for_selector("#chat .why")
    assert page.input_value("#box textarea") == ""


@browser_test
def test_a_link_to_a_passage_is_kept_when_the_language_is_switched(page: Page) -> None:
    ask(page, "Wat kost de verlenging?")
    page.locator("#chat .card a.cite").click()
    there = page.evaluate("location.hash")
    assert page.locator("#switches a[aria-current]").inner_text() == "Nederlands"
    page.locator("#switches a[lang=en]").click()
    page.wait_for_selector("html[lang=en] #letter .unit.lit")
    assert page.evaluate("location.hash") == there
    assert page.locator("#switches a[aria-current]").inner_text() == "English"


@browser_test
def test_the_question_box_is_one_step_away_by_keyboard(page: Page) -> None:
    page.wait_for_selector("#box textarea:enabled")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('#box textarea')")


@browser_test
def test_a_selection_that_cannot_be_copied_without_a_server_says_so(served: Served, browser: Browser) -> None:
    page = browser.new_page(locale="nl-NL")
    page.goto(served.address)
    page.wait_for_selector("#box textarea")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#s003'))")
    page.wait_for_selector("#selected")
    page.route("**/passage?*", lambda route: route.abort())
    page.get_by_role("button", name="Kopieer citaat").click()
    page.wait_for_selector("#notice:visible")
    assert "Geen verbinding" in page.locator("#notice").inner_text()
    page.close()


@browser_test
def test_markup_in_a_question_stays_text(page: Page) -> None:
    hostile = (
        '<img src=x onerror=window.hit=1> <svg><a href="javascript:window.hit=1">kosten</a></svg> '
        "![x](https://example.org/x.png) [klik](javascript:window.hit=1) www.example.org **vet** $x$ `code` # kop"
    )
    ask(page, hostile)
    user = page.locator("#chat .user").last
    assert user.locator("img, svg a, strong, code, h1, .katex, a").count() == 0
    assert user.inner_text().strip() == hostile
    assert page.evaluate("window.hit") is None


@browser_test
@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_panes_are_two_tabs_and_a_citation_switches_over(
    served: Served, browser: Browser, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 780}, locale="en-US", has_touch=True)
    phone = context.new_page()
    phone.goto(served.address)
    phone.wait_for_selector("#box textarea")
    ask(phone, "Who signed the letter?")
    assert phone.evaluate("document.documentElement.scrollWidth") <= width
    assert not phone.locator("#letter").is_visible()
    phone.locator("#chat a.cite").nth(1).tap()
    phone.wait_for_function("document.activeElement.matches('#letter .unit.lit')")
    assert not phone.locator("#chat").is_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= width
    phone.get_by_role("button", name="Conversation", exact=True).tap()
    assert phone.locator("#chat").is_visible()
    box, bar = phone.locator("#box").bounding_box(), phone.locator("#panes-switch").bounding_box()
    assert box
    assert bar
    assert box["y"] + box["height"] <= bar["y"] + 1
    phone.locator("#chat a.cite").nth(2).tap()
    phone.wait_for_function("location.hash.includes('p=')")
    phone.go_back()  # the letter is a step further than the conversation
    phone.wait_for_function("document.activeElement.matches('#chat a.cite')")
    assert phone.locator("#chat").is_visible()
    assert phone.url.startswith(served.address)
    many = phone.evaluate("history.length")
    phone.go_forward()
    phone.locator("#letter").wait_for()
    phone.wait_for_selector("#letter .unit.lit")
    for _ in range(2):  # loaded anew, it is the same step
        phone.reload()
        phone.wait_for_selector("#letter .unit.lit")
    assert phone.evaluate("history.length") == many
    phone.wait_for_selector("#chat .why", state="attached")
    phone.go_back()
    phone.locator("#chat").wait_for()
    assert phone.evaluate("document.activeElement.checkVisibility()")
    phone.get_by_role("tab").nth(1).tap()  # neither pane is there: the bar leads back
    phone.get_by_role("button", name="Letter", exact=True).tap()
    assert phone.locator("#letter").is_visible()
    context.close()


@browser_test
def test_at_twice_the_size_nothing_needs_sideways_scrolling(served: Served, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 340}, device_scale_factor=2, locale="nl-NL")
    page = context.new_page()
    page.goto(served.address)
    page.wait_for_selector("#box textarea")
    ask(page, "Wat kost de verlenging?")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    # On so low a screen the answer comes into the window, and nothing covers it.
    page.wait_for_function("document.querySelector('#chat').getBoundingClientRect().top < 60")
    covering = (
        "e => { const r = e.getBoundingClientRect(); return document.elementFromPoint(r.x + 5, r.bottom - 3) === e }"
    )
    assert page.locator("#chat .sure").evaluate(covering)
    context.close()


@browser_test
def test_a_question_that_is_refused_hides_nothing_and_can_be_sent_again(served: Served, browser: Browser) -> None:
    context = browser.new_context(locale="nl-NL")
    page = context.new_page()
    page.goto(served.address)
    answer = ask(page, "Wat kost de verlenging?")
    refused = "**/gradio_api/queue/join*"
    page.route(refused, lambda route: route.fulfill(status=429, json={"detail": "Over 5 s kunt u weer vragen."}))
    page.fill("#box textarea", "Tot wanneer?")
    page.keyboard.press("Enter")
    page.get_by_text("Over 5 s kunt u weer vragen.").first.wait_for()
    page.wait_for_selector("#chat .error", state="attached")
    assert not page.locator("#chat .error").is_visible()
    assert page.locator("#chat .bot").last.inner_text() == answer
    assert page.input_value("#box textarea") == "Tot wanneer?"
    page.unroute(refused)
    assert "juni 2025" in ask(page, "Tot wanneer?")
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
