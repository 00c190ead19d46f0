"""What a question asks: its language, whether it leans on the ones before, its parts, the kind of thing it wants."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category, normalize

from index.conversation import asks_again, mended, standalone
from index.expect import Kind, kind_of, questions
from index.language import detect, foreign, instructed
from index.lexical import Language, words
from index.wording import MAX_QUESTION

# Greetings, thanks, and what one asks of somebody new.
_PHRASES = """
hallo, hoi, hey, hi, hello, dag, help, doei, bye, goodbye, bedankt, oke, ok, daar, there, allemaal, everyone,
goedemorgen, goedemiddag, goedenavond, goede morgen, goede middag, goede avond, good morning, good afternoon,
good evening, tot ziens, thanks, thank you, a lot, so much, very much, dank je, dank u, dankjewel, dank je wel,
dank u wel, dank alvast, bij voorbaat, alvast, in advance, kunt u mij helpen, kun je mij helpen, kun je me helpen,
can you help me, can you help, please, graag,
wat kun je, wat kun jij, wat kunt u, doen, wat kan ik vragen, wat kan ik hier vragen, wat kan ik je vragen,
wie ben je, wie ben jij, wat ben je, wat ben jij, what can you do, what can i ask, what can i ask you, who are you,
what are you, hoe werkt dit, hoe werkt het, how does this work, how does it work, how are you, hoe gaat het,
briefwijzer, hoe werkt deze site, hoe werkt deze pagina, how does this tool work, how does this site work,
ben je een robot, are you a robot, are you chatgpt, ben je chatgpt, ik heb een vraag, i have a question, ja, nee,
yes, no, laat maar, never mind, great, super, top, prima, mooi, fijn, helder, duidelijk, dat was duidelijk,
dat is duidelijk, that was clear, very helpful, helpful, nice, guten tag, guten morgen, danke, bonjour, merci, hola,
gracias
"""
_SMALL_TALK = sorted((" ".join(phrase.split()) for phrase in _PHRASES.split(",")), key=len, reverse=True)
_SHOUTED = 3  # words in capitals: fewer may be acronyms
_ASKS_ITSELF = re.compile(r"\b(?:wat|hoe|welke?|what|how|which)\b", re.IGNORECASE)
_MEANING: dict[Language, str] = {"nl": "Waar staat {} voor?", "en": "What does {} stand for?"}
_REMEMBERED = 10  # earlier questions that are looked at
MOST_PARTS = 4
"""Questions in one that are looked at; for more there is no room in a short answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is understood.

    `whole` is the text that stands on its own, `leans_on` the earlier question in it, if any. `parts` are the questions
    in it, one or more; a follow-up is not split. `language` is that of the question, not necessarily of the answer.
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
        leans_on = [self.leans_on] if self.leans_on else []
        return tuple(dict.fromkeys([self.whole, self.text, *self.parts[:MOST_PARTS], *leans_on]))


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
    if not any(len(word) <= 5 or re.search(r"[aeiouyà-ÿ]", word) for word in words(question)):
        return "no word that can be read"
    return None


def small_talk(question: str) -> bool:
    """Whether a cleaned text greets, thanks or asks what can be asked, and nothing else."""
    rest = " ".join(words(question)) + " "
    said = rest.strip() != ""
    while phrase := next((phrase for phrase in _SMALL_TALK if rest.startswith(f"{phrase} ")), None):
        rest = rest[len(phrase) + 1 :]
    return said and not rest.strip()


def earlier(history: Sequence[str]) -> list[str]:
    """What earlier questions asked of the letter, oldest first: no thanks, and nothing that asks for an answer anew."""
    asked = [instructed(text)[0] for text in map(clean, history[-_REMEMBERED:]) if len(text) <= MAX_QUESTION]
    return [text for text in asked if text and not small_talk(text) and not asks_again(text)]


def understand(question: str, history: Sequence[str]) -> Asked:
    """Understand a cleaned question; `history` holds the earlier ones, oldest first."""
    spoken = detect(clean(history[-1])[:MAX_QUESTION]) if history else None
    history = earlier(history)
    question = instructed(question)[0] or question
    if question.isupper() and len(words(question)) >= _SHOUTED:
        question = question.lower()  # the model reads capitals as names
    language = "en" if foreign(question) else detect(question, spoken)
    if history:
        question = mended(question, language)
    # "Kunt u mij helpen? Wat kost het? Dank u wel." asks one thing.
    parts = [part for part in questions(question, language) if not small_talk(part)] or [question]
    if len(parts) == 1:
        question = parts[0]
    whole = standalone(question, history, language)
    kind = kind_of(question, language)
    acronyms = re.findall(r"\b[A-Z][\w-]*[A-Z]\w*", question)
    if kind == "meaning" and len(parts) == 1 and len(acronyms) > 1:
        parts = [_MEANING[language].format(acronym) for acronym in acronyms]
    if whole.leans_on is None:
        return Asked(question, language, question, None, tuple(parts), kind)
    # "En in Syrië?" asks for the same kind of thing as the question before it; "En wat nog meer?" for one of its own.
    if kind is None and not _ASKS_ITSELF.search(question):
        kind = kind_of(whole.leans_on, detect(whole.leans_on))
    return Asked(question, language, whole.text, whole.leans_on, (question,), kind, whole.loosely)
