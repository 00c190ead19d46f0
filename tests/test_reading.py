"""How a question is read: words, late interaction, and what the adapter changes and leaves."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from corpus.letter import Letter
from eval.fit import _fitted
from index.adapter import ADAPTER, Adapter, read_adapter
from index.embedding import Embedder, ModelError, load_embedder, words_of
from index.late_interaction import LateInteraction
from index.search import FITS
from index.store import Store, own_words
from index.views import VIEWS, views


def test_tokens_make_words_and_marks_make_none() -> None:
    text = "query: drie VS-geleide milities?"
    offsets = [(0, 5), (5, 6), (6, 11), (11, 14), (14, 15), (15, 19), (19, 22), (22, 30), (30, 31), (31, 32)]
    assert [text[a:b] for a, b in offsets][2:] == [" drie", " VS", "-", "gele", "ide", " militie", "s", "?"]
    assert words_of(text, offsets, len("query: ")) == [[2], [3], [5, 6], [7, 8]]


def test_a_text_without_a_word_has_none() -> None:
    assert words_of("?!", [(0, 1), (1, 2)], 0) == []


@pytest.mark.parametrize("role", ["passage", "query", "question"])
def test_every_word_of_a_text_has_a_vector_and_its_place(embedder: Embedder, role: str) -> None:
    text = "Circa 145 militairen, in Irak."
    (encoded,) = embedder.encode([text], role)  # type: ignore[arg-type] # one of the three
    assert [text[a:b].strip() for a, b in encoded.spans] == ["Circa", "145", "militairen", "in", "Irak"]
    assert encoded.words.shape == (5, embedder.dimensions)
    assert np.linalg.norm(encoded.vector) == pytest.approx(1, abs=1e-5)


def test_texts_of_unequal_length_can_be_encoded_by_many_at_once(embedder: Embedder) -> None:
    texts = ["Hoe lang?", "Hoeveel militairen levert Nederland voor de bescherming van de adviseurs in Bagdad?"]
    alone = embedder.encode(texts, "question")
    with ThreadPoolExecutor(8) as pool:
        for together in pool.map(lambda _: embedder.encode(texts, "question"), range(40)):
            for ours, expected in zip(together, alone, strict=True):
                assert ours.spans == expected.spans
                assert ours.words == pytest.approx(expected.words, abs=1e-5)


def test_late_interaction_by_hand() -> None:
    # Two passages of two words and one; what all words share, (1, 1), is taken out.
    passages = [np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[0.0, 0.0]])]
    late = LateInteraction.of(passages)
    assert late.common.tolist() == [1, 1]
    question = np.array([[3.0, 1.0], [0.0, 0.0]])  # without the common direction: (2, 0) and (-1, -1)
    side = np.sqrt(0.5)
    expected = [[1, -side], [-side, 1]]
    assert late.similarities(question) == pytest.approx(np.array(expected), abs=1e-6)
    assert late.nearest(question, range(1, 2)) == pytest.approx(np.array(expected)[:, 1:], abs=1e-6)


def test_a_passage_has_the_words_of_its_unit_and_not_of_its_neighbours(
    letter: Letter, store: Store, embedder: Embedder
) -> None:
    every = list(views(letter))
    assert len(store.words.starts) == len(every) == len(letter.units) * len(VIEWS)
    sizes = np.diff([*store.words.starts, len(store.words.vectors)])
    for view, size in list(zip(every, sizes, strict=True))[100:140]:
        own = view.text[slice(*view.own)]
        unit = letter.by_id[view.unit].text if view.name in ("sentence", "context") else letter.translations[view.unit]
        assert own == unit
        (alone,) = embedder.encode([own], "passage")
        assert size == len(alone.words) == len(own_words(view, embedder.encode([view.text], "passage")[0]))


# The adapter


def test_the_adapter_changes_how_questions_are_read_and_nothing_else(embedder: Embedder) -> None:
    published = load_embedder(adapter=None)
    texts = ["Hoeveel militairen?", "How long?"]
    for role in ("passage", "query"):
        for ours, theirs in zip(embedder.encode(texts, role), published.encode(texts, role), strict=True):
            assert ours.words == pytest.approx(theirs.words, abs=1e-6)
    (adapted,), (as_published,) = embedder.encode(texts[:1], "question"), published.encode(texts[:1], "question")
    assert np.abs(adapted.words - as_published.words).max() > 0.01
    assert published.none(adapted.vector, np.ones((len(FITS), 3))) == 0


def test_what_the_adapter_adds_is_the_product_of_its_two_matrices() -> None:
    tensors = load_file(ADAPTER)
    names = {name.rpartition(".")[0] for name in tensors}
    assert len(names) == 2 + 12 * 6  # "none", "ways" (a tensor by itself), and six layers in each of twelve
    ranks = {(tensors[f"{name}.up"].shape[1], tensors[f"{name}.down"].shape[0]) for name in names - {"none", ""}}
    assert ranks == {(64, 64)}


def test_that_no_unit_answers_is_weighed_against_every_unit(embedder: Embedder) -> None:
    adapter = Adapter({}, np.array([1.0, 2.0]), 0.5, np.array([3.0, 1.0]))
    fits = np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.5]])  # two ways of seeing three units, which score 1, 3 and 2
    expected = (1.0 * 0.6 + 2.0 * 0.8 + 0.5) - np.log(np.exp(1) + np.exp(3) + np.exp(2))
    assert adapter.none(np.array([0.6, 0.8]), fits) == pytest.approx(expected)
    # As it was learnt: the adapter in use weighs as many ways as the search sees.
    assert read_adapter(ADAPTER).ways.shape == (len(FITS),)
    assert np.isfinite(embedder.none(np.zeros(embedder.dimensions), np.zeros((len(FITS), 5))))


@pytest.mark.parametrize("spoil", ["missing", "cut off", "of another model"])
def test_an_adapter_that_cannot_be_used_is_said_in_one_line(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "adapter.safetensors"
    if spoil == "cut off":
        path.write_bytes(ADAPTER.read_bytes()[:1000])
    if spoil == "of another model":
        tensors = load_file(ADAPTER)
        save_file({name.replace("layer.4", "layer.99"): tensor for name, tensor in tensors.items()}, path)
    with pytest.raises(ModelError, match="python -m eval train") as caught:
        load_embedder(adapter=path)
    assert "\n" not in str(caught.value)


# Fitting


def test_fitting_finds_the_way_of_seeing_that_tells(letter: Letter) -> None:
    random = np.random.default_rng(3)
    ways = random.normal(size=(60, 40, 3))
    right = np.zeros((60, 40), dtype=bool)
    right[np.arange(60), ways[:, :, 1].argmax(axis=1)] = True  # the second way is always right, the others are noise
    weights = _fitted(ways, right)
    assert weights[1] > 5 * max(weights[0], weights[2], 0.1)
    assert (weights >= 0).all()
