"""Positions in a letter, and the text that stands at them."""

import re
from collections.abc import Iterable, Sequence

Span = tuple[int, int]
"""`(start, end)`: code point positions in the letter, end exclusive."""

HYPHEN_AT_LINE_END = re.compile(r"(?<=\S)-[^\S\n]*\n\s*")
_WHITE_SPACE = re.compile(r"\s+")


def fold(text: str) -> str:
    """The text as one reads it: a hyphen at a line end joins what follows, runs of white space are one space.

    "VS-\\ngeleide" becomes "VS-geleide". Folding twice changes nothing more.
    """
    return _WHITE_SPACE.sub(" ", HYPHEN_AT_LINE_END.sub("-", text)).strip()


def cut(text: str, spans: Iterable[Span]) -> str:
    """What `text` says at `spans`, folded: the only way in which a quotation is made."""
    return fold("".join(text[start:end] for start, end in spans))


def runs(positions: Sequence[int]) -> tuple[Span, ...]:
    """Ascending positions as the fewest spans that cover exactly them: `[3, 4, 5, 9]` is `((3, 6), (9, 10))`."""
    spans: list[Span] = []
    for position in positions:
        if spans and spans[-1][1] == position:
            spans[-1] = (spans[-1][0], position + 1)
        else:
            spans.append((position, position + 1))
    return tuple(spans)
