"""From a question to an `Answer`: the one object that the page, the command line and the evaluation all call.

question ─ language ─ stand-alone question ─ kind ─ parts ─ search ─ confidence ─┬─ the best unit of each part, cited
                                                                                 └─ not in the letter, with the nearest
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.letter import DEFAULT, Letter, LetterError, load_letter
from corpus.parse import Unit
from index.answer import MAX_WORDS, Answer, Citation, Confidence, Status
from index.confidence import ANSWERABLE, ANSWERED_FROM, RIGHT, confidence, probability, signals
from index.conversation import Standalone, standalone
from index.embedding import Embedder, ModelError, load_embedder
from index.expect import Found, Kind, expansion, kind_of, pick, questions
from index.language import detect
from index.lexical import Language, Vocabulary, words
from index.search import Hit, Query, Search
from index.store import Store, StoreError, open_store
from index.weights import WeightsError
from index.wording import DECLINED, MAX_QUESTION

_MAX_CITATIONS = 4
_RELATED = 3
_OWN_WORDS = 1.0  # what a follow-up's own words weigh, beside 1 for it and the question that it leans on
_TOGETHER = 3.0  # of score: "who signed" fits all signatories alike, "who is the minister of Defence" one far better


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A unit that answers a part of the question, and the thing in it that was asked for."""

    unit: Unit
    short: str | None


class Assistant:
    """Answers questions about one letter. Safe to share between threads."""

    def __init__(self, letter: Letter, embedder: Embedder, store: Store) -> None:
        self.letter = letter
        self._search = Search(letter, store)
        self._vectors = _Vectors(embedder)
        contexts: dict[Language, dict[str, str]] = {"nl": {}, "en": {}}
        for unit in letter.units:
            contexts["nl"][unit.id] = f"{' '.join(unit.section)} {unit.text}"
            headings = " ".join(letter.heading_translations[heading] for heading in unit.section)
            contexts["en"][unit.id] = f"{headings} {letter.translations[unit.id]}"
        self._vocabulary = Vocabulary(contexts)

    def ask(self, question: str, history: Sequence[str] = (), language: Language | None = None) -> Answer:
        """Answer a question. `history` holds the earlier questions, oldest first; `language` overrides detection."""
        start = time.perf_counter()
        question = " ".join(_printable(question).split())
        previous = detect(history[-1]) if history else None
        language = language or detect(question[:MAX_QUESTION], previous)
        if reason := _unclear(question):
            return self._decline(
                "unclear", question, language, (), 0.95, {"total": time.perf_counter() - start}, (reason,)
            )

        whole = standalone(question, history, language)
        parts = [] if whole.leans_on else questions(question, language)
        before_embedding = time.perf_counter()
        vectors = self._vectors.of([whole.text, *_others(whole, question), *parts])
        before_search = time.perf_counter()
        kind = kind_of(question, language) or (kind_of(whole.text, language) if whole.leans_on else None)
        hits = self._rank(whole, question, vectors, language, kind)
        after_search = time.perf_counter()
        found = signals(whole.text, language, kind, hits, self._vocabulary)
        answerable = probability(found, ANSWERABLE)
        why = _explain(whole, kind, hits[0], found, answerable)

        def seconds() -> dict[str, float]:
            now = time.perf_counter()
            return {
                "embed": before_search - before_embedding,
                "search": after_search - before_search,
                "answer": now - after_search + before_embedding - start,
                "total": now - start,
            }

        if answerable < ANSWERED_FROM:
            return self._decline("not_in_letter", question, language, hits, 1 - answerable, seconds(), why)
        chosen = self._choose(question, parts, vectors, language, kind, hits)
        return self._answer(question, language, chosen, confidence(probability(found, RIGHT)), seconds(), why)

    def _rank(
        self, whole: Standalone, question: str, vectors: Mapping[str, np.ndarray], language: Language, kind: Kind | None
    ) -> Sequence[Hit]:
        """Rank for the whole question; a follow-up also for its own words, near what it leans on."""
        if whole.leans_on is None:
            return self._search.rank([Query(whole.text, vectors[whole.text])], language, kind)
        earlier = [Query(whole.leans_on, vectors[whole.leans_on])]
        near = self._search.rank(earlier, language, kind_of(whole.leans_on, language))[0].unit
        queries = [Query(whole.text, vectors[whole.text]), Query(question, vectors[question], _OWN_WORDS)]
        return self._search.rank(queries, language, kind, near)

    def _choose(
        self,
        question: str,
        parts: Sequence[str],
        vectors: Mapping[str, np.ndarray],
        language: Language,
        kind: Kind | None,
        hits: Sequence[Hit],
    ) -> list[_Chosen]:
        """The units to cite: the best one for each part of the question, in the order of the parts."""
        if kind == "summary":
            return [_Chosen(unit, None) for unit in self._summary(hits)]
        if len(parts) < 2:
            return [self._chosen(unit, kind, question, language) for unit in _best(hits)]
        chosen: dict[str, _Chosen] = {}
        for part in parts:
            part_kind = kind_of(part, language)
            # A part leaves out what the other part names: it is searched together with the whole.
            queries = [Query(question, vectors[question]), Query(part, vectors[part])]
            best = self._search.rank(queries, language, part_kind)[0].unit
            chosen.setdefault(best.id, self._chosen(best, part_kind, part, language))
        return list(chosen.values())[:_MAX_CITATIONS]

    def _chosen(self, unit: Unit, kind: Kind | None, question: str, language: Language) -> _Chosen:
        text = self._text(unit, language)
        if kind is None:
            return _Chosen(unit, None)
        if kind == "meaning":
            spelled_out = (expansion(word, text) for word in re.findall(r"[\w+-]*[A-Z][\w+-]*", question))
            span = next((span for span in spelled_out if span), None)
            return _Chosen(unit, text[slice(*span)] if span else None)
        found: Found | None = pick(kind, question, text, language)
        return _Chosen(unit, found.text if found else None)

    def _summary(self, hits: Sequence[Hit]) -> list[Unit]:
        """The opening sentence, which says what the letter is for, and what best fits the question from other sections."""
        chosen = [self.letter.units[0]]
        for hit in hits:
            room = MAX_WORDS - sum(
                max(_length(unit.text), _length(self.letter.translations[unit.id])) for unit in chosen
            )
            other = all(hit.unit.section != unit.section for unit in chosen)
            if other and max(_length(hit.unit.text), _length(self.letter.translations[hit.unit.id])) <= room:
                chosen.append(hit.unit)
        return chosen[:_MAX_CITATIONS]

    def _text(self, unit: Unit, language: Language) -> str:
        return unit.text if language == "nl" else self.letter.translations[unit.id]

    def _answer(
        self,
        question: str,
        language: Language,
        chosen: Sequence[_Chosen],
        sure: Confidence,
        seconds: dict[str, float],
        why: tuple[str, ...],
    ) -> Answer:
        fitting: list[_Chosen] = []
        for one in chosen:
            if not fitting or sum(_length(self._text(c.unit, language)) for c in [*fitting, one]) <= MAX_WORDS:
                fitting.append(one)
        shorts = list(dict.fromkeys(one.short for one in fitting if one.short))
        return Answer(
            question=question,
            language=language,
            status="answered",
            answer=" ".join(f"{self._text(one.unit, language)} [{n}]" for n, one in enumerate(fitting, 1)),
            short_answer=shorts[0] if len(shorts) == 1 else None,
            citations=tuple(self._cite(one.unit, n, language) for n, one in enumerate(fitting, 1)),
            confidence=sure,
            related=(),
            seconds=seconds,
            explanation=why,
        )

    def _decline(
        self,
        status: Status,
        question: str,
        language: Language,
        hits: Sequence[Hit],
        right: float,
        seconds: dict[str, float],
        why: tuple[str, ...],
    ) -> Answer:
        return Answer(
            question=question[:MAX_QUESTION],
            language=language,
            status=status,
            answer=DECLINED[status, language],
            short_answer=None,
            citations=(),
            confidence=confidence(right),
            related=tuple(self._cite(hit.unit, n, language) for n, hit in enumerate(hits[:_RELATED], 1)),
            seconds=seconds,
            explanation=why,
        )

    def _cite(self, unit: Unit, number: int, language: Language) -> Citation:
        return Citation.of(unit, number, self.letter, translated=language == "en")


class _Vectors:
    """The vectors of the last questions: a follow-up, a retry and a report ask for the same ones again."""

    _SIZE = 256

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, questions: Sequence[str]) -> dict[str, np.ndarray]:
        """The vector of each question, shape `(dimensions,)`; those that are new are embedded together."""
        with self._lock:
            vectors = {question: self._kept[question] for question in questions if question in self._kept}
        if new := [question for question in dict.fromkeys(questions) if question not in vectors]:
            vectors.update(zip(new, self._embedder.query_vectors(new), strict=True))
        with self._lock:
            for question, vector in vectors.items():
                self._kept[question] = vector
                self._kept.move_to_end(question)
            while len(self._kept) > self._SIZE:
                self._kept.popitem(last=False)
        return vectors


def _others(whole: Standalone, question: str) -> list[str]:
    return [question, whole.leans_on] if whole.leans_on else []


def _best(hits: Sequence[Hit]) -> list[Unit]:
    """The best unit; with a signatory, those who come next as well: they signed together."""
    together = [hits[0].unit]
    if together[0].kind == "signatory":
        for hit in hits[1:_MAX_CITATIONS]:
            if hit.unit.kind != "signatory" or hits[0].score - hit.score > _TOGETHER:
                break
            together.append(hit.unit)
    return sorted(together, key=lambda unit: unit.id)


def load_assistant(
    folder: Path = DEFAULT,
    *,
    say: Callable[[str], None] = lambda _: None,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> Assistant:
    """Load a letter, the embedding model and the index, making what is not there yet.

    `say` is told what takes time; `step` gets the passages embedded so far and in all. Raises one of `PROBLEMS`, whose
    message is one clear line.
    """
    say("reading the letter")
    letter = load_letter(folder)
    embedder = load_embedder(say)
    assistant = Assistant(letter, embedder, open_store(letter, embedder, say=say, step=step))
    say("ready")
    return assistant


PROBLEMS = (LetterError, WeightsError, ModelError, StoreError)
"""What can keep an assistant from being loaded: a letter, weights, a model or an index that cannot be used."""


def _printable(question: str) -> str:
    """Without control and formatting characters, which nobody types and which hide text; white space stays."""
    return "".join(char if char.isprintable() or char.isspace() else " " for char in question)


def _unclear(question: str) -> str | None:
    """Why a text is no question that can be searched, or None."""
    if len(question) > MAX_QUESTION:
        return f"more than {MAX_QUESTION} characters"
    if not any(char.isalpha() for char in question):
        return "no words"
    if not any(re.search(r"[aeiouyà-ÿ]", word) or word.isdigit() or len(word) <= 5 for word in words(question)):
        return "no word that can be read"
    return None


def _length(text: str) -> int:
    return len(text.split())


def _explain(
    whole: Standalone, kind: Kind | None, best: Hit, found: dict[str, float], answerable: float
) -> tuple[str, ...]:
    parts = ", ".join(f"{name} {part:+.2f}" for name, part in best.parts.items() if part)
    return (
        f"understood as: {whole.text}",
        f"asks for: {kind or 'a description'}",
        f"best: {best.unit.id}, score {best.score:.2f} = {parts}",
        f"signals: {', '.join(f'{name} {value:.2f}' for name, value in found.items() if name != 'constant')}",
        f"probability that the letter answers: {answerable:.2f}",
    )
