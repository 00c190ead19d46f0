"""What others would search the letter with, each as its manual says, and the worker that runs one of them.

    python -m eval.peers NAME GIVEN     reads commands from stdin, a line of JSON each, and writes a line for each

A worker is a process of its own, so that its memory and its start are its own. It runs in the environment of what it
measures: the assistant's or `.venv-peers`. None of these libraries belongs to what the project installs, so they are
imported by name: this file is read and checked where they are not.

Every system gets the same model with the prefixes that it was trained with, and gives the first five that it finds.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np

FIRST = 5
"""How many each system gives."""

SILENT = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # numpy's threads wait in a loop on the cores that torch wants (see `index.embedding`). Nobody is to lose by that.
    "OPENBLAS_NUM_THREADS": "1",
}
"""The environment of a worker: nothing calls home, nothing looks for a newer model."""

_QUERY, _PASSAGE = "query: ", "passage: "


@dataclass(frozen=True, slots=True)
class Given:
    """What every system gets: the letter's text, its units by id for those that split nothing, and the model."""

    text: str
    units: Mapping[str, str]
    model: str


class Searcher(Protocol):
    """A way to search the letter. Making one loads the library and the model."""

    def build(self, folder: Path) -> None:
        """Index the letter, and save the index in an empty folder."""

    def open(self, folder: Path) -> None:
        """Load the index from there."""

    def find(self, question: str, history: Sequence[str]) -> Any:  # noqa: ANN401 - what each library gives
        """The first five for a question: what is timed."""

    def names(self, found: Any) -> list[str]:  # noqa: ANN401 - what each library gives
        """What was found, best first: the ids of units, or the texts of chunks."""


class _Floor:
    """The embedding alone: a vector for each unit, one matrix product for a question."""

    def __init__(self, given: Given) -> None:
        self._model = _of("sentence_transformers", "SentenceTransformer")(given.model, device="cpu")
        self._units = given.units
        self._ids = list(given.units)
        self._matrix = np.empty((0, 0))

    def build(self, folder: Path) -> None:
        texts = [_PASSAGE + text for text in self._units.values()]
        np.save(folder / "vectors.npy", self._model.encode(texts, prompt="", show_progress_bar=False))

    def open(self, folder: Path) -> None:
        self._matrix = np.load(folder / "vectors.npy")

    def find(self, question: str, history: Sequence[str]) -> list[str]:
        vector = self._model.encode(_QUERY + question, prompt="", show_progress_bar=False)
        return [self._ids[row] for row in np.argsort(-(self._matrix @ vector))[:FIRST]]

    def names(self, found: list[str]) -> list[str]:
        return found


class _Briefwijzer:
    """The assistant: a whole answer is timed, with its reading of the question and its citations."""

    def __init__(self, given: Given) -> None:
        self._letter = _of("corpus.letter", "load_letter")()
        self._embedder = _of("index.embedding", "load_embedder")()
        self._assistant: Any = None
        self._asked: tuple[str, Sequence[str]] = ("", ())

    def build(self, folder: Path) -> None:
        _of("index.store", "open_store")(self._letter, self._embedder, folder / "index")

    def open(self, folder: Path) -> None:
        store = _of("index.store", "open_store")(self._letter, self._embedder, folder / "index")
        self._assistant = _of("index.assistant", "Assistant")(self._letter, self._embedder, store)

    def find(self, question: str, history: Sequence[str]) -> Any:  # noqa: ANN401 - what each library gives
        self._asked = question, history
        return self._assistant.ask(question, history)

    def names(self, found: Any) -> list[str]:  # noqa: ANN401 - an answer cites; the ranking behind it is asked for again
        ranking: list[str] = self._assistant.ranking(*self._asked)
        return ranking[:FIRST]


class _LlamaIndex:
    """Its default splitter (1,024 tokens) and store; retrieval alone: its engine would write with a language model."""

    def __init__(self, given: Given) -> None:
        embedding = import_module("index.embedding")
        model = _of("sentence_transformers", "SentenceTransformer")(given.model, device="cpu")

        class Plain:
            """The model without a vector for each word, which llama-index does not use."""

            dimensions = int(model.get_embedding_dimension())

            def encode(self, texts: Sequence[str], role: str) -> list[Any]:
                prefix = _PASSAGE if role == "passage" else _QUERY
                vectors = model.encode([prefix + text for text in texts], prompt="", show_progress_bar=False)
                return [embedding.Encoded(vector, np.empty((0, len(vector))), ()) for vector in vectors]

        self._text = given.text
        self._core = import_module("llama_index.core")
        self._embedder = embedding.Embedder(Plain(), "plain", "plain")
        self._retriever: Any = None

    def build(self, folder: Path) -> None:
        splitter = _of("llama_index.core.node_parser", "SentenceSplitter")()
        nodes = splitter.get_nodes_from_documents([self._core.Document(text=self._text)])
        self._core.VectorStoreIndex(nodes, embed_model=self._embedder).storage_context.persist(str(folder))

    def open(self, folder: Path) -> None:
        storage = self._core.StorageContext.from_defaults(persist_dir=str(folder))
        index = self._core.load_index_from_storage(storage, embed_model=self._embedder)
        self._retriever = index.as_retriever(similarity_top_k=FIRST)

    def find(self, question: str, history: Sequence[str]) -> Any:  # noqa: ANN401 - what each library gives
        return self._retriever.retrieve(question)

    def names(self, found: Any) -> list[str]:  # noqa: ANN401 - what each library gives
        return [node.get_content() for node in found]


class _Haystack:
    """Its default splitter (200 words), its own embedders and its store in memory, in a pipeline."""

    def __init__(self, given: Given) -> None:
        embedders = import_module("haystack_integrations.components.embedders.sentence_transformers")
        settings = {"model": given.model, "progress_bar": False}
        self._text = given.text
        self._of_passages = embedders.SentenceTransformersDocumentEmbedder(**settings, prefix=_PASSAGE)
        self._of_questions = embedders.SentenceTransformersTextEmbedder(**settings, prefix=_QUERY)
        self._of_questions.warm_up()
        self._stores = import_module("haystack.document_stores.in_memory")
        self._pipeline: Any = None

    def build(self, folder: Path) -> None:
        self._of_passages.warm_up()
        splitter = _of("haystack.components.preprocessors", "DocumentSplitter")()
        splitter.warm_up()
        letter = _of("haystack", "Document")(content=self._text)
        chunks = splitter.run(documents=[letter])["documents"]
        store = self._stores.InMemoryDocumentStore()
        store.write_documents(self._of_passages.run(documents=chunks)["documents"])
        store.save_to_disk(str(folder / "store.json"))

    def open(self, folder: Path) -> None:
        retrievers = import_module("haystack.components.retrievers.in_memory")
        store = self._stores.InMemoryDocumentStore.load_from_disk(str(folder / "store.json"))
        self._pipeline = _of("haystack", "Pipeline")()
        self._pipeline.add_component("question", self._of_questions)
        self._pipeline.add_component("letter", retrievers.InMemoryEmbeddingRetriever(document_store=store, top_k=FIRST))
        self._pipeline.connect("question.embedding", "letter.query_embedding")

    def find(self, question: str, history: Sequence[str]) -> Any:  # noqa: ANN401 - what each library gives
        return self._pipeline.run({"question": {"text": question}})["letter"]["documents"]

    def names(self, found: Any) -> list[str]:  # noqa: ANN401 - what each library gives
        return [document.content for document in found]


class _Txtai:
    """Its embeddings database, by default on faiss. It splits nothing, so it gets the units, as the floor does."""

    def __init__(self, given: Given) -> None:
        self._units = given.units
        instructions = {"query": _QUERY, "data": _PASSAGE}
        self._embeddings = _of("txtai", "Embeddings")(path=given.model, instructions=instructions)

    def build(self, folder: Path) -> None:
        self._embeddings.index([(name, text, None) for name, text in self._units.items()])
        self._embeddings.save(str(folder / "index"))

    def open(self, folder: Path) -> None:
        self._embeddings.load(str(folder / "index"))

    def find(self, question: str, history: Sequence[str]) -> Any:  # noqa: ANN401 - what each library gives
        return self._embeddings.search(question, FIRST)

    def names(self, found: Any) -> list[str]:  # noqa: ANN401 - what each library gives
        return [name for name, _ in found]


class _Langchain:
    """Its recursive splitter (4,000 characters, 200 of them twice), its store in memory, its own embeddings."""

    def __init__(self, given: Given) -> None:
        self._text = given.text
        self._embeddings = _of("langchain_huggingface", "HuggingFaceEmbeddings")(
            model_name=given.model, encode_kwargs={"prompt": _PASSAGE}, query_encode_kwargs={"prompt": _QUERY}
        )
        self._stores = import_module("langchain_core.vectorstores")
        self._store: Any = None

    def build(self, folder: Path) -> None:
        chunks = _of("langchain_text_splitters", "RecursiveCharacterTextSplitter")().split_text(self._text)
        store = self._stores.InMemoryVectorStore(self._embeddings)
        store.add_texts(chunks)
        store.dump(str(folder / "store.json"))

    def open(self, folder: Path) -> None:
        self._store = self._stores.InMemoryVectorStore.load(str(folder / "store.json"), self._embeddings)

    def find(self, question: str, history: Sequence[str]) -> Any:  # noqa: ANN401 - what each library gives
        return self._store.similarity_search(question, k=FIRST)

    def names(self, found: Any) -> list[str]:  # noqa: ANN401 - what each library gives
        return [document.page_content for document in found]


FLOOR, OURS = "embedding alone", "briefwijzer"
HERE: Mapping[str, Callable[[Given], Searcher]] = {FLOOR: _Floor, OURS: _Briefwijzer, "llama-index": _LlamaIndex}
"""What runs in the project's own environment."""

APART: Mapping[str, Callable[[Given], Searcher]] = {"haystack": _Haystack, "txtai": _Txtai, "langchain": _Langchain}
"""What needs `.venv-peers`."""


def _of(module: str, name: str) -> Any:  # noqa: ANN401 - of a library that is not installed where this is checked
    return getattr(import_module(module), name)


def replies(searcher: Searcher, lines: Iterator[str]) -> Iterator[Mapping[str, Any]]:
    """What a worker says to each command: `build` and `open` name a folder, `ask` has questions with their history."""
    for line in lines:
        command = json.loads(line)
        start = time.perf_counter()
        if "build" in command:
            searcher.build(Path(command["build"]))
            yield {"seconds": time.perf_counter() - start}
        elif "open" in command:
            searcher.open(Path(command["open"]))
            yield {"seconds": time.perf_counter() - start}
        else:
            seconds, found = [], []
            for question, history in command["ask"]:
                start = time.perf_counter()
                result = searcher.find(question, history)
                seconds.append(time.perf_counter() - start)
                found.append(searcher.names(result))
            yield {"seconds": seconds, "found": found}


def _work(name: str, given: str) -> None:
    reached: list[str] = []

    def shut(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo" or (event == "socket.connect" and isinstance(arguments[1], tuple)):
            reached.append(f"{event} {arguments[:2]}")
            raise ConnectionRefusedError("nothing may reach for a network while it is measured")

    sys.addaudithook(shut)
    # What a library prints must not stand between the replies.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    searcher = {**HERE, **APART}[name](Given(**json.loads(Path(given).read_text(encoding="utf-8"))))
    for reply in replies(searcher, iter(sys.stdin.readline, "")):
        print(json.dumps({**reply, "reached": reached}), file=out, flush=True)


if __name__ == "__main__":
    _work(*sys.argv[1:])
