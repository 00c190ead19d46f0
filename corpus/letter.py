"""A letter folder: the canonical text, what the text alone does not tell, and a working translation."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

from corpus.parse import Heading, Outline, ParseError, Structure, Unit, parse
from corpus.span import Span, cut

LETTERS = Path(__file__).parent / "letters"
DEFAULT = LETTERS / "nmi-force-protection-2024"


class LetterError(Exception):
    """A letter folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Letter:
    """One official letter.

    `text` is exactly what `letter.txt` holds, newlines untouched: every position refers to it. `translations` gives
    the English working translation of each unit by its id, `heading_translations` that of each heading by its text.
    """

    name: str
    title: str
    title_en: str
    sender: str
    addressee: str
    sha256: str
    text: str
    structure: Structure
    translations: Mapping[str, str]
    heading_translations: Mapping[str, str]

    @property
    def units(self) -> tuple[Unit, ...]:
        """Everything that can be quoted: sentences, footnotes, signatories."""
        return self.structure.units

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The headings, in the order of the letter."""
        return self.structure.headings

    @cached_property
    def by_id(self) -> Mapping[str, Unit]:
        """The units by their id."""
        return {unit.id: unit for unit in self.units}

    def quote(self, spans: Iterable[Span]) -> str:
        """What the letter says at `spans`."""
        return cut(self.text, spans)


def load_letter(folder: Path = DEFAULT) -> Letter:
    """Load and verify a letter folder.

    Raises `LetterError` when a file is missing or unreadable, when the text is not the one that `letter.toml` names by
    its SHA-256, when text and outline disagree, or when the translation is not of exactly this text.
    """
    raw = _read(folder / "letter.txt")
    about = _about(folder / "letter.toml")
    digest = hashlib.sha256(raw).hexdigest()
    if digest != about["sha256"]:
        raise LetterError(
            f"{folder / 'letter.txt'} has changed: its SHA-256 is {digest}, letter.toml expects {about['sha256']}. "
            "Restore the file (git checkout), or correct letter.toml if the new text is meant."
        )
    text = _decode(raw, folder / "letter.txt")
    outline = Outline(
        tuple((heading["level"], heading["text"]) for heading in about["headings"]),
        tuple(tuple(pieces) for pieces in about["signatories"]),
    )
    try:
        structure = parse(text, outline)
    except ParseError as error:
        raise LetterError(f"{folder / 'letter.toml'} does not fit the letter: {error}.") from error
    translations = _translations(folder / "translation.jsonl", structure.units)
    headings = {heading["text"]: heading["en"] for heading in about["headings"]}
    named = {key: about[key] for key in ("title", "title_en", "sender", "addressee", "sha256")}
    return Letter(
        folder.name, **named, text=text, structure=structure, translations=translations, heading_translations=headings
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LetterError(f"cannot read {path}: {error.strerror}. Restore it with: git checkout -- {path}") from error


def _decode(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LetterError(f"{path} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from error


def _about(path: Path) -> dict[str, Any]:
    try:
        about = tomllib.loads(_decode(_read(path), path))
    except tomllib.TOMLDecodeError as error:
        raise LetterError(f"{path} is not valid TOML: {error}.") from error
    missing = {"title", "title_en", "sender", "addressee", "sha256", "headings", "signatories"} - about.keys()
    if missing:
        raise LetterError(f"{path} lacks {', '.join(sorted(missing))}.")
    for heading in about["headings"]:
        if not isinstance(heading, dict) or not {"level", "text", "en"} <= heading.keys():
            raise LetterError(f'{path}: a heading needs "level", "text" and "en", not {heading!r}.')
    return about


def _translations(path: Path, units: Sequence[Unit]) -> dict[str, str]:
    lines = _decode(_read(path), path).removesuffix("\n").split("\n")
    found: dict[str, str] = {}
    for number, (line, unit) in enumerate(zip_longest(lines, units), 1):
        if line is None:
            raise LetterError(f"{path} has no translation of {unit.id}: one line for each unit is expected.")
        try:
            row = json.loads(line)
            name, dutch, english = row["id"], row["nl"], row["en"]
        except (json.JSONDecodeError, LookupError, TypeError) as error:
            raise LetterError(f'{path}, line {number}: expected {{"id", "nl", "en"}}, found {line[:60]!r}.') from error
        if unit is None or (name, dutch) != (unit.id, unit.text):
            raise LetterError(
                f"{path}, line {number}: {name!r} is not the next unit of this letter, or its Dutch differs."
            )
        if not isinstance(english, str) or not english.strip():
            raise LetterError(f"{path}, line {number}: {name} has no English text.")
        found[unit.id] = english
    return found
