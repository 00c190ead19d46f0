"""Dutch or English: unambiguous small words first, then a language detector, then the conversation."""

import re
from functools import cache
from typing import TYPE_CHECKING

from index.lexical import Language, words

if TYPE_CHECKING:
    from lingua import LanguageDetector

# Words that are hardly ever of the other language: "is", "was", "in", "of", "die", "over", "want" are not here.
_DUTCH = frozenset(
    """
    aan aantal als bij daar dan dat de deze dit door een eens en er gaat geen graag haar hebben heeft hij hoe
    hoelang hoeveel hun ik ja je jij jullie kan kun kunt maar mag meer met mij mijn moet naar nederland nederlandse
    nederlands niet nog nu om ook op staat te tegen tot uit van vanaf vanwege veel vertel volgens voor waar waarom
    waarover waarvoor wanneer wat welk welke werd wie wij worden wordt zal zei zeggen zegt zich zij zijn zo zoals
    zou zullen zonder euro kabinet kamer missie soldaten militairen hallo hoi doei bedankt dank dankjewel goedemorgen
    goedemiddag goedenavond goede
    """.split()
)
_ENGLISH = frozenset(
    """
    a about after all am an and any are at be because been by can cost could did do does doing done for from give
    has have he her his how i if it its letter list long many mean much must name not of on or our say says she
    should some tell than that the their them then there these they this those to until what when where which who
    whom whose why will with would you your dutch netherlands soldiers troops government mission hello hi hey thanks
    thank bye goodbye good
    """.split()
)
# Words of other languages that are words of neither: "wie", "der", "de" are not here.
_FOREIGN = frozenset(
    """
    und nicht für das ist eine einen sind wird wurde wann warum welche welcher welches viele wieviel wieviele über auf
    zum zur kostet niederlande niederländische niederländischen
    le et combien quand qui que quoi pourquoi où une pour sur avec quel quelle quels quelles coûte
    soldats lettre sont ont leur jusqu cette
    wer haben welchem wofür unterschrieben unterzeichnet
    qué cuál cuáles cuándo cuánto cuántos cuánta cuántas dónde quién quien quiénes cómo soldados países cuesta hasta
    cosa qual quale quali quando quanto quanti quanta quante perché della degli sono soldati fino
    quantos quantas quem onde são custa ficam
    hvor hvad hvem hvornår hvorfor hvordan hvilke hvilken mange og ikke hva
    hur många vad vem när varför kostar och vilka vilken är
    ile ilu kto kiedy dlaczego gdzie czy jest są żołnierzy kosztuje
    kaç nerede neden zaman nasıl
    """.split()
)
_LATIN = re.compile(r"[a-zà-öø-ɏ]", re.IGNORECASE)
_QUOTED = re.compile(r"""[“"«„][^“”"«»„]{10,}[”"»“]""")  # a passage in a question is not of its language
_FEW = 2
_SURE = 0.60  # below it the detector is as often wrong as right on questions of a few words


@cache
def _detector() -> "LanguageDetector":
    from lingua import Language as Lingua
    from lingua import LanguageDetectorBuilder

    return LanguageDetectorBuilder.from_languages(Lingua.DUTCH, Lingua.ENGLISH).build()


def detect(question: str, previous: Language | None = None) -> Language:
    """The language of a question; `previous` is that of the conversation, for what could be either ("UNITAD?")."""
    found = words(_QUOTED.sub(" ", question)) or words(question)
    dutch, english = sum(word in _DUTCH for word in found), sum(word in _ENGLISH for word in found)
    if dutch != english:
        return "nl" if dutch > english else "en"
    lower = " ".join(word for word in found if not re.search(r"\d", word))
    # A word or two between questions ("drones?") is more likely of their language than of the one it looks like.
    if lower and not _only_names(question) and (previous is None or len(found) > _FEW):
        best = _detector().compute_language_confidence_values(lower)[0]
        if best.value >= _SURE:
            return "nl" if best.language.name == "DUTCH" else "en"
    return previous or "nl"


def language_for(question: str, previous: Language | None = None) -> Language:
    """The language in which to answer a question: its own, and English where it is in neither."""
    return "en" if foreign(question) else detect(question, previous)


def phrased(question: str) -> bool:
    """Whether a text has a small word of either language: it is more than names."""
    return any(word in _DUTCH or word in _ENGLISH for word in words(question))


def foreign(question: str) -> bool:
    """Whether a question is in neither Dutch nor English: told by its script, and by words of ten languages."""
    found = words(question)
    if found and not any(_LATIN.search(word) for word in found) and any(char.isalpha() for char in question):
        return True
    known = max(sum(word in _DUTCH for word in found), sum(word in _ENGLISH for word in found))
    told = sum(word in _FOREIGN for word in found)
    return told > 0 and told >= known


def _only_names(question: str) -> bool:
    """Whether every word is an acronym or a name: these tell nothing about the language around them."""
    return all(sum(char.isupper() for char in word) > 1 for word in re.findall(r"[^\W\d_]+", question))
