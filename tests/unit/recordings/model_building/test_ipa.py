"""Kokoro's signs as sounds of the model."""

import pytest

from recordings.kokoro.phonemes import phonemes
from recordings.model_building.corpus import pronunciations
from recordings.model_building.errors import UnknownSoundError
from recordings.model_building.espeak import Speaker
from recordings.model_building.ipa import _TABLE, spelled_sounds
from recordings.model_building.phones import SOUND_ID
from recordings.model_building.texts import spoken_words
from recordings.model_building.vocabulary import load_vocabulary


def spelled(signs):
    return [(one.sound, signs[one.first : one.last]) for one in spelled_sounds(signs)]


def test_stress_and_length_belong_to_their_sound():
    assert spelled("dʰˌənjəʋˈaːd") == [
        ("d#", "dʰ"), ("@", "ˌə"), ("n", "n"), ("j", "j"), ("@", "ə"), ("v", "ʋ"), ("a:", "ˈaː"), ("d", "d"),
    ]  # fmt: skip


def test_the_longest_sign_is_taken():
    assert spelled("ɖʰˈũː") == [("d.#", "ɖʰ"), ("u~", "ˈũː")]


def test_a_retroflex_or_palatal_stop_written_twice_is_one_sound():
    assert spelled("bˈɪcʰcʰuː") == [("b", "b"), ("I", "ˈɪ"), ("c#", "cʰcʰ"), ("u:", "uː")]


def test_between_i_and_a_vowel_is_a_j_that_nobody_wrote():
    assert spelled("dɪˈaː") == [("d", "d"), ("I", "ɪ"), ("j", ""), ("a:", "ˈaː")]


def test_every_sound_is_one_of_the_model():
    assert set(_TABLE.values()) <= set(SOUND_ID)


def test_a_sign_that_is_not_known_is_named():
    with pytest.raises(UnknownSoundError, match="ʘ"):
        spelled_sounds("kʘ")


@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.long)])
def test_words_have_the_pronunciation_that_the_synthesiser_speaks(every):
    """The table reads what espeak-ng writes as `phones` reads what it speaks: for the words that are trained on."""
    speaker = Speaker()
    words = [*load_vocabulary().words, *spoken_words()][::every]
    unlike = []
    for first in range(0, len(words), 150):  # a call of espeak-ng each
        chunk = words[first : first + 150]
        text = " ".join(chunk)
        signs = phonemes(text, "hi").split(" ")
        spoken = pronunciations(speaker.speak(text, "hi")[1], len(chunk))
        assert len(signs) == len(chunk) == len(spoken)
        for word, written, sounds in zip(chunk, signs, spoken, strict=True):
            read = [one.sound for one in spelled_sounds(written)]
            if sounds not in (read, [*read, "j"]):  # a j may link it to the next word
                unlike.append((word, written, sounds))
    assert unlike == []


def test_english_as_indians_borrow_it_can_be_read():
    words = " ".join(load_vocabulary().english.values())
    for signs in phonemes(words, "hi").split(" "):
        assert spelled_sounds(signs)
