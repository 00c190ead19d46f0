"""The reading room without a browser: the letter's sheets, quotations, messages, exports, reading aids, feedback."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
import re
import sqlite3
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import aids, export, feedback, frame, published, render
from app.conversation import Conversation, Turn, asked, stopped
from app.desk import Desk
from app.evaluation import EvaluationError, evaluate
from app.observe import Observer
from app.quoting import AddressError, Passage, passage
from app.settings import Settings
from app.sheets import letter_html
from app.warmup import Warmup
from corpus.letter import Letter
from index.answer import Citation
from index.commitments import commitments
from index.terms import terms

if TYPE_CHECKING:
    from index.assistant import Assistant
    from index.lexical import Language

PIECE = re.compile(r'<span data-at="(\d+)">([^<]*)</span>')


class Balanced(HTMLParser):
    """Fails where a tag is closed that was not the last one opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"meta", "br", "input", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def balanced(text: str) -> bool:
    parser = Balanced()
    parser.feed(text)
    return parser.open == []


# The letter


def test_every_unit_of_the_letter_is_shown_once_under_its_id(letter: Letter) -> None:
    shown = letter_html(letter)
    assert sorted(re.findall(r'<span class="unit" id="([^"]+)"', shown)) == sorted(letter.by_id)
    assert all(f">{heading.text.replace('&', '&amp;')}</h" in shown for heading in letter.headings)
    assert "<p></p>" not in shown
    assert balanced(shown)


def test_every_character_of_every_unit_stands_at_its_position(letter: Letter) -> None:
    shown = [(int(at), html.unescape(text)) for at, text in PIECE.findall(letter_html(letter))]
    assert all(letter.text[at : at + len(text)] == text for at, text in shown)
    there = {position for at, text in shown for position in range(at, at + len(text))}
    wanted = {position for unit in letter.units for start, end in unit.spans for position in range(start, end)}
    assert {position for position in wanted - there if not letter.text[position].isspace()} == set()
    assert there <= wanted


def test_a_page_holds_what_is_printed_on_it(letter: Letter) -> None:
    sheets = letter_html(letter).split('<section class="sheet"')[1:]
    assert len(sheets) == len(letter.structure.pages) == 6
    for (start, end), sheet in zip(letter.structure.pages, sheets, strict=True):
        assert all(start <= int(at) < end for at, _ in PIECE.findall(sheet))
        notes = [sheet.index('class="footnote"')] if 'class="footnote"' in sheet else []
        assert all(at > sheet.rindex("<p>") for at in notes)
    # s014 begins on the first page and goes on on the second, behind a footnote.
    assert 'data-unit="s014"' in sheets[0]
    assert 'data-unit="s014"' in sheets[1]


# Quoting


def test_the_address_of_a_citation_leads_back_to_its_quotation(letter: Letter) -> None:
    for number, unit in enumerate(letter.units, 1):
        cited = Passage.of(Citation.of(unit, number, letter, translated=False))
        positions, _, digest = cited.address.removeprefix("#p=").partition("&h=")
        found = passage(letter, positions)
        assert (found.quote, found.hash, found.pages) == (unit.text, digest, unit.pages)
        assert found.section == unit.section


def test_neighbouring_sentences_are_quoted_as_one_reads_them(letter: Letter) -> None:
    first, second = letter.by_id["s002"], letter.by_id["s003"]
    apart = ",".join(f"{start}-{end}" for unit in (first, second) for start, end in unit.spans)
    assert passage(letter, apart).quote == f"{first.text} {second.text}"
    assert len(passage(letter, apart).spans) == 1
    # s001 ends with a footnote's marker inside it, which no quotation holds.
    spans = ",".join(f"{a}-{b}" for unit in letter.units[:2] for a, b in unit.spans)
    assert passage(letter, spans).quote == f"{letter.units[0].text} {letter.units[1].text}"


@pytest.mark.parametrize("positions", ["5-9,1-3", "1-9,4-12", "9-5", "0-999999", "", "1-2;3-4"])
def test_positions_that_make_no_quotation_are_refused(letter: Letter, positions: str) -> None:
    with pytest.raises(AddressError):
        passage(letter, positions)


@given(st.text(alphabet="0123456789-,p= ", max_size=30))
def test_positions_are_of_the_letter_or_refused(text: str) -> None:
    letter = LETTER
    try:
        found = passage(letter, text)
    except AddressError:
        pass
    else:
        assert found.quote == letter.quote(found.spans) != ""


def test_a_quotation_is_copied_in_four_forms(letter: Letter) -> None:
    forms = Passage.of(Citation.of(letter.by_id["s014"], 1, letter, translated=True)).forms(letter, "In English.")
    quote = letter.by_id["s014"].text
    where = "p. 1–2 (Contextanalyse, Binnenlandspolitieke ontwikkelingen)"
    assert forms["plain"].startswith(f"“{quote}” ({letter.title}, {where})")
    assert forms["footnote"] == f"{letter.title}, {where}: «{quote}»"  # with its own stop, and no other behind it
    part = passage(letter, "2616-2628").forms(letter)["footnote"]
    assert part.endswith(f"{letter.text[2616:2628].strip()}».")
    assert forms["markdown"].startswith(f"> “{quote}”\n")
    assert f"[{where}](#p=2616-2628,2935-3069&h=" in forms["markdown"]
    assert re.fullmatch(r"#p=2616-2628,2935-3069&h=[0-9a-f]{12}", forms["link"])
    assert "not official" in forms["plain"]
    assert "not official" in forms["markdown"]


# Messages


@given(st.text())
def test_untrusted_text_is_neither_markup_nor_more_than_a_line(text: str) -> None:
    inert = render.safe(text)
    assert not set(inert) & set('<>"\n')
    assert html.unescape(inert) == " ".join(text.split())


@pytest.mark.parametrize(
    "question",
    [
        "Wie is verkozen tot parlementsvoorzitter?",
        "Who takes over command of the mission, and when?",
        "What is the best recipe for apple pie?",
        "hallo",
        "Samenvatting van de brief",
        "<b>Wat kost</b> de \"verlenging\" & 'meer'?",
    ],
)
def test_a_message_is_one_line_of_sound_html_that_grows_to_itself(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    pieces = list(render.streamed(answer, assistant.letter, {}))
    assert pieces[-1] == render.message(answer, assistant.letter, {})
    assert all("\n" not in piece and balanced(piece) for piece in pieces)
    text = [re.sub(r"<[^>]+>", "", piece) for piece in pieces[:-1]]
    assert all(len(earlier) < len(later) for earlier, later in itertools.pairwise(text))


def test_english_is_marked_as_a_working_translation_wherever_it_is_shown(assistant: Assistant) -> None:
    english, dutch = assistant.ask("What does the extension cost?"), assistant.ask("Wat kost de verlenging?")
    for answer in (english, dutch):
        shown = render.message(answer, assistant.letter, {})
        assert "18,3 miljoen euro" in shown
        assert 'lang="en"' in shown
        assert shown.count("not official") + shown.count("niet officieel") >= shown.count('<p class="working"') == 1
    assert "working translation, not official" in render.plain(english, assistant.letter)
    assert "<details" in render.message(dutch, assistant.letter, {}).partition("why")[0]  # on request


def test_a_mark_of_confidence_says_what_it_was_worth_in_the_test(assistant: Assistant) -> None:
    answer = assistant.ask("Wat kost de verlenging?")
    level = answer.confidence.level
    for right, said in ((178, 18), (198, 19), (200, 20)):
        assert f"van 20 antwoorden met dit merk waren er {said} goed" in render.meaning(answer, {level: (200, right)})
    assert "%" in render.meaning(answer, {})
    marks = published.tested()
    assert set(marks) == {"high", "medium", "low"}
    assert all(right <= many for many, right in marks.values())


def test_a_place_is_named_as_the_letter_has_it_and_in_english_as_well(letter: Letter) -> None:
    def place(name: str, language: Language) -> str:
        return render.place(Citation.of(letter.by_id[name], 1, letter, translated=False), letter, language)

    assert place("s034", "nl") == "p. 2 · Contextanalyse › Veiligheidssituatie · voetnoot 2"
    assert place("s126", "en") == "p. 6 · Financiën (Finances)"
    assert place("n3", "nl") == "p. 3 · Strategie Nederlandse geïntegreerde inzet in Irak · voetnoot 3"
    assert place("g1", "en") == "p. 6 · signature"


def test_the_footnotes_of_a_citation_are_resolved(assistant: Assistant) -> None:
    citation = Citation.of(assistant.letter.by_id["s001"], 1, assistant.letter, translated=False)
    assert "Kamerstuk 27 925, nr. 943" in render.card(citation, assistant.letter, "nl")


# Conversation


def desk(assistant: Assistant | None = None, problem: str | None = None) -> Desk:
    warmup = Warmup(assistant=assistant, problem=problem)
    if assistant or problem:
        warmup._over.set()
    return Desk(warmup, Settings(), Observer())


def test_a_turn_is_there_from_the_first_word_and_a_follow_up_leans_on_it(assistant: Assistant) -> None:
    conversation = Conversation(assistant.letter, desk(assistant))
    (_, first), *_ = conversation.answer("Tot wanneer loopt het mandaat van UNAMI?", [])
    assert first[0].answer is not None
    *_, (message, turns) = conversation.answer("En dat van UNITAD?", first)
    assert "UNITAD" in message["content"]
    messages, again = conversation.again([turn.question for turn in turns])
    assert [turn.question for turn in again] == [turn.question for turn in turns]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
    assert messages[3]["content"].partition("why")[0] == message["content"].partition("why")[0]


def test_what_could_be_either_is_asked_in_the_language_of_the_page(assistant: Assistant) -> None:
    conversation = Conversation(assistant.letter, desk(assistant))

    def languages(page: Language | None, *questions: str) -> list[str]:
        return [turn.answer.language for turn in conversation.again(questions, page)[1] if turn.answer]

    assert languages("en", "UNITAD", "drones") == ["en", "en"]
    assert languages("nl", "UNITAD") == languages(None, "UNITAD") == ["nl"]
    assert languages("en", "Wat kost de verlenging?", "UNITAD") == ["nl", "nl"]


def test_turns_that_were_forgotten_are_asked_anew_from_the_messages(assistant: Assistant) -> None:
    conversation = Conversation(assistant.letter, desk(assistant))
    questions = ["Wat kost <de> verlenging & waarom?", "Waar staat UNAMI voor?"]
    messages, turns = conversation.again(questions)
    assert conversation.caught_up(messages, turns) == turns
    in_pieces = [{**one, "content": [{"type": "text", "text": one["content"]}]} for one in messages]
    for shown in (messages, in_pieces):
        found = conversation.caught_up(shown, [])
        assert [turn.question for turn in found] == questions
        assert [turn.answer.answer for turn in found if turn.answer] == [
            one.answer.answer for one in turns if one.answer
        ]
    many = conversation.caught_up(messages * 30, [])
    assert [turn.question for turn in many] == questions * 30
    assert [turn.answer is None for turn in many] == [True] * 20 + [False] * 40


def test_a_question_that_still_waits_is_taken_back_when_it_is_stopped(assistant: Assistant) -> None:
    waiting = Conversation(assistant.letter, desk()).answer("Wat kost het?", [])
    message, turns = next(waiting)
    assert message["metadata"]["status"] == "pending"
    assert stopped([asked("Wat kost het?"), message], turns) == ("Wat kost het?", [], [])

    message, turns = next(Conversation(assistant.letter, desk(assistant)).answer("Wat kost het?", []))
    shown = [asked("Wat kost het?"), message]
    assert stopped(shown, turns) == ("", shown, turns)


def test_where_no_assistant_could_be_loaded_the_problem_is_the_answer(letter: Letter) -> None:
    broken = desk(problem="the index <cannot> be used")
    ((message, turns),) = Conversation(letter, broken).answer("Wat kost het?", [])
    assert "the index &lt;cannot&gt; be used" in message["content"]
    assert turns == [Turn("Wat kost het?", None)]


# Exports


def test_a_conversation_is_exported_with_its_quotations_and_open_questions(assistant: Assistant) -> None:
    hostile = "What is the best recipe for <script>alert(1)</script> **apple** pie?"
    cost = "What does the extension cost?"
    answers = [assistant.ask(question, [cost]) for question in ("hello", cost, "Can you repeat that?", hostile)]
    sheet = export.fact_sheet(answers, assistant.letter, "en", {}, date(2026, 5, 4))
    text = export.markdown(answers, assistant.letter, "en", {}, date(2026, 5, 4))
    quote = answers[1].citations[0].quote
    for made in (sheet, text):
        assert answers[0].answer not in made  # a greeting leaves no question open
        assert quote in made
        assert "p. 6 (Financiën)" in made
        assert "not official" in made
        assert "on 2026-05-04" in made
        assert made.index(quote) < made.index("Open questions") < made.index("apple")
        assert made.count(quote) == 1  # the last answer asked for again is no other
        assert re.search(r"(?:<p class=\"short\">|\n)18\\?\.3 million euros(?:</p>|\n)", made)
        assert not re.search(r"(?<!\\)<script", made)
    assert balanced(sheet.removeprefix("<!doctype html>"))
    assert not re.search(r'(?:src|href)="(?!#p=)', sheet)
    assert "\\*\\*apple\\*\\*" in text


# Reading aids


def test_every_term_is_as_the_letter_spells_it_out(letter: Letter) -> None:
    found = list(terms(letter))
    assert len(found) >= 10
    for term in found:
        assert f"{term.expansion} ({term.acronym})" in term.spelled_out.text
        assert term.acronym in term.first.text
    spelled = {term.acronym: term.expansion for term in found}
    assert (spelled["OIR"], spelled["AIC"]) == ("Operation Inherent Resolve", "anti-ISIS-coalitie")
    assert "VS" not in spelled  # "Tampa (VS)" spells nothing out


def test_a_commitment_is_made_of_words_of_its_sentence(letter: Letter) -> None:
    found = list(commitments(letter))
    assert {one.sort for one in found} == {"decision", "commitment", "deadline"}
    for one in found:
        assert one.who is None or one.who in one.unit.text
        assert one.until is None or one.until in one.unit.text
    by_unit = {one.unit.id: one for one in found}
    extends, reports = by_unit["s075"], by_unit["s140"]
    assert (extends.sort, extends.who, str(extends.day)) == ("decision", "Het kabinet", "2025-06-30")
    assert (reports.sort, str(reports.day)) == ("commitment", "2025-05-31")
    assert str(by_unit["s004"].day) == "2025-06-30"  # the first "tot en met" of two
    assert not {"s015", "s030", "s034"} & by_unit.keys()  # what happened is no commitment


def test_the_table_of_commitments_is_exported_whole(letter: Letter) -> None:
    found = list(commitments(letter))
    rows = list(csv.DictReader(io.StringIO(aids.commitments_csv(letter))))
    assert [row["quote"] for row in rows] == [one.unit.text for one in found]
    assert [row["last day"] for row in rows] == [one.day.isoformat() if one.day else "" for one in found]


def test_the_calendar_is_one_that_other_programs_read(letter: Letter) -> None:
    calendar = aids.commitments_ics(letter)
    lines = calendar.split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = calendar.replace("\r\n ", "")
    days = re.findall(r"DTSTART;VALUE=DATE:(\d{8})", unfolded)
    assert days == [f"{one.day:%Y%m%d}" for one in commitments(letter) if one.day]
    assert len(set(re.findall(r"UID:(\S+)", unfolded))) == len(days)
    assert "tot en met juni 2025" in unfolded


def test_the_frame_is_sound_html(letter: Letter) -> None:
    for part in (
        frame.header(letter),
        frame.reading_aids(letter),
        frame.announcement(True, False),
        aids.strip_html(letter),
    ):
        assert balanced(part)
    shown = re.findall(r'<i data-unit="([^"]+)"', aids.strip_html(letter))
    assert sorted(shown) == sorted(letter.by_id)
    assert frame.LABELS["nl"].keys() == frame.LABELS["en"].keys()


# Feedback


def test_feedback_is_kept_and_exported_as_questions_of_the_evaluation(assistant: Assistant, tmp_path: Path) -> None:
    from eval.questions import QuestionsError, load_questions

    path = tmp_path / "new" / "feedback.sqlite3"
    good, silent = assistant.ask("Wat kost de verlenging?"), assistant.ask("What is the best recipe for apple pie?")
    feedback.keep(path, good, ["Waar gaat de brief over?"], good=True)
    feedback.keep(path, silent, [], good=True)
    out = tmp_path / "questions.jsonl"
    out.write_text("".join(f"{json.dumps(row)}\n" for row in feedback.exported(path)), encoding="utf-8")
    questions = load_questions(out, assistant.letter)
    assert [question.answerable for question in questions] == [True, False]
    assert questions[0].evidence == (("s126",),)
    assert questions[0].history == ("Waar gaat de brief over?",)

    feedback.keep(path, good, [], good=False)  # thought better of: in place of the first
    feedback.add_reason(path, good.id, "  het verkeerde bedrag  ")
    feedback.keep(path, assistant.ask("???"), [], good=False)  # no question: left out
    rows = list(feedback.exported(path))
    assert len(rows) == 2
    feedback.keep(path, silent, [], good=None)  # taken back
    assert [row["question"] for row in feedback.exported(path)] == [good.question]
    assert rows[-1]["note"].endswith("het verkeerde bedrag")
    assert rows[-1]["evidence"] == []
    out.write_text(json.dumps(rows[-1]) + "\n", encoding="utf-8")
    with pytest.raises(QuestionsError, match="evidence or accepted answers"):
        load_questions(out, assistant.letter)  # a person must say what would have been right


def test_feedback_that_cannot_be_kept_or_read_says_so(assistant: Assistant, tmp_path: Path) -> None:
    answer = assistant.ask("Wat kost de verlenging?")
    (tmp_path / "file").write_text("")
    with pytest.raises(feedback.FeedbackError, match="BRIEFWIJZER_FEEDBACK"):
        feedback.keep(tmp_path / "file" / "feedback.sqlite3", answer, [], good=True)
    with pytest.raises(feedback.FeedbackError, match="no feedback was kept yet"):
        list(feedback.exported(tmp_path / "none.sqlite3"))
    (tmp_path / "broken.sqlite3").write_text("this is no database, and it is long enough to be told so" * 30)
    with pytest.raises(feedback.FeedbackError, match="cannot read"):
        list(feedback.exported(tmp_path / "broken.sqlite3"))


def test_feedback_is_switched_off_or_moved_by_one_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BRIEFWIJZER_FEEDBACK", "off")
    assert feedback.configured() is None
    monkeypatch.setenv("BRIEFWIJZER_FEEDBACK", str(tmp_path / "f.sqlite3"))
    assert feedback.configured() == tmp_path / "f.sqlite3"
    monkeypatch.delenv("BRIEFWIJZER_FEEDBACK")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert feedback.configured() == tmp_path / "briefwijzer" / "feedback.sqlite3"


def test_what_is_kept_says_nothing_of_who_said_it(assistant: Assistant, tmp_path: Path) -> None:
    feedback.keep(path := tmp_path / "f.sqlite3", assistant.ask("Wat kost de verlenging?"), [], good=True)
    with sqlite3.connect(path) as file:
        columns = [row[1] for row in file.execute("PRAGMA table_info(feedback)")]
    file.close()
    assert columns == ["answer", "at", "good", "reason", "question", "language", "history", "status", "cited"]


def test_an_evaluation_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIEFWIJZER_MODEL", "/no/such/model")
    with pytest.raises(EvaluationError, match=r"exit code 3: .*/no/such/model"):
        evaluate(lambda done, total: None)


def _letter() -> Letter:
    from corpus.letter import load_letter

    return load_letter()


LETTER = _letter()
"""For the laws, which take no fixture."""
