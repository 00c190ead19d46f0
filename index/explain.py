"""Why this passage: how an answer came about, line by line, in its language. For people, and not part of the JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.confidence import Judgement
from index.expect import Kind
from index.lexical import Language
from index.search import Hit
from index.selection import Part
from index.understanding import Asked


@dataclass(frozen=True, slots=True)
class _Words:
    understood: str
    asks: str
    description: str
    best: str
    nearest: str
    likely: str
    place: str
    figures: str
    elsewhere: str
    kinds: Mapping[Kind, str]
    ways: Mapping[str, str]


_WORDS: Mapping[Language, _Words] = {
    "nl": _Words(
        understood="begrepen als: {}",
        asks="gevraagd is: {}",
        description="een omschrijving",
        best="beste passage: {unit}, gelijkenis {similarity}, score {score} = {parts}",
        nearest="dichtstbijzijnde woorden: {}",
        likely="kans dat zij het antwoord geeft: {right}; dat de brief erover zwijgt: {silent}",
        place="gevraagd is wat er op een plaats in de brief staat",
        figures="gevraagd is waar deze cijfers staan",
        elsewhere="gevraagd is wat de brief nog meer over een passage zegt",
        kinds={
            "summary": "een samenvatting",
            "meaning": "een betekenis",
            "money": "een bedrag",
            "duration": "een duur",
            "date": "een datum",
            "number": "een aantal",
            "reference": "een verwijzing",
            "person": "een persoon",
            "place": "een plaats",
            "organisation": "een organisatie",
            "reason": "een reden",
            "yes/no": "ja of nee",
        },
        ways={
            "sentence": "zin",
            "context": "zin in verband",
            "english": "Engelse zin",
            "english_context": "Engelse zin in verband",
            "sentence late": "zin, woord voor woord",
            "context late": "zin in verband, woord voor woord",
            "english late": "Engelse zin, woord voor woord",
            "english_context late": "Engelse zin in verband, woord voor woord",
            "words": "dezelfde woorden",
            "pieces": "dezelfde woorddelen",
            "pieces in context": "dezelfde woorddelen in verband",
            "kind": "wat gevraagd is",
            "spelled out": "voluit geschreven",
            "near": "waar het gesprek over ging",
        },
    ),
    "en": _Words(
        understood="understood as: {}",
        asks="asks for: {}",
        description="a description",
        best="best passage: {unit}, similarity {similarity}, score {score} = {parts}",
        nearest="nearest words: {}",
        likely="probability that it answers: {right}; that the letter is silent: {silent}",
        place="asks what stands at a place in the letter",
        figures="asks where these figures stand",
        elsewhere="asks what else the letter says about a passage",
        kinds={
            "summary": "a summary",
            "meaning": "a meaning",
            "money": "an amount",
            "duration": "a duration",
            "date": "a date",
            "number": "a number",
            "reference": "a reference",
            "person": "a person",
            "place": "a place",
            "organisation": "an organisation",
            "reason": "a reason",
            "yes/no": "yes or no",
        },
        ways={
            "sentence": "sentence",
            "context": "sentence in context",
            "english": "English sentence",
            "english_context": "English sentence in context",
            "sentence late": "sentence, word by word",
            "context late": "sentence in context, word by word",
            "english late": "English sentence, word by word",
            "english_context late": "English sentence in context, word by word",
            "words": "the same words",
            "pieces": "the same pieces of words",
            "pieces in context": "the same pieces of words in context",
            "kind": "what is asked for",
            "spelled out": "spelled out",
            "near": "what the conversation was about",
        },
    ),
}


def explain(asked: Asked, parts: Sequence[Part], judged: Sequence[Judgement], language: Language) -> tuple[str, ...]:
    """How a question was understood; of each of its parts what it asks for, and what its best passage scored."""
    said = _WORDS[language]
    lines = [said.understood.format(asked.whole)]
    for part, one in zip(parts, judged, strict=True):
        kind = said.kinds[part.kind] if part.kind else said.description
        near = (f"{word.strip()} {_number(cosine, language)}" for word, cosine in part.matched)
        right, silent = _number(one.right, language), _number(one.silent, language)
        lines += [
            said.asks.format(kind) + (f" ({part.text})" if len(parts) > 1 else ""),
            said.nearest.format("; ".join(near)),
            said.likely.format(right=right, silent=silent),
            _best(part.hits[0], language),
        ]
    return tuple(lines)


def explain_place(language: Language) -> tuple[str, ...]:
    """That a place in the letter was asked for: nothing was searched."""
    return (_WORDS[language].place,)


def explain_figures(language: Language) -> tuple[str, ...]:
    """That figures were asked for: nothing was searched."""
    return (_WORDS[language].figures,)


def explain_elsewhere(best: Hit, language: Language) -> tuple[str, ...]:
    """That more was asked about a passage, and what the best other one scored."""
    return (_WORDS[language].elsewhere, _best(best, language))


def _best(hit: Hit, language: Language) -> str:
    said = _WORDS[language]
    parts = (f"{said.ways[name]} {_number(score, language, '+.2f')}" for name, score in hit.parts.items() if score)
    similarity, score = _number(hit.similarity, language), _number(hit.score, language)
    return said.best.format(unit=hit.unit.id, similarity=similarity, score=score, parts="; ".join(parts))


def _number(value: float, language: Language, form: str = ".2f") -> str:
    text = format(value, form)
    return text.replace(".", ",") if language == "nl" else text
