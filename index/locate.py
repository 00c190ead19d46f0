"""A question about a place in the letter ("wat staat er op pagina 4?"), or about a passage that it quotes."""

import re
from collections.abc import Sequence
from itertools import groupby
from unicodedata import combining, normalize

from corpus.letter import Letter
from corpus.parse import Unit
from corpus.span import fold
from index.lexical import Language, content_stems, words

_PLACE = {
    **dict.fromkeys(("pagina", "pag", "bladzijde", "blz", "page", "p"), "page"),
    **dict.fromkeys(("voetnoot", "noot", "footnote"), "footnote"),
    **dict.fromkeys(("alinea", "paragraph"), "paragraph"),
    **dict.fromkeys(("zin", "sentence"), "sentence"),
}
_CARDINALS = "een one,twee two,drie three,vier four,vijf five,zes six"
_ORDINALS = "eerste first,tweede second,derde third,vierde fourth,vijfde fifth,zesde sixth"
_NUMBER_WORDS = {
    word: number
    for some in (_CARDINALS, _ORDINALS)
    for number, both in enumerate(some.split(","), 1)
    for word in both.split()
} | {"één": 1}
_LAST = ("laatste", "last")
_ORDINAL = "|".join((*_ORDINALS.replace(",", " ").split(), *_LAST))
_ONE = rf"(?:\d+|{'|'.join(_NUMBER_WORDS)})"
_WHAT = rf"(?:{'|'.join(sorted(_PLACE, key=len, reverse=True))})(?:'s|s)?"
_SEVERAL = r"\s*(?:,|-|–|en|and|t/m|tot en met|to)\s*"
_NUMBERED = re.compile(
    rf"\b(?P<what>{_WHAT})\.?\s*(?:nr\.?\s*|number\s*)?(?P<numbers>{_ONE}(?:{_SEVERAL}{_ONE})*)\b"
    rf"|\b(?P<ordinal>{_ORDINAL})\s+(?P<of>{_WHAT})\b"
)
_RANGE = re.compile(r"-|–|t/m|tot en met|\bto\b")
_ELSE = re.compile(r"""\b(?:nog meer|elders|what else|elsewhere)\b[^“"«„]*[“"«„](?P<quote>.+)[”"»“]""", re.IGNORECASE)
_LEAST_QUOTED = 10  # characters: a word in quotation marks is no passage
_SECTION: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(r"\b(?:paragraaf|hoofdstuk|kop(?:je)?|sectie|alinea)\b"),
    "en": re.compile(r"\b(?:section|chapter|heading|paragraph)\b"),
}
# What a question about a place is phrased with, in either language, besides what the lists of stop words leave out.
_PHRASES = (
    "staat inhoud bespreekt behandelt besproken lees lezen geef toon samen samenvatting samenvatten vat paragraaf "
    "hoofdstuk kop kopje sectie onder gaat nr content contents discuss discusses discussed read give show summary "
    "summarise summarize section chapter heading number under titled called written there en and t m tot met to "
    "paginas alineas zinnen pages footnotes sentences paragraphs "
    f"{' '.join((*_PLACE, *_NUMBER_WORDS, *_LAST))}"
)


def located(question: str, language: Language, letter: Letter) -> tuple[Unit, ...] | None:
    """The units of the page, footnote, paragraph or section that a question asks for, in their order.

    None when it asks for something else; empty when the letter has no such place.
    """
    lower = question.lower()
    phrases = set(content_stems(_PHRASES, language))
    stems = [stem for stem in content_stems(lower, language) if stem not in phrases and len(stem) > 1]
    if match := _NUMBERED.search(lower):
        if any(not stem.isdigit() for stem in stems):
            return None  # "wat staat er op pagina 4 over helikopters" is a question about helicopters
        what = re.sub(r"'?s$", "", match["what"] or match["of"])
        return _numbered(_PLACE[what], match["numbers"] or match["ordinal"], letter)
    if not _SECTION[language].search(lower) or not stems:
        return None
    return _under_heading(stems, language, letter)


def _numbered(what: str, said: str, letter: Letter) -> tuple[Unit, ...]:
    """The units of the pages, footnotes, paragraphs or sentences with some numbers: "2", "2 en 3", "2-4", "laatste"."""
    places = _places(what, letter)
    if said in _LAST:
        return tuple(places[max(places)])
    numbers = [_NUMBER_WORDS.get(word) or int(word) for word in re.findall(_ONE, said)]
    if _RANGE.search(said):
        numbers = [number for number in places if numbers[0] <= number <= numbers[-1]]
    return tuple(dict.fromkeys(unit for number in numbers for unit in places.get(number, ())))


def _places(what: str, letter: Letter) -> dict[int, list[Unit]]:
    """The units of every page, footnote, paragraph or sentence, by its number; paragraphs and sentences are counted."""
    if what == "footnote":
        return {int(unit.id[1:]): [unit] for unit in letter.units if unit.kind == "footnote"}
    sentences = [unit for unit in letter.units if unit.kind == "sentence"]
    if what == "sentence":
        return {number: [unit] for number, unit in enumerate(sentences, 1)}
    if what == "page":
        pages = range(1, len(letter.structure.pages) + 1)
        return {page: [unit for unit in sentences if page in unit.pages] for page in pages}
    paragraphs = groupby(sentences, key=lambda unit: unit.paragraph)
    return {number: list(units) for number, (_, units) in enumerate(paragraphs, 1)}


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
        there = [one for one in content_stems(text, language) if len(one) > 1]
        if all(any(stem == one or _part(stem, one) or _part(one, stem) for one in there) for stem in stems):
            fitting.append((len(there), heading.text))
    return _section(min(fitting)[1], letter) if fitting else None


def headed(said: str, letter: Letter) -> tuple[tuple[Unit, ...], Language] | None:
    """The sentences under the heading that is all that was said, and the language in which it was: "Financiën?"."""
    dutch, english = _stems(said, "nl"), _stems(said, "en")
    for heading in letter.headings:
        if dutch == _stems(heading.text, "nl"):
            return _section(heading.text, letter), "nl"
        if english == _stems(letter.heading_translations[heading.text], "en"):
            return _section(heading.text, letter), "en"
    return None


def _stems(text: str, language: Language) -> set[str]:
    """The stems of all words of a text but articles, without accents: "financien" is "Financiën"."""
    bare = "".join(char for char in normalize("NFKD", text) if not combining(char))
    named = [word for word in _bare(bare) if word not in ("de", "het", "een", "the", "a", "en", "and")]
    return {stem for word in named for stem in content_stems(word, language) or [word]}


def _section(heading: str, letter: Letter) -> tuple[Unit, ...]:
    return tuple(unit for unit in letter.units if unit.kind == "sentence" and heading in unit.section)


def _bare(said: str) -> list[str]:
    """The words of a text without the "en" or "and" that makes it a follow-up."""
    return words(re.sub(r"^(?:en|and)\s", "", said.lower()))


def with_figures(said: str, letter: Letter) -> tuple[Unit, ...]:
    """The units that hold each of the figures that were said, where nothing else was: "27 925", "18,3", "943, 946"."""
    figures = set(_figures(said))
    if not figures or any(char.isalpha() for word in _bare(said) for char in word):
        return ()
    return tuple(unit for unit in letter.units if figures <= set(_figures(unit.text)))


def _figures(text: str) -> list[str]:
    """The numbers of a text as Dutch writes them, without a mark between thousands: "27 925" is "27925"."""
    found = re.findall(r"\d+(?:[ .]\d{3}(?!\d))*(?:[.,]\d+)?", text)
    return [re.sub(r"[ .](?=\d{3}(?!\d))", "", number).replace(".", ",") for number in found]


def _part(part: str, whole: str) -> bool:
    return len(part) > 4 and part in whole
