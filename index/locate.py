"""A question about a place in the letter ("wat staat er op pagina 4?"), or about a passage that it quotes."""

import re
from collections.abc import Sequence

from corpus.letter import Letter
from corpus.parse import Unit
from corpus.span import fold
from index.lexical import Language, content_stems

_NUMBERED = re.compile(
    r"\b(?P<what>pagina|bladzijde|blz\.?|page|p\.|voetnoot|noot|footnote)\s*(?:nr\.?\s*|number\s*)?(?P<number>\d+)\b"
)
_ELSE = re.compile(r"""\b(?:nog meer|elders|what else|elsewhere)\b[^“"«„]*[“"«„](?P<quote>.+)[”"»“]""", re.IGNORECASE)
_LEAST_QUOTED = 10  # characters: a word in quotation marks is no passage
_SECTION: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(r"\b(?:paragraaf|hoofdstuk|kop(?:je)?|sectie|alinea)\b"),
    "en": re.compile(r"\b(?:section|chapter|heading|paragraph)\b"),
}
# What a question about a place is phrased with, besides what the lists of stop words leave out.
_PHRASES: dict[Language, str] = {
    "nl": "staat inhoud bespreekt behandelt besproken lees lezen geef samenvatting samenvatten vat paragraaf hoofdstuk "
    "kop kopje sectie alinea pagina p bladzijde blz voetnoot noot nr onder gaat",
    "en": "content contents discuss discusses discussed read give show summary summarise summarize section chapter "
    "heading paragraph page p s footnote number under titled called written there",
}  # fmt: skip


def located(question: str, language: Language, letter: Letter) -> tuple[Unit, ...] | None:
    """The units of the page, footnote or section that a question asks for, in their order.

    None when it asks for something else; empty when the letter has no such place.
    """
    lower = question.lower()
    phrases = set(content_stems(_PHRASES[language], language))
    stems = [stem for stem in content_stems(lower, language) if stem not in phrases]
    if match := _NUMBERED.search(lower):
        if [stem for stem in stems if stem != match["number"]]:
            return None  # "wat staat er op pagina 4 over helikopters" is a question about helicopters
        number = int(match["number"])
        if match["what"].endswith("noot") or match["what"] == "footnote":
            return tuple(unit for unit in letter.units if unit.id == f"n{number}")
        return tuple(unit for unit in letter.units if unit.kind == "sentence" and number in unit.pages)
    if not _SECTION[language].search(lower) or not stems:
        return None
    return _under_heading(stems, language, letter)


def quoted(question: str, letter: Letter) -> tuple[str, tuple[Unit, ...]] | None:
    """The words that a question quotes to ask what else the letter says about them, and the units that hold them."""
    match = _ELSE.search(question)
    quote = fold(match["quote"]) if match else ""
    if len(quote) < _LEAST_QUOTED:
        return None
    run = " ".join(unit.text for unit in letter.units)
    start = run.find(quote)
    if start < 0:
        return None
    holding, at = [], 0
    for unit in letter.units:
        if at < start + len(quote) and start < at + len(unit.text):
            holding.append(unit)
        at += len(unit.text) + 1
    return quote, tuple(holding)


def _under_heading(stems: Sequence[str], language: Language, letter: Letter) -> tuple[Unit, ...] | None:
    """The sentences under the heading that all of `stems` stand in; of several, the shortest heading."""
    fitting: list[tuple[int, str]] = []
    for heading in letter.headings:
        text = heading.text if language == "nl" else letter.heading_translations[heading.text]
        there = content_stems(text, language)
        if all(any(stem == one or (len(stem) > 4 and (stem in one or one in stem)) for one in there) for stem in stems):
            fitting.append((len(there), heading.text))
    if not fitting:
        return None
    name = min(fitting)[1]
    return tuple(unit for unit in letter.units if unit.kind == "sentence" and name in unit.section)
