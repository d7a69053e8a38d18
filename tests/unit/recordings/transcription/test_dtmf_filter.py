"""Keys pressed into a message are silent to the model; speech is not touched."""

import numpy as np
import pytest

from recordings.transcription.dtmf_filter import remove_dtmf
from tests.support.speech import samples_of, tone

PAIRS = [(low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477)]


@pytest.mark.parametrize("pair", PAIRS)
def test_keytones_of_each_key_are_silenced(pair):
    pressed = np.concatenate([tone(0.2), tone(0.1, *pair), tone(0.2)])
    assert np.abs(remove_dtmf(pressed, 8000)).max() == 0


def test_keytones_speech_is_left_as_it_is():
    speech = samples_of()
    assert np.array_equal(remove_dtmf(speech, 8000), speech)


def test_keytones_whistle_and_dial_tone_are_no_keys():
    for sound in (tone(0.5, 1209), tone(0.5, 350, 440)):
        assert np.array_equal(remove_dtmf(sound, 8000), sound)
