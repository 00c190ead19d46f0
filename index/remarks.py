"""What is said beside questions: thanks, another language for the answer, a correction, the last answer again."""

import re

from index.language import detect
from index.lexical import Language, words

# Greetings, thanks, and what one asks of somebody new.
_PHRASES = """
hallo, hoi, hey, hi, hello, dag, help, doei, bye, goodbye, bedankt, oke, ok, daar, there, allemaal, everyone,
goedemorgen, goedemiddag, goedenavond, goede morgen, goede middag, goede avond, good morning, good afternoon, good
evening, tot ziens, thanks, thank you, a lot, so much, very much, dank, dank je, dank u, dankjewel, dank je wel,
dank u wel, dank alvast, bij voorbaat, alvast, in advance, kunt u mij helpen, kun je mij helpen, kun je me helpen,
can you help me, can you help, please, graag, wat kun je, wat kun jij, wat kunt u, doen, wat kan ik vragen, wat kan
ik hier vragen, wat kan ik je vragen, wie ben je, wie ben jij, wat ben je, wat ben jij, what can you do, what can i
ask, what can i ask you, who are you, what are you, hoe werkt dit, hoe werkt het, how does this work, how does it
work, how are you, hoe gaat het, briefwijzer, hoe werkt deze site, hoe werkt deze pagina, how does this tool work,
how does this site work, ben je een robot, are you a robot, are you chatgpt, ben je chatgpt, ik heb een vraag, i
have a question, ja, nee, yes, no, laat maar, never mind, great, super, top, prima, mooi, fijn, helder, duidelijk,
dat was duidelijk, dat is duidelijk, that was clear, very helpful, helpful, nice, sorry, pardon, thx, hoor,
actually, i love this, nee hoor, geweldig, dat bedoel ik niet, dat vroeg ik niet, fout, verkeerd, verkeerd antwoord,
je begrijpt me niet, u begrijpt mij niet, wrong, wrong answer, that is not what i asked, that is not what i meant,
you do not understand me, guten tag, guten morgen, danke, bitte, bonjour, s il vous plaît, merci, hola, gracias
"""
_SMALL_TALK = sorted((" ".join(phrase.split()) for phrase in _PHRASES.split(",")), key=len, reverse=True)

_OURS: dict[str, Language] = {"engels": "en", "english": "en", "nederlands": "nl", "dutch": "nl"}
# Whoever wants one of these is answered in English.
_OTHERS = """
duits german deutsch frans french français spaans spanish español italiaans italian italiano portugees portuguese pools
polish turks turkish arabisch arabic koerdisch kurdish perzisch persian oekraïens ukrainian russisch russian chinees chinese
fries frisian deens danish zweeds swedish noors norwegian
""".split()
_LANGUAGES: dict[str, Language] = _OURS | dict.fromkeys(_OTHERS, "en")
_COURTESY = frozenset("please graag alstublieft alsjeblieft aub svp bitte plaît plait favor".split())
# What a clause on the language of the answer may say besides the language.
_CLAUSE = _COURTESY | frozenset(
    """
    in into to naar het answer antwoord antwoorden beantwoord question vraag reply respond translate vertaal vertalen
    write schrijf say zeg zeggen explain give geef geven repeat herhaal same hetzelfde can could may kan kunt kun mag i
    me you ik mij u je have get krijgen it that this the dat dit deze de also again ook nog opnieuw eens en and maar but
    now nu ok oké yes ja liever rather what wat is was keer een vraag bedoel mean nog auf por
    vous s il do does speak speaks understand read spreek spreekt praat versta verstaat begrijp begrijpt lees only alleen
    parlez sprechen sie hablas
    """.split()
)
_DOTTED = re.compile(r"\b(?:s\.v\.p|a\.u\.b)\.?", re.IGNORECASE)
_SPEAKS = re.compile(
    rf"\b(?:speak|understand|read|spreekt?|praat|verstaa?t?|begrijpt?|lees|parlez|sprechen|hablas)\b.*\b(?:{'|'.join(_LANGUAGES)})\b",
    re.IGNORECASE,
)
_AT_THE_END = re.compile(
    rf"\s(?:in|into|naar)\s(?:het\s)?(?P<language>{'|'.join(_LANGUAGES)}),?\s(?:{'|'.join(sorted(_COURTESY))})\W*$",
    re.IGNORECASE,
)

_WITHIN = re.compile(
    rf"\b(?:tell me|vertel(?: mij| me)?|zeg(?: mij| me)?|explain|answer|antwoord) (?P<before>(?:in|into) (?:het )?(?P<one>{'|'.join(_LANGUAGES)})) "
    rf"|\b(?P<behind>in (?:het )?(?P<other>{'|'.join(_LANGUAGES)}) )(?:vertellen|zeggen|uitleggen)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:do not|don['’]?t|can['’]?t|cannot) (?:speak|understand|read) (?P<en>dutch|english)\b"
    r"|\b(?:spreek|begrijp|versta|lees) (?:helaas )?geen (?P<nl>engels|nederlands)\b",
    re.IGNORECASE,
)

_AGAIN_FIRST = re.compile(r"^(?:again|once more|nogmaals|nog een keer)\s?[,:]\s+(?=\S)", re.IGNORECASE)
_ASKS = re.compile(
    r"(?:wat|wie|wanneer|waar\w*|hoe\w*|welke?|what|who|when|where|why|how|which|(?:tot|until|since|sinds) (?:wanneer|when))\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"^(?:(?:nee(?: hoor)?|no|oh|sorry|pardon|oeps|oops|wacht|wait)\s?[,.!–-]*\s+)*"
    r"(?:ik\s+bedoel(?:de)?|bedoel(?:de)?\s+ik|i\s+mean|i\s+meant)\b[:,]?\s+(?=\S)|^(?:nee|no),\s+(?=\S)",
    re.IGNORECASE,
)

_SOURCE = r"(?:bron(?:nen|vermelding)?|vindplaats|citaat|sources?|citations?|quot(?:e|ation)|reference|paginanummer|page number)"
_PIECE = (
    r"(?:pagina|bladzijde|blz|paragraaf|alinea|hoofdstuk|kopje|sectie|page|section|paragraph|sentence|chapter|heading)"
)
_THAT = r"(?:dat|dit|that|this|it|so)"
_IN_THE_LETTER = re.compile(r"\b(?:in|uit|from) (?:de|deze|the|this) (?:brief|letter|tekst|text)\b")
_AGAIN = re.compile(
    rf"\b(?:(?:(?:wat|what) (?:is|zijn|are|s) |do you have |heeft u |heb je )?(?:(?:de|het|een|uw|je|the|a|your) )?{_SOURCE}"
    rf"|(?:welke?|which|what) (?:{_PIECE}|zin staat)"
    rf"|waar (?:staat|vind ik|lees ik|haal(?:t u| je)|hebt? (?:u|je)|blijkt) (?:{_THAT}|het)|waar (?:{_THAT}|het) staat"
    rf"|where (?:does|did) (?:it|the letter) say {_THAT}|where (?:do|did|can) (?:you|i) (?:find|read|see|get) {_THAT}"
    rf"|where (?:it says {_THAT}|{_THAT} is (?:written|said|stated))"
    rf"|where (?:is|was|has|are|were) (?:{_THAT}|they) (?:been )?(?:written|said|stated)"
    r"|citeer|citeren|cite|quote|herhaal|herhalen|nogmaals|nog een keer|repeat|again|once more|wat zei|what did you say|prove (?:it|that)"
    r"|show me where|(?:laat|toon) (?:me |mij )?(?:de |het )?(?:zin|passage|citaat)(?: zien)?|vertaal|vertalen|translate|translation|vertaling)\b"
    r"|^(?:pagina|page)$"
)
_AGAIN_IN_THE_LETTER = re.compile(
    rf"^(?:waar|where)$|waar (?:staat|is) {_THAT}|where (?:is|was) {_THAT}|(?:laat zien|show me) (?:waar|where)"
)
_TRANSLATES = re.compile(r"\b(?:vertaal|vertalen|vertaling|translat\w+)\b", re.IGNORECASE)
# What it may say besides: with any other word it is a question about the letter ("Waar staat dat Iran …?").
_BESIDES = _COURTESY | frozenset(
    """
    en and ok oké maar but dan then kunt u kun kan je jij can could you mij me ik i eens nog dat dit het die that this it
    op on in from voor for of is uit daarvan hiervan daarvoor hiervoor staat vandaan geef geven give noem toon laat
    zien show tell zeggen say says said read mag may have aangeven antwoord answer onder under terug where waar
    """.split()
)
_ADVERBS = re.compile(r"\b(?:precies|exact|exactly|precisely|nou|eigenlijk|actually)\b")


def small_talk(question: str) -> bool:
    """Whether a cleaned text greets, thanks or asks what can be asked, and nothing else."""
    rest = " ".join(words(question)) + " "
    said = rest.strip() != ""
    while phrase := next((phrase for phrase in _SMALL_TALK if rest.startswith(f"{phrase} ")), None):
        rest = rest[len(phrase) + 1 :]
    return said and not rest.strip()


def instructed(question: str) -> tuple[str, Language | None]:
    """A question without what it says of the language of the answer, and that language: "In English: wat kost het?".

    Nothing, or no more than a courtesy, may be left of it: "In het Engels, graag." is about the last answer.
    """
    plain = _DOTTED.sub("svp", question)
    if match := _AT_THE_END.search(plain):
        rest, wished = plain[: match.start()], _LANGUAGES[match["language"].lower()]
    else:
        clauses = [(clause, _language_named(clause)) for clause in re.split(r"(?<=[?.!,;:])\s+", plain)]
        named = [language for _, language in clauses if language]
        if not named:
            return _without(question) or (question, None)
        wished = named[0]
        rest = " ".join(clause for clause, language in clauses if language is None)
    return ("" if _SPEAKS.search(rest) else rest.strip(" ,;:")), wished


def neither(text: str) -> bool:
    """Whether a text that says in which language to answer names one that is not spoken here."""
    said = words(text)
    return not any(word in _OURS for word in said) and any(word in _LANGUAGES for word in said)


def _without(question: str) -> tuple[str, Language] | None:
    """A question without the language that is named amid it, or "" where somebody says which one they do not speak."""
    if match := _WITHIN.search(question):
        name = match["one"] or match["other"]
        rest = question.replace(match["before"] or match["behind"], "", 1)
        return " ".join(rest.split()), _LANGUAGES[name.lower()]
    if match := _NO.search(question):
        return "", "nl" if _LANGUAGES[(match["en"] or match["nl"]).lower()] == "en" else "en"
    return None


def _language_named(clause: str) -> Language | None:
    said = words(clause)
    named = [_LANGUAGES[word] for word in said if word in _LANGUAGES]
    rest = {word for word in said if word not in _LANGUAGES}
    wanted = not rest or rest & {"in", "into", "to", "naar", "auf"} or rest & _COURTESY or _SPEAKS.search(clause)
    return named[0] if len(named) == 1 and wanted and rest <= _CLAUSE else None


def corrected(question: str) -> str:
    """A question that mends the one before, as a follow-up to it: "Nee, ik bedoel de helikopters" is "en de …"."""
    question = _AGAIN_FIRST.sub("", question)
    match = _CORRECTION.match(question)
    if match is None:
        return question
    rest = question[match.end() :]
    return rest if _ASKS.match(rest) else f"{'en' if detect(question) == 'nl' else 'and'} {rest}"


def asks_again(question: str) -> bool:
    """Whether a question asks nothing but for the last answer, or where it stands: "Op welke pagina staat dat?"."""
    clauses = re.split(r"(?<=[?.!,;:])\s+", question)
    said = " ".join(words(" ".join(clause for clause in clauses if not small_talk(clause))))
    said = " ".join(_ADVERBS.sub(" ", said).split())
    rest = " ".join(_IN_THE_LETTER.sub(" ", said).split())
    asks = _AGAIN.search(rest) or (rest != said and _AGAIN_IN_THE_LETTER.search(rest))
    return bool(asks) and _BESIDES.issuperset(_AGAIN.sub(" ", rest).split())


def asks_translation(question: str) -> bool:
    """Whether a text that asks for the last answer again wants it in the other language, without naming one."""
    return _TRANSLATES.search(question) is not None
