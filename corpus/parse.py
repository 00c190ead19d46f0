"""From the text of a letter to its pages, headings, sentences, footnotes and signatories, each with its positions.

The text is that of a printed letter: a page begins with a space after a newline, footnotes stand at the foot of a page
and so interrupt sentences, footnote markers are glued to words, lines are wrapped. Nothing of the text is changed; the
parser only says which positions are what. It works on the *reading text* of a paragraph: its characters, in reading
order, without what interrupts them, each with its position in the letter.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from corpus.span import Span, cut, fold, runs

UnitKind = Literal["sentence", "footnote", "signatory"]


class ParseError(ValueError):
    """The text and its outline do not agree."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the letter; `level` 1 is the highest."""

    level: int
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Unit:
    """What can be quoted: a sentence (`s001`), a footnote (`n1`) or a signatory (`g1`).

    `text` is `cut(letter, spans)`. `pages` count from 1. `section` is the path of headings above it, empty before the
    first one. `paragraph` counts from 1 through the letter and is 0 for footnotes and signatories. `footnotes` are the
    ids of the footnotes whose markers stand in a sentence.
    """

    id: str
    kind: UnitKind
    text: str
    spans: tuple[Span, ...]
    pages: tuple[int, ...]
    section: tuple[str, ...]
    paragraph: int
    footnotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the text alone does not tell: its headings with their level, and the pieces of each signatory."""

    headings: tuple[tuple[int, str], ...]
    signatories: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """A parsed letter. `pages` are spans; `markers` are the spans of footnote numbers, in the text and at the foot."""

    pages: tuple[Span, ...]
    headings: tuple[Heading, ...]
    units: tuple[Unit, ...]
    markers: tuple[Span, ...]


def parse(text: str, outline: Outline) -> Structure:
    """Parse the text of a letter.

    Raises `ParseError` when a heading, a footnote marker or a signatory of the outline is not where it must be, or when
    a character would be lost.
    """
    pages = _pages(text)
    signatures = _signatures(text, outline.signatories)
    body_end = min((spans[0][0] for spans in signatures), default=len(text))
    notes, markers = _footnotes(text, pages, body_end)
    lines = list(_body_lines(text, pages, notes, body_end))
    headings = _headings(text, lines, outline.headings)
    in_text = {start: f"n{number}" for number, (start, _) in enumerate(markers[: len(notes)], 1)}
    hidden = {position for start, end in markers for position in range(start, end)}

    units: list[Unit] = []

    def add(prefix: str, kind: UnitKind, spans: tuple[Span, ...], section: tuple[str, ...], paragraph: int) -> None:
        first, last = spans[0][0], spans[-1][1]
        # A marker behind the full stop belongs to the sentence that it follows.
        carried = tuple(name for start, name in in_text.items() if first < start <= last and kind == "sentence")
        number = 1 + sum(unit.kind == kind for unit in units)
        name = f"s{number:03d}" if prefix == "s" else f"{prefix}{number}"
        units.append(Unit(name, kind, cut(text, spans), spans, pages_of(pages, spans), section, paragraph, carried))

    for number, (section, paragraph) in enumerate(_paragraphs(text, lines, headings), 1):
        positions = _reading_positions(text, paragraph, hidden)
        for start, end in sentences("".join(text[position] for position in positions)):
            add("s", "sentence", runs(positions[start:end]), section, number)
    sections = {name: unit.section for unit in units for name in unit.footnotes}
    for number, span in enumerate(notes, 1):
        add("n", "footnote", (span,), sections[f"n{number}"], 0)
    for spans in signatures:
        add("g", "signatory", spans, (), 0)

    structure = Structure(pages, headings, tuple(units), tuple(markers))
    _check_nothing_lost(text, structure)
    return structure


# Pages and footnotes


def _pages(text: str) -> tuple[Span, ...]:
    """A page begins at the start, and at each newline that a space follows; a last page without text is none."""
    starts = [0] + [match.end() - 1 for match in re.finditer(r"\n ", text)]
    ends = [*starts[1:], len(text)]
    pages = list(zip(starts, ends, strict=True))
    if len(pages) > 1 and not text[pages[-1][0] :].strip():
        (start, _), (_, end) = pages[-2], pages[-1]
        pages[-2:] = [(start, end)]
    return tuple(pages)


def pages_of(pages: Sequence[Span], spans: Iterable[Span]) -> tuple[int, ...]:
    """The numbers, from 1, of the pages that `spans` touch."""
    starts = [start for start, _ in pages]
    found: set[int] = set()
    for start, end in spans:
        found.update(range(bisect_right(starts, start), bisect_right(starts, end - 1) + 1))
    return tuple(sorted(found))


def _footnotes(text: str, pages: Sequence[Span], body_end: int) -> tuple[list[Span], list[Span]]:
    """The footnotes without their numbers, and the markers: those in the text first, then those at the foot.

    Footnotes are numbered through the letter and stand at the foot of the page of their marker, which is glued to a
    word or to the punctuation behind it.
    """
    notes: list[Span] = []
    in_text: list[Span] = []
    at_foot: list[Span] = []
    for page_start, page_end in pages:
        starts: list[Span] = []
        while True:
            number = len(notes) + len(starts) + 1
            behind = starts[-1][1] if starts else page_start
            at = re.compile(rf"^{number}(?= \D)", re.MULTILINE).search(text, behind, page_end)
            if at is None:
                break
            foot = starts[0][0] if starts else at.start()
            glued = re.compile(rf"(?<=[^\W\d_]){number}(?=\s)|(?<=[^\W\d_][.,;:)’”]){number}(?=\s)")
            marker = glued.search(text, page_start, min(foot, body_end))
            if marker is None:
                break  # a line of the body that happens to begin with this number
            in_text.append(marker.span())
            starts.append(at.span())
        at_foot += starts
        ends = [*(start for start, _ in starts[1:]), page_end]
        notes += [_trim(text, behind, end) for (_, behind), end in zip(starts, ends, strict=False)]
    return notes, in_text + at_foot


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


# Headings and paragraphs


def _body_lines(text: str, pages: Sequence[Span], notes: Sequence[Span], body_end: int) -> Iterator[Span]:
    """The lines above the footnotes, trimmed. A blank line is an empty span; none is given at the foot of a page."""
    for page_start, page_end in pages:
        first_note = min((start for start, _ in notes if page_start <= start < page_end), default=None)
        end = min(page_end if first_note is None else text.rindex("\n", 0, first_note), body_end)
        _, end = _trim(text, page_start, max(end, page_start))
        for line in re.compile(r"[^\n]+|(?<=\n)(?=\n)").finditer(text, page_start, end):
            yield _trim(text, *line.span())


def _headings(text: str, lines: Sequence[Span], outline: Sequence[tuple[int, str]]) -> tuple[Heading, ...]:
    remaining = iter(lines)
    headings: list[Heading] = []
    for level, title in outline:
        for line in remaining:
            if fold(text[slice(*line)]) == title:
                headings.append(Heading(level, title, line))
                break
        else:
            raise ParseError(f"heading {title!r} is not a line of the letter, or not in this order")
    return tuple(headings)


def _paragraphs(
    text: str, lines: Sequence[Span], headings: Sequence[Heading]
) -> Iterator[tuple[tuple[str, ...], list[Span]]]:
    """The section path and the lines of each paragraph."""
    by_span = {heading.span: heading for heading in headings}
    width = max((end - start for start, end in lines), default=0)
    path: list[str] = []
    paragraph: list[Span] = []
    for line in lines:
        heading = by_span.get(line)
        blank = line[0] == line[1]
        if paragraph and (heading or blank or _ends_paragraph(text, paragraph[-1], line, width)):
            yield tuple(path), paragraph
            paragraph = []
        if heading:
            path = [*path[: heading.level - 1], heading.text]
        elif not blank:
            paragraph.append(line)
    if paragraph:
        yield tuple(path), paragraph


def _ends_paragraph(text: str, line: Span, following: Span, width: int) -> bool:
    """Whether a line was broken although the next word had room, after a full stop: no wrapped line is."""
    first_word = text[slice(*following)].split(maxsplit=1)[0]
    room = 0.9 * width - (line[1] - line[0])
    return re.search(r"[.?!]\d*$", text[slice(*line)]) is not None and len(first_word) + 1 < room


def _reading_positions(text: str, lines: Sequence[Span], hidden: set[int]) -> list[int]:
    """The positions of a paragraph's characters in reading order, without markers and page furniture."""
    positions: list[int] = []
    for (start, end), following in zip(lines, [*lines[1:], None], strict=True):
        between = min(end + 1, len(text)) if following is None or text[end : following[0]].strip() else following[0]
        positions += [position for position in range(start, between) if position not in hidden]
    return positions


# Sentences

_NEVER_LAST = """
art. bijv. blz. ca. cf. d.d. dhr. dr. drs. d.w.z. e.v. i.c. i.h.b. i.p.v. ing. ir. i.v.m. jhr. m.a.w. m.b.t. m.b.v.
mevr. mr. m.u.v. no. nr. nrs. n.a.v. o.a. o.b.v. o.g.v. o.l.v. p. pag. par. prof. resp. s.v.p. St. t.a.v. t.b.v.
t.g.v. tel. t.o.v. v.a. vgl. z.g. zgn. Stb. Trb. Stcrt.
"""
_MAY_BE_LAST = "a.s. c.q. c.s. e.d. enz. etc. e.a. jl. j.l. mld. mln. N.B. sr. v.Chr. n.Chr."
_ABBREVIATIONS_BEFORE_MORE = frozenset(word.lower() for word in _NEVER_LAST.split())
_ABBREVIATIONS = _ABBREVIATIONS_BEFORE_MORE | frozenset(word.lower() for word in _MAY_BE_LAST.split())
_SENTENCE_END = re.compile(r"""[.!?…]+["'’”»)\]]*(?=\s)""")
_WORD_BEFORE = re.compile(r"[^\s(\[‘“«\"']*$")


def sentences(reading_text: str) -> Iterator[Span]:
    """Where the sentences of a paragraph stand in its reading text, trimmed.

    A sentence ends at a full stop, question or exclamation mark before white space and a capital, digit or opening
    mark; not behind an abbreviation that needs more ("nr.", "d.d."), and behind one that may stand last ("jl.",
    "c.s.") only before a capital.
    """
    start = 0
    for match in _SENTENCE_END.finditer(reading_text):
        if _is_sentence_end(reading_text, match):
            yield _trim(reading_text, start, match.end())
            start = match.end()
    if reading_text[start:].strip():
        yield _trim(reading_text, start, len(reading_text))


def _is_sentence_end(text: str, match: re.Match[str]) -> bool:
    rest = text[match.end() :].lstrip()
    if not rest:
        return True
    if not (rest[0].isupper() or rest[0].isdigit() or rest[0] in "‘“«\"'(["):
        return False
    before = _WORD_BEFORE.search(text[: match.start() + 1])
    word = before.group().lower() if before else ""
    if word in _ABBREVIATIONS_BEFORE_MORE or re.fullmatch(r"[^\W\d_]\.", word):
        return False
    return word not in _ABBREVIATIONS or rest[0].isupper()


# Signatures


def _signatures(text: str, signatories: Sequence[Sequence[str]]) -> list[tuple[Span, ...]]:
    """Where each signatory's pieces stand: the last place in the letter, as a signature block is its end."""
    found: list[tuple[Span, ...]] = []
    for pieces in signatories:
        spans: list[Span] = []
        for piece in pieces:
            pattern = re.compile(r"\s+".join(map(re.escape, piece.split())))
            matches = list(pattern.finditer(text))
            if not matches:
                raise ParseError(f"signatory {piece!r} is not in the letter")
            start, end = matches[-1].span()
            # One white space behind each piece, so that the pieces stay apart when they are put together.
            spans.append((start, end + 1 if piece is not pieces[-1] else end))
        found.append(tuple(spans))
    return found


def _check_nothing_lost(text: str, structure: Structure) -> None:
    covered = bytearray(len(text))
    spans = [span for unit in structure.units for span in unit.spans]
    for start, end in [*spans, *(heading.span for heading in structure.headings), *structure.markers]:
        for position in range(start, end):
            covered[position] += 1
    for position, times in enumerate(covered):
        if times > 1 or (times == 0 and not text[position].isspace()):
            what = "lost" if times == 0 else "counted twice"
            raise ParseError(f"position {position} {text[position : position + 30]!r} is {what}")
