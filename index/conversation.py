"""A follow-up question, and the question that it leans on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.language import detect
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
_LONG = 5  # content words: with more a question stands on its own, with as many only an opening like "En" makes it lean
_CHAIN = 2  # follow-ups between the first question and this one that are kept


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
    needed: list[str] = []
    leaning = (question, language)
    for earlier in reversed([text for text in history if text.strip()]):
        if not _leans(*leaning):
            break
        needed.insert(0, earlier)
        leaning = (earlier, detect(earlier))
    if not needed:
        return Standalone(question, None)
    # The first says what it is all about, the last what was asked just now; a long chain between them only dilutes.
    before = " ".join(dict.fromkeys([needed[0], *needed[-_CHAIN:]]))
    return Standalone(f"{before} {question}", before)


def _leans(question: str, language: Language) -> bool:
    lower = question.lower().strip()
    own = len(content_stems(question, language))
    if _OPENING[language].search(lower) or own == 0:
        return own <= _LONG
    return own < _LONG and _POINTING[language].search(lower) is not None
