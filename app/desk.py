"""Where every question is asked, whether it comes from the page or from a program: in its turn, counted, never lost.

The answering itself is done by a few threads, as many as the machine has use for. Behind them questions wait in the
order in which they came; when too many wait, the next one is told so at once.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from app.observe import Observer
from app.settings import Settings
from app.warmup import Warmup
from index.answer import Answer
from index.lexical import Language

if TYPE_CHECKING:  # it brings llama-index along, a second that the page need not wait for
    from index.assistant import Assistant

T = TypeVar("T")


class Refusal(Exception):
    """A question that is not taken now; `text` says why in each language, `retry_after` after how many seconds."""

    def __init__(self, text: dict[Language, str], retry_after: int) -> None:
        super().__init__(text["en"])
        self.text = text
        self.retry_after = retry_after


class Desk:
    """Takes questions for the assistant that `warmup` loads. Safe to share between threads."""

    def __init__(self, warmup: Warmup, settings: Settings, observer: Observer) -> None:
        self.warmup = warmup
        self._observer = observer
        self._most = settings.at_once + settings.waiting
        self._taken = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(settings.at_once, thread_name_prefix="answering")

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        language: Language | None = None,
        otherwise: Language | None = None,
    ) -> Answer:
        """The answer, waited for; the languages as `Assistant.ask` has them. Raises `Refusal`."""
        return self._answering(question, history, language, otherwise).result()

    async def ask_soon(self, question: str, history: Sequence[str] = (), language: Language | None = None) -> Answer:
        """The answer, without a thread that waits for it. Raises `Refusal`."""
        return await asyncio.wrap_future(self._answering(question, history, language))

    async def search_soon(self, question: str, history: Sequence[str], limit: int) -> dict[str, Any]:
        """The passages that come nearest, the likeliest first, as programs get them. Raises `Refusal`."""
        found = await asyncio.wrap_future(self._take(lambda assistant, _: assistant.nearest(question, history, limit)))
        return {"question": question, "passages": [citation.as_json() for citation in found]}

    def _answering(
        self, question: str, history: Sequence[str], language: Language | None, otherwise: Language | None = None
    ) -> Future[Answer]:
        def work(assistant: "Assistant", wait: float) -> Answer:
            answer = assistant.ask(question, history, language, otherwise)
            self._observer.answer(answer, wait)
            return answer

        return self._take(work)

    def _take(self, work: Callable[["Assistant", float], T]) -> Future[T]:
        assistant = self.warmup.assistant
        if assistant is None:
            problem = self.warmup.problem or f"the language model is being loaded ({self.warmup.stage})"
            raise Refusal({"nl": problem, "en": problem}, retry_after=5)
        with self._lock:
            if self._taken >= self._most:
                self._observer.refused("busy")
                raise Refusal(
                    {
                        "nl": "Er wachten nu te veel vragen. Probeer het over enkele seconden opnieuw.",
                        "en": "Too many questions are waiting. Try again in a few seconds.",
                    },
                    retry_after=5,
                )
            self._count(+1)
        came = time.perf_counter()
        taken = self._threads.submit(lambda: work(assistant, time.perf_counter() - came))
        taken.add_done_callback(self._done)
        return taken

    def _done(self, _: object) -> None:
        with self._lock:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._taken += change
        self._observer.waiting(self._taken)
