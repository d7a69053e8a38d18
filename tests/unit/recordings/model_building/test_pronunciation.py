"""How words are said: their spelling, other ways, and English."""

from recordings.model_building.lexicon import lexicon
from recordings.model_building.pronunciation import pronunciations_of
from recordings.model_building.vocabulary import Vocabulary


def said(entries, english=None, other=None):
    return pronunciations_of(Vocabulary({"some": entries}, [], english or {}, other or {}))


def test_a_word_is_said_as_it_is_spelt():
    assert said(["भोपाल", "अच्छे"]) == {"भोपाल": {"b# o: p a: l": 1.0}, "अच्छे": {"V c# e:": 1.0}}


def test_a_borrowed_word_is_said_in_both_languages():
    assert set(said(["फायर"], {"फायर": "fire"})["फायर"]) == {"p# a: j @ r", "f aI @"}


def test_other_ways_to_say_a_word_cost_more():
    entries = lexicon(["शहर"], said(["शहर"], other={"शहर": ["शैर"]}))
    assert [entry.sounds for entry in entries] == [("S", "V", "H", "@", "r"), ("S", "E:", "r")]
    assert entries[0].cost == 0 < entries[1].cost


def test_an_abbreviation_is_one_word():
    assert "e: t i: j E: m" in said(["एटीएम", "पेट्रोल"], {"एटीएम": "ATM", "पेट्रोल": "petrol"})["एटीएम"]
