"""The page: ask on the left, the letter on the right. Wiring only: what is shown comes from elsewhere in `app`."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, cast

import gradio as gr
from fastapi import FastAPI

from app import aids, export, feedback, frame
from app.conversation import MOST_REMEMBERED, WARMING, Conversation, Message, Turn, asked, said_in, stopped
from app.desk import Desk, Refusal
from app.evaluation import EvaluationError, evaluate
from app.render import Tested
from app.settings import Settings
from app.sheets import letter_html
from app.warmup import Warmup
from corpus.letter import Letter
from index.answer import Answer
from index.lexical import Language
from index.wording import EXAMPLES, MAX_QUESTION

_HERE = Path(__file__).parent
# The visitor's own: nothing is fetched.
_FONTS = ("system-ui", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif")
_TEXTS = gr.I18n(**{language: dict(texts) for language, texts in frame.LABELS.items()})

Shown = tuple[Any, list[Message], list[Turn]]


def mount(application: FastAPI, letter: Letter, desk: Desk, settings: Settings) -> FastAPI:
    """Put the page at the root of `application`."""
    script = f"<script>{(_HERE / 'room.js').read_text(encoding='utf-8')}</script>"
    mounted: FastAPI = gr.mount_gradio_app(
        application,
        _blocks(letter, desk, settings),
        path="/",
        root_path=settings.root_path or None,
        theme=gr.themes.Default(font=_FONTS, font_mono=("ui-monospace", "Consolas", "monospace")),
        css=(_HERE / "page.css").read_text(encoding="utf-8"),
        head=frame.CONTAINER_STYLE + script,
        i18n=_TEXTS,
        run_history=False,
        footer_links=[],
        show_error=True,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
    )
    return mounted


def _blocks(letter: Letter, desk: Desk, settings: Settings) -> gr.Blocks:
    blocks = gr.Blocks(title="Briefwijzer", analytics_enabled=False, fill_width=True)
    with blocks:
        gr.HTML(frame.header(letter), js_on_load=None)
        status = gr.HTML("", elem_id="status")
        with gr.Tabs():
            with gr.Tab(_TEXTS("read"), id="read"), gr.Row(elem_id="panes"):
                with gr.Column(scale=1, min_width=280, elem_id="asking"):
                    _Asking(Conversation(letter, desk), blocks, settings.log == "questions")
                with gr.Column(scale=1, min_width=280, elem_id="reading"):
                    gr.HTML(aids.strip_html(letter), js_on_load=None)
                    gr.HTML(letter_html(letter), js_on_load=None)
                    gr.HTML(frame.reading_aids(letter), js_on_load=None)
            with gr.Tab(_TEXTS("right"), id="right"):
                _evaluation()
        _watch(desk.warmup, status)
        _for_programs(desk)
    # Twice as many as are answered at once: the others write what was answered into their conversations.
    # What waits its turn is asked for through the queue alone: past it there would be neither a turn nor a count.
    blocks.queue(max_size=settings.waiting, default_concurrency_limit=2 * settings.at_once, api_open=False)
    blocks.state_session_capacity = settings.conversations
    return blocks


class _Asking:
    """The left pane: the conversation, and what can be done with it."""

    def __init__(self, conversation: Conversation, blocks: gr.Blocks, logged: bool) -> None:
        self._conversation = conversation
        self._kept = feedback.configured()
        self._turns = gr.State([])
        self._language = gr.Textbox(visible="hidden", show_label=False)
        self._chat = self._chatbot()
        self._reason = self._judging(self._kept) if self._kept else None
        self._box = gr.Textbox(
            elem_id="box",
            label=_TEXTS("ask"),
            placeholder=_TEXTS("placeholder"),
            max_length=MAX_QUESTION,
            max_lines=5,
            submit_btn=True,
            interactive=False,
        )
        gr.HTML(frame.announcement(self._kept is not None, logged), js_on_load=None)
        self._answering(blocks)
        self._exporting()

    def _chatbot(self) -> gr.Chatbot:
        return gr.Chatbot(
            elem_id="chat",
            label=_TEXTS("chat"),
            height="56vh",
            buttons=[],
            latex_delimiters=[],
            allow_tags=False,
            line_breaks=False,
            autoscroll=False,
            examples=[{"text": text} for language in ("nl", "en") for text in EXAMPLES[language]],
        )

    def _answering(self, blocks: gr.Blocks) -> None:
        chat, box, turns = self._chat, self._box, self._turns
        shown: dict[str, Any] = {"outputs": [box, chat, turns], "show_progress": "hidden", "api_visibility": "private"}
        # Only for who has something remembered is the server asked: while that is under way, the library may lose a
        # question that is typed beside it.
        remembered = gr.Textbox(visible="hidden", show_label=False)
        blocks.load(None, None, [self._language, remembered, box], js="() => window.briefwijzer.remembered()")
        page = self._language
        first: list[Any] = [
            box.submit(self._answer, [box, chat, turns, page], **shown),
            chat.example_select(self._example, [chat, turns, page], **shown),
            remembered.change(self._return, [remembered, page], **shown),
        ]
        answers = [*first, chat.retry(self._again, [chat, turns, page], cancels=first, **shown)]
        for event in answers:
            event.failure(_ready, None, box, queue=False, api_visibility="private")
        # Beside the queue: behind it, a question asked at the same moment lost its answer. What is still being written
        # ends first, or it would come back; what is undone is told to the first step alone.
        beside: dict[str, Any] = {"queue": False, "api_visibility": "private"}
        chat.undo(self._undo, [box, chat, turns], [box, chat, turns], cancels=answers, **beside)
        for event, handler, given in ((box.stop, self._stop, [box, chat, turns]), (chat.clear, self._clear, [])):
            event(None, cancels=answers, **beside).then(handler, given, [box, chat, turns], **beside)
        if self._reason:  # it asks about an answer that is the last no more
            js = "() => ({ __type__: 'update', visible: false })"
            hide: dict[str, Any] = {"js": js, "api_visibility": "private"}
            for event in (box.submit, chat.example_select, chat.retry, chat.undo, chat.clear):
                event(None, None, self._reason, **hide)

    def _answer(self, question: str, messages: list[Message], turns: list[Turn], page: str) -> Iterator[Shown]:
        yield from self._answered(question, messages, turns, page, value="")

    def _answered(
        self,
        question: str,
        messages: list[Message],
        turns: list[Turn],
        page: str,
        **box: Any,  # noqa: ANN401 - as `_ready`
    ) -> Iterator[Shown]:
        """Answer; `box` is what becomes of the box: a draft in it stays, unless the question was sent from there."""
        question = (question or "").strip()
        if not question:
            yield gr.skip(), messages, turns
            return
        turns = self._conversation.caught_up(messages, turns, _language(page))
        shown = with_question = [*messages, asked(question)]
        now = [*turns, Turn(question, None)]
        yield gr.Textbox(submit_btn=False, stop_btn=True, **box), shown, now
        for message, now in self._conversation.answer(question, turns, _language(page)):
            shown = [*with_question, message]
            yield gr.skip(), shown, now
        yield _ready(), shown, now

    def _example(self, messages: list[Message], turns: list[Turn], page: str, chosen: gr.SelectData) -> Iterator[Shown]:
        yield from self._answered(chosen.value["text"], messages, turns, page)

    def _again(self, messages: list[Message], turns: list[Turn], page: str, retried: gr.RetryData) -> Iterator[Shown]:
        turn, turns = _number(retried.index) // 2, self._conversation.caught_up(messages, turns, _language(page))
        yield from self._answered(turns[turn].question, messages[: 2 * turn], turns[:turn], page)

    def _stop(self, draft: str, messages: list[Message], turns: list[Turn]) -> Shown:
        question, messages, turns = stopped(messages, turns)
        return _given_back(draft, question), messages, turns

    def _undo(self, draft: str, messages: list[Message], turns: list[Turn], undone: gr.UndoData) -> Shown:
        turn = _number(undone.index) // 2
        return _given_back(draft, said_in(messages[2 * turn])), messages[: 2 * turn], turns[:turn]

    def _clear(self) -> Shown:
        return _ready(), [], []

    def _return(self, remembered: str, page: str) -> Iterator[Shown]:
        """What the visitor asked before, asked again; then what the link asks that brought them here.

        Nothing is asked meanwhile, or it would lose its place: the box is shut until then.
        """
        questions, link = _remembered(remembered)
        messages, turns = self._conversation.again(questions, _language(page))
        yield _ready(), messages, turns
        if link and link not in questions[-1:]:
            yield from self._answered(link, messages, turns, page)

    def _exporting(self) -> None:
        with gr.Row(elem_id="exports"):
            for name, kind, make in (("markdown", "md", export.markdown), ("facts", "html", export.fact_sheet)):
                button = gr.Button(_TEXTS(name), size="sm", variant="secondary")
                text = gr.Textbox(visible=False)
                exported = partial(self._exported, make)
                shown = [self._chat, self._turns, self._language]
                made = button.click(exported, shown, text, queue=False, api_visibility="private")
                made.success(None, text, None, js=f"(text) => window.briefwijzer.save(text, 'briefwijzer.{kind}')")

    def _exported(
        self,
        made: Callable[[Sequence[Answer], Letter, Language, Tested, date], str],
        messages: list[Message],
        turns: list[Turn],
        page: str,
    ) -> str:
        about = self._conversation
        now = about.caught_up(messages, turns, _language(page))
        answers = [turn.answer for turn in now if turn.answer is not None]
        if not answers:
            return ""
        return made(answers, about.letter, answers[-1].language, about.tested, date.today())

    def _judging(self, path: Path) -> Any:  # noqa: ANN401 - the library's own contexts have no type
        """Thumbs, and the reason that may follow: the form that asks for it."""
        about = gr.State("")
        with gr.Group(visible=False, elem_id="reason") as form:
            reason = gr.Textbox(label=_TEXTS("reason"), max_length=1_000, submit_btn=True)

        def judged(messages: list[Message], turns: list[Turn], page: str, judged: gr.LikeData) -> tuple[str, Any, Any]:
            number = _number(judged.index) // 2
            now = self._conversation.caught_up(messages, turns, _language(page))
            # Asked again, an answer has another name: it is kept, for the next thumb to be about the same one.
            kept: Any = now if len(now) != len(turns) else gr.skip()
            answer = now[number].answer
            good = judged.liked if isinstance(judged.liked, bool) else None  # None: the thumb was taken back
            try:
                if answer is not None:
                    feedback.keep(path, answer, [turn.question for turn in now[:number]], good=good)
            except feedback.FeedbackError as error:
                raise gr.Error(str(error), print_exception=False) from error
            asks = answer is not None and good is not None
            return answer.id if answer and asks else "", gr.Group(visible=asks), kept

        def explained(reason: str, about: str) -> tuple[str, Any]:
            try:
                if about and reason.strip():
                    feedback.add_reason(path, about, reason)
            except feedback.FeedbackError as error:
                raise gr.Error(str(error), print_exception=False) from error
            return "", gr.Group(visible=False)

        beside: dict[str, Any] = {"queue": False, "api_visibility": "private"}
        self._chat.like(judged, [self._chat, self._turns, self._language], [about, form, self._turns], **beside)
        reason.submit(explained, [reason, about], [reason, form], **beside)
        return form


def _for_programs(desk: Desk) -> None:
    """The one endpoint of the page that programs may call, by `gradio_client`: `/ask`."""

    def api_ask(question: str, history: list[str] = [], language: str | None = None) -> dict[str, Any]:  # noqa: B006 - gradio shows the default; it is only read
        if language not in (None, "nl", "en"):
            raise gr.Error(f"language is {language!r}: expected nl, en or nothing", print_exception=False)
        try:
            return desk.ask(question, history, cast("Language | None", language)).as_json()
        except Refusal as refusal:
            raise gr.Error(str(refusal), print_exception=False) from refusal

    gr.api(api_ask, api_name="ask")  # type: ignore[attr-defined] # made as the library is imported


def _evaluation() -> None:
    run = gr.Button(_TEXTS("evaluate"), variant="secondary", elem_id="evaluate")
    figures = gr.HTML("", elem_id="figures", js_on_load=None)
    gr.HTML(frame.report(), js_on_load=None)

    def measure(progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008 - how gradio hands it in
        try:
            return frame.figures(evaluate(lambda done, total: progress((done, total), unit="questions")))
        except EvaluationError as error:
            raise gr.Error(str(error), print_exception=False) from error

    # One at a time: it takes both cores for a while, and everybody sees the same figures.
    run.click(measure, None, figures, concurrency_limit=1, concurrency_id="evaluate", api_visibility="private")


def _watch(warmup: Warmup, status: gr.HTML) -> None:
    """Say what the page is waiting for, until the assistant is loaded."""

    def look() -> tuple[Any, Any]:
        over = warmup.wait(0.0)
        text = "" if warmup.assistant else frame.status(warmup.problem or f"{WARMING}: {warmup.stage}")
        return gr.HTML(text), gr.Timer(active=not over)

    tick = gr.Timer(0.7)
    tick.tick(look, None, [status, tick], show_progress="hidden", queue=False, api_visibility="private")


def _ready(**changed: Any) -> gr.Textbox:  # noqa: ANN401 - whatever the box takes
    """The box as it waits for a question."""
    return gr.Textbox(submit_btn=True, stop_btn=False, interactive=True, **changed)


def _given_back(draft: str, question: str) -> gr.Textbox:
    """The box with a question that was taken back, unless something is being typed there."""
    return _ready() if draft.strip() or not question else _ready(value=question)


def _number(index: int | tuple[int, int]) -> int:
    return index if isinstance(index, int) else index[0]


def _language(sent: str) -> Language | None:
    """The language of the page, as the browser says it: nothing is believed."""
    return "nl" if sent == "nl" else "en" if sent == "en" else None


def _remembered(sent: str) -> tuple[list[str], str]:
    """The questions that the visitor's browser kept, and the one in the link. From outside: nothing is believed."""
    try:
        said = json.loads(sent or "{}")
    except (ValueError, RecursionError):  # no JSON, a number of thousands of digits, or nested too deep
        return [], ""
    if not isinstance(said, dict):
        return [], ""
    kept, link = said.get("questions"), said.get("link")
    questions = [text for one in kept if (text := _typed(one))] if isinstance(kept, list) else []
    return questions[-MOST_REMEMBERED:], _typed(link)


def _typed(sent: object) -> str:
    """What somebody may have typed, without half characters, which no file and no answer can hold."""
    text = sent if isinstance(sent, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8").strip()[: MAX_QUESTION + 1]
