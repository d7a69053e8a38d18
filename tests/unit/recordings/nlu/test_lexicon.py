"""The tables of the lexicon: a mistake is reported with file and line, all mistakes at once."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.nlu import Lexicon, LexiconError, understand
from recordings.nlu.phonetic_key import fold, phonetic_key
from tests.support.stores import places


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with as_file(files("recordings.nlu").joinpath("data")) as own:
        for table in own.glob("*.csv"):
            shutil.copy(table, tmp_path / table.name)
    return tmp_path


def problems(directory: Path) -> tuple[str, ...]:
    with pytest.raises(LexiconError) as caught:
        Lexicon.load(places(), directory)
    return caught.value.problems


def append(directory: Path, table: str, row: str) -> int:
    """Append a row and return its line."""
    path = directory / table
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    path.write_text("\n".join([*lines, row]) + "\n", encoding="utf-8")
    return len(lines) + 1


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("needs.csv", "rashun,thing,0.9,xyz", "unknown need 'rashun'; expected an id of router/geo/data/needs.csv"),
        ("needs.csv", "ration,stuff,0.9,xyz", "unknown kind 'stuff' (known: thing, trouble)"),
        ("needs.csv", "ration,thing,1.5,xyz", "score '1.5' is not a number from 0.01 to 1"),
        ("needs.csv", "ration,thing,0.9,xyz;", "phrases: '' is not a phrase; expected words separated by '; '"),
        ("needs.csv", "water,thing,0.9,दूध", "'दूध' already means 'fresh' in line 9; take it out of one"),
        (
            "places.csv",
            "district,mumbai,0.9,xyz",
            "unknown id 'mumbai'; expected an id of router/geo/data/districts",
        ),
        ("places.csv", "state,bhopal,0.9,xyz", "unknown id 'bhopal'; expected an id of router/geo/data/states.csv"),
        ("units.csv", "kg,weight,xyz", "unknown kind 'weight' (known: measure, time, clock)"),
        ("numbers.csv", "many,xyz,,", "number 'many' is not a number such as 25 or 0.5"),
        ("numbers.csv", "7,पांच,,", "'पांच' already means '5' in line 7"),
        ("signs.csv", "maybe,xyz", "unknown sign 'maybe'"),
        ("signs.csv", "not", "1 cells; expected 2"),
    ],
)
def test_mistake_names_file_and_line(data: Path, table: str, row: str, said: str) -> None:
    line = append(data, table, row)
    (problem,) = problems(data)
    assert problem.startswith(f"{table} line {line}: {said}")


def test_missing_table(data: Path) -> None:
    (data / "units.csv").unlink()
    assert problems(data) == (f"units.csv: missing; expected it in {data}",)


def test_word_an_admin_adds_is_understood(data: Path) -> None:
    append(data, "needs.csv", "water,thing,0.9,मशक; mashak")
    lexicon = Lexicon.load(places(), data)
    assert understand("मशक चाहिए", lexicon).need == "water"


def test_every_name_of_the_places_is_known() -> None:
    lexicon = Lexicon.load(places())
    for district in places().districts.values():
        for name in (district.name, district.name_hi):
            assert understand(f"{name} में राशन", lexicon).district == district.id
    for state in places().states.values():
        for name in (state.name, state.name_hi):
            expected = None if state is places().home else state.id
            assert understand(f"{name} में", lexicon).state == expected


@pytest.mark.parametrize(
    "alike",
    [
        "राशन रासन rashan raashan raasan",
        "सब्ज़ी सब्जी sabzi sabji",
        "दवाई dawai davaai dawaai",
        "फँसे फंसे phanse fanse",
        "मुंबई मुम्बई",
        "टीकमगढ़ tikamgarh teekamgarh",
    ],
)
def test_words_that_sound_alike_have_one_key(alike: str) -> None:
    assert len({phonetic_key(word) for word in alike.split()}) == 1


def test_variants_of_writing_fold() -> None:
    assert fold("पाँच") == fold("पांच")
    assert fold("ज़रूरत") == fold("जरूरत")
    assert fold("मुम्बई") == fold("मुंबई")
    assert fold("४५") == "45"


@settings(max_examples=300, database=None, derandomize=True)
@given(st.text(max_size=40))
def test_any_word_has_a_spelling_and_a_sound(word: str) -> None:
    assert fold(fold(word)) == fold(word)
    assert phonetic_key(word) == phonetic_key(word)
