"""From a question to an `Answer`: the one object that the page, the command line and the evaluation all call.

question ─ understanding ─ search ─ confidence ─┬─ selection: the best unit of each part, cited
                                                └─ not in the letter, with what comes nearest
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from corpus.letter import DEFAULT, Letter, LetterError, load_letter
from corpus.parse import Unit
from index.answer import Answer, Citation, Status
from index.confidence import ANSWERED_FROM, confidence, probability, signals
from index.embedding import Embedder, ModelError, load_embedder
from index.language import detect
from index.lexical import Language, Vocabulary
from index.search import WEIGHTS, Hit, Search
from index.selection import Chosen, Part, choose, rank, that_fit
from index.store import Store, StoreError, no_step, open_store, quiet
from index.understanding import Asked, clean, unclear, understand
from index.weights import WeightsError
from index.wording import DECLINED, EXAMPLES, MAX_QUESTION, UNANSWERED_PART

STEPS = (*WEIGHTS, "follow-ups", "parts", "declining")
"""What an assistant can do without: each way of seeing a passage, and each step of its own."""

_RELATED = 3  # passages shown where the letter does not answer
_SURE_UNCLEAR = 0.95  # the probability that what looks like no question is none


class Assistant:
    """Answers questions about one letter. Safe to share between threads."""

    def __init__(self, letter: Letter, embedder: Embedder, store: Store, without: Collection[str] = ()) -> None:
        """`without` switches off some of `STEPS`: what each is worth is measured so, nobody is served so."""
        self.letter = letter
        self._without = frozenset(without)
        self.search = Search(letter, store, {n: 0.0 if n in self._without else w for n, w in WEIGHTS.items()})
        self._vectors = _Vectors(embedder)
        self._vocabulary = _vocabulary(letter)

    def ask(self, question: str, history: Sequence[str] = (), language: Language | None = None) -> Answer:
        """Answer a question. `history` holds the earlier questions, oldest first; `language` overrides detection."""
        clock = Clock()
        question = clean(question)
        if reason := unclear(question):
            previous = detect(clean(history[-1])) if history else None
            language = language or detect(question[:MAX_QUESTION], previous)
            return self._decline("unclear", question, language, (), _SURE_UNCLEAR, clock.seconds(), (reason,))
        asked = self._understand(question, history)
        language = language or asked.language
        weighed = self.weigh(asked, clock)
        parts = [part for part, _ in weighed]
        judged = [probability(found) for _, found in weighed]
        answered = [
            (part, right)
            for part, right in zip(parts, judged, strict=True)
            if "declining" in self._without or _answers(part, right)
        ]
        if not answered:
            why, declined = _explain(asked, parts, judged), 1 - max(judged)
            return self._decline("not_in_letter", question, language, parts[0].hits, declined, clock.seconds(), why)
        by_part = [choose(self.letter, part, language) for part, _ in answered]
        cited = that_fit([one for chosen in by_part for one in chosen])
        text = " ".join(f"{one.text} [{number}]" for number, one in enumerate(cited, 1))
        return Answer(
            question=question,
            language=language,
            status="answered",
            answer=text if len(answered) == len(parts) else f"{text} {UNANSWERED_PART[language]}",
            short_answer=_short_answer(by_part, cited),
            citations=self._cite([one.unit for one in cited], language),
            confidence=confidence(min(right for _, right in answered)),
            related=(),
            seconds=clock.seconds(),
            explanation=_explain(asked, parts, judged),
        )

    def ranking(self, question: str, history: Sequence[str] = ()) -> list[str]:
        """The ids of all units, the likeliest evidence first; the parts of a question take turns."""
        parts = [part for part, _ in self.weigh(self._understand(clean(question), history))]
        turns = zip(*(part.hits for part in parts), strict=True)
        return list(dict.fromkeys(hit.unit.id for turn in turns for hit in turn))

    def _understand(self, question: str, history: Sequence[str]) -> Asked:
        asked = understand(question, () if "follow-ups" in self._without else history)
        return replace(asked, parts=(asked.text,)) if "parts" in self._without else asked

    def weigh(self, asked: Asked, clock: "Clock | None" = None) -> list[tuple[Part, dict[str, float]]]:
        """The parts of a question, ranked, each with the signals that tell whether its best unit answers it."""
        clock = clock or Clock()
        clock.lap("answer")
        vectors = self._vectors.of(asked.texts)
        clock.lap("embed")
        parts = rank(self.search, asked, vectors)
        clock.lap("search")
        wholes = [asked.whole if part.text == asked.text else part.text for part in parts]
        return [(part, signals(part, whole, self._vocabulary)) for part, whole in zip(parts, wholes, strict=True)]

    def _decline(
        self,
        status: Status,
        question: str,
        language: Language,
        hits: Sequence[Hit],
        right: float,
        seconds: Mapping[str, float],
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
            related=self._cite([hit.unit for hit in hits[:_RELATED]], language),
            seconds=seconds,
            explanation=why,
        )

    def _cite(self, units: Sequence[Unit], language: Language) -> tuple[Citation, ...]:
        translated = language == "en"
        return tuple(Citation.of(unit, n, self.letter, translated=translated) for n, unit in enumerate(units, 1))


class Clock:
    """Seconds spent in each step; what is not said otherwise is the answer's."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._spent = {"embed": 0.0, "search": 0.0, "answer": 0.0}

    def lap(self, step: str) -> None:
        """Count the time since the last lap to `step`."""
        now = time.perf_counter()
        self._spent[step] += now - self._last
        self._last = now

    def seconds(self) -> dict[str, float]:
        """Seconds by step, and in all."""
        self.lap("answer")
        return {**self._spent, "total": self._last - self._start}


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


def _vocabulary(letter: Letter) -> Vocabulary:
    passages: dict[Language, dict[str, str]] = {"nl": {}, "en": {}}
    for unit in letter.units:
        passages["nl"][unit.id] = f"{' '.join(unit.section)} {unit.text}"
        headings = " ".join(letter.heading_translations[heading] for heading in unit.section)
        passages["en"][unit.id] = f"{headings} {letter.translations[unit.id]}"
    return Vocabulary(passages)


def _answers(part: Part, right: float) -> bool:
    if part.kind == "summary":
        return True  # a letter can always be summarised
    if part.kind == "meaning" and part.hits[0].parts["kind"] == 0 and re.search(r"\b[A-Z]{2,}", part.text):
        return False  # only the letter itself says what its acronyms mean
    return right >= ANSWERED_FROM


def _short_answer(by_part: Sequence[Sequence[Chosen]], cited: Sequence[Chosen]) -> str | None:
    """What each part asked for; None where one has none, or several: half an answer is not set off as the whole."""
    units = {one.unit.id for one in cited}
    shorts = [{one.short for one in chosen if one.unit.id in units} for chosen in by_part]
    if any(len(found) != 1 or None in found for found in shorts):
        return None
    return "; ".join(dict.fromkeys(short for found in shorts for short in found if short))


def _explain(asked: Asked, parts: Sequence[Part], judged: Sequence[float]) -> tuple[str, ...]:
    lines = [f"understood as: {asked.whole}"]
    for part, right in zip(parts, judged, strict=True):
        best = part.hits[0]
        scores = ", ".join(f"{name} {score:+.2f}" for name, score in best.parts.items() if score)
        lines += [
            f"asks for: {part.kind or 'a description'}" + (f" ({part.text})" if len(parts) > 1 else ""),
            f"best: {best.unit.id}, similarity {best.similarity:.3f}, score {best.score:.2f} = {scores}",
            f"probability that it answers: {right:.2f}",
        ]
    return tuple(lines)


def load_store(
    folder: Path = DEFAULT, *, say: Callable[[str], None] = quiet, step: Callable[[int, int], None] = no_step
) -> tuple[Letter, Embedder, Store]:
    """Load a letter, the embedding model and the index, making what is not there yet.

    `say` is told what takes time; `step` gets the passages embedded so far and in all. Raises one of `PROBLEMS`, whose
    message is one clear line.
    """
    say("reading the letter")
    letter = load_letter(folder)
    embedder = load_embedder(say)
    return letter, embedder, open_store(letter, embedder, say=say, step=step)


def load_assistant(
    folder: Path = DEFAULT, *, say: Callable[[str], None] = quiet, step: Callable[[int, int], None] = no_step
) -> Assistant:
    """Load all that an assistant needs, as `load_store` does, and warm it: the first question is no slower."""
    assistant = Assistant(*load_store(folder, say=say, step=step))
    assistant.ask(EXAMPLES["nl"][0])
    assistant.ask(EXAMPLES["en"][0])
    say("ready")
    return assistant


PROBLEMS = (LetterError, WeightsError, ModelError, StoreError)
"""What can keep an assistant from being loaded: a letter, weights, a model or an index that cannot be used."""
