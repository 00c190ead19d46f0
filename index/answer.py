"""The answer as a value: what can be constructed is true to the letter.

Answer
├── citations: Citation, ...   exact quotations, numbered from 1, the best one first
├── related: Citation, ...     the nearest passages, where the letter does not answer
└── confidence: Confidence
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, asdict, dataclass, field
from typing import Any, Literal

from corpus.letter import Letter
from corpus.parse import Unit
from corpus.span import Span
from index.lexical import Language
from index.wording import NOTICES, SAID

SCHEMA = 1
MAX_WORDS = 90

Status = Literal["answered", "not_in_letter", "unclear"]
Level = Literal["high", "medium", "low"]

_MARKER = re.compile(r"\s?\[\d+\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class BrokenAnswer(ValueError):
    """An answer that is not true to the letter: a defect of the program, never of the question."""


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact quotation. Constructing one checks that `quote` is what `letter` says at `spans`.

    `translation` is the English working translation, or None where it is not shown.
    """

    number: int
    quote: str
    spans: tuple[Span, ...]
    sentences: tuple[str, ...]
    pages: tuple[int, ...]
    section: tuple[str, ...]
    footnotes: tuple[str, ...]
    translation: str | None
    letter: InitVar[Letter]

    def __post_init__(self, letter: Letter) -> None:
        """Raise `BrokenAnswer` unless every character is the letter's."""
        if not self.quote or letter.quote(self.spans) != self.quote:
            raise BrokenAnswer(f"{self.quote!r} is not what the letter says at {self.spans}")
        if self.translation and (lacking := _numbers(self.translation) - _numbers(self.quote)):
            raise BrokenAnswer(f"{sorted(lacking)} stands in the translation and not in {self.quote!r}")

    @classmethod
    def of(cls, unit: Unit, number: int, letter: Letter, *, translated: bool) -> "Citation":
        """Cite a whole unit of the letter."""
        return cls(
            number, unit.text, unit.spans, (unit.id,), unit.pages, unit.section, unit.footnotes,
            letter.translations[unit.id] if translated else None, letter,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """The citation as it stands in an answer of schema 1."""
        lists = {name: list(getattr(self, name)) for name in ("sentences", "pages", "section", "footnotes")}
        return {**asdict(self), "spans": [list(span) for span in self.spans], **lists}


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the answer is: `probability` that it is right, declining included."""

    level: Level
    probability: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question, and what in the letter says so.

    Constructing one checks the markers, the length, and that it says nothing but cited passages, whole (their
    translation, for English), and the notices of the program: no number, date or name can slip in. The short answer is
    a piece of one. `explanation` says how it came about; it is for people, and not part of the JSON.
    """

    question: str
    language: Language
    status: Status
    answer: str
    short_answer: str | None
    citations: tuple[Citation, ...]
    confidence: Confidence
    related: tuple[Citation, ...]
    seconds: Mapping[str, float]
    explanation: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        """Raise `BrokenAnswer` when the answer says what its citations do not."""
        if (self.status == "answered") != bool(self.citations):
            raise BrokenAnswer(f"status {self.status!r} with {len(self.citations)} citations")
        for cited in (self.citations, self.related):
            if [citation.number for citation in cited] != list(range(1, len(cited) + 1)):
                raise BrokenAnswer("citations are not numbered from 1")
        if self.status != "answered":
            if self.answer not in SAID or self.short_answer is not None:
                raise BrokenAnswer(f"{self.answer!r} is nothing that is said without a citation")
            return
        markers = {int(number) for number in re.findall(r"\[(\d+)\]", self.answer)}
        if markers != {citation.number for citation in self.citations}:
            raise BrokenAnswer(f"markers {sorted(markers)} for {len(self.citations)} citations")
        plain = _MARKER.sub("", self.answer)
        if len(plain.split()) > MAX_WORDS:
            raise BrokenAnswer(f"more than {MAX_WORDS} words")
        evidence = [citation.translation or citation.quote for citation in self.citations]
        if rest := _beyond(plain, evidence):
            raise BrokenAnswer(f"{rest!r} stands in no cited passage")
        for piece in (self.short_answer or "").split("; "):  # one for each part of the question
            if not any(piece in text for text in evidence):
                raise BrokenAnswer(f"{piece!r} stands in no cited passage")

    def as_json(self) -> dict[str, Any]:
        """The answer in schema 1, made of what `json.dumps` takes."""
        return {
            "schema": SCHEMA,
            "id": self.id,
            "question": self.question,
            "language": self.language,
            "status": self.status,
            "answer": self.answer,
            "short_answer": self.short_answer,
            "citations": [citation.as_json() for citation in self.citations],
            "confidence": asdict(self.confidence),
            "related": [citation.as_json() for citation in self.related],
            "seconds": {part: round(seconds, 6) for part, seconds in self.seconds.items()},
        }


def _numbers(text: str) -> set[str]:
    """The numbers of a text, whatever separates their decimals: "18,3" is "18.3"."""
    return {number.replace(",", ".") for number in _NUMBER.findall(text)}


def _beyond(text: str, evidence: Iterable[str]) -> str:
    """What a text says besides whole cited passages and the notices of the program."""
    for known in sorted([*evidence, *NOTICES], key=len, reverse=True):
        text = text.replace(known, " ")
    return text.strip()
