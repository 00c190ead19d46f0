"""What is measured beside others: the mapping, the figures, what is synthetic; and workers on a few questions."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from corpus.letter import Letter
from eval import growth
from eval.__main__ import main
from eval.beside import PEERS, Figures, Places, asked, beside, measure, systems, table
from eval.peers import APART, FIRST, FLOOR, HERE, OURS
from eval.plots import curves
from eval.run import RunError

# From chunks to units


def test_an_id_is_itself_and_a_chunk_is_the_units_that_begin_in_it(letter: Letter) -> None:
    places = Places(letter)
    first, second, third = letter.units[:3]
    assert places.units(second.id) == [second.id]
    chunk = letter.text[second.spans[0][0] : third.spans[0][0] + 1]
    assert places.units(chunk) == [second.id, third.id]
    assert first.id in places.units(letter.text[: second.spans[0][0]])


def test_the_whole_letter_is_all_units_however_its_white_space_is_folded(letter: Letter) -> None:
    every = {unit.id for unit in letter.units}
    assert set(Places(letter).units(letter.text)) == every
    assert set(Places(letter).units(" ".join(letter.text.split()))) == every


def test_a_chunk_in_which_none_begins_is_the_unit_that_it_is_part_of(letter: Letter) -> None:
    unit = max(letter.units, key=lambda unit: unit.spans[0][1] - unit.spans[0][0])
    start, end = unit.spans[0]
    assert Places(letter).units(letter.text[start + 5 : end - 5]) == [unit.id]


def test_what_is_not_of_the_letter_is_no_chunk(letter: Letter) -> None:
    with pytest.raises(ValueError, match="not of the letter"):
        Places(letter).units("Er was eens een brief die niemand schreef.")


def test_every_chunk_of_consecutive_words_has_a_unit(letter: Letter) -> None:
    places = Places(letter)
    words = letter.text.split()
    for start in range(0, len(words), 200):
        assert places.units(" ".join(words[start : start + 200]))


# The table


def test_a_figure_is_shown_beside_the_floor() -> None:
    assert beside(3.0, 2.0, 1) == "3.0   1.50 ×"


def test_the_table_has_a_row_for_each_system_and_the_floor_beside_itself(letter: Letter) -> None:
    questions = asked(letter, 2)
    evidence = [[unit for group in question.evidence for unit in group][:FIRST] for question in questions]
    nothing = [letter.text[:20]] * 2
    figures = {
        FLOOR: Figures([0.01, 0.01], [2.0], [4.0], 500.0, [[text] for text in nothing]),
        OURS: Figures([0.02, 0.04], [4.0, 8.0, 5.0], [8.0], 1000.0, evidence),
    }
    *_, floor, ours = table(figures, questions, letter)
    assert floor.startswith(FLOOR)
    assert floor.count("1.00 ×") == 4
    assert re.findall(r"[\d.]+(?= ×)", ours) == ["3.00", "2.50", "2.00", "2.00"]


def test_questions_are_those_of_the_test_half_that_have_evidence(letter: Letter) -> None:
    every = asked(letter)
    assert {question.split for question in every} == {"test"}
    assert all(question.evidence for question in every)
    few = asked(letter, 7)
    assert len(few) == 7
    assert all(question in every for question in few)


# Growth


def test_what_is_synthetic_is_the_same_for_the_same_seed_and_of_the_size_that_is_asked_for(letter: Letter) -> None:
    one, same, other = growth.enlarged(letter, 300), growth.enlarged(letter, 300), growth.enlarged(letter, 300, seed=5)
    assert len(one.units) == len(one.by_id) == 300
    assert one.units == same.units
    assert one.translations == same.translations
    assert one.units != other.units
    real = {word for unit in letter.units for word in unit.text.split()}
    assert {word for unit in one.units for word in unit.text.split()} <= real
    assert [len(unit.text.split()) for unit in one.units[:148]] == [len(unit.text.split()) for unit in letter.units]


def test_noisy_copies_are_of_length_one_near_their_originals_and_reproducible() -> None:
    vectors = np.random.default_rng(1).standard_normal((3, 384)).astype(np.float32)
    made = growth.noisy(vectors, 8, np.random.default_rng(0))
    assert np.array_equal(made, growth.noisy(vectors, 8, np.random.default_rng(0)))
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (made * unit[np.arange(8) % 3]).sum(axis=1)
    assert ((cosines > 0.9) & (cosines < 0.999)).all()


def test_the_sizes_are_those_that_were_promised() -> None:
    assert growth.SIZES == (150, 1_000, 10_000, 100_000)


def test_what_a_size_will_take_is_on_the_line_through_the_last_two() -> None:
    peaks = {150: 200.0, 1_000: 500.0, 10_000: 4_100.0}
    assert growth.expected({150: 200.0}, 1_000) == 0.0
    assert growth.expected(peaks, 100_000) == pytest.approx(40_100.0)
    assert growth.expected(peaks, growth.fitting(peaks)) <= growth.MOST


def test_the_parts_of_a_search_add_up() -> None:
    seconds = {"views": 0.1, "late": 0.2, "scores": 0.5, "search": 0.9}
    parts = growth.parts(seconds)
    assert sum(parts.values()) == pytest.approx(0.9)
    assert min(growth.parts({**seconds, "scores": 0.25}).values()) == 0.0


def test_a_size_that_was_not_measured_has_a_row_without_figures() -> None:
    floor = growth.Point({"search": 0.001}, 100.0, 120.0)
    ours = growth.Point({"views": 0.001, "late": 0.002, "scores": 0.004, "search": 0.005}, 300.0, 400.0)
    _, measured, missing = growth.table({FLOOR: {150: floor, 1_000: floor}, OURS: {150: ours}}, 0.009)
    assert "5.0 ×" in measured
    assert "1.40 ×" in measured
    assert missing.split() == ["1,000", "1.00", *["-"] * 7, "100", "-", "-"]


def test_the_chart_is_a_whole_svg_that_says_its_figures() -> None:
    drawn = curves({"A search, ms": {"floor": {150: 0.01, 1_000: 0.1}, "ours": {150: 2.0}}}, "passages")
    root = ET.fromstring(drawn)
    assert root.tag.endswith("svg")
    assert "ours, 150 passages: 2" in root.attrib["aria-label"]
    assert len(root.findall(".//{*}polyline")) == 2


# Processes


def test_a_worker_builds_starts_and_answers_and_reaches_for_nothing(letter: Letter) -> None:
    questions = asked(letter, 3)
    one = measure([FLOOR], letter, questions, 1)[FLOOR]
    assert (len(one.answer), len(one.build), len(one.start)) == (3, 1, 1)
    assert one.memory > 100
    assert one.reached == set()
    assert all(len(found) == FIRST and set(found) <= letter.by_id.keys() for found in one.found)


@pytest.mark.skipif(not PEERS.exists(), reason="the peers are not installed: make peers")
@pytest.mark.parametrize("name", APART)
def test_a_peer_finds_what_is_of_the_letter_and_reaches_for_nothing(name: str, letter: Letter) -> None:
    one = measure([name], letter, asked(letter, 2), 1)[name]
    assert one.reached == set()
    places = Places(letter)
    assert all(places.units(each) for found in one.found for each in found)


def test_a_worker_that_ends_says_why(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HERE, "no such system", HERE[FLOOR])  # which the worker does not know
    with pytest.raises(RunError, match="no such system gave up: KeyError"):
        measure(["no such system"], letter, asked(letter, 1), 1)


def test_without_their_environment_the_peers_are_left_out(monkeypatch: pytest.MonkeyPatch, letter: Letter) -> None:
    monkeypatch.setattr("eval.beside.PEERS", PEERS.with_name("nothing-here"))
    monkeypatch.setattr("eval.beside.measure", lambda *_: {})
    monkeypatch.setattr("eval.beside.table", lambda *_: iter(()))
    from eval.beside import report

    assert systems() == list(HERE)
    assert list(report(letter, 1))[-1].endswith("Install them apart: make peers")


def test_a_small_size_is_measured_in_a_process_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    chance = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("growth") / "vectors.npz"
    np.savez(
        path,
        views=chance.standard_normal((8, 16)).astype(np.float32),
        words=chance.standard_normal((50, 16)).astype(np.float16),
        texts=np.array(["Hoeveel militairen levert Nederland?"]),
        questions=chance.standard_normal((1, 16)).astype(np.float32),
        asked=chance.standard_normal((4, 16)).astype(np.float32),
        lengths=np.array([4]),
    )
    for name in (FLOOR, OURS):
        done = subprocess.run(
            [sys.executable, "-m", "eval.growth", name, "20", str(path)], capture_output=True, text=True, check=True
        )
        assert '"search"' in done.stdout


def test_a_part_that_bench_does_not_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "speed"]) == 2
    assert "expected some of alone, peers, growth" in capsys.readouterr().err
