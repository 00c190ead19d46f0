"""What a question asks: its language, whether it leans on the ones before, its parts, the kind of thing it wants."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from unicodedata import category, normalize

from index.conversation import standalone
from index.expect import Kind, kind_of
from index.language import detect, language_for, phrased
from index.lexical import Language, words
from index.parts import questions
from index.remarks import asks_again, asks_translation, corrected, instructed, neither, small_talk
from index.terms import ACRONYM
from index.wording import MAX_QUESTION

_ASKS_ITSELF = re.compile(r"\b(?:wat|hoe|welke?|what|how|which)\b", re.IGNORECASE)
_SEVERAL = re.compile(rf"{ACRONYM}(?:(?:,|,? (?i:en|and)|,?) {ACRONYM})+")
_NAMED_ALONE = re.compile(r"|what are|wat zijn|wat is|what is|explain|leg uit|verklaar")
_MEANING: dict[Language, str] = {"nl": "Waar staat {} voor?", "en": "What does {} stand for?"}
_LOOKED_AT, _REMEMBERED = 40, 10  # what was said before, and how many questions of it
MOST_PARTS = 4
"""Questions in one that are looked at; for more there is no room in a short answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is understood.

    `whole` is the text that stands on its own, `leans_on` the earlier question in it, if any. `parts` are the questions
    in it, one or more. `language` is that of the question, not necessarily of the answer.
    `loosely` as `Standalone` has it.
    """

    text: str
    language: Language
    whole: str
    leans_on: str | None
    parts: tuple[str, ...]
    kind: Kind | None
    loosely: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything of it that is embedded, each once."""
        parts = self.parts[:MOST_PARTS]
        before = [self.leans_on, *map(self.behind, parts)] if self.leans_on else []
        return tuple(dict.fromkeys([self.whole, self.text, *parts, *before]))

    def behind(self, part: str) -> str:
        """A part as it stands on its own: behind what the question leans on, if it does."""
        return f"{self.leans_on} {part}" if self.leans_on else part


def clean(question: str) -> str:
    """On one line, composed (NFC), without the control and formatting characters that hide text or come from a PDF.

    What was pasted twice is there once.
    """
    kept = (char if char.isprintable() or char.isspace() else " " for char in question if category(char) != "Cf")
    said = normalize("NFC", "".join(kept)).split()
    half = len(said) // 2
    return " ".join(said[:half] if half > 2 and said[:half] == said[half:] else said)


def unclear(question: str) -> str | None:
    """Why a cleaned text is no question that can be searched, or None."""
    if len(question) > MAX_QUESTION:
        return f"more than {MAX_QUESTION} characters"
    if not any(char.isalpha() for char in question):
        return "no words"
    # Short ones may be acronyms; a longer one without a vowel is a hand on the keyboard.
    if not any(len(word) <= 5 or re.search(r"[aeiouyà-ÿ]", word) or not word.isascii() for word in words(question)):
        return "no word that can be read"
    return None


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said, cleaned, as a question to the letter; an empty one where there is none.

    `question` is the one before it where it asks for that answer again; `before` are those before that, oldest first.
    `spoken` is the language of the turn before, `wished` that in which to answer; None where there is none.
    `neither` where a third language was asked for: the answer is in English, and says so.
    """

    question: str
    before: tuple[str, ...] = ()
    spoken: Language | None = None
    wished: Language | None = None
    neither: bool = False


def heard(said: str, history: Sequence[str], otherwise: Language | None = None) -> Said:
    """What a text asks, behind those of `history`, oldest first, without what is said beside questions.

    `otherwise` is the language of what could be either, and has nothing before it to tell.
    """
    latest = [text for text in map(clean, history[-_LOOKED_AT:]) if len(text) <= MAX_QUESTION]
    spoken = detect(latest[-1], otherwise) if latest else otherwise
    said = clean(said)
    if len(said) > MAX_QUESTION:
        return Said(said, spoken=spoken)
    asked_before = (question for text in reversed(latest) if (question := _asked(text)[0]))
    before = [*islice(asked_before, _REMEMBERED)][::-1]
    question, wished = _asked(said)
    if small_talk(said):
        question = said
    elif said and not question and not before:
        spoken = detect(said, spoken)  # there is nothing to say again, which is said in this language
    elif said and not question:
        *before, question = before
        if wished is None and asks_translation(said):
            wished = "nl" if spoken == "en" else "en"
        wished = wished or detect(said, spoken)
    return Said(question, tuple(before), spoken, wished, neither=wished == "en" and neither(said))


def _asked(said: str) -> tuple[str, Language | None]:
    """The question to the letter in a text, empty where there is none, and the language in which to answer."""
    question, wished = instructed(said)
    if small_talk(question) or asks_again(question):
        return "", wished
    return corrected(question), wished


def understand(said: Said) -> Asked:
    """Understand a question to the letter."""
    question = said.question
    language = language_for(question, said.spoken)
    several = None if question.isupper() and phrased(question) else _SEVERAL.search(question)
    if several and _NAMED_ALONE.fullmatch(question.replace(several.group(), "").lower().strip(" ?.!:")):
        question = _MEANING[language].format(several.group())  # "NMI, OIR?"
    elif question.isupper() and phrased(question):
        question = question.lower()  # the model reads capitals as names
    # "Kunt u mij helpen? Wat kost het? Dank u wel." asks one thing.
    parts = [part for part in questions(question, language) if not small_talk(part)] or [question]
    if len(parts) == 1:
        question = parts[0]
    whole = standalone(question, said.before, language)
    kind = kind_of(question, language)
    if kind == "meaning" and several:
        parts = [_MEANING[language].format(acronym) for acronym in re.findall(ACRONYM, several.group())]
    # "En in Syrië?" asks for the same kind of thing as the question before it; "En wat nog meer?" for one of its own.
    if kind is None and whole.leans_on and not _ASKS_ITSELF.search(question):
        kind = kind_of(whole.leans_on, detect(whole.leans_on))
    return Asked(question, language, whole.text, whole.leans_on, tuple(parts), kind, whole.loosely)
