"""The letter as a sceptical reader has it, and the laws that an answer keeps; no code is shared with what answers.

`Paper` reads the letter folder itself and has its own idea of white space, pages, sections, footnotes, numbers and
names: a law that were checked by the code that it binds would hold whatever it says. Only the fixed lines of the
assistant are taken from where they are written.
"""

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from corpus.letter import DEFAULT
from eval.run import RunError
from index.wording import CONTINUES, IN_ENGLISH, SAID, UNANSWERED_PART, UNCITED_PART

LAWS = {
    "shape": "the fields of schema 1, each of its type",
    "status": "citations with an answer alone, a fixed line without one",
    "slice": "a quotation is exactly what stands at its positions",
    "place": "its pages, its section and its footnotes are where the letter has them",
    "source": "its sentences and their translation are those of the letter folder",
    "markers": "the markers number the citations, each once, in order",
    "said": "before each marker stands its passage, nothing else but a notice; a short answer is cut from it",
    "facts": "every number, date and amount stands in the citation, and in its Dutch",
    "names": "every capitalised name stands in its citation",
    "length": "an answer has at most 90 words",
}
_WORDS = 90
_QUESTION = 1_000  # characters of a question that an answer repeats
_RELATED = 3

_MARKER = re.compile(r"\[(\d+)\]")
_NUMBER = r"\d+(?:[.,]\d+)*"
_NAME = re.compile(r"[^\W\d_][\w’'-]*(?: [^\W\d_][\w’'-]*)*")
_MONTHS = dict(
    zip(
        "January February March April May June July August September October November December".split(),
        "januari februari maart april mei juni juli augustus september oktober november december".split(),
        strict=True,
    )
)
_COUNTS = dict(
    zip(
        "two three four five six seven eight nine ten eleven twelve twenty hundred thousand".split(),
        "twee drie vier vijf zes zeven acht negen tien elf twaalf twintig honderd duizend".split(),
        strict=True,
    )
)
_SCALES = {"million": "miljoen", "billion": "miljard", "thousand": "duizend", "euros": "euro"}


def _patterns(months: Iterable[str], counts: Iterable[str], scales: Iterable[str], euros: str) -> list[re.Pattern[str]]:
    month, scale = "|".join(months), "|".join(scales)
    written = (
        _NUMBER, rf"\b(?:{'|'.join(counts)})\b", rf"\b\d{{1,2}} (?:{month})\b", rf"\b(?:{month}) \d{{4}}\b",
        rf"\b\d{{1,2}} (?:{month}) \d{{4}}\b", rf"{_NUMBER} (?:{scale})\b", rf"{_NUMBER}(?: (?:{scale}))? {euros}\b",
    )  # fmt: skip
    return [re.compile(pattern) for pattern in written]


_FACTS = {
    "nl": _patterns(_MONTHS.values(), _COUNTS.values(), ("miljoen", "miljard", "duizend"), "euro"),
    "en": _patterns(_MONTHS, _COUNTS, ("million", "billion", "thousand"), "euros"),
}
_IN_DUTCH = {**_MONTHS, **_COUNTS, **_SCALES}


def facts(text: str, language: str) -> set[str]:
    """The numbers, dates and amounts of a text, as Dutch writes them but with a decimal point: "18.3 miljoen euro"."""
    found = (match for pattern in _FACTS[language] for match in pattern.findall(text))
    return {" ".join(_IN_DUTCH.get(word, word.replace(",", ".")) for word in one.split()) for one in found}


def names(text: str) -> set[str]:
    """The capitalised words of a text; those that follow one another are one name: "Prime Minister’s Office"."""
    found: set[str] = set()
    for run in _NAME.findall(text):
        name: list[str] = []
        for word in [*run.split(), ""]:
            if word[:1].isupper():
                name.append(word)
            elif name:
                found.add(" ".join(name))
                name = []
    return found


def folded(text: str) -> str:
    """The text as one reads it: a hyphen at a line end joins what follows, runs of white space are one space."""
    read, joins = "", False
    for line in text.split("\n"):
        if words := line.split():
            read += ("" if joins else " ") + " ".join(words)
            joins = len(words[-1]) > 1 and words[-1].endswith("-")
    return read.strip()


class Paper:
    """A letter as a sceptical reader has it: the folder's files, and nothing that the program made of them."""

    def __init__(self, folder: Path = DEFAULT) -> None:
        self.text = (folder / "letter.txt").read_bytes().decode("utf-8")
        about = tomllib.loads((folder / "letter.toml").read_text(encoding="utf-8"))
        rows = map(json.loads, (folder / "translation.jsonl").read_text(encoding="utf-8").splitlines())
        self.units: dict[str, dict[str, str]] = {row["id"]: row for row in rows}
        # The text has no form feeds: a page that follows another begins with a space at the beginning of a line.
        self._pages = [match.start() for match in re.finditer(r"(?m)^ ", self.text)][1:]
        self._signed = self.text.rindex(about["signatories"][0][0])
        self._headings: list[tuple[int, int, str]] = []
        lines = iter(re.finditer(r"[^\n]+", self.text))
        for heading in about["headings"]:
            at = next((line.start() for line in lines if folded(line.group()) == heading["text"]), None)
            if at is None:
                raise RunError(f"{folder}: no line {heading['text']!r}. Restore the folder: git checkout -- {folder}")
            self._headings.append((at, heading["level"], heading["text"]))
        # A number glued to a word is a footnote's marker where a line of the same page begins with that number.
        self._notes: dict[str, tuple[int, int]] = {}
        for number in range(1, 100):
            glued = re.finditer(rf"[^\W\d_][.,;:)’”]?({number})\s", self.text)
            foots = [match.end() for match in re.finditer(rf"(?m)^{number} (?=\D)", self.text)]
            pairs = [(m.start(1), foot) for m in glued for foot in foots if self.page(m.start(1)) == self.page(foot)]
            if pairs:
                self._notes[f"n{number}"] = pairs[0]

    def page(self, position: int) -> int:
        """The page, from 1, on which a position stands."""
        return 1 + sum(start <= position for start in self._pages)

    def section(self, position: int) -> list[str]:
        """The headings above a position of the body, the outermost first."""
        path: list[str] = []
        for start, level, heading in self._headings:
            if start <= position:
                path = [*path[: level - 1], heading]
        return path

    def check(self, answer: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Every law that an answer, as JSON has it, breaks: the law and what is wrong."""
        if wrong := list(_shape(answer)):
            return wrong  # the other laws are about what has the shape of an answer
        found = list(_status(answer))
        for citation in (*answer["citations"], *answer["related"]):
            found += self._citation(citation, answer["language"])
        if answer["status"] == "answered":
            found += _answer(answer)
        return found

    def _citation(self, citation: Mapping[str, Any], language: str) -> Iterator[tuple[str, str]]:
        spans, quote, name = citation["spans"], citation["quote"], citation["sentences"][0]
        if any(not 0 <= start < end <= len(self.text) for start, end in spans):
            yield "slice", f"{spans} are no positions of the letter"
            return
        if not quote or folded("".join(self.text[start:end] for start, end in spans)) != quote:
            yield "slice", f"{quote!r} is not what stands at {spans}"
        read = [at for start, end in spans for at in range(start, end)]
        if read != sorted(set(read)):
            yield "slice", f"{spans} do not go forward"
        pages = sorted({self.page(at) for at in read if not self.text[at].isspace()})
        if citation["pages"] != pages:
            yield "place", f"pages {citation['pages']}, and {quote!r} stands on {pages}"
        if citation["section"] != (section := self._section_of(name, spans[0][0])):
            yield "place", f"section {citation['section']}, and {quote!r} stands under {section}"
        # A marker behind the full stop belongs to the sentence that it follows.
        inside = [note for note, (at, _) in self._notes.items() if spans[0][0] < at <= spans[-1][1] and name[0] == "s"]
        if citation["footnotes"] != inside:
            yield "place", f"footnotes {citation['footnotes']}, and {quote!r} has {inside}"
        unit = self.units.get(name, {"nl": None, "en": None})
        if len(citation["sentences"]) != 1 or unit["nl"] != quote:
            yield "source", f"{quote!r} is not {citation['sentences']}"
        if citation["translation"] != (unit["en"] if language == "en" else None):
            yield "source", f"{citation['translation']!r} is not the translation of {name} in an answer in {language}"

    def _section_of(self, name: str, position: int) -> list[str]:
        if position >= self._signed:
            return []
        note = self._notes.get(name)
        return self.section(note[0] if note and note[1] == position else position)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _fraction(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _seconds(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"embed", "search", "answer", "total"}
        and all(isinstance(one, float) and 0 <= one < math.inf for one in value.values())
    )


def _spans(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(span, list) and len(span) == 2 and all(map(_whole, span)) for span in value
    )


def _one_line(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and len(value) <= _QUESTION


def _citations(value: object) -> bool:
    return isinstance(value, list) and all(_fits(one, _CITATION) for one in value)


def _fits(value: object, fields: Mapping[str, Callable[[Any], bool]]) -> bool:
    return (
        isinstance(value, dict) and value.keys() == fields.keys() and all(fits(value[f]) for f, fits in fields.items())
    )


_CITATION: dict[str, Callable[[Any], bool]] = {
    "number": _whole,
    "quote": lambda value: isinstance(value, str),
    "spans": lambda value: _spans(value) and value != [],
    "sentences": lambda value: _texts(value) and value != [] and all(value),
    "pages": lambda value: isinstance(value, list) and all(map(_whole, value)),
    "section": _texts,
    "footnotes": _texts,
    "translation": lambda value: value is None or isinstance(value, str),
}
_ANSWER: dict[str, Callable[[Any], bool]] = {
    "schema": lambda value: value == 1 and _whole(value),
    "id": lambda value: isinstance(value, str) and value != "",
    "question": _one_line,
    "language": lambda value: value in ("nl", "en"),
    "status": lambda value: value in ("answered", "not_in_letter", "unclear"),
    "answer": lambda value: isinstance(value, str) and value != "",
    "short_answer": lambda value: value is None or (isinstance(value, str) and value != ""),
    "citations": _citations,
    "confidence": lambda value: _fits(
        value, {"level": lambda level: level in ("high", "medium", "low"), "probability": _fraction}
    ),
    "related": _citations,
    "seconds": _seconds,
}


def _shape(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if answer.keys() != _ANSWER.keys():
        yield "shape", f"not the fields of an answer: {answer!r:.200}"
        return
    for name, fits in _ANSWER.items():
        if not fits(answer[name]):
            yield "shape", f"{name}: {answer[name]!r:.200}"


def _status(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    status, cited, related = answer["status"], answer["citations"], answer["related"]
    for citations in (cited, related):
        if [citation["number"] for citation in citations] != list(range(1, len(citations) + 1)):
            yield "markers", "the citations are not numbered from 1"
    if (words := len(_MARKER.sub(" ", answer["answer"]).split())) > _WORDS:
        yield "length", f"{words} words"
    if status == "answered":
        if not cited or related:
            yield "status", f"answered with {len(cited)} citations and {len(related)} related passages"
        return
    if cited or answer["short_answer"] is not None or answer["answer"] not in SAID:
        yield "status", f"{status} with {len(cited)} citations, and says {answer['answer']!r}"
    if len(related) > (_RELATED if status == "not_in_letter" else 0):
        yield "status", f"{status} with {len(related)} related passages"


def _answer(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is said, piece by piece: each up to its marker, without the notices around them."""
    language, said = answer["language"], answer["answer"]
    if language == "en":
        said = said.removeprefix(f"{IN_ENGLISH} ")
    notices = (UNANSWERED_PART[language], UNCITED_PART[language], CONTINUES[language])
    said = next((said.removesuffix(f" {notice}") for notice in notices if said.endswith(f" {notice}")), said)
    numbers = [int(number) for number in _MARKER.findall(said)]
    if numbers != [citation["number"] for citation in answer["citations"]]:
        yield "markers", f"markers {numbers} for {len(answer['citations'])} citations"
    pieces = _MARKER.split(said)[::2]
    passages = [citation["translation"] or citation["quote"] for citation in answer["citations"]]
    for number, piece in enumerate(map(str.strip, pieces)):
        passage = passages[number] if number < len(passages) else ""
        if piece != passage:
            yield "said", f"{piece!r} is not {passage!r}"
        if beyond := names(piece) - names(passage):
            yield "names", f"{sorted(beyond)} in no {passage!r}"
        dutch = answer["citations"][number]["quote"] if passage else ""
        if beyond := facts(piece, language) - (facts(passage, language) & facts(dutch, "nl")):
            yield "facts", f"{sorted(beyond)} in no {passage!r}, or not in {dutch!r}"
    there = [facts(c["translation"] or c["quote"], language) & facts(c["quote"], "nl") for c in answer["citations"]]
    for short in answer["short_answer"].split("; ") if answer["short_answer"] else ():  # one for each part
        as_words = re.compile(rf"(?<!\w){re.escape(short)}(?!\w)")  # "ja" does not stand in "januari"
        if not any(map(as_words.search, passages)):
            yield "said", f"the short answer {short!r} stands in no cited passage"
        if beyond := facts(short, language) - set().union(*there):
            yield "facts", f"{sorted(beyond)} of the short answer stands in no citation"
