"""What the tests share: the real letter, the real model, one real index, one real server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpus.letter import Letter, load_letter

if TYPE_CHECKING:
    from index.assistant import Assistant
    from index.embedding import Embedder
    from index.store import Store

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def letter() -> Letter:
    return load_letter()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    from index.embedding import load_embedder

    return load_embedder()


@pytest.fixture(scope="session")
def store(letter: Letter, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Store:
    from index.store import open_store

    return open_store(letter, embedder, tmp_path_factory.mktemp("store") / "index")


@pytest.fixture(scope="session")
def assistant(letter: Letter, embedder: Embedder, store: Store) -> Assistant:
    from index.assistant import Assistant

    return Assistant(letter, embedder, store)


@pytest.fixture
def folder(letter: Letter, tmp_path: Path) -> Path:
    """A copy of the letter folder, to be spoilt."""
    import shutil

    from corpus.letter import DEFAULT

    return Path(shutil.copytree(DEFAULT, tmp_path / letter.name))
