"""What the assistant says in its own words, and what it offers to be asked; light to import, as the page needs it."""

from index.answer import Status
from index.lexical import Language

MAX_QUESTION = 1_000
"""Characters. The model reads 512 tokens; nobody's question is longer, and a pasted document is not a question."""

EXAMPLES: dict[Language, tuple[str, ...]] = {
    "nl": (
        "Hoeveel militairen levert Nederland voor force protection?",
        "Wat kost de verlenging?",
        "Waarom is een half jaar te kort voor adviseurs?",
        "Wie ondertekenen de brief?",
    ),
    "en": (
        "Until when is the contribution extended?",
        "What are the main threats in Baghdad?",
        "When will command be handed over to another ally?",
        "What does OIR stand for?",
    ),
}
"""Questions to start from. Nothing is stored for them: they are answered like any other."""

DECLINED: dict[tuple[Status, Language], str] = {
    ("not_in_letter", "nl"): "Dat staat niet in de brief.",
    ("not_in_letter", "en"): "The letter does not say.",
    ("unclear", "nl"): f"Die vraag begrijp ik niet. Stel een vraag over de brief, bijvoorbeeld: {EXAMPLES['nl'][0]}",
    ("unclear", "en"): f"I do not understand that question. Ask about the letter, for example: {EXAMPLES['en'][0]}",
}

UNANSWERED_PART: dict[Language, str] = {
    "nl": "De rest van de vraag beantwoordt de brief niet.",
    "en": "The letter does not answer the rest of the question.",
}
