"""Prompts heard back by the speech model: a word that is said wrongly is found."""

from __future__ import annotations

from pathlib import Path

import pytest
import soxr

import recordings
from agi.prompts import stored
from agi.prompts.heard_back import Heard, hear_back, report, words_of
from agi.prompts.sound.wav import Sound
from agi.prompts.stored import stored_file, write_stored
from agi.prompts.tts import TtsEngine
from agi.prompts.voices import ESPEAK, KOKORO
from router.errors import UserError

MODEL = Path(recordings.__file__).with_name("models") / "hi-600"
KOKORO_RATE = 24_000


def at_rate(sound):
    """At a rate that Opus takes."""
    return Sound(soxr.resample(sound.samples, sound.rate, KOKORO_RATE), KOKORO_RATE)


def test_word_that_is_said_wrongly_is_found_among_those_that_are_understood(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "FOLDER", tmp_path)
    texts = {"one": "भोपाल में राशन चाहिए", "two": "इंदौर में दवाई चाहिए", "three": "यहाँ पानी"}
    with TtsEngine() as voice:
        for name, said in (("one", texts["one"]), ("two", "इंदौर में भोपाल चाहिए")):
            write_stored(stored_file(texts[name], KOKORO["hi"]), at_rate(voice.speak(said, ESPEAK["hi"])))
    heard = hear_back(texts.items(), MODEL)
    assert heard.never() == ["दवाई"]
    assert heard.missing == ["three"]
    assert (heard.said["चाहिए"], heard.understood["चाहिए"]) == (2, 2)
    lines = list(report(heard))
    assert lines[0] == "दवाई: understood in none of 1:"
    assert "hi/two" in lines[1]
    assert any("pronounced_hi.toml" in line for line in lines)


def test_word_that_is_understood_once_is_not_said_wrongly():
    heard = Heard()
    heard.add("a", ["राशन", "पानी"], ["पानी"])
    heard.add("b", ["राशन"], ["राशन"])
    assert heard.never() == []
    assert heard.prompts == {"राशन": [("a", "पानी")]}


def test_words_are_those_in_devanagari():
    assert words_of("राशन के लिए, {key} 1 press दबाएँ।") == ["राशन", "के", "लिए", "दबाएँ"]


def test_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match="no speech model"):
        hear_back([("a", "राशन")], tmp_path)
