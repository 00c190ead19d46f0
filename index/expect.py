"""What kind of thing a question asks for, and where things of that kind stand in a text.

A kind has cues in questions and a pattern in texts, each for both languages. Patterns are of the languages, not of one
letter: months, number words, titles, legal references, capitals.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from corpus.span import Span
from index.lexical import Language, content_stems, pieces

Kind = Literal[
    "summary", "meaning", "money", "duration", "date", "number", "reference", "person", "place", "organisation", "reason", "yes/no"
]

# In this order: the first cue that is found decides, so the narrow ones come first.
_CUES: tuple[tuple[Kind, str, str], ...] = (
    (
        "summary",
        r"samenvat|vat .*\bsamen\b|waar gaat (?:deze|de) brief|waarover gaat|belangrijkste punten|hoofdpunten|kern van de brief"
        r"|^wat staat er in (?:de|deze) brief\W*$",
        r"summar|what is (?:this|the) letter about|what's (?:this|the) letter about|main points|key points|gist|overview of the letter",
    ),
    (
        "meaning",
        r"waar(?:voor)? staa[tn]\b.*\bvoor\b|waarvoor staa[tn]|wat beteken|betekenis|afkorting|voluit",
        r"stands? for\b|what does .* mean|meaning of|abbreviat|acronym|full (?:name|form)|spelled out",
    ),
    (
        "money",
        r"\bkost(?:en|te|ten)?\b|\beuro'?s?\b|\bbedrag|\bgeld\b|\bprijs|\bduur is\b|\bbegro|\braming|\buitgaven\b|\bbudget",
        r"\bcosts?\b|\beuros?\b|\bmoney\b|\bprice|\bexpens|\bamount of money|\bbudget|\bexpenditure|\bspend",
    ),
    (
        "duration",
        r"\bhoe ?lang\b|\bhoeveel (?:maanden|weken|dagen|jaar|jaren|tijd)\b|\bwelke (?:periode|duur)\b|\bduurt\b|\btermijn\b",
        r"\bhow long\b|\bhow many (?:months|weeks|days|years)\b|\bwhat period\b|\bduration\b|\bfor what (?:time|period)\b",
    ),
    (
        "date",
        r"\bwanneer\b|\bwelke (?:datum|maand|dag)\b|\bwelk (?:jaar|moment|tijdstip)\b|\bop welke dag\b|\bdatum\b|\bper wanneer\b"
        r"|\beinddatum|\bdeadline",
        r"\bwhen\b|\b(?:what|which) (?:date|month|day|year|time)\b|\bdate\b|\buntil what\b|\bby what time\b|\bdeadline|\bsince when",
    ),
    (
        "reference",
        r"\bkamerstuk|\bwelk(?:e)? (?:resolutie|motie|moties|artikel|dossier|kamerbrief)|\bnummer\b|\bnrs?\b|\bvoetnoot|\bdossier",
        r"\bparliamentary paper|\b(?:which|what) (?:resolution|motion|motions|article|document|paper)|\bnumber of the\b|\bfootnote"
        r"|\b(?:resolution|paper|document) number",
    ),
    (
        "number",
        r"\bhoeveel|\bhoe ?veel\b|\baantal|\bhoe groot\b|\bwelk percentage|\bpercentage|\bhoe vaak\b",
        r"\bhow many\b|\bhow much\b|\bnumber of\b|\bhow (?:big|large|often)\b|\bpercentage|\bsize of\b",
    ),
    (
        "person",
        r"\bwie\b|\bwiens\b|\bwelke (?:minister|ministers|persoon|bewinds\w+|premier|politicus)\b|\bonderteken|\bnaam van de (?:minister|premier|"
        r"voorzitter)|\bdoor wie\b",
        r"\bwho\b|\bwhose\b|\bwhom\b|\b(?:which|what) (?:minister|ministers|person|politician)\b|\bsigned\b|\bsignator|\bname of the "
        r"(?:minister|prime minister|speaker)",
    ),
    (
        "place",
        r"\bwaar\b(?! (?:gaat|staa|voor|om|over|mee|uit bestaat))|\bwaarheen\b|\bwaarvandaan\b|\bwelk(?:e)? (?:land|landen|stad|steden|plaats|plek|gebied|kamp|"
        r"locatie|basis)|\bvanuit welk",
        r"\bwhere\b|\b(?:which|what) (?:country|countries|city|cities|place|camp|location|base|region|area|town)",
    ),
    (
        "organisation",
        r"\bwelke (?:organisatie|organisaties|instantie|instanties|partij|partijen|groepering|instelling|missie|missies|milities)",
        r"\b(?:which|what) (?:organi[sz]ation|organi[sz]ations|body|agency|party|parties|group|groups|institution|mission|missions|militias?)",
    ),
    (
        "reason",
        r"\bwaarom\b|\bwaardoor\b|\bwat is de reden|\breden(?:en)?\b|\bhoe komt het|\bvanwege wat|\bhoezo\b",
        r"\bwhy\b|\breasons?\b|\bwhat caused\b|\bhow come\b|\bcause of\b",
    ),
    (
        "yes/no",
        r"^(?:en |maar |dus )?(?:is|zijn|was|waren|heeft|hebben|had|kan|kunnen|mag|mogen|moet|moeten|zal|zullen|gaat|gaan|wordt|worden|"
        r"werd|werden|doet|doen|blijft|blijven|komt|komen|krijgt|krijgen|staat|staan|geldt|gelden|maakt|neemt|levert|dragen|draagt|vormt|"
        r"loopt|lopen|valt|klopt|bestaat|ziet)\b",
        r"^(?:and |but |so )?(?:is|are|was|were|has|have|had|can|could|may|might|must|should|will|would|do|does|did)\b",
    ),
)


def kind_of(question: str, language: Language) -> Kind | None:
    """The kind of thing a question asks for, or None when it asks for a description."""
    lower = question.lower().strip()
    for kind, dutch, english in _CUES:
        if re.search(dutch if language == "nl" else english, lower):
            return kind
    return None


# What things look like

_MONTH = {
    "nl": r"(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december)",
    "en": r"(?:January|February|March|April|May|June|July|August|September|October|November|December)",
}
_NUMBER_WORD = {
    "nl": r"(?:één|een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|twintig|dertig|veertig|vijftig|honderd|duizend|"
    r"tientallen|honderden|duizenden)",
    "en": r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|a hundred|a thousand|"
    r"dozens of|hundreds of|thousands of)",
}
_ABOUT = {
    "nl": r"(?:in totaal |minstens |ten minste |tenminste |maximaal |ten hoogste |ongeveer |circa |ca\. |ruim |bijna |meer dan |minder dan )*",
    "en": r"(?:a total of |at least |at most |approximately |about |around |some |over |nearly |almost |more than |less than |fewer than |up to )*",
}
_SCALE = {"nl": r"(?:\s?(?:miljoen|miljard|mln\.?|mld\.?|duizend))?", "en": r"(?:\s?(?:million|billion|thousand|m|bn))?"}
_UNIT = {
    "nl": r"(?:jaar|jaren|maand|maanden|week|weken|dag|dagen|uur|decennia)",
    "en": r"(?:years?|months?|weeks?|days?|hours?|decades?)",
}
_DIGITS = r"\d+(?:[.,]\d+)*"
_CAPITAL = r"[A-ZÀ-Ý][\w’'-]*"
_NAME = rf"{_CAPITAL}(?:\s(?:van|de|der|den|al|el|bin|of|the|for|and|to)(?:\s(?:de|der|den|the))?(?=\s[A-ZÀ-Ý])|\s(?:al|el)-{_CAPITAL}|\s{_CAPITAL}|\s(?:I|V|X)+\b)*"
_TITLE = {
    "nl": r"(?:minister-president|minister|premier|president|voorzitter|parlementsvoorzitter|staatssecretaris|generaal|kolonel|commandant|dhr\.|mevrouw|"
    r"mevr\.|de heer|ambassadeur|koning|prins)",
    "en": r"(?:prime minister|minister|president|speaker|chair|chairman|state secretary|general|colonel|commander|mr|mrs|ms|ambassador|king|prince)",
}


@cache
def _pattern(kind: Kind, language: Language) -> re.Pattern[str] | None:
    month, about, scale = _MONTH[language], _ABOUT[language], _SCALE[language]
    word, unit, title = _NUMBER_WORD[language], _UNIT[language], _TITLE[language]
    edge = r"(?:(?:begin|eind|half|medio) )?" if language == "nl" else r"(?:(?:the )?(?:beginning|start|end|middle) of |early |late |mid-)?"
    day = r"(?:\d{1,2}(?:[-–]\d{1,2})? )?"
    date = rf"\b{edge}(?:{day}{month}\b(?:\s(?:\d{{4}}\b|jl\.|last\b|of this year\b))?|(?:in |of )?\b(?:19|20)\d\d\b)"
    number = rf"\b{about}(?:(?<![\d.,]){_DIGITS}{scale}|{word}\b)"
    patterns: dict[Kind, str] = {
        "date": date,
        "duration": rf"\b{about}(?:(?:{_DIGITS}|{word}|a|an|half a|een half) (?:half )?{unit}\b|(?:tien|vijf|twintig|honderd)jarig\w*|"
        rf"(?:ten|five|twenty)-year|tenth anniversary|{'half jaar' if language == 'nl' else 'six months'})",
        "money": rf"(?:€|EUR|\$)\s?{_DIGITS}{scale}|\b{about}{_DIGITS}{scale}\s(?:euros?|dollars?)\b",
        "number": number,
        "reference": r"\b(?:Kamerstuk(?:ken)?|Parliamentary Papers?)[\s\d,]*(?:(?:nrs?|nos?)\.\s?)?[\d,]*(?:(?:,? (?:en|and) )?\d+)*"
        r"|\b(?:resolutie|resolution|artikel|article)[\s-]\d+|\b(?:moties?|motions?)\b[^.()]*",
        "person": rf"(?i:\b{title})\s{_NAME}|(?<=, ){_CAPITAL}\s{_CAPITAL}$|(?i:\b(?:minister|president|commandant|commander|premier|chief)s?\b)"
        rf"(?:\s(?:van|voor|of|for|der|the)\s(?:the\s)?{_NAME})?|(?<=[a-z]\s){_CAPITAL}\s(?:al|el)-{_CAPITAL}|\b(?:Senior National Representative|"
        rf"Red Card Holder|Commandant der Strijdkrachten|Chief of Defence)\b",
        "place": rf"(?:\b(?:in|uit|vanuit|naar|te|bij|tussen|from|to|at|near|between)\s(?:de |the )?)(?!(?:{month})\b)({_NAME}(?:(?:,\s|\s(?:en|and)\s){_NAME})*)",
        "organisation": rf"\b{_NAME}\s\([A-Z][\w-]+\)|\b[A-Z][A-Za-z]*[A-Z]+[A-Za-z-]*\b|(?<=\w\s){_CAPITAL}(?:\s{_CAPITAL})+",
        "meaning": r"[^()]+\([A-Z][\w-]*\)",
    }
    pattern = patterns.get(kind)
    return re.compile(pattern) if pattern else None


@dataclass(frozen=True, slots=True)
class Found:
    """Something of the expected kind in a text."""

    kind: Kind
    span: Span
    text: str


def find(kind: Kind, text: str, language: Language) -> Iterator[Found]:
    """Every thing of a kind in a text, in order. A number that belongs to a date or a reference is none by itself."""
    pattern = _pattern(kind, language)
    if pattern is None:
        return
    taken: list[Span] = []
    if kind == "number":
        for other in ("date", "reference"):
            taken += [found.span for found in find(other, text, language)]
    for match in pattern.finditer(text):
        start, end = match.span(1) if match.lastindex else match.span()
        if end > start and not any(start < stop and begin < end for begin, stop in taken):
            yield Found(kind, (start, end), text[start:end])


__all__ = ["Found", "Kind", "content_stems", "find", "kind_of", "pieces"]
