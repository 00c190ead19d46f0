"""What kind of thing a question asks for: a kind has cues in questions, for either language."""

import re
from typing import Literal, get_args

from index.lexical import Language, content_stems

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
VERB: dict[Language, str] = {
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
        rf"^(?:en |maar |dus )?{VERB['nl']}\b",
        rf"^(?:and |but |so )?{VERB['en']}\b",
    ),
)


_AND = re.compile(r"^(?:en|maar|dus|and|but|so)\s")
# A question that opens with one of these asks for that, whatever else it names ("Waarom kost het 18 miljoen?").
_OPENS: dict[Language, tuple[tuple[Kind, str], ...]] = {
    "nl": (
        ("reason", r"(?:waarom|hoezo|waardoor|hoe komt het|wat is de reden)\b"),
        ("date", r"(?:(?:tot|van|vanaf|sinds|per|voor) )?wanneer\b"),
        ("person", r"(?:(?:door|met|van|aan|voor|onder|bij|op) )?wie\b"),
    ),
    "en": (
        ("reason", r"(?:why|how come|what(?: i|')s the reason)\b"),
        ("date", r"(?:(?:until|since|from|by) )?when\b"),
        ("person", r"(?:(?:by|with|to|from|for|under) )?(?:who|whom)\b"),
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
        if re.match(opening, _AND.sub("", lower)):
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


def asks_for_acronym(question: str) -> bool:
    """Whether a question gives a name and asks for its acronym, and not the other way round."""
    of = r"\b(?:afkorting (?:van|voor)(?: de| het)?|(?:abbreviation|acronym) (?:of|for)(?: the)?) \w[\w-]* \w"
    return re.search(of, question.lower()) is not None
