"""A question that asks two things or more, taken apart."""

import re

from index.expect import VERB
from index.lexical import Language

_ASKS: dict[Language, str] = {
    "nl": r"(?:tot |vanaf |sinds |in |op |door |voor |van |met |uit |naar |aan )?(?:wie|wat|waar\w*|wanneer|waarom|hoe(?:veel|lang)?|welke?)\b",
    "en": r"(?:until |since |from |in |on |by |for |with |to |at )?(?:who|whose|whom|what|where|when|why|how|which)\b",
}


# Behind a comma, too, where the others of `_ASKS` may as well begin a clause ("the minister, who signed, …").
_ASKS_ANEW: dict[Language, str] = {
    "nl": rf"(?:(?:tot|vanaf|sinds) wanneer|wie|wat|wanneer|waarom|hoe(?:veel|lang)?|waar {VERB['nl']})\b",
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
    conjunction, asks, verb = _CONJUNCTION[language], _ASKS[language], VERB[language]
    joints = [
        r"(?<=\?)\s+(?=\S)",
        rf"(?:;|\s/|,?\s{conjunction})\s+(?={asks})",
        rf"(?:;|\s/|,\s{conjunction})\s+(?={verb}\b)",
    ]
    if opening := re.match(rf"(?:{conjunction}\s)?({asks})", question, re.IGNORECASE):
        joints.append(rf",\s+(?={_ASKS_ANEW[language]}|{re.escape(opening[1])}\b)")
    elif re.match(rf"{verb}\b", question, re.IGNORECASE):
        joints.append(rf"\s{conjunction}\s+(?={verb}\b)")
    first, *others = re.split("|".join(joints), question, flags=re.IGNORECASE)
    opens = re.compile(rf"(?:{conjunction}\s+)?(?:{asks}|{verb}\b)", re.IGNORECASE)

    def said(part: str) -> bool:
        return not ("?" in part or opens.match(part)) and (part.endswith((".", "!")) or _SAYS.match(part) is not None)

    asked = [other for other in others if not said(other)]
    return [part.strip() for part in (first, *asked) if part.strip()] or [question]
