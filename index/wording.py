"""What the assistant says in its own words, and what it offers to be asked; light to import, as the page needs it."""

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

TWO_LANGUAGES: dict[Language, str] = {
    "nl": f"Ik antwoord in het Nederlands en in het Engels. Vraag bijvoorbeeld: {EXAMPLES['nl'][0]}",
    "en": f"I answer in Dutch and in English. Ask for example: {EXAMPLES['en'][0]}",
}
"""Said to who speaks of a language before anything was asked."""

NOT_IN_LETTER: dict[Language, str] = {"nl": "Dat staat niet in de brief.", "en": "The letter does not say."}

NO_SUCH_PLACE: dict[Language, str] = {
    "nl": "Zo’n pagina, alinea, zin of voetnoot heeft de brief niet.",
    "en": "The letter has no such page, paragraph, sentence or footnote.",
}

UNCLEAR: dict[Language, str] = {
    "nl": f"Die vraag begrijp ik niet. Stel een vraag over de brief, bijvoorbeeld: {EXAMPLES['nl'][0]}",
    "en": f"I do not understand that question. Ask about the letter, for example: {EXAMPLES['en'][0]}",
}

WELCOME: dict[Language, str] = {
    "nl": "Vraag mij iets over de brief; u krijgt een kort antwoord met de passages die dat zeggen, of te horen dat "
    f"het er niet in staat. Bijvoorbeeld: {' '.join(EXAMPLES['nl'][:3])}",
    "en": "Ask me anything about the letter; you get a short answer with the passages that say so, or are told that "
    f"it does not say. For example: {' '.join(EXAMPLES['en'][:3])}",
}
"""Said to a greeting, thanks, or "what can you do?"."""

UNANSWERED_PART: dict[Language, str] = {
    "nl": "De rest van de vraag beantwoordt de brief niet.",
    "en": "The letter does not answer the rest of the question.",
}

UNCITED_PART: dict[Language, str] = {
    "nl": "De rest van uw vraag kunt u apart stellen.",
    "en": "Ask the rest of your question by itself.",
}
"""Said where more was asked than a short answer has room for."""

CONTINUES: dict[Language, str] = {
    "nl": "Daar staat nog meer: lees verder in de brief.",
    "en": "There is more: read on in the letter.",
}
"""Said where a page or a section holds more than a short answer has room for."""

IN_ENGLISH = "I answer in Dutch and English; this is how I understand your question."
"""Said before an answer to a question in another language."""

NOTICES = frozenset([*UNANSWERED_PART.values(), *UNCITED_PART.values(), *CONTINUES.values(), IN_ENGLISH])
"""All that an answer may say besides what it quotes."""

SAID = frozenset(
    line for lines in (NOT_IN_LETTER, NO_SUCH_PLACE, UNCLEAR, WELCOME, TWO_LANGUAGES) for line in lines.values()
)
"""All that is said in place of an answer."""
