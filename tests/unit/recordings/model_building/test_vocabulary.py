"""The speech model's words: everything that places and needs are called, and phrases that fit the lists."""

import re
import unicodedata

import numpy as np
import pytest

from recordings.model_building.errors import VocabularyError
from recordings.model_building.vocabulary import Vocabulary, load_vocabulary
from router.geo import load_places

NUKTA = "\N{DEVANAGARI SIGN NUKTA}"
LIKE_THE_CALLERS = {"सैनिटरी": "सेनेटरी"}  # the tables spell it as the dictionary does, the model as people type it
NOT_SAID = {"listen", "ration-shop"}  # what the program calls them: a citizen says that the shop is closed, and so on


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


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


def test_words_numbers_to_a_hundred_are_there(vocabulary):
    numbers = {*vocabulary.lists["digit"], *vocabulary.lists["few"], *vocabulary.lists["tens"], "सौ"}
    assert len(numbers) == 101
    assert "सौ" in vocabulary.words


def test_words_are_spelt_one_way(vocabulary):
    for word in vocabulary.words:
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
