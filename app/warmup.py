"""The assistant while it is being loaded, beside the page that is already there."""

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from index.assistant import Assistant


@dataclass
class Warmup:
    """The assistant while it is being loaded in a thread of its own: `stage` says what is going on.

    `problem` is set when it cannot be loaded, `assistant` when it is.
    """

    stage: str = "starting"
    assistant: "Assistant | None" = None
    problem: str | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self, when_over: Callable[[], None] = lambda: None) -> None:
        """Begin to load; `when_over` is called in the thread, whatever came of it."""
        threading.Thread(target=self._load, args=(when_over,), name="warm-up", daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until loading is over; False when it still goes on."""
        return self._over.wait(seconds)

    def _load(self, when_over: Callable[[], None]) -> None:
        with tqdm(desc="embedding the letter", unit="passage", file=sys.stderr, leave=False, disable=None) as bar:

            def say(what: str) -> None:
                self.stage = what
                bar.write(f"briefwijzer: {what}", file=sys.stderr)

            def step(done: int, total: int) -> None:
                self.stage = f"embedding the letter: {done} of {total} passages"
                bar.total = total
                bar.update(done - bar.n)

            try:
                # Imported here, beside the page: together these take longer than all the rest of the start.
                from index.assistant import PROBLEMS, load_assistant

                try:
                    self.assistant = load_assistant(say=say, step=step)
                except PROBLEMS as error:
                    self.problem = str(error)
            finally:
                if self.assistant is None and self.problem is None:
                    # A defect of the program: its traceback follows, and nobody waits for what never comes.
                    self.problem = "the assistant could not be loaded, see the error above"
                self._over.set()
                when_over()
