"""The real voice, fetched as `warroom voice install` fetches it, speaks a text of an admin's, and it is understood."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import soxr

from agi.prompts import tts
from agi.prompts.sound.g711 import from_alaw, to_alaw
from agi.prompts.stored import stored_file
from agi.prompts.tts import TtsEngine
from agi.prompts.voices import KOKORO
from recordings.kokoro.install import find_damage
from recordings.kokoro.installed import FOLDER, Installation
from recordings.settings import OWN_MODEL
from recordings.transcription.transcript import heard_of
from recordings.transcription.worker import _Listener
from tests.support.command_table import type_in
from tests.support.speech import RATE, write

TEXT = "इंदौर में राशन और पानी चाहिए"
MODEL = OWN_MODEL.with_name("hi-2000")
# The process that speaks, with the voice in another folder.
ELSEWHERE = """
import runpy
from pathlib import Path
from recordings.kokoro import installed
installed.FOLDER = Path({folder!r})
runpy.run_path({worker!r}, run_name="__main__")
"""


@pytest.mark.long
def test_voice_that_was_fetched_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with tempfile.TemporaryDirectory(prefix="warroom-test-voice-", dir="/var/tmp") as scratch:
        folder = Path(scratch, "voice")
        assert folder != FOLDER
        monkeypatch.setattr("warroom.cli.speech.voice.FOLDER", folder)
        for said in ("installed", "is there already"):
            code, out, err = type_in(tmp_path, "voice install", monkeypatch, capsys)
            assert (code, said in out) == (0, True), err
        assert not find_damage(Installation(folder))

        worker = tmp_path / "worker.py"
        worker.write_text(ELSEWHERE.format(folder=str(folder), worker=str(tts._WORKER)), encoding="utf-8")
        monkeypatch.setattr(tts, "_WORKER", worker)
        assert not stored_file(TEXT, KOKORO["hi"]).exists()
        with TtsEngine() as engine:
            sound = engine.speak(TEXT, KOKORO["hi"])
    telephone = soxr.resample(sound.samples, sound.rate, RATE) / np.abs(sound.samples).max() * 16_000
    path = write(tmp_path / "spoken.wav", from_alaw(to_alaw(telephone.astype(np.int16))))
    heard = heard_of(_Listener(lambda _: None).listen(path, str(MODEL)), min_confidence=0)
    assert heard.transcript == TEXT
