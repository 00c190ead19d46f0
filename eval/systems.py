"""What answers the questions: the assistant, and the floors that it is measured against in the same run.

A floor ranks the units of the letter, never declines, and shows what comes first, in the language of the question.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

import numpy as np
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter

from corpus.letter import Letter
from corpus.parse import Unit
from eval.measures import Reply
from eval.questions import Question
from index.answer import MAX_WORDS, Answer, Citation, Confidence
from index.assistant import STEPS, Assistant
from index.embedding import Embedder
from index.lexical import Bm25, Language, content_stems
from index.store import Store

ASSISTANT = "briefwijzer"
_NO_CONFIDENCE = Confidence("low", 0.0)  # a floor has none: it is left out of what is written down


class System(Protocol):
    """Anything that replies to a question."""

    name: str

    def reply(self, question: Question) -> Reply:
        """Answer, and tell how the units of the letter were ranked."""


class Ours:
    """The assistant, as it is served."""

    def __init__(self, assistant: Assistant, name: str = ASSISTANT) -> None:
        self.name = name
        self._assistant = assistant

    def reply(self, question: Question) -> Reply:
        """Answer, and rank again: the vectors are kept, so that the time of the answer is that of the answer alone."""
        answer = self._assistant.ask(question.question, question.history)
        ranking = self._assistant.ranking(question.question, question.history)
        return Reply(self.name, question.id, replace(answer, id=question.id).as_json(), tuple(ranking))


class Floor:
    """Ranks with a function from a question to units, and shows as many of the first ones as `shown` says."""

    def __init__(self, name: str, letter: Letter, rank: Callable[[Question], tuple[Sequence[str], int]]) -> None:
        self.name = name
        self._letter = letter
        self._rank = rank

    def reply(self, question: Question) -> Reply:
        """Show what comes first, in at most 90 words."""
        start = time.perf_counter()
        ranking, shown = self._rank(question)
        cited = self._that_fit([self._letter.by_id[name] for name in ranking[:shown]], question.language)
        text = " ".join(f"{self._text(unit, question.language)} [{n}]" for n, unit in enumerate(cited, 1))
        translated = question.language == "en"
        answer = Answer(
            question=question.question,
            language=question.language,
            status="answered",
            answer=text,
            short_answer=None,
            citations=tuple(Citation.of(u, n, self._letter, translated=translated) for n, u in enumerate(cited, 1)),
            confidence=_NO_CONFIDENCE,
            related=(),
            seconds={"total": time.perf_counter() - start},
            id=question.id,
        )
        return Reply(self.name, question.id, answer.as_json() | {"confidence": None}, tuple(ranking))

    def _text(self, unit: Unit, language: Language) -> str:
        return unit.text if language == "nl" else self._letter.translations[unit.id]

    def _that_fit(self, units: Sequence[Unit], language: Language) -> list[Unit]:
        fitting: list[Unit] = []
        words = 0
        for unit in units:
            words += len(self._text(unit, language).split())
            if fitting and words > MAX_WORDS:
                break
            fitting.append(unit)
        return fitting


def floors(letter: Letter, embedder: Embedder) -> Iterator[Floor]:
    """A random passage; BM25 alone; the embedding alone, on sentences; llama-index with its own defaults."""
    ids = [unit.id for unit in letter.units]
    yield Floor("random passage", letter, partial(_shuffled, ids))
    yield Floor("BM25 alone", letter, partial(_by_score, ids, _bm25(letter)))
    yield Floor("embedding alone", letter, partial(_by_score, ids, _embedding(letter, embedder)))
    yield Floor("llama-index defaults", letter, _llama_index(letter, embedder))


def ablations(letter: Letter, embedder: Embedder, store: Store) -> Iterator[Ours]:
    """The assistant with each of its steps switched off, one at a time."""
    for step in STEPS:
        yield Ours(Assistant(letter, embedder, store, without=[step]), f"without {step}")


def _shuffled(ids: Sequence[str], question: Question) -> tuple[Sequence[str], int]:
    return random.Random(question.id).sample(ids, len(ids)), 1  # the same in every run


def _by_score(
    ids: Sequence[str], scores: Callable[[Question], np.ndarray], question: Question
) -> tuple[Sequence[str], int]:
    return [ids[row] for row in np.argsort(-scores(question), kind="stable")], 1


def _bm25(letter: Letter) -> Callable[[Question], np.ndarray]:
    """On the Dutch text for a Dutch question, on the translation for an English one: they share few words."""
    texts: Mapping[Language, list[str]] = {
        "nl": [unit.text for unit in letter.units],
        "en": [letter.translations[unit.id] for unit in letter.units],
    }
    built = {language: Bm25(some, partial(content_stems, language=language)) for language, some in texts.items()}
    return lambda question: built[question.language].scores(question.question)


def _embedding(letter: Letter, embedder: Embedder) -> Callable[[Question], np.ndarray]:
    """On the Dutch text for both languages: the model is multilingual."""
    vectors = embedder.passage_vectors([unit.text for unit in letter.units])

    def scores(question: Question) -> np.ndarray:
        similarities: np.ndarray = vectors @ embedder.query_vectors([question.question])[0]
        return similarities

    return scores


def _llama_index(letter: Letter, embedder: Embedder) -> Callable[[Question], tuple[Sequence[str], int]]:
    """Default splitter and default top-k on the letter as it stands; a chunk counts for the units that begin in it."""
    nodes = SentenceSplitter().get_nodes_from_documents([Document(text=letter.text)])
    retriever = VectorStoreIndex(nodes, embed_model=embedder).as_retriever()
    chunks = {node.node_id: " ".join(node.get_content().split()) for node in nodes}
    opening = {unit.id: " ".join(letter.text[slice(*unit.spans[0])].split())[:40] for unit in letter.units}
    held = {name: [unit for unit in opening if opening[unit] in chunk] for name, chunk in chunks.items()}

    def rank(question: Question) -> tuple[Sequence[str], int]:
        found = [held[node.node_id] for node in retriever.retrieve(question.question)]
        return list(dict.fromkeys(unit for units in found for unit in units)), max(len(found[0]), 1)

    return rank
