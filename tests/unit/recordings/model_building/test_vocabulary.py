"""The speech model's words: everything that places and needs are called, and phrases that fit the lists."""

import csv
import re
import unicodedata
from importlib.resources import files

import numpy as np
import pytest

from recordings.model_building.errors import VocabularyError
from recordings.model_building.vocabulary import Vocabulary, load_vocabulary, vocabularies
from router.geo import load_places

NUKTA = "\N{DEVANAGARI SIGN NUKTA}"
LIKE_THE_CALLERS = {"सैनिटरी": "सेनेटरी"}  # the tables spell it as the dictionary does, the model as people type it
NOT_SAID = {"listen", "ration-shop"}  # what the program calls them: a citizen says that the shop is closed, and so on


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="module")
def wide() -> Vocabulary:
    return load_vocabulary(wide=True)


def as_typed(text: str) -> list[str]:
    """Return the words of a name in the model's spelling: dots below in ड़ and ढ़ only, anusvara for chandrabindu."""
    plain = unicodedata.normalize("NFD", text).replace(
        "\N{DEVANAGARI SIGN CANDRABINDU}", "\N{DEVANAGARI SIGN ANUSVARA}"
    )
    plain = re.sub(f"(?<![डढ]){NUKTA}", "", plain).replace(",", "")
    return [LIKE_THE_CALLERS.get(word, word) for word in plain.split()]


def missing(vocabulary: Vocabulary, names: list[str]) -> list[str]:
    words = {unicodedata.normalize("NFD", word) for word in vocabulary.words}
    return [word for name in names for word in as_typed(name) if word not in words]


def test_words_every_place_is_there(vocabulary):
    places = load_places()
    names = [place.name_hi for table in (places.districts, places.divisions, places.states) for place in table.values()]
    assert len(names) >= 52 + 10 + 36
    assert missing(vocabulary, names) == []


def test_words_every_need_is_there(vocabulary):
    names = [need.name_hi for need in load_places().needs.values() if need.id not in NOT_SAID]
    assert missing(vocabulary, names) == []


def said(table: str, **only: str) -> set[str]:
    """Return the Devanagari phrases of a table of the understanding of texts, in the model's spelling."""
    rows = csv.DictReader(files("recordings.nlu").joinpath("data", table).read_text("utf-8").splitlines())
    phrases = (row["phrases"] for row in rows if all(row[name] == value for name, value in only.items()))
    return {
        " ".join(as_typed(phrase))
        for several in phrases
        for phrase in several.split("; ")
        if re.fullmatch("[\u0900-\u097f ]+", phrase)
    }


def by_sound(phrase: str) -> str:
    """Return a phrase as it sounds: nasals before a stop alike, no blanks, one u, one l."""
    nasals = re.sub("[नणम]्(?=[क-म])", "ं", unicodedata.normalize("NFD", phrase).replace(" ", ""))
    return nasals.replace("ू", "ु").replace("ळ", "ल")


def sounds(vocabulary: Vocabulary) -> set[str]:
    return {by_sound(word) for word in vocabulary.words} | {
        by_sound(way) for ways in vocabulary.said_as.values() for way in ways
    }


def test_wide_words_every_name_of_a_district_and_its_towns_is_there(wide):
    known = sounds(wide)
    names = said("places.csv", kind="district")
    assert len(names) > 250
    apart = {name for name in names if not known.issuperset(map(by_sound, name.split()))}
    assert {name for name in apart if by_sound(name) not in known} == set()


def test_wide_words_what_needs_are_called_is_there(wide):
    known = sounds(wide)
    words = {word for phrase in said("needs.csv", kind="thing") for word in phrase.split()}
    assert len(words) > 250
    missing = {word for word in words if by_sound(word) not in known}
    assert len(missing) < 0.08 * len(words), missing


def test_models_small_one_is_part_of_the_large_one(vocabulary, wide):
    assert set(vocabularies()["hi-600"].words) == set(vocabulary.words) < set(wide.words)


def test_wide_words_are_about_two_thousand(wide):
    assert 2000 <= len(wide.words) <= 2600


def test_utterance_is_up_to_three_phrases():
    rng = np.random.default_rng(0)
    assert {len(Vocabulary({}, ["हां"], {}).utterance(rng)) for _ in range(50)} == {1, 2, 3}


def test_only_leaves_phrases_that_can_be_said():
    some = Vocabulary({"item": ["राशन", "गैस सिलेंडर"], "kin": ["भाई"]}, ["{item} चाहिए", "{kin} बीमार है"], {"गैस": "gas"})
    left = some.only({"राशन", "चाहिए", "बीमार", "है"})
    assert (left.lists, list(left.phrases), left.english) == ({"item": ["राशन"]}, ["{item} चाहिए"], {})


def test_words_numbers_to_a_hundred_are_there(vocabulary):
    numbers = {*vocabulary.lists["digit"], *vocabulary.lists["few"], *vocabulary.lists["tens"], "सौ"}
    assert len(numbers) == 101
    assert "सौ" in vocabulary.words


def test_words_are_spelt_one_way(wide):
    for word in wide.words:
        assert unicodedata.normalize("NFC", word) == word
        assert re.sub(f"(?<![डढ]){NUKTA}", "", unicodedata.normalize("NFD", word)) == unicodedata.normalize("NFD", word)
        assert "\N{DEVANAGARI SIGN CANDRABINDU}" not in word


def test_phrase_all_its_words_are_in_the_model(vocabulary):
    rng = np.random.default_rng(0)
    said = [word for _ in range(500) for word in vocabulary.phrase(rng)]
    assert set(said) <= set(vocabulary.words)


def test_phrase_of_has_allowed_words_only(vocabulary):
    allowed = {"मुझे", "राशन", "पानी", "चाहिए", "और"}
    rng = np.random.default_rng(0)
    assert all(set(vocabulary.phrase_of(rng, allowed)) <= allowed for _ in range(20))


def test_phrase_with_a_slot_without_list_is_refused():
    with pytest.raises(VocabularyError, match="fruit"):
        Vocabulary({"item": ["राशन"]}, ["{fruit} चाहिए"], {})


def test_english_spelling_of_no_word_is_refused():
    with pytest.raises(VocabularyError, match="हेल्प"):
        Vocabulary({"item": ["राशन"]}, ["{item} चाहिए"], {"हेल्प": "help"})
