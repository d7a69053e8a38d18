"""The speaking process and the check of what it says."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from agi.prompts import tts
from agi.prompts.errors import SpeechFailedError, VoiceMissingError
from agi.prompts.sound import levels
from agi.prompts.sound.wav import Sound
from agi.prompts.voices import ESPEAK

RATE = 22_050
TEXT = "राशन के लिए एक दबाएँ।"


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """Put a script of a test's own in place of the speaking process."""

    def worker(script: str):
        path = tmp_path / "worker.py"
        path.write_text(textwrap.dedent(script), encoding="utf-8")
        monkeypatch.setattr(tts, "_WORKER", path)

    return worker


def tone(seconds: float, after: float = 0.5) -> Sound:
    time = np.arange(round(seconds * RATE)) / RATE
    return Sound(np.pad(np.sin(2 * np.pi * 500 * time) * 0.3, (0, round(after * RATE))), RATE)


def test_voice_speaks_hindi_and_english_one_after_the_other():
    with tts.TtsEngine() as voice:
        hindi = voice.speak(TEXT, ESPEAK["hi"])
        english = voice.speak("For English, press eight.", ESPEAK["en"])
        again = voice.speak(TEXT, ESPEAK["hi"])
    for sound in (hindi, english, again):
        begin, end = levels.trim_silence(sound.samples, sound.rate)
        assert 0.8 < (end - begin) / sound.rate < 3
    assert again.seconds == pytest.approx(hindi.seconds, abs=0.1)
    assert hindi.seconds != english.seconds


def test_closed_voice_can_be_closed_again_and_starts_anew():
    voice = tts.TtsEngine()
    voice.close()
    assert voice.speak("one", ESPEAK["en"]).seconds > 0
    voice.close()
    assert voice.speak("two", ESPEAK["en"]).seconds > 0
    voice.close()


def test_died_process_is_tried_again_in_a_fresh_one(worker, tmp_path):
    real = tts._WORKER
    worker(f"""
        import os, runpy, sys
        try:
            os.mkdir({str(tmp_path / "tried")!r})
        except FileExistsError:
            runpy.run_path({str(real)!r}, run_name="__main__")
        else:
            print('{{"voices": {{"hi": "x", "en-gb": "x"}}}}', flush=True)
            sys.stdin.readline()
    """)
    with tts.TtsEngine() as voice:
        assert voice.speak(TEXT, ESPEAK["hi"]).seconds > 1
    assert (tmp_path / "tried").is_dir()


def test_process_that_always_dies_is_a_clear_error(worker):
    worker("""
        import sys
        print('{"voices": {"hi": "x"}}', flush=True)
        sys.stdin.readline()
    """)
    with tts.TtsEngine() as voice, pytest.raises(SpeechFailedError, match="died"):
        voice.speak(TEXT, ESPEAK["hi"])


def test_process_that_hangs_is_ended_after_its_limit(worker, monkeypatch):
    monkeypatch.setattr(tts, "SPEAK_TIMEOUT_S", 0.1)
    worker("""
        import sys
        print('{"voices": {"hi": "x"}}', flush=True)
        sys.stdin.read()
    """)
    with tts.TtsEngine() as voice, pytest.raises(SpeechFailedError, match=r"nothing within 0\.1 s"):
        voice.speak(TEXT, ESPEAK["hi"])


def test_engine_that_writes_no_file_is_a_clear_error(worker):
    worker("""
        import sys
        print('{"voices": {"hi": "x"}}', flush=True)
        for line in sys.stdin:
            print("{}", flush=True)
    """)
    with tts.TtsEngine() as voice, pytest.raises(SpeechFailedError, match=r"spoken\.wav: cannot be read"):
        voice.speak(TEXT, ESPEAK["hi"])


def test_engine_error_is_told(worker):
    worker("""
        import sys
        print('{"voices": {"hi": "x"}}', flush=True)
        for line in sys.stdin:
            print('{"error": "buffer full"}', flush=True)
    """)
    with tts.TtsEngine() as voice, pytest.raises(SpeechFailedError, match="buffer full"):
        voice.speak(TEXT, ESPEAK["hi"])


def test_missing_engine_says_what_to_install(worker):
    worker("""print('{"error": "no library"}', flush=True)""")
    with tts.TtsEngine() as voice, pytest.raises(VoiceMissingError, match=r"no library.*apt-get install espeak-ng"):
        voice.speak(TEXT, ESPEAK["hi"])


def test_missing_language_says_what_to_install(worker):
    worker("""
        import sys
        print('{"voices": {"en-gb": "x"}}', flush=True)
        sys.stdin.read()
    """)
    with tts.TtsEngine() as voice, pytest.raises(VoiceMissingError, match=r"'hi'.*espeak-ng-data"):
        voice.speak(TEXT, ESPEAK["hi"])


def test_check_takes_a_whole_text():
    tts.check_spoken(TEXT, tone(1.5))


@pytest.mark.parametrize(
    ("sound", "what"),
    [
        (Sound(np.zeros(RATE), RATE), "only silence"),
        (Sound(np.zeros(0), RATE), "only silence"),
        (tone(0.1), r"0\.1 s were spoken"),
        (tone(30), r"30\.0 s were spoken"),
        (tone(1.5, after=0), "cut off"),
    ],
)
def test_check_refuses_half_a_text(sound, what):
    with pytest.raises(SpeechFailedError, match=what):
        tts.check_spoken(TEXT, sound)


@pytest.mark.parametrize(("text", "language"), [("भोपाल", "hi"), ("Bhopal", "en"), ("PIN कोड", "hi")])
def test_speaker_is_chosen_by_the_letters(text, language):
    assert tts.speaker_of(text) == language
