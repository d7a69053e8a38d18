"""Sounds of a line that are no speech: no model hears words in them, and a sentence beside them keeps its own."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from agi.prompts.sound.g711 import from_alaw, to_alaw
from recordings.settings import OWN_MODEL
from recordings.transcription.plausible_words import plausible
from recordings.transcription.steady_sound_filter import remove_steady_sound
from recordings.transcription.transcript import heard_of
from recordings.transcription.worker import _Listener
from tests.support.speech import RATE, RATION, samples_of, tone, write

MODELS = [path for path in sorted(OWN_MODEL.parent.iterdir()) if path.is_dir()]
NOTES = (262, 294, 330, 349, 392, 440, 494, 523)

HEARD = ("wind", "breath")
"""In these the models that come with the program still hear "मैं" and "आठ": no filter tells them from whispering."""
HEARD_BY = {("hi-2000", "ringback", "GSM")}
"""Heard by one model alone, as "आउट"."""
CODECS = ("A-law", "GSM")
ALL_HUM = "hum 50, 100, 150"
ONE_OF_EACH = ("silence", "comfort noise", ALL_HUM, "ringback", "busy", "fax page", "click")
"""Kinds of a line's sounds: a second's work; the long test has all."""

THIRDS = tuple(zip(NOTES[:-2], NOTES[2:], strict=True))


def noise(seconds: float, root_mean_square: float, colour: float = 0.0) -> np.ndarray:
    """White noise, or with the low end of wind."""
    sound = np.random.default_rng(7).normal(size=int(seconds * RATE))
    for at in range(1, len(sound)) if colour else ():
        sound[at] += colour * sound[at - 1]
    return sound / sound.std() * root_mean_square


def swelling(sound: np.ndarray, times_a_second: float) -> np.ndarray:
    return sound * np.clip(np.sin(2 * np.pi * times_a_second * np.arange(len(sound)) / RATE), 0, 1) ** 2


def hum(*hertz: float) -> np.ndarray:
    return tone(5, *hertz) * 0.3 + noise(5, 20)


def note(hertz: float, seconds: float) -> np.ndarray:
    """One plucked string: four harmonics that die away."""
    time = np.arange(int(seconds * RATE)) / RATE
    waves = [np.sin(2 * np.pi * hertz * n * time) / n for n in (1, 2, 3, 4)]
    return 6000 * np.sum(waves, axis=0) * np.exp(-3 * time)


def ringback() -> np.ndarray:
    time = np.arange(int(0.4 * RATE)) / RATE
    ring = 12000 * np.sin(2 * np.pi * 400 * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 25 * time))
    return np.tile(np.concatenate([ring, tone(0.2), ring, tone(2)]), 2)


def fax() -> np.ndarray:
    """V.21: 300 bits a second of 1650 and 1850 Hz, the flags before a page."""
    hertz = np.repeat(np.where(np.tile([0, 1, 1, 1, 1, 1, 1, 0], 60), 1650, 1850), RATE // 300)
    return 10000 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE)


def click() -> np.ndarray:
    sound = noise(3, 10)
    sound[RATE : RATE + 24] += 25000 * np.exp(-np.arange(24) / 8)
    return sound


SOUNDS = {
    "silence": np.zeros(3 * RATE), "comfort noise": noise(4, 100), "hum 50": hum(50), "hum 100": hum(100),
    "hum 150": hum(150), ALL_HUM: hum(50, 100, 150), "ringback": ringback(),
    "dial tone": tone(4, 350, 440), "busy": np.tile(np.append(tone(0.75, 400), tone(0.75)), 3),
    "fax calls": tone(3, 1100), "fax answers": tone(3, 2100), "fax page": fax(),
    "click": click(), "wind": swelling(noise(5, 3000, 0.97), 0.4),
    "breath": swelling(noise(5, 2000, 0.6), 0.5),
    "chords": np.concatenate([note(low, 0.7) + note(high, 0.7) for low, high in THIRDS]),
    "tune": np.concatenate([note(hertz, 0.35) for hertz in (*NOTES, *NOTES[::-1])]),
}  # fmt: skip


def through(codec: str, sound: np.ndarray) -> np.ndarray:
    samples = np.clip(sound, -32768, 32767).astype(np.int16)
    if codec == "A-law":
        return from_alaw(to_alaw(samples))
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="GSM610")
    file.seek(0)
    decoded: np.ndarray = soundfile.read(file, dtype="int16")[0]
    return decoded


@pytest.fixture(scope="module")
def listener():
    """What listens in the process of transcription; each model is loaded once."""
    return _Listener(lambda _: None)


def words_in(listener, path, model):
    heard = heard_of(listener.listen(path, str(model)), min_confidence=0)
    return heard.transcript or ("" if heard.note else "no note says that nothing was said")


def heard_wrongly(listener, folder, model, names, codecs):
    """By sound and codec, the words that the model hears."""
    found = {
        (name, codec): words_in(listener, write(folder / "sound.wav", through(codec, SOUNDS[name])), model)
        for name in names
        for codec in codecs
        if name not in HEARD and (model.name, name, codec) not in HEARD_BY
    }
    return {of: words for of, words in found.items() if words}


def test_sound_that_is_no_speech_has_no_words(tmp_path, listener):
    assert not heard_wrongly(listener, tmp_path, OWN_MODEL, ONE_OF_EACH, CODECS)


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_no_sound_that_is_no_speech_has_words_with_any_model(tmp_path, listener, model):
    assert not heard_wrongly(listener, tmp_path, model, SOUNDS, CODECS)


@pytest.mark.parametrize(
    "name", ["ringback", *(pytest.param(name, marks=pytest.mark.long) for name in ("chords", "fax page", ALL_HUM))]
)
def test_sentence_between_such_sounds_keeps_its_words(tmp_path, listener, name):
    sound = np.concatenate([SOUNDS[name], tone(0.4), samples_of(), tone(0.4), SOUNDS[name]])
    assert RATION in words_in(listener, write(tmp_path / "sound.wav", through("A-law", sound)), OWN_MODEL)


@pytest.mark.parametrize("name", SOUNDS)
def test_filter_leaves_a_sentence_beside_a_sound_as_it_is(name):
    sound = through("A-law", np.concatenate([SOUNDS[name], samples_of(), SOUNDS[name]]))
    left, _ = remove_steady_sound(sound, RATE)
    speech = slice(len(SOUNDS[name]) + RATE // 5, len(SOUNDS[name]) + len(samples_of()) - RATE // 5)
    assert np.array_equal(left[speech], sound[speech])


@pytest.mark.parametrize("text", [RATION, "हाँ हाँ जी जी", "ऊऊऊऊऊऊ ईईईईईई ऊँ ऊँ हूँ", "मुझे पानी और दवा चाहिए"])
def test_filter_leaves_speech(text):
    speech = samples_of(text)
    assert np.array_equal(remove_steady_sound(speech, RATE)[0], speech)


def test_words_that_no_mouth_can_have_said():
    words = [("हाँ", 1.0, 1.06, 1.0), ("राशन", 2.0, 2.4, 0.9), ("है", 2.4, 2.5, 0.8), ("मैं", 4.0, 9.0, 1.0)]
    assert plausible(words) == [*words[1:3], ("[unk]", 4.0, 9.0, 1.0)]
    assert plausible([]) == []
