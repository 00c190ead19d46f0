"""The index on disk: whole or not at all, and never one of something else."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores import VectorStoreQuery
from llama_index.core.vector_stores.simple import SimpleVectorStore

from corpus.letter import Letter
from index.embedding import Embedder, Encoded, ModelError, Role, load_embedder
from index.store import MatrixVectorStore, Store, StoreError, open_store
from index.views import VIEWS, views


class HandMade:
    """An encoder whose vectors can be worked out by hand: how often each letter of the alphabet occurs."""

    def __init__(self, dimensions: int = 26) -> None:
        self.dimensions = dimensions
        self.embedded = 0

    def encode(self, texts: Sequence[str], role: Role) -> list[Encoded]:
        del role
        self.embedded += len(texts)
        return [self._encoded(text) for text in texts]

    def _encoded(self, text: str) -> Encoded:
        spans = tuple(match.span() for match in re.finditer(r"\w+", text)) or ((0, 0),)
        words = np.stack([self._vector(text[slice(*span)]) for span in spans])
        return Encoded(self._vector(text), words, spans)

    def _vector(self, text: str) -> np.ndarray:
        letters = [chr(ord("a") + place) for place in range(self.dimensions)]
        counts = np.array([1 + text.lower().count(letter) for letter in letters], dtype=np.float32)
        unit: np.ndarray = counts / np.linalg.norm(counts)
        return unit


def hand_made(name: str = "by hand", dimensions: int = 26) -> tuple[HandMade, Embedder]:
    model = HandMade(dimensions)
    return model, Embedder(model, name, f"{name}-{dimensions}")


def opened(letter: Letter, embedder: Embedder, folder: Path) -> tuple[Store, list[str]]:
    said: list[str] = []
    return open_store(letter, embedder, folder, say=said.append), said


def test_every_unit_has_every_view_and_its_own_vector(letter: Letter, tmp_path: Path) -> None:
    model, embedder = hand_made()
    store, _ = opened(letter, embedder, tmp_path / "index")
    assert store.manifest.passages == len(letter.units) * len(VIEWS) == model.embedded
    for view in list(views(letter))[::37]:
        vector = embedder.passage_vectors([view.text])[0]
        nearest = max(store.similarities(vector).items(), key=lambda item: item[1])
        assert nearest[1] == pytest.approx(1.0, abs=1e-5)
        assert store.similarities(vector)[f"{view.unit}:{view.name}"] == pytest.approx(1.0, abs=1e-5)


def test_the_second_time_nothing_is_embedded_and_nothing_is_said(letter: Letter, tmp_path: Path) -> None:
    first, _ = opened(letter, hand_made()[1], tmp_path / "index")
    model, embedder = hand_made()
    second, said = opened(letter, embedder, tmp_path / "index")
    assert model.embedded == 0
    assert said == []
    question = embedder.query_vectors(["Hoeveel militairen?"])[0]
    assert first.similarities(question) == second.similarities(question)


def test_a_context_stays_within_its_section(letter: Letter) -> None:
    context = {view.unit: view.text for view in views(letter) if view.name == "context"}
    assert context["s017"].startswith("Contextanalyse › Mensenrechten: De mensenrechtensituatie")
    assert letter.by_id["s018"].text in context["s017"]
    assert letter.by_id["s016"].text not in context["s017"]


@pytest.mark.parametrize(
    "damage", ["truncated", "edited", "file missing", "no manifest", "manifest no JSON", "manifest a list"]
)
def test_a_damaged_index_is_noticed_said_and_rebuilt(letter: Letter, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "index"
    good, _ = opened(letter, hand_made()[1], folder)
    vectors = folder / "default__vector_store.json"
    if damage == "truncated":
        vectors.write_bytes(vectors.read_bytes()[:-1000])
    elif damage == "edited":
        vectors.write_text(vectors.read_text(encoding="utf-8").replace("0.1", "0.2", 1), encoding="utf-8")
    elif damage == "file missing":
        (folder / "docstore.json").unlink()
    else:
        content = {"no manifest": None, "manifest no JSON": "{", "manifest a list": "[]"}[damage]
        (folder / "manifest.json").unlink()
        if content is not None:
            (folder / "manifest.json").write_text(content, encoding="utf-8")
    model, embedder = hand_made()
    again, said = opened(letter, embedder, folder)
    assert model.embedded == good.manifest.passages
    assert said[0].startswith("building the index: ")
    assert again.manifest == good.manifest


@pytest.mark.parametrize("changed", ["model", "dimensions", "letter", "translation", "code"])
def test_an_index_of_something_else_is_rebuilt_never_searched(letter: Letter, tmp_path: Path, changed: str) -> None:
    folder = tmp_path / "index"
    opened(letter, hand_made()[1], folder)
    model, embedder = hand_made()
    if changed == "model":
        model, embedder = hand_made("another")
    elif changed == "dimensions":
        model, embedder = hand_made(dimensions=20)
    elif changed == "letter":
        letter = replace(letter, sha256="0" * 64)
    elif changed == "translation":
        letter = replace(letter, translations={**letter.translations, "s001": "Another translation."})
    else:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        (folder / "manifest.json").write_text(json.dumps({**manifest, "code": "older"}), encoding="utf-8")
    store, said = opened(letter, embedder, folder)
    assert model.embedded == store.manifest.passages
    assert said == [message for message in said if changed in message]
    assert len(said) == 1


_BUILD = """
import sys, time
from pathlib import Path
from corpus.letter import load_letter
from index.store import open_store
from tests.test_store import hand_made
def step(done, total):
    print(done, flush=True)
    time.sleep(0.01)
open_store(load_letter(), hand_made()[1], Path(sys.argv[1]), step=step)
print("built", flush=True)
"""


@pytest.mark.parametrize("steps", [1, 20, 37])
def test_a_build_that_is_killed_leaves_nothing_that_the_next_start_stumbles_over(
    letter: Letter, tmp_path: Path, steps: int
) -> None:
    folder = tmp_path / "index"
    command = [sys.executable, "-c", _BUILD, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(steps):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    _model, embedder = hand_made()
    store, _ = opened(letter, embedder, folder)
    assert store.manifest.passages == 4 * len(letter.units)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".index~")] == []


def test_killed_between_the_two_renames_the_old_index_is_not_mistaken_for_the_new(
    letter: Letter, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    opened(letter, hand_made()[1], folder)
    folder.rename(tmp_path / ".index~old")
    model, embedder = hand_made()
    opened(letter, embedder, folder)
    assert model.embedded == 4 * len(letter.units)
    assert not (tmp_path / ".index~old").exists()


def test_two_processes_at_once_build_one_index(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BUILD, str(tmp_path / "index")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(len(output) > 1 for output in outputs) == [False, True]


def test_an_index_may_be_read_by_whoever_may_read_what_its_maker_makes(letter: Letter, tmp_path: Path) -> None:
    opened(letter, hand_made()[1], tmp_path / "index")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "index").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_place_that_cannot_be_written_is_said_in_one_line(letter: Letter, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot write the index to .*XDG_CACHE_HOME=") as problem:
        open_store(letter, hand_made()[1], tmp_path / "file" / "index")
    assert "\n" not in str(problem.value)


def test_the_matrix_finds_what_llama_indexs_own_loop_finds() -> None:
    random = np.random.default_rng(7)
    vectors = random.normal(size=(50, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nodes = [TextNode(id_=f"n{i}", text="x", embedding=vector.tolist()) for i, vector in enumerate(vectors)]
    ours, theirs = MatrixVectorStore(), SimpleVectorStore()
    ours.add(nodes)
    theirs.add(nodes)
    for question in random.normal(size=(10, 8)):
        query = VectorStoreQuery(query_embedding=(question / np.linalg.norm(question)).tolist(), similarity_top_k=10)
        found, expected = ours.query(query), theirs.query(query)
        assert found.ids == expected.ids
        assert found.similarities == pytest.approx(expected.similarities, abs=1e-5)


# Another model, by one setting


@pytest.fixture
def small_model(tmp_path: Path) -> Path:
    """A sentence-transformers folder made on the spot: random weights, a vocabulary of some words."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel, BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "de", "brief", "zegt", "dat", "missie", "##n"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "bert")
    transformer = Transformer(str(tmp_path / "bert"))
    SentenceTransformer(modules=[transformer, Pooling(16)], device="cpu").save(str(tmp_path / "model"))
    return tmp_path / "model"


def test_another_model_is_one_setting(small_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIEFWIJZER_MODEL", str(small_model))
    embedder = load_embedder()
    assert embedder.dimensions == 16
    assert embedder.model_name == str(small_model)
    assert embedder.query_vectors(["de brief", "de missie"]).shape == (2, 16)


def test_a_model_that_does_not_exist_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIEFWIJZER_MODEL", "/no/such/model")
    with pytest.raises(ModelError, match=r"BRIEFWIJZER_MODEL='/no/such/model' .*unset BRIEFWIJZER_MODEL"):
        load_embedder()


def test_a_damaged_model_is_said_in_one_line(small_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = small_model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    monkeypatch.setenv("BRIEFWIJZER_MODEL", str(small_model))
    with pytest.raises(ModelError, match="unset BRIEFWIJZER_MODEL") as problem:
        load_embedder()
    assert "\n" not in str(problem.value)


def test_a_model_trained_on_in_the_same_folder_is_another_model(
    small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFWIJZER_MODEL", str(small_model))
    before = load_embedder().fingerprint
    assert load_embedder().fingerprint == before
    weights = small_model / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    assert load_embedder().fingerprint != before


def test_the_interface_of_llama_index_gives_the_same_vectors(embedder: Embedder) -> None:
    text = "Nederland levert circa 145 militairen."
    assert embedder.get_text_embedding(text) == pytest.approx(embedder.passage_vectors([text])[0].tolist(), abs=1e-6)
    assert embedder.get_query_embedding(text) == pytest.approx(embedder.query_vectors([text])[0].tolist(), abs=1e-6)
    assert np.linalg.norm(embedder.get_query_embedding(text)) == pytest.approx(1.0, abs=1e-5)
