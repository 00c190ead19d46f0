"""BM25 over texts, by word stems and by pieces of words, in Dutch and in English.

Pieces of words find what stems miss in Dutch: compounds written apart or together ("helikopters" in
"helikopterdetachement") and spelling errors.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import Literal

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_DUTCH, STOPWORDS_EN

Language = Literal["nl", "en"]

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_PIECE = 4  # letters: the length at which compounds still match and chance does not
# What a question is phrased with, and the lists of stop words leave out.
_ASKING: dict[Language, str] = {
    "nl": "hoe hoeveel hoelang wie wat waar waarom waarvoor waarmee wanneer welk welke welks gaat staat zegt zeggen "
    "brief graag weten vertel vertellen mij jij jullie u uw mag moet kunt kun vraag volgens precies eigenlijk",
    "en": "how many much long who whom whose what where why when which does did do is are was were letter tell say "
    "says please know want would could can about according exactly me you your i",
}


@cache
def _stop_words(language: Language) -> frozenset[str]:
    listed = STOPWORDS_DUTCH if language == "nl" else STOPWORDS_EN
    return frozenset(listed) | frozenset(_ASKING[language].split())


@lru_cache(maxsize=50_000)  # bounded: visitors type any word
def _stem(word: str, language: Language) -> str:
    # A stemmer is made for each call: its cache is not safe when two threads answer at once, ours is.
    return str(Stemmer.Stemmer("dutch" if language == "nl" else "english").stemWord(word))


def words(text: str) -> list[str]:
    """The words and numbers of a text, in lower case, in order: "18,3" is one."""
    return [match.group() for match in _WORD.finditer(text.lower())]


def content_stems(text: str, language: Language) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    return [_stem(word, language) for word in words(text) if word not in _stop_words(language)]


def pieces(text: str, language: Language) -> list[str]:
    """Every run of four letters in the words that carry meaning; a shorter word is its own piece."""
    found: list[str] = []
    for word in words(text):
        if word not in _stop_words(language):
            found += [word[i : i + _PIECE] for i in range(max(len(word) - _PIECE + 1, 1))]
    return found


class Bm25:
    """BM25 (Robertson and Zaragoza, 2009; Lucene's variant) of a question with each of some texts."""

    def __init__(self, texts: Sequence[str], analyse: Callable[[str], list[str]]) -> None:
        self._analyse = analyse
        self._size = len(texts)
        self._bm25 = bm25s.BM25()
        self._bm25.index([analyse(text) for text in texts], show_progress=False)
        self._known = frozenset(self._bm25.vocab_dict)

    def scores(self, question: str) -> np.ndarray:
        """The score of each text, shape `(number of texts,)`, float32; zero where no term is shared."""
        terms = [term for term in self._analyse(question) if term in self._known]
        if not terms:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(terms), dtype=np.float32)


class Vocabulary:
    """Which words of a question the letter never mentions, in either language of it. Rare words weigh more.

    A word is mentioned where its stem stands, or a word that it shares a long piece with: half of Dutch is compounds.
    """

    def __init__(self, passages: Mapping[Language, Sequence[str]]) -> None:
        self._passages = {language: len(texts) for language, texts in passages.items()}
        self._holding = {
            language: Counter(stem for text in texts for stem in set(content_stems(text, language)))
            for language, texts in passages.items()
        }

    def unknown(self, asked: Collection[str], language: Language) -> float:
        """The share of the stems `asked` that no passage holds, 0 to 1; 0 when nothing is asked."""
        size, holding = self._passages[language], self._holding[language]
        weights = {stem: math.log(1 + size / (1 + holding[stem])) for stem in asked}
        unknown = sum(weight for stem, weight in weights.items() if not _near(stem, holding))
        return unknown / sum(weights.values()) if weights else 0.0


def _near(stem: str, stems: Collection[str]) -> bool:
    """Whether a stem is among `stems`, is a part of one or has one as a part; a part has five letters or more."""
    return stem in stems or (
        len(stem) >= 5 and any(stem in other or (len(other) >= 5 and other in stem) for other in stems)
    )
