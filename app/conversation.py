"""One visitor's conversation: its turns, and the messages that show them. Without the interface library."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app import render
from app.desk import Desk, Refusal
from app.published import tested
from corpus.letter import Letter
from index.answer import Answer
from index.lexical import Language
from index.wording import MAX_QUESTION

Message = dict[str, Any]
MOST_REMEMBERED = 40
"""Questions that are asked again when a visitor comes back; what was asked before them is shown, and left at that."""
WARMING = "Het taalmodel wordt geladen · The language model is being loaded"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was typed, with its answer; None while it is waited for, and where there is no assistant."""

    question: str
    answer: Answer | None


class Conversation:
    """Answers in a conversation about one letter; what was said before is handed in, so that one serves everybody."""

    def __init__(self, letter: Letter, desk: Desk) -> None:
        self.letter = letter
        self._desk = desk
        self._warmup = desk.warmup
        self.tested = tested()

    def answer(
        self, question: str, turns: Sequence[Turn], page: Language | None = None
    ) -> Iterator[tuple[Message, list[Turn]]]:
        """The message that answers, as it grows, each with the turns so far; the last one is whole.

        The turn is there from the first message on, without its answer while that is waited for. `page` is the language
        that the page is in: what could be either is asked in that.
        """
        for pending in self._warming():
            yield {**_said("…"), "metadata": pending}, [*turns, Turn(question, None)]
        try:
            answer = self._desk.ask(question, [turn.question for turn in turns], otherwise=page)
        except Refusal as refusal:
            yield _said(" · ".join(dict.fromkeys(refusal.text.values()))), [*turns, Turn(question, None)]
            return
        for content in render.streamed(answer, self.letter, self.tested):
            yield _assistant(content), [*turns, Turn(question, answer)]

    def again(self, questions: Sequence[str], page: Language | None = None) -> tuple[list[Message], list[Turn]]:
        """A conversation asked anew from its questions, when its visitor comes back."""
        self._warmup.wait()
        messages: list[Message] = []
        turns: list[Turn] = []
        for question in questions:
            *_, (message, turns) = self.answer(question, turns, page)
            messages += [asked(question), message]
        return messages, turns

    def caught_up(self, messages: Sequence[Message], turns: Sequence[Turn], page: Language | None = None) -> list[Turn]:
        """The turns behind the messages that are shown: the server remembers a conversation for a limited time only."""
        if len(messages) <= 2 * len(turns):
            return list(turns)
        questions = [said_in(message) for message in messages[::2]]
        before, latest = questions[:-MOST_REMEMBERED], questions[-MOST_REMEMBERED:]
        return [*(Turn(question, None) for question in before), *self.again(latest, page)[1]]

    def _warming(self) -> Iterator[Message]:
        while not self._warmup.wait(0.0):
            yield {"title": f"{WARMING}: {self._warmup.stage}", "status": "pending"}
            self._warmup.wait(0.5)


def stopped(messages: Sequence[Message], turns: Sequence[Turn]) -> tuple[str, list[Message], list[Turn]]:
    """What stopping leaves: a question that still waited is taken back, an answer stays as far as it came."""
    if turns and turns[-1].answer is None:
        return turns[-1].question, list(messages[: 2 * (len(turns) - 1)]), list(turns[:-1])
    return "", list(messages), list(turns)


def asked(question: str) -> Message:
    """A question as a message."""
    return {"role": "user", "content": render.question(question[: MAX_QUESTION + 1])}


def said_in(message: Message) -> str:
    """The question that a message shows, as it was typed; the library hands a text back in pieces."""
    content = message["content"]
    return render.typed(content if isinstance(content, str) else "".join(piece.get("text", "") for piece in content))


def _assistant(content: str) -> Message:
    return {"role": "assistant", "content": content}


def _said(text: str) -> Message:
    return _assistant(render.said(text))
