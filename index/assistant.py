"""From a question to an `Answer`: the one object that the page, the command line and the evaluation all call.

question ─ understanding ─┬─ search ─ confidence ─┬─ selection: the best unit of each part, cited
                          │                       └─ not in the letter, with what comes nearest
                          ├─ a place in the letter: what stands there
                          └─ no question: what can be asked
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
from index.confidence import Judgement, confidence, judge, signals
from index.embedding import Embedder, Encoded, ModelError, Role, load_embedder
from index.expect import asks_for_acronym
from index.explain import explain, explain_elsewhere, explain_figures, explain_place
from index.language import foreign, language_for
from index.lexical import Language, Vocabulary
from index.locate import headed, located, quoted, with_figures
from index.remarks import small_talk
from index.search import WEIGHTS, Hit, Query, Search
from index.selection import Chosen, Part, beginning_of, choose, rank, that_fit
from index.store import Store, StoreError, no_step, open_store, quiet
from index.understanding import Asked, Said, clean, heard, unclear, understand
from index.weights import WeightsError
from index.wording import (
    CONTINUES,
    EXAMPLES,
    IN_ENGLISH,
    MAX_QUESTION,
    NO_SUCH_PLACE,
    NOT_IN_LETTER,
    TWO_LANGUAGES,
    UNANSWERED_PART,
    UNCITED_PART,
    UNCLEAR,
    WELCOME,
)

STEPS = (*(name for name, weight in WEIGHTS.items() if weight), "adapter", "follow-ups", "parts", "declining")
"""What an assistant can do without: each way of seeing a passage, and each step of its own."""

_RELATED = 3  # passages shown where the letter does not answer
_UNTESTED = 0.5  # the probability of what comes nearest to a passage: no evaluation says how often that is to the point
_SURE = 0.95  # the probability of what is told by its looks: no question, a place in the letter, the letter as a whole


class Assistant:
    """Answers questions about one letter. Safe to share between threads."""

    def __init__(self, letter: Letter, embedder: Embedder, store: Store, without: Collection[str] = ()) -> None:
        """`without` switches off some of `STEPS`: what each is worth is measured so, nobody is served so."""
        self.letter = letter
        self._without = frozenset(without)
        self.search = Search(letter, store, {n: 0.0 if n in self._without else w for n, w in WEIGHTS.items()})
        self._embedder = embedder
        self._encoded = _Encoded(embedder, "query" if "adapter" in self._without else "question")
        self._vocabulary = _vocabulary(letter)

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        language: Language | None = None,
        otherwise: Language | None = None,
    ) -> Answer:
        """Answer a question. `history` holds the earlier questions, oldest first.

        `language` overrides detection; `otherwise` is the language where a question could be either ("UNITAD?").
        """
        clock = Clock()
        answer = self._reply(self._heard(question, history, otherwise), language, clock)
        return replace(answer, question=clean(question)[:MAX_QUESTION])

    def _reply(self, said: Said, language: Language | None, clock: "Clock") -> Answer:
        question, language = said.question, language or said.wished
        reason = unclear(question)
        if reason or small_talk(question):
            language = language or language_for(question[:MAX_QUESTION], said.spoken)
            if holding := with_figures(question, self.letter):
                return self._answer_place(holding, said, language, clock, explain_figures(language))
            spoken_of = not question and said.wished
            line = (TWO_LANGUAGES if spoken_of else UNCLEAR if reason else WELCOME)[language]
            return self._decline("unclear", line, question, language, (), _SURE, clock, (reason or "small talk",))
        asked = self._understand(said)
        place, spoken = headed(question, self.letter) or (None, asked.language)
        language = language or spoken
        if place is None:
            place = located(question, asked.language, self.letter)
        if place is not None:
            return self._answer_place(place, said, language, clock, explain_place(language))
        if (passage := quoted(question, self.letter)) is not None:
            return self._answer_elsewhere(*passage, said, language, clock)
        weighed = self.weigh(asked, clock)
        parts = [part for part, _ in weighed]
        judged = [_judge(part, found) for part, found in weighed]
        answered = [
            (part, one.right)
            for part, one in zip(parts, judged, strict=True)
            if one.answers or "declining" in self._without
        ]
        why = explain(asked, parts, judged, language)
        if (
            not answered
            and asked.loosely
            and (alone := self._reply(Said(question), language, clock)).status == "answered"
        ):
            return alone  # "Hoeveel militairen?" behind a question on something else
        if not answered:
            line, declined = NOT_IN_LETTER[language], min(one.silent for one in judged)
            return self._decline("not_in_letter", line, question, language, parts[0].hits, declined, clock, why)
        by_part = [choose(self.letter, part, language) for part, _ in answered]
        notices = [UNANSWERED_PART[language]] if len(answered) < len(parts) else []
        before = _before(said, language)
        cited = that_fit(by_part, [*before, *notices])
        there = {one.unit.id for one in cited}
        if len(asked.parts) > len(parts) or any(chosen[0].unit.id not in there for chosen in by_part):
            notices = [UNCITED_PART[language]]
            cited = that_fit(by_part, [*before, *notices])
        return self._answer(
            said,
            language,
            cited,
            _short_answer(by_part, cited),
            min(right for _, right in answered),
            clock,
            why,
            notices,
        )

    def _answer_place(
        self, units: Sequence[Unit], said: Said, language: Language, clock: "Clock", why: tuple[str, ...]
    ) -> Answer:
        """What stands at a place in the letter, from its beginning; there may be no such place."""
        if not units:
            line = NO_SUCH_PLACE[language]
            return self._decline("not_in_letter", line, said.question, language, (), _SURE, clock, why)
        texts = self.letter.translations if language == "en" else {unit.id: unit.text for unit in units}
        there = [Chosen(unit, texts[unit.id], None) for unit in units]
        cited = beginning_of(there, _before(said, language))
        notices = [CONTINUES[language]] if len(cited) < len(there) else []
        if notices:
            cited = beginning_of(there, [*_before(said, language), *notices])
        return self._answer(said, language, cited, None, _SURE, clock, why, notices)

    def _answer_elsewhere(
        self, quote: str, units: Sequence[Unit], said: Said, language: Language, clock: "Clock"
    ) -> Answer:
        """What else the letter says about a passage of it: the units that come nearest, without those that hold it."""
        asked = Asked(quote, "nl", quote, None, (quote,), None)
        [(part, _)] = self.weigh(asked, clock)
        hits = [hit for hit in part.hits if hit.unit not in units]
        texts = self.letter.translations if language == "en" else {unit.id: unit.text for unit in self.letter.units}
        nearest = [Chosen(hit.unit, texts[hit.unit.id], None) for hit in hits[:_RELATED]]
        cited = that_fit([nearest], _before(said, language))
        why = explain_elsewhere(hits[0], language)
        return self._answer(said, language, cited, None, _UNTESTED, clock, why, [])

    def _answer(
        self,
        said: Said,
        language: Language,
        cited: Sequence[Chosen],
        short: str | None,
        right: float,
        clock: "Clock",
        why: tuple[str, ...],
        notices: Sequence[str],
    ) -> Answer:
        passages = [f"{one.text} [{number}]" for number, one in enumerate(cited, 1)]
        return Answer(
            question=said.question,
            language=language,
            status="answered",
            answer=" ".join([*_before(said, language), *passages, *notices]),
            short_answer=short,
            citations=self._cite([one.unit for one in cited], language),
            confidence=confidence(right),
            related=(),
            seconds=clock.seconds(),
            explanation=why,
        )

    def ranking(self, question: str, history: Sequence[str] = ()) -> list[str]:
        """The ids of all units, the likeliest evidence first; the parts of a question take turns."""
        parts = [part for part, _ in self.weigh(self._understand(self._heard(question, history)))]
        turns = zip(*(part.hits for part in parts), strict=True)
        return list(dict.fromkeys(hit.unit.id for turn in turns for hit in turn))

    def nearest(self, question: str, history: Sequence[str] = (), limit: int = 5) -> tuple[Citation, ...]:
        """The passages that come nearest to a question, the likeliest first, whether they answer it or not."""
        ids = self.ranking(question, history)[:limit]
        return self._cite([self.letter.by_id[name] for name in ids], "en")

    def scores(self, asked: Asked) -> dict[str, np.ndarray]:
        """What each way of seeing the units says of a question: arrays of shape `(units,)`."""
        query = Query(asked.whole, self._encoded.of([asked.whole])[asked.whole])
        return self.search.scores(query, asked.language, asked.kind)

    def _heard(self, question: str, history: Sequence[str], otherwise: Language | None = None) -> Said:
        return heard(question, () if "follow-ups" in self._without else history, otherwise)

    def _understand(self, said: Said) -> Asked:
        asked = understand(said)
        return replace(asked, parts=(asked.text,)) if "parts" in self._without else asked

    def weigh(self, asked: Asked, clock: "Clock | None" = None) -> list[tuple[Part, dict[str, float]]]:
        """The parts of a question, ranked, each with the signals that tell whether its best unit answers it."""
        clock = clock or Clock()
        clock.lap("answer")
        encoded = self._encoded.of(asked.texts)
        clock.lap("embed")
        parts = rank(self.search, asked, encoded)
        clock.lap("search")
        wholes = [asked.whole if part.text == asked.text else asked.behind(part.text) for part in parts]
        return [
            (part, signals(part, whole, self._vocabulary, self._embedder.none(part.query.encoded.vector, part.fits)))
            for part, whole in zip(parts, wholes, strict=True)
        ]

    def _decline(
        self,
        status: Status,
        said: str,
        question: str,
        language: Language,
        hits: Sequence[Hit],
        right: float,
        clock: "Clock",
        why: tuple[str, ...],
    ) -> Answer:
        return Answer(
            question=question[:MAX_QUESTION],
            language=language,
            status=status,
            answer=said,
            short_answer=None,
            citations=(),
            confidence=confidence(right),
            related=self._cite([hit.unit for hit in hits[:_RELATED]], language),
            seconds=clock.seconds(),
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


class _Encoded:
    """The last questions as the model sees them: a follow-up, a retry and a report ask for the same ones again."""

    _SIZE = 256

    def __init__(self, embedder: Embedder, role: Role) -> None:
        self._embedder = embedder
        self._role = role
        self._kept: OrderedDict[str, Encoded] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, questions: Sequence[str]) -> dict[str, Encoded]:
        """Each question encoded; those that are new, together."""
        with self._lock:
            encoded = {question: self._kept[question] for question in questions if question in self._kept}
        if new := [question for question in dict.fromkeys(questions) if question not in encoded]:
            encoded.update(zip(new, self._embedder.encode(new, self._role), strict=True))
        with self._lock:
            for question, each in encoded.items():
                self._kept[question] = each
                self._kept.move_to_end(question)
            while len(self._kept) > self._SIZE:
                self._kept.popitem(last=False)
        return encoded


def _before(said: Said, language: Language) -> list[str]:
    return [IN_ENGLISH] if language == "en" and (said.neither or foreign(said.question)) else []


def _vocabulary(letter: Letter) -> Vocabulary:
    passages: dict[Language, list[str]] = {"nl": [], "en": []}
    for unit in letter.units:
        passages["nl"].append(f"{' '.join(unit.section)} {unit.text}")
        headings = " ".join(letter.heading_translations[heading] for heading in unit.section)
        passages["en"].append(f"{headings} {letter.translations[unit.id]}")
    return Vocabulary(passages)


def _judge(part: Part, found: Mapping[str, float]) -> Judgement:
    """What can be told by its looks is not weighed: a letter can be summarised, and it spells an acronym out or not."""
    if part.kind == "summary":
        return Judgement(_SURE, 0.0)
    if part.kind == "meaning" and part.hits[0].holds:
        return Judgement(_SURE, 0.0)
    if part.kind == "meaning" and re.search(r"\b[A-Z]{2,}", part.text) and not asks_for_acronym(part.text):
        return Judgement(0.0, _SURE)
    return judge(found)


def _short_answer(by_part: Sequence[Sequence[Chosen]], cited: Sequence[Chosen]) -> str | None:
    """What each part asked for; None where one has none, or several: half an answer is not set off as the whole."""
    units = {one.unit.id for one in cited}
    shorts = [{one.short for one in chosen if one.unit.id in units} for chosen in by_part]
    if any(len(found) != 1 or None in found for found in shorts):
        return None
    return "; ".join(dict.fromkeys(short for found in shorts for short in found if short))


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
    for question in (EXAMPLES["nl"][0], EXAMPLES["en"][0], "kosten"):  # the language of a lone word takes a model more
        assistant.ask(question)
    say("ready")
    return assistant


PROBLEMS = (LetterError, WeightsError, ModelError, StoreError)
"""What can keep an assistant from being loaded: a letter, weights, model or index that cannot be used."""
