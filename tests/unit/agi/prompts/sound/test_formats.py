"""The native formats: equally long, equally loud, in the telephone's band."""

from __future__ import annotations

import G722
import numpy as np
import pytest

from agi.prompts.errors import InvalidAudioError
from agi.prompts.sound import formats, g711, levels
from agi.prompts.sound.tones import TONES
from agi.prompts.sound.wav import Sound

RATE = 22_050


def voice(seconds=1.0, *, loud=0.3, hertz=(200, 500, 1500, 5000), before=0.5, after=0.5) -> Sound:
    """Sines in place of a voice, between silences."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * f * time) for f in hertz) * loud / len(hertz)
    return Sound(np.pad(wave, (round(before * RATE), round(after * RATE))), RATE)


def decoded(content: dict[str, bytes]) -> dict[str, tuple[np.ndarray, int]]:
    g722 = np.array(G722.G722(16_000, 64_000).decode(content["g722"]))
    return {
        "alaw": (g711.from_alaw(content["alaw"]) / 32768, 8_000),
        "ulaw": (g711.from_ulaw(content["ulaw"]) / 32768, 8_000),
        "g722": (g722 / 32768, 16_000),
        "sln16": (np.frombuffer(content["sln16"], "<i2") / 32768, 16_000),
    }


def power_db(samples: np.ndarray, rate: int, low: float, high: float) -> float:
    """Power between two frequencies, below the whole."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / rate)
    return 10 * np.log10(spectrum[(frequency >= low) & (frequency < high)].sum() / spectrum.sum() + 1e-12)


def test_formats_are_equally_long_and_whole_packets():
    content = formats.encode_speech(voice(0.777))
    lengths = {len(content[e]) / rate for e, rate in formats.BYTES_A_SECOND.items()}
    assert len(lengths) == 1
    assert len(content["alaw"]) % formats.FRAME == 0
    assert content.keys() == {"alaw", "ulaw", "g722", "sln16"}


@pytest.mark.parametrize("loud", [0.01, 0.05, 0.9])
@pytest.mark.parametrize("ending", formats.BYTES_A_SECOND)
def test_speech_is_equally_loud_and_not_clipped(loud, ending):
    samples, rate = decoded(formats.encode_speech(voice(loud=loud)))[ending]
    assert levels.loudness_db(samples, rate) == pytest.approx(levels.LOUDNESS_DB, abs=0.5)
    assert np.abs(samples).max() < 0.95


def test_crack_louder_than_the_voice_is_bent_and_does_not_clip():
    quiet = voice(loud=0.01).samples
    quiet[RATE] = 1.0
    quiet[RATE + 500] = -1.0
    loud = levels.normalise(quiet, RATE)
    assert np.abs(loud).max() == pytest.approx(levels.MAX_PEAK, abs=0.01)
    assert loud[RATE] > 0 > loud[RATE + 500]


def test_silence_at_the_ends_is_cut_to_the_constants():
    content = formats.encode_speech(voice(1.0, before=0.9, after=1.7))
    assert formats.seconds_of(content) == pytest.approx(1.0 + levels.LEAD_S + levels.TRAIL_S, abs=0.04)


def test_sound_without_silence_gets_it():
    content = formats.encode_speech(voice(1.0, before=0, after=0))
    samples, rate = decoded(content)["sln16"]
    begin, end = levels.trim_silence(samples, rate)
    assert begin / rate == pytest.approx(levels.LEAD_S, abs=0.011)
    assert (len(samples) - end) / rate == pytest.approx(levels.TRAIL_S, abs=0.031)


def test_pause_within_a_text_stays():
    one = voice(0.5, before=0, after=0.8).samples
    content = formats.encode_speech(Sound(np.concatenate([one, one]), RATE))
    assert formats.seconds_of(content) > 0.5 + 0.8 + 0.5


def test_narrow_formats_hold_only_the_telephone_band():
    samples, rate = decoded(formats.encode_speech(voice(hertz=(100, 200, 1000, 3900))))["alaw"]
    assert power_db(samples, rate, 300, 3400) > -0.5
    assert power_db(samples, rate, 0, 250) < -30
    assert power_db(samples, rate, 3800, 4000) < -30


def test_wide_formats_hold_more():
    samples, rate = decoded(formats.encode_speech(voice(hertz=(1000, 6000))))["sln16"]
    assert power_db(samples, rate, 5900, 6100) > -4


def test_g722_decodes_to_the_wide_sound():
    both = decoded(formats.encode_speech(voice()))
    wide, back = both["sln16"][0], both["g722"][0]
    delay = 22  # samples: of the two filters of G.722
    error = back[delay:] - wide[:-delay]
    assert 10 * np.log10((wide**2).sum() / (error**2).sum()) > 15


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(RATE), np.full(RATE, 0.5), np.full(RATE, 1e-5)])
def test_silence_is_refused_as_speech(samples):
    with pytest.raises(InvalidAudioError, match="nothing can be heard"):
        formats.encode_speech(Sound(samples, RATE))


def test_beep_is_a_short_tone():
    samples, rate = decoded(formats.encode_tone(Sound(TONES["beep"].samples(16_000), 16_000)))["alaw"]
    assert 0.25 <= len(samples) / rate <= 0.27
    assert power_db(samples, rate, 950, 1050) > -0.5


def test_silence_half_is_half_a_second_of_silence():
    content = formats.encode_tone(Sound(TONES["silence-half"].samples(16_000), 16_000))
    assert formats.seconds_of(content) == 0.5
    assert set(content["alaw"]) == {0xD5}
    assert set(content["ulaw"]) == {0xFF}
    assert not any(content["sln16"])
