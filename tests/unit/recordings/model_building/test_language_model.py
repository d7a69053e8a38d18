"""Which word follows which: probabilities sum to one, and what the sentences never say stays possible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.model_building.language_model import END, START, language_model
from recordings.model_building.vocabulary import UNKNOWN

WORDS = ["राशन", "पानी", "नहीं", "मिला", "चाहिए", UNKNOWN]
SAID = [["राशन", "नहीं", "मिला"]] * 50 + [["पानी", "चाहिए"]] * 50 + [["पानी", "नहीं", "मिला"]]

sentences = st.lists(st.lists(st.sampled_from(WORDS[:-1]), min_size=1, max_size=6), min_size=1, max_size=30)


@given(sentences, st.sampled_from([0.0, 1e-3, 1e-1]))
def test_chances_after_any_context_sum_to_one(said, least_gain):
    model = language_model(said, WORDS, least_gain)
    contexts = {(), (START,), *((START, word) for word in WORDS), *((one, two) for one in WORDS for two in WORDS)}
    for context in {*contexts, *model.words}:
        chances = [model.chance(context, word) for word in (*WORDS, END)]
        assert sum(chances) == pytest.approx(1)
        assert min(chances) > 0


def test_two_words_before_tell_more_than_one():
    model = language_model(SAID, WORDS, 0.0)
    assert model.chance(("राशन", "नहीं"), "मिला") > model.chance(("नहीं",), "राशन")
    assert model.chance((START, "पानी"), "चाहिए") > model.chance((START, "पानी"), "नहीं")


def test_what_nobody_said_is_possible():
    model = language_model(SAID, WORDS)
    assert 0.0005 < model.chance(("राशन", "नहीं"), "चाहिए") < 0.1
    assert 0.0001 < model.chance(("राशन", "नहीं"), UNKNOWN) < 0.01
    assert model.perplexity([["चाहिए", "राशन", "पानी"]]) < 50


def test_a_word_that_is_not_in_the_vocabulary_has_no_chance():
    assert language_model(SAID, WORDS).chance(("राशन",), "समोसा") == 0


def test_little_gain_leaves_fewer_words_in_their_context():
    full, small = language_model(SAID, WORDS, 0.0), language_model(SAID, WORDS, 1e-2)
    assert sum(map(len, small.words.values())) < sum(map(len, full.words.values()))
