"""The laws of DESIGN over the whole real letter, its traps by name, and hostile text."""

import itertools
import json
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.letter import DEFAULT, Letter, LetterError, load_letter
from corpus.parse import Outline, ParseError, parse, sentences
from corpus.span import cut, fold, runs
from index.answer import MAX_WORDS


def unit_with(letter: Letter, words: str) -> str:
    (found,) = (unit.text for unit in letter.units if words in unit.text)
    return found


# The laws


def test_every_character_is_of_exactly_one_unit_heading_marker_or_is_white_space(letter: Letter) -> None:
    owners = [0] * len(letter.text)
    spans = [span for unit in letter.units for span in unit.spans]
    for start, end in [*spans, *(heading.span for heading in letter.headings), *letter.structure.markers]:
        for position in range(start, end):
            owners[position] += 1
    assert max(owners) == 1
    assert "".join(char for char, times in zip(letter.text, owners, strict=True) if not times).strip() == ""


def test_every_unit_is_what_the_letter_says_at_its_spans(letter: Letter) -> None:
    for unit in letter.units:
        assert fold("".join(letter.text[start:end] for start, end in unit.spans)) == unit.text
        assert all(start < end for start, end in unit.spans)
        assert list(unit.spans) == sorted(unit.spans)


def test_the_translation_has_exactly_one_line_for_every_unit_and_its_dutch_is_the_units() -> None:
    letter = load_letter()
    rows = [json.loads(line) for line in (DEFAULT / "translation.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["nl"]) for row in rows] == [(unit.id, unit.text) for unit in letter.units]
    assert all(row["en"].strip() for row in rows)


def test_no_sentence_starts_or_ends_inside_a_word_a_number_or_an_abbreviation(letter: Letter) -> None:
    last_words = {unit.text.split()[-1] for unit in letter.units if unit.kind == "sentence"}
    for unit in letter.units:
        if unit.kind != "sentence":
            continue
        assert unit.text[0].isupper(), unit.text
        assert unit.text.endswith("."), unit.text
        for start, end in unit.spans:
            before, behind = letter.text[start - 1 : start], letter.text[end : end + 1]
            marker = any(start == stop or end == begin for begin, stop in letter.structure.markers)
            assert marker or not (before.isalnum() and letter.text[start].isalnum()), unit.text
            assert marker or not (behind.isalnum() and letter.text[end - 1].isalnum()), unit.text
    assert last_words & {"d.d.", "nr.", "nrs.", "c.s.", "art.", "mln."} == set()


def test_the_letter_has_140_sentences_5_footnotes_3_signatories_on_6_pages(letter: Letter) -> None:
    kinds = [unit.kind for unit in letter.units]
    assert [kinds.count(kind) for kind in ("sentence", "footnote", "signatory")] == [140, 5, 3]
    assert len(letter.structure.pages) == 6
    assert [letter.text[start] for start, _ in letter.structure.pages] == [" "] * 6


def test_every_unit_can_be_an_answer_by_itself(letter: Letter) -> None:
    for text in [*(unit.text for unit in letter.units), *letter.translations.values()]:
        assert len(text.split()) <= MAX_WORDS
        assert not re.search(r"\[\d+\]", text), "it would be taken for a marker"


@pytest.mark.parametrize("number", ["18,3", "145", "2732", "943"])
def test_numbers_of_the_dutch_stand_in_the_english(letter: Letter, number: str) -> None:
    units = [unit for unit in letter.units if re.search(rf"\b{number}\b", unit.text)]
    assert units
    for unit in units:
        assert number.replace(",", ".") in letter.translations[unit.id]


def test_every_number_is_the_same_in_both_languages(letter: Letter) -> None:
    for unit in letter.units:
        numbers = [sorted(re.findall(r"\d+", text)) for text in (unit.text, letter.translations[unit.id])]
        assert numbers[0] == numbers[1], unit.id


# The traps


def test_a_footnote_at_a_page_break_does_not_cut_the_sentence(letter: Letter) -> None:
    text = unit_with(letter, "Na meer dan een jaar onenigheid")
    assert text.endswith("verkozen tot nieuwe parlementsvoorzitter.")
    unit = next(unit for unit in letter.units if unit.text == text)
    assert unit.pages == (1, 2)
    assert len(unit.spans) == 2
    assert letter.text[slice(*unit.spans[0])].endswith("dan ")


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("veiligheidsinzet in Irak informeren wij u", "n1"),
        ("beïnvloeden de veiligheidssituatie in Irak.", "n2"),
        ("diverse stabilisatieprojecten inspannen", "n3"),
        ("die nog steeds van toepassing is.", "n4"),
        ("nationaal kader van het helikopterdetachement.", "n5"),
    ],
)
def test_a_marker_glued_to_a_word_is_left_out_and_its_footnote_kept(letter: Letter, words: str, note: str) -> None:
    text = unit_with(letter, words)
    unit = next(unit for unit in letter.units if unit.text == text)
    assert unit.footnotes == (note,)
    assert letter.by_id[note].section == unit.section


@pytest.mark.parametrize("joined", ["VS-geleide", "Jezidi-gemeenschap", "force-protection-taken"])
def test_a_hyphen_at_a_line_end_joins(letter: Letter, joined: str) -> None:
    assert unit_with(letter, joined)


def test_a_page_break_without_footnote_shows_as_a_newline_and_a_space(letter: Letter) -> None:
    text = unit_with(letter, "In geval er wordt besloten")
    unit = next(unit for unit in letter.units if unit.text == text)
    assert unit.pages == (5, 6)
    assert "\n " in letter.text[slice(*unit.spans[0])]


def test_non_breaking_spaces_in_headings_and_sentences_are_spaces(letter: Letter) -> None:
    assert "Operationele haalbaarheid" in [heading.text for heading in letter.headings]
    assert not any("\xa0" in unit.text for unit in letter.units)


def test_headings_have_two_levels_and_make_section_paths(letter: Letter) -> None:
    assert {heading.level for heading in letter.headings} == {1, 2}
    paths = {unit.section for unit in letter.units}
    assert ("Contextanalyse", "Mensenrechten") in paths
    assert ("Financiën",) in paths
    assert letter.units[0].section == ()


def test_the_signature_block_in_two_columns_gives_each_minister_the_own_office(letter: Letter) -> None:
    assert [unit.text for unit in letter.units if unit.kind == "signatory"] == [
        "De minister van Buitenlandse Zaken, Caspar Veldkamp",
        "De minister van Defensie, Ruben Brekelmans",
        "De minister voor Buitenlandse Handel en Ontwikkelingshulp, Reinette Klever",
    ]


def test_a_typing_error_of_the_letter_stays(letter: Letter) -> None:
    assert unit_with(letter, "veiligheidsrisco’s")
    assert unit_with(letter, "uitvoering beschreven")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("In augustus jl. vond het plaats.", 1),
        ("Dat was op 17-18 oktober jl. Bij beide ging het over Irak.", 2),
        ("De motie Bosman c.s. (Kamerstuk 27 925, nr. 699) is aangenomen.", 1),
        ("Zie nrs. 723, 727 en 746 d.d. 7 juli 2023. Dat is bekend.", 2),
        ("Het kost 18,3 mln. euro. Meer niet.", 2),
        ("Zie art. 100 e.v. Grondwet. Dhr. Jansen sprak m.b.t. Irak.", 2),
        ("Niet later dan eind september 2025. Deze fase begint.", 2),
        ("‘Wanneer?’ vroeg zij. (Dat stond er.) Toen niets meer", 3),
    ],
)
def test_abbreviations_do_not_end_a_sentence(text: str, count: int) -> None:
    found = [text[start:end] for start, end in sentences(text)]
    assert len(found) == count, found
    assert " ".join(found) == text


# Hostile text


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.sampled_from("aB. \n\xa0-?!'(1jld")))
def test_sentences_lose_nothing_and_overlap_nowhere(text: str) -> None:
    spans = list(sentences(text))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(stop <= start for (_, stop), (start, _) in itertools.pairwise(spans))


@given(st.sets(st.integers(0, 60)))
def test_runs_cover_exactly_the_positions(positions: set[int]) -> None:
    spans = runs(sorted(positions))
    assert [position for start, end in spans for position in range(start, end)] == sorted(positions)
    assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(spans))


@given(st.text(alphabet=st.sampled_from("aB.3\n \xa0-,C")))
def test_any_text_is_parsed_without_losing_a_character_or_refused(text: str) -> None:
    try:
        structure = parse(text, Outline((), ()))
    except ParseError:
        return
    said = "".join(cut(text, unit.spans) for unit in structure.units)
    markers = sum(end - start for start, end in structure.markers)
    assert len("".join(said.split())) + markers == len("".join(text.split()))


# A folder that is not whole


def test_a_changed_letter_is_refused(folder: Path) -> None:
    text = folder / "letter.txt"
    text.write_bytes(text.read_bytes().replace(b"145", b"245"))
    with pytest.raises(LetterError, match=r"letter\.txt has changed: its SHA-256 is"):
        load_letter(folder)


@pytest.mark.parametrize("name", ["letter.txt", "letter.toml", "translation.jsonl"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(LetterError, match=re.escape(name)):
        load_letter(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('text = "Mensenrechten"', 'text = "Rechten"', "heading 'Rechten' is not a line of the letter"),
        ("Ruben Brekelmans", "Ruben Mekelbrans", "signatory 'Ruben Mekelbrans' is not in the letter"),
        ("[", "[[[", "not valid TOML"),
        ('sender = "', 'zender = "', "lacks sender"),
        ('["De minister van Defensie,", "Ruben Brekelmans"],', "", "is lost"),
    ],
)
def test_an_outline_that_does_not_fit_is_refused(folder: Path, old: str, new: str, message: str) -> None:
    about = folder / "letter.toml"
    about.write_text(about.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(LetterError, match=re.escape(message)):
        load_letter(folder)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "s001"}', "line 1: expected"),
        ("{nothing", "line 1: expected"),
        ('["s001"]', "line 1: expected"),
        ('{"id": "s001", "nl": "Anders.", "en": "Other."}', "line 1: 's001' is not the next unit"),
        ('{"id": [], "nl": "Anders.", "en": "Other."}', "line 1: [] is not the next unit"),
    ],
)
def test_a_translation_of_something_else_is_refused(folder: Path, line: str, message: str) -> None:
    translation = folder / "translation.jsonl"
    rest = translation.read_text(encoding="utf-8").splitlines()[1:]
    translation.write_text("\n".join([line, *rest]), encoding="utf-8")
    with pytest.raises(LetterError, match=re.escape(message)):
        load_letter(folder)


def test_a_translation_that_lacks_a_unit_is_refused(folder: Path) -> None:
    translation = folder / "translation.jsonl"
    translation.write_text("\n".join(translation.read_text(encoding="utf-8").splitlines()[:-1]), encoding="utf-8")
    with pytest.raises(LetterError, match="has no translation of g3"):
        load_letter(folder)


def test_the_letter_that_is_published_is_the_one_that_is_quoted(letter: Letter, tmp_path: Path) -> None:
    copy = shutil.copy(DEFAULT / "letter.txt", tmp_path)
    assert Path(copy).read_bytes().decode("utf-8") == letter.text
