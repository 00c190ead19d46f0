"""What things of a kind look like in a text, and which of them a question asks for.

Patterns are of the languages, not of one letter: months, number words, titles, legal references, capitals.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from corpus.span import Span
from index.expect import Kind, kind_of
from index.lexical import Language, content_stems, words

_MONTH = {
    "nl": r"(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december)",
    "en": r"(?:January|February|March|April|May|June|July|August|September|October|November|December)",
}
_NUMBER_WORD = {
    "nl": r"(?:één|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|twintig|dertig|veertig|vijftig|honderd|duizend|"
    r"tientallen|honderden|duizenden)",
    "en": r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|a hundred|a thousand|"
    r"dozens of|hundreds of|thousands of)",
}
_ABOUT = {
    "nl": r"(?:in totaal |minstens |ten minste |tenminste |maximaal |ten hoogste |ongeveer |circa |ca\. |ruim |bijna |meer dan |minder dan )*",
    "en": r"(?:a total of |at least |at most |approximately |about |around |some |over |nearly |almost |more than |less than |fewer than |up to )*",
}
_SCALE = {
    "nl": r"(?:\s?(?:(?:miljoen|miljard|duizend)\b|mln\.?|mld\.?))?",
    "en": r"(?:\s?(?:million|billion|thousand|m|bn)\b)?",
}
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
    edge = (
        r"(?:(?:[Bb]egin|[Ee]ind|[Hh]alf|[Mm]edio) )?"
        if language == "nl"
        else r"(?:(?:the )?(?:beginning|start|end|middle) of |early |late |mid-)?"
    )
    day = r"(?:\d{1,2}(?:[-–]\d{1,2})? )?"
    date = rf"\b{edge}(?:{day}{month}\b(?:\s(?:\d{{4}}\b|jl\.|last\b|of this year\b))?|(?:in |of )?\b(?:19|20)\d\d\b)"
    counted = (
        r"(?:\s(?!(?:van|in|op|en|of|de|het|een|die|dat|voor|aan|tot|uit|met|bij)\b)[a-zà-ÿ-]+)?"
        if language == "nl"
        else r"(?:\s(?:military|civilian|armed|armoured|[A-Z][a-z]+))?(?:\s(?!(?:of|in|on|and|or|the|a|that|for|to|from|with|at|by)\b)[a-z-]+)?"
    )
    number = rf"\b{about}(?:(?<![\d.,]){_DIGITS}{scale}|{word}\b){counted}"
    patterns: dict[Kind, str] = {
        "date": date,
        "duration": rf"\b{about}(?:(?:{_DIGITS}|{word}|a|an|half a|een half) (?:half )?{unit}\b|(?:tien|vijf|twintig|honderd)jarig\w*|"
        rf"(?:ten|five|twenty)-year|tenth anniversary|{'half jaar' if language == 'nl' else 'six months'})",
        "money": rf"(?:€|EUR|\$)\s?{_DIGITS}{scale}|\b{about}{_DIGITS}{scale}\s(?:euros?|dollars?)\b",
        "number": number,
        "reference": r"\b(?:nrs?|nos?)\.\s\d+|\b(?:Kamerstuk(?:ken)?|Parliamentary Papers?)[\s\d,]*(?:(?:nrs?|nos?)\.\s?)?\d*(?:(?:, ?| (?:en|and) )\d+)*"
        r"|\b(?:resolutie|resolution|artikel|article)[\s-]\d+|\b(?:moties?|motions?)\b(?:[^.()]|\bc\.s\.)*",
        "person": rf"(?i:\b{title})\s(?!(?:Assembly|Staff)\b){_NAME}|(?<=, ){_CAPITAL}\s{_CAPITAL}$|(?i:\b(?:minister-president|prime minister)\b)(?:[’']s\s[A-Z]\w+)?|"
        rf"(?i:\b(?:minister|president|commandant|commander|premier|chief)s?\b)\s(?:van|voor|of|for|der|the)\s(?:the\s)?{_NAME}|(?<=[a-z,]\s){_CAPITAL}\s(?:al|el)-{_CAPITAL}|\b(?:Senior National Representative|"
        rf"Red Card Holder|Commandant der Strijdkrachten|Chief of Defence)\b",
        "place": rf"(?:\b(?:naar|to)\s|\b(?:in|uit|vanuit|vanaf|te|bij|tussen|from|at|near|between)\s(?:de |the )?)(?!(?:{month}|[A-Z]{{3,}})\b)({_NAME}(?:(?:,\s|\s(?:en|and)\s)(?![A-Z]{{3,}}\b){_NAME})*)",
        "organisation": rf"\b{_NAME}\s\([A-Z][\w-]+\)|\b[A-Z][A-Za-z]*[A-Z]+[A-Za-z-]*\b|(?<=\w\s){_CAPITAL}(?:\s{_CAPITAL})+",
        "meaning": r"[^()]+\([A-Z][\w-]*\)",
    }
    pattern = patterns.get(kind)
    return re.compile(pattern) if pattern else None


def has_looks(kind: Kind) -> bool:
    """Whether things of a kind can be told by their looks: a date can, a reason cannot."""
    return _pattern(kind, "nl") is not None


@dataclass(frozen=True, slots=True)
class Found:
    """Something of the expected kind in a text."""

    kind: Kind
    span: Span
    text: str


def find(kind: Kind, text: str, language: Language) -> Iterator[Found]:
    """Every thing of a kind in a text, in order. A number that belongs to a date, a duration … is none by itself."""
    pattern = _pattern(kind, language)
    if pattern is None:
        return
    taken: list[Span] = []
    if kind == "number":
        for other in ("date", "reference", "duration", "money"):
            taken += [found.span for found in find(other, text, language)]
    for match in pattern.finditer(text):
        start, end = match.span(1) if match.lastindex else match.span()
        if end > start and not any(start < stop and begin < end for begin, stop in taken):
            yield Found(kind, (start, end), text[start:end])


def pick(
    kind: Kind, question: str, asked_in: Language, text: str, language: Language, context: str = ""
) -> Found | None:
    """The thing of a kind in a text that the question asks for, or None when there is none.

    Among several, the one whose surroundings share most with the question. A name or a date that the question itself says
    is not asked for. A question about an end ("tot wanneer") wants the date behind "tot", one about a beginning that
    behind "vanaf", one about people a number of them; where it may as well be another of these, there is none. A
    question that does not say what kind of thing it asks for asks as its `context` does: what was asked before and with
    it. `asked_in` is the language of the question, `language` that of the text.
    """
    lower = question.lower()
    inherited = context if kind_of(question, asked_in) is None or not content_stems(question, asked_in) else ""
    asked, said = set(content_stems(question, asked_in)), set(words(question))
    people = kind == "number" and any(_PEOPLE.search(one) for one in (lower, inherited.lower()))
    wanted = _edges(question, asked_in) or _edges(inherited, asked_in)
    every = list(find(kind, text, language))
    numbered = [found.span[1] for found in every if _NUMBER.search(found.text)]

    def fitness(found: Found) -> float:
        start, end = found.span
        before, behind = text[max(start - _BEFORE, 0) : start], text[end : end + _BEHIND]
        if kind == "reference":  # a number stands behind what it is the number of
            before, behind = text[max((end for end in numbered if end <= start), default=0) : start], ""
        elif (bracket := text.rfind("(", 0, start)) > text.rfind(")", 0, start):  # it is of the words before it
            before, behind = text[max(bracket - _NEAR, 0) : start], ""
        around = set(content_stems(f"{before} {behind}", language))
        own = set(content_stems(found.text, language))
        shared = len(asked & around) / math.sqrt(1 + len(around))
        shared += len(asked & own) * (0.5 if kind in ("number", "duration") else -0.5)
        if people:
            shared += 3 * (_PEOPLE.search(found.text.lower()) is not None)
        if kind in ("date", "duration"):
            shared += sum(3 for edge in wanted if re.search(rf"\b(?:{_EDGES[language][edge]})\s$", before))
            shared += sum(1 for edge in wanted if re.search(_SAID_NEAR[language][edge], f"{before} {behind}"))
        if kind == "date" and not _DECIDED.search(f"{lower} {context.lower()}"):
            shared -= 2 * (_DECIDED.search(f"{before[-_NEAR:]} {behind}") is not None)
        if kind == "person" and (acronym := re.match(r"\s\((\w+)\)", behind)):
            shared += 3 * (acronym[1].lower() in said)
        if kind == "person" and _MANY.match(found.text) and not _PLURAL.search(lower):
            shared -= 3  # "which minister" asks for none of a meeting of ministers
        if kind == "person" and _SUFFERED.match(lower):
            shared -= 3 * (_BY.search(before) is not None)
        return shared

    if kind == "reference" and any(said & set(_NUMBER.findall(found.text)) for found in every):
        return None  # "welke brief is nr. 946?" asks for no number
    named = kind in ("date", "person", "place", "organisation")
    new = [found for found in every if not (named and said.issuperset(words(found.text)))]
    if kind == "date" and re.search(_BOTH_EDGES[asked_in], lower):
        return _period(new, text, language)
    several = kind in ("person", "organisation", "reference") and _PLURAL.search(lower)
    if several and len({one.text for one in new}) > 1:
        return None  # one of several is not what "which missions" asks for
    best = max(new, key=fitness, default=None)
    if best and people and any(fitness(one) == fitness(best) and one.text != best.text for one in new):
        return None
    return None if best and kind == "person" and fitness(best) < -1 else best


_BEFORE, _BEHIND, _NEAR = 80, 40, 25  # characters of a text that are looked at around a thing in it
_NUMBER = re.compile(r"\d+")
_PEOPLE = re.compile(
    r"\b(?:mens|mensen|man|mannen|vrouwen|personen|personeel|militair|militairen|soldaten|troepen|adviseurs|stafofficieren|burgers|nederlanders"
    r"|people|persons|men|women|personnel|soldiers|troops|service members|advisers|advisors|staff|officers|civilians)\b"
)
# "Who was wiretapped?" does not ask for those by whom it was done.
_SUFFERED, _BY = (
    re.compile(r"(?:wie|who) (?:werd|werden|was|were)\b"),
    re.compile(r"\b(?:door|by)\s(?:het\s|de\s|the\s)?$"),
)
_PLURAL = re.compile(r"\b(?:welke|which|what) (?!does|was|has|this|is)\w{3,}(?:en|s)\b")
_MANY = re.compile(r"\w+s of\b")
# The day on which something was decided or announced is not the one on which it happens.
_DECIDED = re.compile(r"\b(?:besl(?:oot|oten|uit)|aangekondigd|kondigden?|decided?|announced?)\b")
_ASKED_EDGES: dict[Language, dict[str, str]] = {
    "nl": {
        "end": r"\btot\b|\beind|\bverlo+p|\bafgelopen|\bloop(?:t|en) .*\baf\b|\buiterlijk|\blaatste (?:dag|datum)|\bstop|\bhoudt .*\bop\b"
        r"|\bterug\b|\bthuis\b|\bnaar huis\b|\bvertrek|\bverla(?:at|ten)\b|\bweg\b",
        "beginning": r"\bvan wanneer\b|\bvanaf\b|\bsinds\b|\bbegin|\bingang|\bstart",
        "dated": r"brief\b|brieven\b",
    },
    "en": {
        "end": r"\b(?:until|till)\b|\bend(?:s|ed|ing)?\b|\bexpir|\blast (?:day|date)|\brun out|\bdeadline|\bby when|\bstop|\bhome\b|\bback\b"
        r"|\bleaves?\b|\bwithdraw|\bgone\b",
        "beginning": r"\bsince\b|\bfrom when|\bbegin|\bstart",
        "dated": r"\bletters?\b",
    },
}
_BOTH_EDGES: dict[Language, str] = {
    "nl": r"\b(?:van|vanaf|sinds) (?:wanneer|welke \w+)\b.*\btot\b|\btussen welke\b|\bbegin.*\beind",
    "en": r"\bfrom (?:when|what|which)\b.*\b(?:to|until|till)\b|\bbetween (?:what|which)\b|\b(?:begin|start).*\bend",
}
_EDGES: dict[Language, dict[str, str]] = {
    "nl": {"end": "tot|tot en met|niet later dan|uiterlijk", "beginning": "vanaf|sinds|van", "dated": r"d\.d\."},
    "en": {
        "end": "(?:until|to|up to and including|no later than|by|until at least)(?: the)?",
        "beginning": "since|from",
        "dated": "of",
    },
}
# What says of a date anywhere near it that something ends, or begins, then.
_SAID_NEAR: dict[Language, dict[str, str]] = {
    "nl": {
        "end": r"eindig|be[eë]indig|\bverlo(?:op|opt|pt)\b|\b(?:loopt|lopen|liep|liepen)\b.*\baf\b",
        "beginning": r"\bbeg[io]n(?:t|nen)?\b|\bstart",
        "dated": "^$",
    },
    "en": {
        "end": r"\bend(?:s|ed|ing)?\b|\bexpire|\bterminat",
        "beginning": r"\bbeg[aiu]ns?\b|\bstart",
        "dated": "^$",
    },
}


def _edges(question: str, language: Language) -> set[str]:
    return {edge for edge, cue in _ASKED_EDGES[language].items() if re.search(cue, question.lower())}


def _period(dates: Sequence[Found], text: str, language: Language) -> Found | None:
    """The first two dates that are the ends of a period, with what stands between: "1 mei tot en met 30 juni"."""
    for first, last in pairwise(dates):
        (start, behind), (ahead, end) = first.span, last.span
        if re.fullmatch(rf"\s(?:{_EDGES[language]['end']})\s", text[behind:ahead]):
            return Found(first.kind, (start, end), text[start:end])
    return None
