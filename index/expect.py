"""What kind of thing a question asks for, and where things of that kind stand in a text.

A kind has cues in questions and a pattern in texts, each for both languages. Patterns are of the languages, not of one
letter: months, number words, titles, legal references, capitals.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal, get_args

from corpus.span import Span
from index.lexical import Language, content_stems, words

Kind = Literal[
    "summary",
    "meaning",
    "money",
    "duration",
    "date",
    "number",
    "reference",
    "person",
    "place",
    "organisation",
    "reason",
    "yes/no",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

# With these a question for yes or no begins.
_VERB: dict[Language, str] = {
    "nl": r"(?:is|zijn|was|waren|heeft|hebben|had|kan|kunnen|mag|mogen|moet|moeten|zal|zullen|gaat|gaan|wordt|worden|"
    r"werd|werden|doet|doen|blijft|blijven|komt|komen|krijgt|krijgen|staat|staan|geldt|gelden|maakt|neemt|levert|dragen|draagt|vormt|"
    r"loopt|lopen|valt|klopt|bestaat|ziet|hoort|horen)",
    "en": r"(?:is|are|was|were|has|have|had|can|could|may|might|must|should|will|would|do|does|did)",
}

_NAMES = r"[\w+-]+(?:(?:,|,? en|,? and) [\w+-]+)*"  # an acronym, or several

# In this order: the first cue that is found decides, so the narrow ones come first.
_CUES: tuple[tuple[Kind, str, str], ...] = (
    (
        "summary",
        r"samen(?:ge)?vat|\bvat\b.*\bsamen\b|waar (?:gaat (?:deze|de) brief|gaat (?:het|dit) over|(?:deze|de) brief over gaat)|waarover gaat"
        r"|belangrijkste punten|hoofdpunten|hoofdboodschap|kern van de brief|\bin het kort\b|^\W*tl;?dr\b"
        r"|^wat staat er in (?:de|deze) brief\W*$",
        r"summar|\bsum\b.*\bup\b|what is (?:this|the) letter about|what's (?:this|the) letter about|main points|key points|bullet points"
        r"|takeaways?\b|in a nutshell|\bgist\b|overview of the letter|^\W*tl;?dr\b",
    ),
    (
        "meaning",
        rf"waar(?:voor)? staa[tn]\b.*\bvoor\W*$|\bbeteken(?:t|en|is)(?: van)?(?: (?:de|het))?(?: (?:afkorting(?:en)?|letters))?(?: {_NAMES})?"
        r"(?: voluit)?\W*$|^\W*[\w+-]+ betekenis|\bafkorting\b|^\W*[\w+-]+ voluit\W*$|\b(?:staa[tn]|is|heet|luidt) (?:de |het )?(?:afkorting )?"
        r"[\w+-]+ voluit\b|\bvolledige naam van (?:de |het )?[\w+-]+\W*$",
        rf"\b(?:stands?|short) for\W*$|\bwhat do(?:es)? (?:the )?(?:acronyms? |abbreviations? |letters )?{_NAMES} mean\W*$"
        rf"|\bmeaning of (?:the )?(?:acronyms? |abbreviations? |letters )?{_NAMES}\W*$|\babbreviat|\bacronym|\bfull (?:name|form) of (?:the )?[\w+-]+\W*$"
        r"|^\W*(?:how is )?(?:the )?[\w+-]+ spelled out\W*$",
    ),
    (
        "money",
        r"\bkost(?:en|te|ten)?\b|\beuro'?s?\b|\bbedrag|\bgeld\b|\bprijs|\bduur is\b|\bbegro|\braming|\buitgaven\b|\bbudget",
        r"\bcosts?\b|\beuros?\b|\bmoney\b|\bprice|\bexpens|\bamount of money|\bbudget|\bexpenditure|\bspend",
    ),
    (
        "duration",
        r"\bhoe ?(?:lang|oud)\b|\bleeftijd\b|\bhoeveel (?:maanden|weken|dagen|jaar|jaren|tijd)\b|\bwelke (?:periode|duur)\b|\bduurt\b|\btermijn\b",
        r"\bhow (?:long|old)\b|\bage of\b|\bhow many (?:months|weeks|days|years)\b|\bwhat period\b|\bduration\b|\bfor what (?:time|period)\b",
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
        # "waar … over gaat" asks for no place.
        r"\bwaar\b(?! (?:gaat|staa|voor|om|over|mee|uit bestaat))(?!.*\b(?:over|voor|op|van|uit|aan|bij|mee|toe|vinden|lezen)(?: \w+)?\W*$)|\bwaarheen\b|\bwaarvandaan\b|\bwelk(?:e)? (?:land|landen|buurland|staat|staten|stad|steden|plaats|plek|gebied|kamp|"
        r"locatie|basis)|\bvanuit welk",
        r"\bwhere\b(?! can (?:i|we|you) (?:find|read))|\b(?:which|what) (?:country|countries|states?|city|cities|place|camp|location|base|region|area|town)",
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
        rf"^(?:en |maar |dus )?{_VERB['nl']}\b",
        rf"^(?:and |but |so )?{_VERB['en']}\b",
    ),
)


# A question that opens with one of these asks for that, whatever else it names ("Waarom kost het 18 miljoen?").
_OPENS: dict[Language, tuple[tuple[Kind, str], ...]] = {
    "nl": (
        ("reason", r"(?:en |maar |dus )?(?:waarom|hoezo|waardoor)\b"),
        ("date", r"(?:en |maar |dus )?(?:(?:tot|vanaf|sinds|per|voor) )?wanneer\b"),
        ("person", r"(?:en |maar |dus )?(?:(?:door|met|van|aan|voor) )?wie\b"),
    ),
    "en": (
        ("reason", r"(?:and |but |so )?why\b"),
        ("date", r"(?:and |but |so )?(?:(?:until|since|from|by) )?when\b"),
        ("person", r"(?:and |but |so )?(?:(?:by|with|to|from|for) )?(?:who|whom)\b"),
    ),
}

# What a question about the letter as a whole may say besides its cue: with more it asks about something in the letter.
_WHOLE: dict[Language, str] = {
    "nl": "brief samenvatting samenvatten samengevat samen vat vatten kort korte kunt geef geven maak maken punten "
    "belangrijkste hoofdpunten hoofdboodschap kern gaat gaan inhoud hele deze hoofdlijnen zin zinnen woorden regels "
    "alinea paar één twee drie vier vijf zes tien tl dr tldr leg uit simpele eenvoudige begrijpelijke document tekst",
    "en": "letter summary summarise summarize summarised brief short shortly give make points bullet bullets main key "
    "gist overview takeaway takeaways important whole this content contents sentence sentences words lines paragraph "
    "few one two three four five six ten sum up nutshell tl dr tldr simple plain document text explain",
}
_READER = re.compile(r"\b(?:voor (?:een|mijn|mij|me|de)|for (?:a|an|my|me|the))(?: \w+)?\W*$")
"""For whom a summary is wanted, at its end: it changes nothing of what the letter says."""


def kind_of(question: str, language: Language) -> Kind | None:
    """The kind of thing a question asks for, or None when it asks for a description."""
    lower = question.lower().strip()
    for kind, opening in _OPENS[language]:
        if re.match(opening, lower):
            return kind
    for kind, dutch, english in _CUES:
        if re.search(dutch if language == "nl" else english, lower):
            if kind == "summary" and not _of_the_whole(lower, language):
                continue
            return kind
    return None


def _of_the_whole(lower: str, language: Language) -> bool:
    """Whether a question with a cue of a summary names nothing in the letter, but at most how long and for whom."""
    named = content_stems(_READER.sub("", lower), language)
    return {stem for stem in named if not stem.isdigit()} <= set(content_stems(_WHOLE[language], language))


_ASKS: dict[Language, str] = {
    "nl": r"(?:tot |vanaf |sinds |in |op |door |voor |van |met |uit |naar |aan )?(?:wie|wat|waar\w*|wanneer|waarom|hoe(?:veel|lang)?|welke?)\b",
    "en": r"(?:until |since |from |in |on |by |for |with |to |at )?(?:who|whose|whom|what|where|when|why|how|which)\b",
}


# Behind a comma, too, where the others of `_ASKS` may as well begin a clause ("the minister, who signed, …").
_ASKS_ANEW: dict[Language, str] = {
    "nl": rf"(?:(?:tot|vanaf|sinds) wanneer|wie|wat|wanneer|waarom|hoe(?:veel|lang)?|waar {_VERB['nl']})\b",
    "en": r"(?:(?:until|since) when|what|why|how)\b",
}
_CONJUNCTION: dict[Language, str] = {"nl": "en", "en": "and"}
_SAYS = re.compile(
    r"(?:ik|wij|we|mijn|onze|hij|zij|het|dit|dat|met|i|my|our|he|she|they|it|this|that|kind|best|with)\b", re.I
)


def questions(question: str, language: Language) -> list[str]:
    """The parts of a question that asks two things or more: split before "en wanneer", ", and will", and behind a "?".

    What is said behind a question ("Ik vraag dit voor mijn zoon.") is no part of it.
    """
    conjunction, asks, verb = _CONJUNCTION[language], _ASKS[language], _VERB[language]
    joints = [
        r"(?<=\?)\s+(?=\S)",
        rf"(?:;|\s/|,?\s{conjunction})\s+(?={asks})",
        rf"(?:;|\s/|,\s{conjunction})\s+(?={verb}\b)",
    ]
    if re.match(asks, question, re.IGNORECASE):
        joints.append(rf",\s+(?={_ASKS_ANEW[language]})")
    elif re.match(rf"{verb}\b", question, re.IGNORECASE):
        joints.append(rf"\s{conjunction}\s+(?={verb}\b)")
    first, *others = re.split("|".join(joints), question, flags=re.IGNORECASE)
    opens = re.compile(rf"(?:{conjunction}\s+)?(?:{asks}|{verb}\b)", re.IGNORECASE)

    def said(part: str) -> bool:
        return not ("?" in part or opens.match(part)) and (part.endswith((".", "!")) or _SAYS.match(part) is not None)

    asked = [other for other in others if not said(other)]
    return [part.strip() for part in (first, *asked) if part.strip()] or [question]


# What things look like

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
        "person": rf"(?i:\b{title})\s(?!(?:Assembly|Staff)\b){_NAME}|(?<=, ){_CAPITAL}\s{_CAPITAL}$|(?i:\b(?:minister-president|prime minister)\b)|"
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
    kind: Kind, question: str, asked_in: Language, text: str, language: Language, leans_on: str = ""
) -> Found | None:
    """The thing of a kind in a text that the question asks for, or None when there is none.

    Among several, the one whose surroundings share most with the question. A name or a date that the question itself says
    is not asked for. A question about an end ("tot wanneer") wants the date behind "tot", one about a beginning that
    behind "vanaf", one about people a number of them; where it may as well be another of these, there is none.
    A follow-up that names none of these asks as what it `leans_on` does. `asked_in` is the language of the question,
    `language` that of the text.
    """
    asked, said = set(content_stems(question, asked_in)), set(words(question))
    people = kind == "number" and any(re.search(_PEOPLE[asked_in], one.lower()) for one in (question, leans_on))
    wanted = _edges(question, asked_in) or _edges(leans_on, asked_in)

    def fitness(found: Found) -> float:
        start, end = found.span
        before, behind = text[max(start - 60, 0) : start], text[end : end + 40]
        around = set(content_stems(f"{before} {behind}", language))
        own = set(content_stems(found.text, language))
        shared = len(asked & around) / math.sqrt(1 + len(around))
        shared += len(asked & own) * (0.5 if kind in ("number", "duration") else -0.5)
        if people:
            shared += 3 * (re.search(_PEOPLE[language], found.text.lower()) is not None)
        if kind in ("date", "duration"):
            shared += sum(3 for edge in wanted if re.search(rf"\b(?:{_EDGES[language][edge]})\s$", before))
            shared += sum(1 for edge in wanted if re.search(_SAID_NEAR[language][edge], f"{before} {behind}"))
        return shared

    if kind == "reference" and any(said & set(_NUMBER.findall(found.text)) for found in find(kind, text, language)):
        return None  # "welke brief is nr. 946?" asks for no number
    named = kind in ("date", "person", "place", "organisation")
    new = [found for found in find(kind, text, language) if not (named and said.issuperset(words(found.text)))]
    if kind == "date" and len(wanted) == len(_ASKED_EDGES[asked_in]) and (both := _period(new, text, language)):
        return both
    best = max(new, key=fitness, default=None)
    if best and people and any(fitness(one) == fitness(best) and one.text != best.text for one in new):
        return None
    return best


_NUMBER = re.compile(r"\d+")
_PEOPLE: dict[Language, str] = {
    "nl": r"\b(?:mens|mensen|man|personen|personeel|militair|militairen|soldaten|troepen|adviseurs|stafofficieren|burgers)\b",
    "en": r"\b(?:people|persons|men|women|personnel|soldiers|troops|service members|advisers|advisors|staff|officers|civilians)\b",
}


_ASKED_EDGES: dict[Language, dict[str, str]] = {
    "nl": {
        "end": r"\btot\b|\beind|\bverlo+p|\bafgelopen|\bloop(?:t|en) .*\baf\b|\buiterlijk|\blaatst|\bstop",
        "beginning": r"\bvan wanneer\b|\bvanaf\b|\bsinds\b|\bbegin|\bingang|\bstart",
    },
    "en": {
        "end": r"\buntil\b|\bend|\bexpir|\blast|\brun out|\bdeadline|\bby when|\bstop",
        "beginning": r"\bsince\b|\bfrom when|\bbegin|\bstart",
    },
}
_EDGES: dict[Language, dict[str, str]] = {
    "nl": {"end": "tot|tot en met|niet later dan|uiterlijk", "beginning": "vanaf|sinds|van"},
    "en": {
        "end": "(?:until|to|up to and including|no later than|by|until at least)(?: the)?",
        "beginning": "since|from",
    },
}


# What says of a date anywhere near it that something ends, or begins, then.
_SAID_NEAR: dict[Language, dict[str, str]] = {
    "nl": {
        "end": r"eindig|be[eë]indig|verlo+p|\b(?:loopt|lopen|liep|liepen)\b.*\baf\b",
        "beginning": r"\bbegin(?:t|nen)\b|\bstart",
    },
    "en": {"end": r"\bend(?:s|ed|ing)?\b|\bexpire|\bterminat", "beginning": r"\bbegins?\b|\bstart"},
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


def asks_for_acronym(question: str) -> bool:
    """Whether a question gives a name and asks for its acronym, and not the other way round."""
    of = r"\b(?:afkorting (?:van|voor)(?: de| het)?|(?:abbreviation|acronym) (?:of|for)(?: the)?) \w[\w-]* \w"
    return re.search(of, question.lower()) is not None


def acronyms(text: str) -> dict[str, str]:
    """The acronyms that a text spells out, each with its name in front of it: "Operation Inherent Resolve (OIR)"."""
    bracketed = re.finditer(r"(?<=\w )\((\w*[A-Z]\w*[A-Z]\w*)\)", text)
    named = ((match[1], _name_before(match[1], text[: match.start()])) for match in bracketed)
    return {acronym: name for acronym, name in named if name}


def _name_before(acronym: str, text: str) -> str | None:
    """The name at the end of a text that an acronym in brackets behind it may stand for."""
    run = re.search(
        r"(?<!\S)[A-ZÀ-Ý][^\s()]*(?:\s(?:(?:to|of|for|by|and|en|der|van|voor|the)\s)?[A-ZÀ-Ý][^\s()]*)*\s$",
        text,
    )
    # The run may begin too early, with a capital that is only the sentence's first: begin at the acronym's own letter.
    starts = [word.start() for word in re.finditer(r"\S+", run.group())] if run else []
    first = next((start for start in starts if run and run.group()[start].lower() == acronym[0].lower()), None)
    return run.group()[first:].rstrip() if run and first is not None else _with_letters_of(acronym, text)


def _with_letters_of(acronym: str, text: str) -> str | None:
    """The shortest end of a text that has the letters of an acronym in order, the first at the beginning of a word.

    Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003.
    """
    at = len(text)
    for letter in reversed(acronym.lower()[1:]):
        at = max(text.lower().rfind(letter, 0, at), 0)
    begins = [match.start() for match in re.finditer(rf"\b{acronym[0]}", text[:at], re.IGNORECASE)]
    name = text[begins[-1] :].rstrip() if begins else ""
    return name if 0 < len(name.split()) <= 2 * len(acronym) else None
