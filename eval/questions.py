"""Questions with their gold: read, checked and described.

The fields of a question, which `eval/README.md` describes one by one, are those of `Question`. A file of one's own may
leave most of them out: `question` and `answerable` are enough.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, get_args

from corpus.letter import Letter
from corpus.span import fold
from index.language import detect
from index.lexical import Language
from index.understanding import clean, unclear

QUESTIONS = Path(__file__).parent / "questions.jsonl"
STRANGERS = Path(__file__).parent / "strangers.jsonl"
KINDS = (
    *("number", "date", "money", "person", "organisation", "place", "reason", "definition", "description", "list"),
    *("yes/no", "reference", "two-part", "summary"),
)
SPLITS = ("dev", "test", "strangers")
UNSEEN = ("test", "strangers")
"""The splits that are looked at through their totals alone."""
OWN = "own"
"""The split of questions that a user brings."""

_LANGUAGES: tuple[Language, ...] = get_args(Language)
_TRUE, _FALSE = {"true", "yes", "ja", "1"}, {"false", "no", "nee", "0"}


class QuestionsError(Exception):
    """A file of questions cannot be used: every problem in it with its line and field, and what was expected."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold.

    `pair` is shared by twins: two questions for one fact, one in each language. `history` holds the earlier questions,
    oldest first. `evidence` are groups of alternatives: to answer whole, one unit of every group must be cited.
    `answers` are the accepted short answers by language: texts that an answer must contain, "a && b" both of them.
    """

    id: str
    pair: str
    split: str
    language: Language
    kind: str
    question: str
    history: tuple[str, ...]
    answerable: bool
    evidence: tuple[tuple[str, ...], ...]
    answers: Mapping[Language, tuple[str, ...]]
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The question as a line of JSON holds it."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        lists = {"history": list(self.history), "evidence": [list(group) for group in self.evidence]}
        return fields | lists | {"answers": {language: list(texts) for language, texts in self.answers.items()}}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question to train or fit on, with the ids of the units that answer it; none for what the letter does not say.

    `pair` is shared by twins.
    """

    pair: str
    language: Language
    question: str
    history: tuple[str, ...]
    evidence: frozenset[str]


def labelled(path: Path) -> list[Labelled]:
    """The questions of `training.jsonl` or `fitting.jsonl`, each a pair by itself."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Labelled(
            f"{path.name}, line {line}",
            row["language"],
            row["question"],
            tuple(row["history"]),
            frozenset(row["evidence"]),
        )
        for line, row in enumerate(rows, 1)
    ]


def labelled_dev(letter: Letter) -> list[Labelled]:
    """The questions of the `dev` half of `questions.jsonl`."""
    return [
        Labelled(one.pair, one.language, one.question, one.history, frozenset(chain.from_iterable(one.evidence)))
        for one in load_questions(QUESTIONS, letter)
        if one.split == "dev"
    ]


def measuring(letter: Letter) -> tuple[Question, ...]:
    """Every question that measures: the halves `dev` and `test`, and those of `strangers`."""
    return load_questions(QUESTIONS, letter) + load_questions(STRANGERS, letter)


def load_questions(path: Path, letter: Letter) -> tuple[Question, ...]:
    """Read a `.jsonl` or `.csv` file of questions about `letter`, and check every one.

    Raises `QuestionsError` with every problem of the file, each with its line, its field and what was expected.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise QuestionsError(f"cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise QuestionsError(f"{path} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from error
    rows = {".csv": _csv, ".jsonl": _jsonl}.get(path.suffix.lower())
    if rows is None:
        raise QuestionsError(f"{path}: expected a name that ends in .jsonl or .csv.")
    reader = _Reader(letter)
    questions = [reader.question(line, row) for line, row in rows(text, reader)]
    if not questions and not reader.problems:
        reader.problems.append("no question in it")
    if reader.problems:
        raise QuestionsError("\n".join(f"{path}, {problem}" for problem in reader.problems))
    return tuple(question for question in questions if question is not None)


def _jsonl(text: str, reader: "_Reader") -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            row = json.loads(written)
        except (ValueError, RecursionError) as error:
            reader.say(line, "", f"a JSON object, but it cannot be read: {error}")
            continue
        if isinstance(row, dict):
            yield line, row
        else:
            reader.say(line, "", f"a JSON object, not {type(row).__name__}")


def _csv(text: str, reader: "_Reader") -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows of a CSV; a cell with several values separates them with "|", evidence groups with ";"."""
    rows = csv.DictReader(io.StringIO(text, newline=None), dialect=_dialect(text))
    try:
        names = [name.strip().lower() for name in rows.fieldnames or []]
        rows.fieldnames = names
        if "question" not in names or "answerable" not in names:
            reader.say(1, "", f'a header with "question" and "answerable", not {", ".join(names) or "nothing"}')
            return
        for row in rows:
            cells = {name: (cell or "").strip() for name, cell in row.items() if name and not isinstance(cell, list)}
            if None in row:
                reader.say(rows.line_num, "", f"{len(names)} cells, found {len(names) + len(row[None])}")
            elif any(cells.values()):
                yield rows.line_num, _from_cells(cells)
    except csv.Error as error:
        reader.say(rows.line_num, "", f"a row of cells, but it cannot be read: {error}")


def _dialect(text: str) -> type[csv.Dialect]:
    """A spreadsheet in Dutch writes ";" between cells."""

    class Found(csv.excel):
        delimiter = max(",;\t", key=text.partition("\n")[0].count)

    return Found


def _from_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {name: cell for name, cell in cells.items() if cell and not name.startswith("answers")}
    if "history" in row:
        row["history"] = _split(row["history"])
    if "evidence" in row:
        row["evidence"] = [_split(group) for group in row["evidence"].split(";")]
    by_language = {language: cells.get(f"answers_{language}", cells.get("answers", "")) for language in _LANGUAGES}
    row["answers"] = {language: _split(cell) for language, cell in by_language.items() if cell}
    return row


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


@dataclass
class _Reader:
    """Turns rows into questions and remembers every problem."""

    letter: Letter
    problems: list[str] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict)

    def say(self, line: int, name: str, expected: str) -> None:
        self.problems.append(f"line {line}{f', {name}' if name else ''}: expected {expected}.")

    def question(self, line: int, row: Mapping[str, Any]) -> Question | None:
        before = len(self.problems)
        text = row.get("question")
        reason = unclear(clean(text)) if isinstance(text, str) else "no text"
        if reason or not isinstance(text, str):
            self.say(line, "question", f"a question in words, not {text!r} ({reason})")
            return None
        name = str(row.get("id") or f"line-{line}")
        if name in self._ids:
            self.say(line, "id", f"an id of its own; {name!r} is that of line {self._ids[name]} already")
        self._ids[name] = line
        found = Question(
            id=name,
            pair=str(row.get("pair") or name),
            split=self._one_of(line, row, "split", (*SPLITS, OWN), OWN),
            language=self._one_of(line, row, "language", _LANGUAGES, detect(text)),
            kind=self._one_of(line, row, "kind", KINDS, "description"),
            question=text,
            history=tuple(self._texts(line, "history", row.get("history"))),
            answerable=self._yes_or_no(line, row.get("answerable")),
            evidence=tuple(self._groups(line, row.get("evidence"))),
            answers=self._answers(line, row.get("answers")),
            note=str(row.get("note") or ""),
        )
        if found.answerable and not (found.evidence or found.answers.get(found.language)):
            self.say(line, "evidence", "evidence or accepted answers, as the question is answerable")
        if not found.answerable and (found.evidence or found.answers):
            self.say(line, "answerable", "no evidence and no answers where it is false")
        return found if len(self.problems) == before else None

    def _one_of(self, line: int, row: Mapping[str, Any], name: str, known: Sequence[Any], default: Any) -> Any:  # noqa: ANN401 - of any field
        value = row.get(name) or default
        if value not in known:
            self.say(line, name, f"one of {', '.join(known)}, not {value!r}")
        return value

    def _yes_or_no(self, line: int, value: object) -> bool:
        written = str(value).strip().lower()
        if written not in _TRUE | _FALSE:
            self.say(line, "answerable", f"true or false, not {value!r}")
        return written in _TRUE

    def _texts(self, line: int, name: str, value: object) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
            self.say(line, name, f"a list of texts, not {value!r}")
            return []
        return value

    def _groups(self, line: int, value: object) -> Iterator[tuple[str, ...]]:
        for group in value if isinstance(value, list) else [value] if value else []:
            alternatives = [group] if isinstance(group, str) else group
            units = [unit for text in self._texts(line, "evidence", alternatives) for unit in self._units(line, text)]
            if units:
                yield tuple(dict.fromkeys(units))

    def _units(self, line: int, text: str) -> list[str]:
        """A unit by its id, or every unit that holds these words of the letter."""
        if text in self.letter.by_id:
            return [text]
        holding = [unit.id for unit in self.letter.units if fold(text) in unit.text]
        if not holding:
            self.say(line, "evidence", f"the id of a sentence (s001) or words of the letter exactly, not {text!r}")
        return holding

    def _answers(self, line: int, value: object) -> dict[Language, tuple[str, ...]]:
        by_language = value or {}
        if not isinstance(by_language, dict) or not set(by_language) <= set(_LANGUAGES):
            self.say(line, "answers", f'{{"nl": [...], "en": [...]}}, not {value!r}')
            return {}
        return {language: tuple(self._texts(line, "answers", texts)) for language, texts in by_language.items()}
