"""The page: ask on the left, the letter on the right. Wiring only: what is shown comes from `app.render`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from app import render
from app.warmup import Warmup
from corpus.letter import load_letter
from index.wording import EXAMPLES, MAX_QUESTION

_HERE = Path(__file__).parent
_FONTS = (
    "system-ui",
    "Segoe UI",
    "Roboto",
    "Helvetica",
    "Arial",
    "sans-serif",
)  # the visitor's own: nothing is fetched
_TEXTS = gr.I18n(
    nl={
        "title": "Briefwijzer",
        "chat": "Gesprek",
        "ask": "Uw vraag over de brief",
        "placeholder": "Stel een vraag, in het Nederlands of Engels",
        "letter": "De brief",
        "read": "Vragen",
        "right": "Hoe goed klopt het?",
    },
    en={
        "title": "Briefwijzer",
        "chat": "Conversation",
        "ask": "Your question about the letter",
        "placeholder": "Ask a question, in Dutch or English",
        "letter": "The letter",
        "read": "Ask",
        "right": "How right is it?",
    },
)
# Gradio scopes a page's own css to what stands inside its container; this is about the container itself, which the tabs
# would make wider than a phone, and narrower than a screen where a tab holds little.
_CONTAINER = """<style>
.gradio-container, .gradio-container .main { width: 100% !important; }
@media (max-width: 700px) {
  .gradio-container, .gradio-container .main { min-width: 0 !important; max-width: 100vw !important; }
}
</style>"""
_WARMING = "Het taalmodel wordt geladen · The language model is being loaded"

Messages = list[dict[str, Any]]


def mount(application: FastAPI, warmup: Warmup) -> FastAPI:
    """Put the page at the root of `application`."""
    head = f"{_CONTAINER}<script>{(_HERE / 'page.js').read_text(encoding='utf-8')}</script>"
    mounted: FastAPI = gr.mount_gradio_app(
        application,
        _blocks(warmup),
        path="/",
        theme=gr.themes.Default(font=_FONTS, font_mono=("ui-monospace", "Consolas", "monospace")),
        css=(_HERE / "page.css").read_text(encoding="utf-8"),
        head=head,
        i18n=_TEXTS,
        run_history=False,
        footer_links=[],
        show_error=True,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
    )
    return mounted


def respond(warmup: Warmup, question: str, messages: Messages, asked: list[str]) -> Iterator[tuple[Any, ...]]:
    """Answer in the conversation, as it grows; yields the box, the messages, the questions so far.

    `asked` holds the questions as they were typed: what is shown of them is escaped and no longer fit to be searched.
    """
    question = (question or "").strip()
    if not question:
        yield gr.skip(), gr.skip(), gr.skip()
        return
    shown = [*messages, {"role": "user", "content": render.safe(question[: MAX_QUESTION + 1])}]
    while not warmup.wait(0.0):
        pending = {"title": f"{_WARMING}: {warmup.stage}", "status": "pending"}
        yield "", [*shown, {"role": "assistant", "content": "…", "metadata": pending}], asked
        warmup.wait(0.5)
    if warmup.assistant is None:
        yield "", [*shown, {"role": "assistant", "content": render.safe(warmup.problem or "")}], [*asked, question]
        return
    answer = warmup.assistant.ask(question, asked)
    for text in render.streamed(render.message(answer)):
        yield "", [*shown, {"role": "assistant", "content": text}], [*asked, question]


def _number(index: int | tuple[int, int]) -> int:
    return index if isinstance(index, int) else index[0]


def _blocks(warmup: Warmup) -> gr.Blocks:
    letter = load_letter()

    def answer(question: str, messages: Messages, asked: list[str]) -> Iterator[tuple[Any, ...]]:
        yield from respond(warmup, question, messages, asked)

    def example(messages: Messages, asked: list[str], chosen: gr.SelectData) -> Iterator[tuple[Any, ...]]:
        yield from respond(warmup, chosen.value["text"], messages, asked)

    def again(messages: Messages, asked: list[str], retried: gr.RetryData) -> Iterator[tuple[Any, ...]]:
        turn = _number(retried.index) // 2
        yield from respond(warmup, asked[turn], messages[: 2 * turn], asked[:turn])

    def status() -> tuple[Any, Any]:
        over = warmup.wait(0.0)
        text = "" if warmup.assistant else render.status(warmup.problem or f"{_WARMING}: {warmup.stage}")
        return gr.HTML(text), gr.Timer(active=not over)

    blocks = gr.Blocks(title="Briefwijzer", analytics_enabled=False, fill_width=True)
    with blocks:
        asked = gr.State([])
        gr.HTML(render.header(letter), js_on_load=None)
        state = gr.HTML(render.status(_WARMING), elem_id="status")
        with gr.Tabs():
            with gr.Tab(_TEXTS("read"), id="read"), gr.Row(elem_id="panes"):
                with gr.Column(scale=1, min_width=280):
                    chat = gr.Chatbot(
                        elem_id="chat",
                        label=_TEXTS("chat"),
                        height="56vh",
                        buttons=["copy"],
                        latex_delimiters=[],
                        allow_tags=False,
                        examples=[{"text": text} for language in ("nl", "en") for text in EXAMPLES[language]],
                    )
                    box = gr.Textbox(
                        elem_id="box",
                        label=_TEXTS("ask"),
                        placeholder=_TEXTS("placeholder"),
                        max_length=MAX_QUESTION,
                        submit_btn=True,
                        autofocus=True,
                    )
                with gr.Column(scale=1, min_width=280):
                    gr.HTML(render.letter(letter), js_on_load=None)
            with gr.Tab(_TEXTS("right"), id="right"):
                gr.HTML(render.report_frame(), js_on_load=None)
        outputs = [box, chat, asked]
        shared: dict[str, Any] = {"outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}
        box.submit(answer, [box, chat, asked], **shared)
        chat.example_select(example, [chat, asked], **shared)
        chat.retry(again, [chat, asked], **shared)
        # Beside the queue: behind it, a question asked at the same moment lost its answer.
        chat.clear(lambda: [], None, asked, queue=False, api_visibility="private")
        tick = gr.Timer(0.7)
        tick.tick(status, None, [state, tick], show_progress="hidden", queue=False, api_visibility="private")
    blocks.queue(max_size=64, default_concurrency_limit=4)
    return blocks
