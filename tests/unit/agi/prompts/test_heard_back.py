"""Prompts heard back by the speech model: a word that is said wrongly is found."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
import soxr

import recordings
from agi.prompts import stored
from agi.prompts.heard_back import FAVOUR, NEIGHBOURS, Heard, grammar, hear_back, report
from agi.prompts.sound.wav import Sound
from agi.prompts.sounding import neighbours, pronunciations, words_of
from agi.prompts.stored import stored_file, write_stored
from agi.prompts.tts import TtsEngine, speaker_of
from agi.prompts.voices import ESPEAK, KOKORO
from router.errors import UserError
from warroom.cli.speech.heard_back import make_model, prompts

MODEL = Path(recordings.__file__).with_name("models") / "hi-600"
KOKORO_RATE = 24_000
EACH = 4  # of the prompts in which a mistake is planted


def at_rate(sound):
    """At a rate that Opus takes."""
    return Sound(soxr.resample(sound.samples, sound.rate, KOKORO_RATE), KOKORO_RATE)


def test_word_that_is_said_wrongly_is_found_among_those_that_are_understood(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "FOLDER", tmp_path)
    texts = {"one": "भोपाल में राशन चाहिए", "two": "इंदौर में दवाई चाहिए", "three": "यहाँ पानी"}
    with TtsEngine() as voice:
        for name, spoken in (("one", texts["one"]), ("two", "इंदौर में भोपाल चाहिए")):
            write_stored(stored_file(texts[name], KOKORO["hi"]), at_rate(voice.speak(spoken, ESPEAK["hi"])))
    said = pronunciations(texts.values())
    heard = hear_back(texts.items(), said, MODEL)
    assert heard.never("hi") == ["दवाई"]
    assert heard.missing == ["three"]
    assert (heard.said["चाहिए"], heard.understood["चाहिए"]) == (2, 2)
    lines = list(report(heard, said, "hi"))
    assert lines[0] == "दवाई (/dəʋaːi/): understood in none of 1:"
    assert "two: heard:" in lines[1]
    assert lines[-1].startswith("hi: 7 of 8 words understood")


def test_word_that_is_understood_once_is_not_said_wrongly():
    heard = Heard()
    heard.add("a", ["राशन", "पानी"], ["पानी"])
    heard.add("b", ["राशन"], ["राशन"])
    heard.add("c", ["water"], [])
    assert heard.never("hi") == []
    assert heard.never("en") == ["water"]
    assert heard.prompts["राशन"] == [("a", "पानी")]


def test_words_are_without_digits_and_marks():
    assert words_of("राशन के लिए, 1 दबाएँ।") == ["राशन", "के", "लिए", "दबाएँ"]
    assert words_of("For the officer's room, press 1.") == ["for", "the", "officer's", "room", "press"]


def test_words_are_said_as_in_their_texts_or_as_by_themselves():
    said = pronunciations(["this number", "the number is", "of the room"])
    assert said["number"] == {"nʌmbə", "nʌmbəɹ"}
    assert said["of"] == {"ɒv"}


def test_word_competes_with_the_nearest_of_its_language_that_do_not_sound_the_same():
    said = {"सात": {"saːt"}, "साथ": {"saːtʰ"}, "सत्रह": {"sətɾəh"}, "साँत": {"saːt"}, "sat": {"sat"}}
    assert neighbours(said, 2)["सात"] == ["साथ", "सत्रह"]
    allowed = grammar(["सात", "चार"], {"सात": ["साथ"], "चार": ["बार", "चारा"]})
    assert allowed == [*["सात चार"] * FAVOUR, "सात चारा", "सात बार", "साथ चार"]


def test_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"holds no model: .*word_boundary.int"):
        make_model(tmp_path / "model", tmp_path, {"राशन": {"raːʃən"}})


@pytest.mark.long
def test_mistakes_planted_in_prompts_are_found_and_words_said_well_pass(tmp_path, monkeypatch):
    texts = prompts()
    said = pronunciations(text for _, text in texts)
    make_model(tmp_path / "model", MODEL, said)
    near, draw = neighbours(said, NEIGHBOURS), random.Random(1)
    kept = stored.FOLDER
    monkeypatch.setattr(stored, "FOLDER", tmp_path)
    wrong: dict[str, tuple[str, str]] = {}  # name -> text that the sound is said to be of, the word that it has not
    for name, text in [(name, text) for name, text in texts if speaker_of(text) == "hi"][::EACH]:
        words = words_of(text)
        place = draw.randrange(len(words))
        other = draw.choice(near[words[place]])
        wrong[name] = (" ".join([*words[:place], other, *words[place + 1 :]]), other)
        shutil.copy(kept / stored_file(text, KOKORO["hi"]).name, stored_file(wrong[name][0], KOKORO["hi"]))
    heard = hear_back(((name, text) for name, (text, _) in wrong.items()), said, tmp_path / "model")
    found = sum(name in {prompt for prompt, _ in heard.prompts.get(other, [])} for name, (_, other) in wrong.items())
    assert found > 0.75 * len(wrong)
    monkeypatch.setattr(stored, "FOLDER", kept)
    right = hear_back([prompt for prompt in texts if prompt[0] in wrong], said, tmp_path / "model")
    assert right.understood.total() > 0.85 * right.said.total()
