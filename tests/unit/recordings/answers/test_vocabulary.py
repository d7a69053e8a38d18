"""What may be answered, in the words of a model, and what is understood of what was heard."""

from functools import cache

import pytest

from recordings.answers.vocabulary import HeardWord, read_vocabularies
from recordings.settings import OWN_MODEL
from tests.support.ivr_fakes import flow, places


@cache
def vocabularies():
    return read_vocabularies(
        places(), OWN_MODEL, {"district": places().districts.keys(), "need": flow().steps["main"].said.keys()}
    )


def heard(text, confidence=0.9):
    return [HeardWord(word, confidence) for word in text.split()]


def test_own_model_knows_every_district_and_every_need_of_the_menu():
    assert vocabularies()["district"].known == places().districts.keys()
    assert vocabularies()["need"].known == flow().steps["main"].said.keys()


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("भोपाल", "bhopal"),
        ("मैं भोपाल से बोल रहा हूं", "bhopal"),
        ("[unk] रीवा जिले में [unk]", "rewa"),
        ("आगर जिला", "agar-malwa"),
        ("नर्मदापुरम", "hoshangabad"),
        ("[unk]", None),
        ("मैं जिला", None),
        ("", None),
    ],
)
def test_district_is_found_in_what_was_heard(text, district):
    found = vocabularies()["district"].understand(heard(text))
    assert (found.meaning if found else None) == district


def test_unsure_answer_is_none():
    assert vocabularies()["district"].understand(heard("भोपाल", confidence=0.3)) is None


def test_surest_of_two_districts_is_taken():
    words = [HeardWord("सागर", 0.6), HeardWord("रीवा", 0.9)]
    assert vocabularies()["district"].understand(words).meaning == "rewa"


def test_grammar_holds_whole_phrases_and_the_mark_for_everything_else():
    grammar = vocabularies()["district"].grammar
    assert "आगर जिला" in grammar
    assert grammar[-1] == "[unk]"
    assert len(grammar) == len(set(grammar))
