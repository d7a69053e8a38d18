"""Kokoro's signs as sounds of the model."""

import pytest

from recordings.model_building.errors import UnknownSoundError
from recordings.model_building.ipa import _TABLE, spelled_sounds
from recordings.model_building.phones import SOUND_ID


def spelled(signs):
    return [(one.sound, signs[one.first : one.last]) for one in spelled_sounds(signs)]


def test_stress_and_length_belong_to_their_sound():
    assert spelled("dʰˌənjəʋˈaːd") == [
        ("d#", "dʰ"), ("@", "ˌə"), ("n", "n"), ("j", "j"), ("@", "ə"), ("v", "ʋ"), ("a:", "ˈaː"), ("d", "d"),
    ]  # fmt: skip


def test_the_longest_sign_is_taken():
    assert spelled("ɖʰˈũː") == [("d.#", "ɖʰ"), ("u~", "ˈũː")]


def test_between_i_and_a_vowel_is_a_j_that_nobody_wrote():
    assert spelled("dɪˈaː") == [("d", "d"), ("I", "ɪ"), ("j", ""), ("a:", "ˈaː")]


def test_every_sound_is_one_of_the_model():
    assert set(_TABLE.values()) <= set(SOUND_ID)


def test_a_sign_that_is_not_known_is_named():
    with pytest.raises(UnknownSoundError, match="ʘ"):
        spelled_sounds("kʘ")
