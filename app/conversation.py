"""One visitor's conversation: its turns, and the messages that show them. Nothing of the interface library is in here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app import render
from app.published import tested
from app.warmup import Warmup
from app.wording import words
from corpus.letter import Letter
from index.answer import Answer
from index.wording import MAX_QUESTION

Message = dict[str, Any]
WARMING = "Het taalmodel wordt geladen · The language model is being loaded"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was typed, with its answer; None where the assistant could not be loaded."""

    question: str
    answer: Answer | None


class Conversation:
    """Answers in a conversation about one letter; what was said before is handed in, so that one serves everybody."""

    def __init__(self, letter: Letter, warmup: Warmup) -> None:
        self.letter = letter
        self._warmup = warmup
        self._tested = tested()

    def answer(self, question: str, turns: Sequence[Turn]) -> Iterator[tuple[Message, list[Turn]]]:
        """The message that answers, as it grows, each with the turns so far; the last one is whole.

        The turn is there from the first word on: whoever stops the answer keeps it.
        """
        yield from (({**_said("…"), "metadata": pending}, list(turns)) for pending in self._warming())
        if self._warmup.assistant is None:
            yield _said(self._warmup.problem or ""), [*turns, Turn(question, None)]
            return
        answer = self._warmup.assistant.ask(question, [turn.question for turn in turns])
        for content in render.streamed(answer, self.letter, self._tested):
            yield _assistant(content), [*turns, Turn(question, answer)]

    def again(self, questions: Sequence[str]) -> tuple[list[Message], list[Turn]]:
        """A conversation asked anew from its questions, when its visitor comes back."""
        self._warmup.wait()
        messages: list[Message] = []
        turns: list[Turn] = []
        for question in questions:
            *_, (message, turns) = self.answer(question, turns)
            messages += [asked(question), message]
        return messages, turns

    def stopped(self, messages: Sequence[Message], turns: Sequence[Turn]) -> list[Message]:
        """The messages of an answer that was stopped: as far as it came, saying so."""
        if len(messages) % 2 or not turns or turns[-1].answer is None:
            return list(messages)
        said = words(turns[-1].answer.language).stopped
        return [*messages[:-1], _assistant(f"{_content(messages[-1])}{render.said(said)}")]

    def _warming(self) -> Iterator[Message]:
        while not self._warmup.wait(0.0):
            yield {"title": f"{WARMING}: {self._warmup.stage}", "status": "pending"}
            self._warmup.wait(0.5)


def asked(question: str) -> Message:
    """A question as a message."""
    return {"role": "user", "content": render.question(question[: MAX_QUESTION + 1])}


def _assistant(content: str) -> Message:
    return {"role": "assistant", "content": content}


def _said(text: str) -> Message:
    return _assistant(render.said(text))


def _content(message: Message) -> str:
    """What a message holds, as it was sent or as it comes back from the page."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
