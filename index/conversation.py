"""A follow-up question, and the question that it leans on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.lexical import Language, content_stems

_OPENING = {
    "nl": re.compile(r"^(?:en|maar|dus|of)\b|^(?:hoe zit (?:het|dat) met|wat (?:betreft|over))\b|^(?:waarom|hoezo|wanneer|tot wanneer|hoe lang|waar|wie|"
    r"hoeveel|door wie|sinds wanneer|vanaf wanneer|waarvoor|met wie)\s*(?:dan|precies|niet|nog meer)?\W*$"),
    "en": re.compile(r"^(?:and|but|so|or)\b|^(?:what|how) about\b|^(?:why|when|until when|how long|where|who|how many|how much|by whom|since when|"
    r"what for|with whom)\s*(?:exactly|not|else|then)?\W*$"),
}  # fmt: skip
_POINTING = {
    "nl": re.compile(
        r"\b(?:die|dat|deze|dit|daar\w*|er\w*|hij|zij|ze|hem|haar|hun|hen|diens|het|toen|dezelfde|zo'n|ook)\b"
    ),
    "en": re.compile(
        r"\b(?:that|this|these|those|it|its|they|them|their|he|she|him|her|his|there|then|same|such|one|ones|also|else)\b"
    ),
}
_LONG = 5  # content words: a question with more stands on its own, whatever it points at


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question as it is searched. `leans_on` is the earlier question that it needs, or None when it stands alone."""

    text: str
    leans_on: str | None


def standalone(question: str, history: Sequence[str], language: Language) -> Standalone:
    """Put a follow-up behind the question that it leans on.

    `history` holds the earlier questions, oldest first. A question leans on them when it opens like one ("En …", "What
    about …"), is a bare question word, points at something ("Wie heeft dat besloten?") or has hardly a word of its own.
    """
    earlier = [text.strip() for text in history if text.strip()]
    if not earlier or not _leans(question, language):
        return Standalone(question, None)
    # The one before may itself have leaned on the one before it.
    before = earlier[-1]
    if len(earlier) > 1 and _leans(before, language):
        before = f"{earlier[-2]} {before}"
    return Standalone(f"{before} {question}", before)


def _leans(question: str, language: Language) -> bool:
    lower = question.lower().strip()
    own = len(content_stems(question, language))
    if _OPENING[language].search(lower) or own == 0:
        return own <= _LONG
    return own < _LONG and _POINTING[language].search(lower) is not None
