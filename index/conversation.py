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
# What points at something said before; the second of each language may as well belong to the question itself.
_POINTING = {
    "nl": (
        re.compile(r"\b(?:deze|dit|daar\w*|hij|zij|ze|hem|hen|diens|toen|dezelfde|zo'n)\b"),
        re.compile(r"\b(?:die|dat|er\w*|haar|hun|het|ook)\b"),
    ),
    "en": (
        re.compile(r"\b(?:it|its|they|them|he|she|him|her|his|this|these|those|same|such|instead|all the same)\b"),
        re.compile(r"\b(?:that|their|there|then|one|ones|also|else)\b"),
    ),
}
_LONG = 5  # content words: with more a question stands on its own, unless it points at something before
_LONGEST = 9  # and with more than these, even then
_CHAIN = 2  # follow-ups between the first question and this one that are kept


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question as it is searched. `leans_on` is the earlier question that it needs, or None when it stands alone.

    `loosely` where nothing in it says that it leans, but that it is so short: it may as well begin anew.
    """

    text: str
    leans_on: str | None
    loosely: bool = False


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
    return Standalone(f"{before} {question}", before, loosely=_begins_anew(question, language))


def _begins_anew(question: str, language: Language) -> bool:
    """Whether a question has a word of its own, and none that points back."""
    lower = question.lower().strip()
    back = (*_POINTING[language], _OPENING[language])
    return len(content_stems(question, language)) > 0 and not any(cue.search(lower) for cue in back)


def _leans(question: str, language: Language) -> bool:
    lower = question.lower().strip()
    own = len(content_stems(question, language))
    if own <= 1:
        return True
    surely, perhaps = _POINTING[language]
    if surely.search(lower):
        return own < _LONGEST
    return own <= _LONG and bool(_OPENING[language].search(lower) or (own < _LONG and perhaps.search(lower)))
