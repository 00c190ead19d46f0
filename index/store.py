"""The vector index on disk: built whole, saved whole, and never searched when it is damaged or of something else.

A folder holds what llama-index persists, a vector for each word of each passage, and `manifest.json`: the letter, the
model and the code that made it, and the SHA-256 of every file. It is written beside its place and renamed, under a
lock, so that a process that is killed anywhere leaves the old index or none.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores import VectorStoreQuery, VectorStoreQueryResult
from llama_index.core.vector_stores.simple import SimpleVectorStore

from corpus.letter import Letter
from index.embedding import Embedder, Encoded
from index.late_interaction import LateInteraction
from index.views import View, views
from index.weights import cache_folder

MANIFEST = "manifest.json"
_WORDS = "words.npz"
_BATCH = 16  # texts embedded between two steps of the progress bar


def quiet(what: str) -> None:
    """Say nothing of what takes time."""


def no_step(done: int, total: int) -> None:
    """Show no progress."""


class StoreError(Exception):
    """The index can be neither opened nor built; the message says why and what to do."""


class _Stale(Exception):
    """An index on disk that must not be searched, and why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made of. Two indexes with equal manifests give equal results."""

    letter: str
    letter_sha256: str
    translation_sha256: str
    model: str
    model_fingerprint: str
    dimensions: int
    code: str
    passages: int


class MatrixVectorStore(SimpleVectorStore):
    """llama-index's own store, whose query is one matrix product instead of a loop over Python lists."""

    _ids: list[str] = PrivateAttr(default_factory=list)
    _matrix: np.ndarray | None = PrivateAttr(default=None)

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:  # noqa: ANN401 - the interface's
        """The nearest passages by cosine; vectors are of unit length."""
        if query.filters is not None or query.node_ids is not None or query.query_embedding is None:
            return super().query(query, **kwargs)
        if self._matrix is None or len(self._ids) != len(self.data.embedding_dict):
            self._ids = list(self.data.embedding_dict)
            self._matrix = np.array(list(self.data.embedding_dict.values()), dtype=np.float32)
        similarities = self._matrix @ np.asarray(query.query_embedding, dtype=np.float32)
        best = np.argsort(-similarities, kind="stable")[: query.similarity_top_k]
        ids = self._ids  # an attribute of pydantic's costs as much as the product
        return VectorStoreQueryResult(ids=[ids[i] for i in best], similarities=similarities[best].tolist())


@dataclass(frozen=True, slots=True)
class Store:
    """An opened index: its manifest, llama-index's own index with one node for each view of each unit, and their words.

    `words` has a passage for each view, in the order of `index.views.views`; those of the unit itself, none around it.
    """

    manifest: Manifest
    index: VectorStoreIndex
    words: LateInteraction

    def similarities(self, question: np.ndarray) -> Mapping[str, float]:
        """The cosine of a question's vector, shape `(dimensions,)`, with every passage, by node id (`s012:context`)."""
        query = VectorStoreQuery(query_embedding=question.tolist(), similarity_top_k=self.manifest.passages)
        found = self.index.vector_store.query(query)
        return dict(zip(found.ids or [], found.similarities or [], strict=True))


def open_store(
    letter: Letter,
    embedder: Embedder,
    folder: Path | None = None,
    *,
    say: Callable[[str], None] = quiet,
    step: Callable[[int, int], None] = no_step,
) -> Store:
    """Open the index of `letter`, building it when there is none that may be searched.

    `say` is told what happens and why; `step` gets the passages embedded so far and in all. Raises `StoreError` when
    the folder cannot be written.
    """
    folder = folder or cache_folder() / "index" / letter.name
    expected = _manifest(letter, embedder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            try:
                return _load(folder, expected, embedder)
            except _Stale as reason:
                say(f"building the index: {reason}")
            _build(letter, embedder, folder, expected, step)
            return _load(folder, expected, embedder)
    except OSError as error:
        if _read_only(error):
            # Nobody can write there, so nothing changes while it is read without the lock.
            with suppress(_Stale, OSError):
                return _load(folder, expected, embedder)
        raise StoreError(
            f"cannot write the index to {folder}: {error.strerror or error}. Free some space or choose another place, "
            "for example: XDG_CACHE_HOME=/a/writable/folder python -m app"
        ) from error
    except _Stale as reason:
        raise StoreError(f"the index just built in {folder} cannot be read back: {reason}. Check the disk.") from reason


def _read_only(error: OSError) -> bool:
    return error.errno in (errno.EROFS, errno.EACCES, errno.EPERM)


def _manifest(letter: Letter, embedder: Embedder) -> Manifest:
    translations = json.dumps(dict(letter.translations), ensure_ascii=False).encode()
    return Manifest(
        letter=letter.name,
        letter_sha256=letter.sha256,
        translation_sha256=hashlib.sha256(translations).hexdigest(),
        model=embedder.model_name,
        model_fingerprint=embedder.fingerprint,
        dimensions=embedder.dimensions,
        code=_code_version(),
        passages=sum(1 for _ in views(letter)),
    )


def _code_version() -> str:
    """A digest of the source that decides what is indexed: when it changes, so may every vector."""
    here = Path(__file__).parent
    sources = [
        *sorted(here.parent.joinpath("corpus").glob("*.py")),
        here / "views.py",
        here / "embedding.py",
        here / "late_interaction.py",
        Path(__file__),
    ]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _node(view: View, vector: np.ndarray) -> TextNode:
    return TextNode(
        id_=f"{view.unit}:{view.name}",
        text=view.text,
        embedding=vector.tolist(),
        metadata={"unit": view.unit, "view": view.name},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=view.unit)},
    )


def _build(
    letter: Letter, embedder: Embedder, folder: Path, manifest: Manifest, step: Callable[[int, int], None]
) -> None:
    # Texts of like length together: a batch is padded to its longest.
    by_length = sorted(views(letter), key=lambda view: len(view.text))
    encoded: dict[View, Encoded] = {}
    for start in range(0, len(by_length), _BATCH):
        batch = by_length[start : start + _BATCH]
        encoded.update(zip(batch, embedder.encode([view.text for view in batch], "passage"), strict=True))
        step(len(encoded), len(by_length))
    storage = StorageContext.from_defaults(vector_store=MatrixVectorStore())
    nodes = [_node(view, encoded[view].vector) for view in views(letter)]
    VectorStoreIndex(nodes, storage_context=storage, embed_model=embedder)
    words = LateInteraction.of([own_words(view, encoded[view]) for view in views(letter)])

    _remove_leftovers(folder)
    # For whoever may read what this user makes: one user may build what another serves.
    fresh = folder.with_name(f".{folder.name}~new")
    fresh.mkdir()
    storage.persist(str(fresh))
    np.savez(fresh / _WORDS, vectors=words.vectors, starts=words.starts)
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(fresh.iterdir())}
    (fresh / MANIFEST).write_text(json.dumps({**asdict(manifest), "files": files}, indent=2), encoding="utf-8")
    _flush(fresh)
    if folder.exists():
        # A folder cannot be renamed over another. Killed between the two there is none, and the next start builds.
        folder.rename(folder.with_name(f".{folder.name}~old"))
    fresh.rename(folder)
    _remove_leftovers(folder)


def own_words(view: View, encoded: Encoded) -> np.ndarray:
    """The words of the unit itself, read in its context; the whole text where none is left by the model's limit."""
    start, end = view.own
    own = [start <= first and last <= end for first, last in encoded.spans]
    return encoded.words[own] if any(own) else encoded.words


def _remove_leftovers(folder: Path) -> None:
    for leftover in folder.parent.glob(f".{folder.name}~*"):  # "~": no letter's name has it
        shutil.rmtree(leftover)


def _flush(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _load(folder: Path, expected: Manifest, embedder: Embedder) -> Store:
    """Open a saved index, or raise `_Stale` with the reason why it must not be searched."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = found.pop("files")
        damaged = [name for name, digest in files.items() if _digest(folder / name) != digest]
    except FileNotFoundError:
        raise _Stale("there is none yet" if not folder.exists() else "the one on disk is incomplete") from None
    except (ValueError, LookupError, AttributeError, TypeError):
        raise _Stale("the manifest of the one on disk cannot be read") from None
    if damaged:
        raise _Stale(f"{', '.join(damaged)} of the one on disk is damaged")
    if changed := _differences(found, asdict(expected)):
        raise _Stale(f"the one on disk was made with another {', '.join(changed)}")
    storage = StorageContext.from_defaults(
        persist_dir=str(folder), vector_store=MatrixVectorStore.from_persist_dir(str(folder))
    )
    index = load_index_from_storage(storage, embed_model=embedder)
    if not isinstance(index, VectorStoreIndex):
        raise _Stale("the one on disk is not a vector index")
    with np.load(folder / _WORDS) as words:
        return Store(expected, index, LateInteraction(words["vectors"], words["starts"]))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _differences(found: Mapping[str, object], expected: Mapping[str, object]) -> Iterable[str]:
    return [name.replace("_", " ") for name in expected if found.get(name) != expected[name]]
