"""How a unit of the letter is seen by the index: alone, in its context, and in English."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from corpus.letter import Letter
from corpus.parse import UnitKind
from corpus.span import Span

ViewName = Literal["sentence", "context", "english", "english_context"]
VIEWS: tuple[ViewName, ...] = get_args(ViewName)

# What the words of a unit do not say, and its place in the letter does.
_WHAT_IT_IS: dict[UnitKind, tuple[str, str]] = {
    "sentence": ("", ""),
    "footnote": ("Voetnoot: ", "Footnote: "),
    "signatory": ("De brief is ondertekend door: ", "The letter is signed by: "),
}


@dataclass(frozen=True, slots=True)
class View:
    """One text under which a unit is found; `own` is where the unit itself stands in it."""

    unit: str
    name: ViewName
    text: str
    own: Span


def views(letter: Letter) -> Iterator[View]:
    """Every view of every unit, unit by unit in the order of the letter, each in the order of `VIEWS`.

    A context is the section path, the sentence before, the sentence and the one behind it, as far as they stand in the
    same section: many sentences lean on the one before ("Deze stond in het teken van …").
    """
    units = letter.units
    for position, unit in enumerate(units):
        around = [
            neighbour
            for neighbour in units[max(position - 1, 0) : position + 2]
            if neighbour.kind == unit.kind and neighbour.section == unit.section
        ]
        section = " › ".join(unit.section)
        section_en = " › ".join(letter.heading_translations[heading] for heading in unit.section)
        dutch, english = _WHAT_IT_IS[unit.kind]
        place = around.index(unit)
        texts = [near.text for near in around]
        translated = [letter.translations[near.id] for near in around]
        yield _view(unit.id, "sentence", dutch, [unit.text], 0)
        yield _view(unit.id, "context", f"{section}: " * bool(section) + dutch, texts, place)
        yield _view(unit.id, "english", english, [letter.translations[unit.id]], 0)
        yield _view(unit.id, "english_context", f"{section_en}: " * bool(section_en) + english, translated, place)


def _view(unit: str, name: ViewName, before: str, texts: Sequence[str], place: int) -> View:
    start = len(before) + sum(len(text) + 1 for text in texts[:place])
    return View(unit, name, before + " ".join(texts), (start, start + len(texts[place])))
