"""A passage of the letter in the forms in which people quote it, and its address.

An address is `#p=100-250,310-402&h=1b2c…`: the positions of the passage in the letter, and a hash of what stands there,
so that whoever opens it is told whether the text is still the same. Pure: no interface library is imported here.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.wording import words
from corpus.letter import Letter
from corpus.parse import pages_of
from corpus.span import Span
from index.answer import Citation

_SPANS = re.compile(r"\d{1,9}-\d{1,9}(?:,\d{1,9}-\d{1,9}){0,199}")
_HASH_DIGITS = 12


class AddressError(ValueError):
    """Positions that are none of the letter; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some characters of the letter: what they say, and where they stand."""

    quote: str
    spans: tuple[Span, ...]
    pages: tuple[int, ...]
    section: tuple[str, ...]

    @property
    def hash(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the quotation."""
        return hashlib.sha256(self.quote.encode()).hexdigest()[:_HASH_DIGITS]

    @property
    def address(self) -> str:
        """The part of a link that names the passage: `#p=100-250&h=1b2c…`."""
        return f"#p={','.join(f'{start}-{end}' for start, end in self.spans)}&h={self.hash}"

    @property
    def where(self) -> str:
        """Page and section, in Dutch, as a footnote has them: "p. 2 (Contextanalyse, Mensenrechten)"."""
        pages = "–".join(dict.fromkeys(str(page) for page in (self.pages[0], self.pages[-1])))
        return f"p. {pages}" + (f" ({', '.join(self.section)})" if self.section else "")

    def forms(self, letter: Letter, translation: str | None = None) -> Mapping[str, str]:
        """The passage as plain text, as a Dutch parliamentary footnote, as Markdown and as a link.

        In the last two the link begins with "#": whoever shows it knows the address of the page.
        """
        stop = "" if self.quote.endswith(".") else "."
        title, said = letter.title, words("en").working
        working = f"\n[{said}: {translation}]" if translation else ""
        marked = f"\n>\n> *{translation}* ({said})" if translation else ""
        return {
            "plain": f"“{self.quote}” ({title}, {self.where}){working}",
            "footnote": f"{title}, {self.where}: «{self.quote}»{stop}",
            "markdown": f"> “{self.quote}”{marked}\n>\n> — {title}, [{self.where}]({self.address})",
            "link": self.address,
        }

    def as_json(self, letter: Letter, expected: str | None = None) -> dict[str, Any]:
        """The passage for programs; `unchanged` says whether it has the hash `expected`, None where none is given."""
        return {
            "quote": self.quote,
            "pages": self.pages,
            "section": self.section,
            "hash": self.hash,
            "unchanged": None if expected is None else expected == self.hash,
            **self.forms(letter),
        }

    @classmethod
    def of(cls, citation: Citation) -> "Passage":
        """The passage that an answer cites."""
        return cls(citation.quote, citation.spans, citation.pages, citation.section)


def passage(letter: Letter, positions: str) -> Passage:
    """The passage at positions as an address has them, "100-250,310-402".

    What only white space separates is one run; sentences that something else separates are, too, a space apart. Raises
    `AddressError` when positions are malformed, out of order, outside the letter or hold no text.
    """
    if not _SPANS.fullmatch(positions):
        raise AddressError(f"expected positions like 100-250 or 100-250,310-402, not {positions[:60]!r}")
    spans = tuple(_span(part) for part in positions.split(","))
    edges = [edge for span in spans for edge in span]
    if any(not start < end for start, end in spans) or edges != sorted(edges) or edges[-1] > len(letter.text):
        raise AddressError(
            f"{positions[:60]} is not a row of positions inside the letter, which has {len(letter.text)} characters"
        )
    spans = tuple(_runs(letter.text, spans))
    quote = letter.quote(spans)
    if not quote:
        raise AddressError(f"no text stands at {positions}")
    touched = [unit for unit in letter.units if _overlap(unit.spans, spans)]
    return Passage(quote, spans, pages_of(letter.structure.pages, spans), touched[0].section if touched else ())


def _runs(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    start, end = spans[0]
    for following, last in spans[1:]:
        if text[end:following].strip():
            yield start, end
            start = following - text[following - 1].isspace()
        end = last
    yield start, end


def _span(text: str) -> Span:
    start, _, end = text.partition("-")
    return int(start), int(end)


def _overlap(some: Sequence[Span], others: Sequence[Span]) -> bool:
    return any(a < d and c < b for a, b in some for c, d in others)
