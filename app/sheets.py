"""The letter as HTML, page by page as it was printed, each piece of text with its position.

    <div id="letter">
      <section class="sheet">
        <p><span class="unit" id="s014" data-unit="s014"><span data-at="2955">text as it stands</span> …</span></p>
        <p class="footnote"> … at the foot of the page that it belongs to
      </section> …

The text of a piece is the letter's, characters and newlines alike: what stands at a position is found by counting from
`data-at`, so exactly the cited characters can be lit. Pure: no interface library is imported here.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from corpus.letter import Letter
from corpus.parse import Heading, Unit, pages_of
from corpus.span import HYPHEN_AT_LINE_END, Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of a unit on one page; `marker` is the footnote whose number stands behind it."""

    unit: Unit
    span: Span
    page: int
    first: bool
    marker: str | None


def letter_html(letter: Letter) -> str:
    """The whole letter; each unit's first piece carries the unit's id."""
    placed = list(_pieces(letter))
    pages = []
    for number in range(1, len(letter.structure.pages) + 1):
        here = [piece for piece in placed if piece.page == number]
        headings = [one for one in letter.headings if one.span[0] in range(*letter.structure.pages[number - 1])]
        pages.append(
            f'<section class="sheet" aria-label="pagina {number}">'
            f'<p class="number" id="page-{number}" aria-hidden="true">{number}</p>'
            f"{''.join(_body(letter, here, headings))}{''.join(_feet(letter, here))}</section>"
        )
    label = html.escape(letter.title)
    return f'<div id="letter" role="region" aria-label="{label}" lang="nl" tabindex="0">{"".join(pages)}</div>'


def pieces(letter: Letter, unit: Unit) -> Iterator[Piece]:
    """A unit cut where the printed page interrupts it: at a page break, a footnote marker, a hyphen at a line end."""
    starts = [start for start, _ in letter.structure.pages]
    markers = {start: f"n{letter.text[start:end]}" for start, end in letter.structure.markers}
    first = True
    for start, end in unit.spans:
        cuts = [edge for edge in starts if start < edge < end]
        breaks = HYPHEN_AT_LINE_END.finditer(letter.text, start, end)
        cuts += [edge for match in breaks for edge in (match.start() + 1, match.end())]
        edges = sorted({start, *cuts, end})
        for a, b in pairwise(edges):
            if letter.text[a:b].strip():
                marker = markers.get(b)
                yield Piece(
                    unit,
                    (a, b),
                    pages_of(letter.structure.pages, [(a, b)])[0],
                    first,
                    marker if marker in unit.footnotes else None,
                )
                first = False


def _pieces(letter: Letter) -> Iterator[Piece]:
    for unit in letter.units:
        yield from pieces(letter, unit)


def _body(letter: Letter, here: Sequence[Piece], headings: Sequence[Heading]) -> Iterator[str]:
    """Headings and paragraphs of a page, in the order in which they stand there; signatories last."""
    running = [piece for piece in here if piece.unit.kind == "sentence"]
    blocks: list[tuple[int, str]] = [
        (heading.span[0], f"<h{heading.level + 1}>{html.escape(heading.text)}</h{heading.level + 1}>")
        for heading in headings
    ]
    for _, some in groupby(running, key=lambda piece: piece.unit.paragraph):
        paragraph = list(some)
        blocks.append((paragraph[0].span[0], f"<p>{_units(letter, paragraph)}</p>"))
    yield from (block for _, block in sorted(blocks))
    for _, some in groupby([p for p in here if p.unit.kind == "signatory"], key=lambda piece: piece.unit.id):
        yield f'<p class="signatory">{_units(letter, list(some))}</p>'


def _feet(letter: Letter, here: Sequence[Piece]) -> Iterator[str]:
    for name, some in groupby([p for p in here if p.unit.kind == "footnote"], key=lambda piece: piece.unit.id):
        yield f'<p class="footnote"><sup>{name[1:]}</sup> {_units(letter, list(some))}</p>'


def _units(letter: Letter, some: Sequence[Piece]) -> str:
    out = []
    for name, parts in groupby(some, key=lambda piece: piece.unit.id):
        inner, first = "", False
        for piece in parts:
            start, end = piece.span
            inner += f'<span data-at="{start}">{html.escape(letter.text[start:end], quote=False)}</span>'
            first = first or piece.first
            if piece.marker:
                inner += f'<sup><a href="#{piece.marker}">{piece.marker[1:]}</a></sup>'
        identity = f' id="{name}"' if first else ""
        out.append(f'<span class="unit"{identity} data-unit="{name}">{inner}</span>')
    return " ".join(out)
