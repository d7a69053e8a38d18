"""Tones of the network are silent to the model; speech is not touched."""

import numpy as np
import pytest

from agi.prompts.sound.g711 import from_alaw, to_alaw
from recordings.transcription.line_tone_filter import remove_line_tones
from tests.support.speech import RATE, RATION, samples_of, tone

RANDOM = np.random.default_rng(1)


def indian(seconds: float) -> np.ndarray:
    """400 Hz with 25 Hz upon it (ITU-T E.180 Supplement 2, India)."""
    time = np.arange(int(seconds * RATE)) / RATE
    return (16000 * np.sin(2 * np.pi * 400 * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 25 * time))).astype(np.int16)


def cadence(on: float, off: float, *hertz: float) -> np.ndarray:
    return np.concatenate([np.append(tone(on, *hertz), tone(off)) for _ in range(8)])


TONES = {
    "dial 425": tone(3, 425),
    "dial 400*25": indian(3),
    "dial 350+440": tone(3, 350, 440),
    "dial 350+450": tone(3, 350, 450),
    "busy 400": cadence(0.75, 0.75, 400),
    "busy 425": cadence(0.5, 0.5, 425),
    "busy 480+620": cadence(0.5, 0.5, 480, 620),
    "congestion 400": cadence(0.25, 0.25, 400),
    "unobtainable 400": cadence(2.5, 0.5, 400),
    "ringing 400+450": cadence(0.4, 0.2, 400, 450),
    "ringing 440+480": cadence(2.0, 1.0, 440, 480),
    "ringing 400*25": np.concatenate([indian(0.4), tone(0.2), indian(0.4), tone(2)]),
    "information": np.concatenate([tone(0.33, 950), tone(0.33, 1400), tone(0.33, 1800)]),
    "fax calls": tone(0.5, 1100),
    "fax answers": tone(2.6, 2100),
}


@pytest.mark.parametrize("shift", [0, 7, 133, 250])
@pytest.mark.parametrize("name", TONES)
def test_linetones_are_silenced_on_a_line_as_lines_are(name, shift):
    clean = np.append(np.zeros(shift, np.int16), TONES[name])
    noisy = clean * 0.3 + RANDOM.normal(size=len(clean)) * 30  # 11 dB below full scale, noise 41 dB below the tone
    coded = from_alaw(to_alaw(noisy.astype(np.int16)))
    left, seconds = remove_line_tones(coded, RATE)
    assert seconds > 0.3 * np.count_nonzero(np.abs(clean) > 2000) / RATE
    assert np.sqrt((left.astype(float) ** 2).mean()) < 0.08 * np.sqrt((coded.astype(float) ** 2).mean())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (RATION, "hi"),
        ("हाँ हाँ जी जी", "hi"),
        ("ऊऊऊऊऊऊ ईईईईईई ऊँ ऊँ हूँ", "hi"),
        ("मुझे पानी और दवा चाहिए, घर में पाँच लोग हैं", "hi"),
        ("no, nobody came, you know who", "en"),
        ("Bhopal ration four five six", "en"),
    ],
)
@pytest.mark.parametrize("step", [1.0, 1.5, 0.8])
def test_linetones_speech_is_left_as_it_is(text, language, step):
    speech = samples_of(text, language)
    voice = np.interp(np.arange(0, len(speech) - 1, step), np.arange(len(speech)), speech).astype(
        np.int16
    )  # of another
    left, seconds = remove_line_tones(voice, RATE)
    assert seconds == 0
    assert np.array_equal(left, voice)


def test_linetones_behind_a_sentence_leave_the_sentence():
    speech = samples_of()
    left, seconds = remove_line_tones(np.concatenate([speech, tone(0.5), tone(5, 425)]), RATE)
    assert seconds == pytest.approx(5, abs=0.2)
    assert np.array_equal(left[: len(speech)], speech)
    assert np.abs(left[len(speech) :].astype(int)).max() == 0


def test_linetones_of_nothing():
    for sound in (np.zeros(0, np.int16), np.zeros(99, np.int16), np.zeros(RATE, np.int16)):
        assert remove_line_tones(sound, RATE)[1] == 0
