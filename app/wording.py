"""What the page says in its own words, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from index.answer import Level
from index.lexical import Language


@dataclass(frozen=True, slots=True)
class Words:
    """The words around an answer, in its language."""

    opening: str
    signature: str
    footnote: str
    nearby: str
    working: str
    translation: str
    why: str
    show: str
    of_twenty: str
    copy_as: str
    sure: Mapping[Level, str]
    forms: Mapping[str, str]
    copy: Mapping[str, str]
    open_questions: str
    facts: str
    exported: str


_WORDS: Mapping[Language, Words] = {
    "nl": Words(
        opening="inleiding",
        signature="ondertekening",
        footnote="voetnoot",
        nearby="Wat de brief wel zegt en er het dichtst bij komt:",
        working="werkvertaling, niet officieel",
        translation="Engelse werkvertaling",
        why="Waarom deze passage?",
        show="Toon in de brief",
        of_twenty="van 20 antwoorden met dit merk waren er {right} goed in onze test",
        copy_as="Kopieer als",
        sure={"high": "vrij zeker", "medium": "waarschijnlijk", "low": "onzeker, lees de passage na"},
        forms={"plain": "tekst", "footnote": "voetnoot", "markdown": "Markdown", "link": "link"},
        copy={
            "plain": "Kopieer het citaat met vindplaats",
            "footnote": "Kopieer als voetnoot in een Kamerstuk",
            "markdown": "Kopieer als Markdown",
            "link": "Kopieer een link naar deze passage",
        },
        open_questions="Open vragen",
        facts="Feitenblad",
        exported="Gemaakt met Briefwijzer op {day} uit één brief. Elk citaat is letterlijk.",
    ),
    "en": Words(
        opening="opening",
        signature="signature",
        footnote="footnote",
        nearby="What the letter does say that comes nearest:",
        working="working translation, not official",
        translation="English working translation",
        why="Why this passage?",
        show="Show in the letter",
        of_twenty="{right} of 20 answers with this mark were right in our test",
        copy_as="Copy as",
        sure={"high": "fairly sure", "medium": "probably right", "low": "unsure, check the passage"},
        forms={"plain": "text", "footnote": "footnote", "markdown": "Markdown", "link": "link"},
        copy={
            "plain": "Copy the quotation with its source",
            "footnote": "Copy as a footnote of a Dutch parliamentary paper",
            "markdown": "Copy as Markdown",
            "link": "Copy a link to this passage",
        },
        open_questions="Open questions",
        facts="Fact sheet",
        exported="Made with Briefwijzer on {day} from one letter. Every quotation is verbatim.",
    ),
}


def words(language: Language) -> Words:
    """The words in a language."""
    return _WORDS[language]
