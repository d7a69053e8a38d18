"""Texts spoken when they are needed: at hand, in time, or left out; and what is old goes."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from agi.prompts.errors import SpeechFailedError
from agi.spoken_texts import texts as module
from agi.spoken_texts.sound import write_sound
from agi.spoken_texts.speaker import TextRefusedError
from agi.spoken_texts.texts import MAX_CHARACTERS, SpokenTexts, clear
from tests.support.brokers import until
from tests.support.speech import ESPEAKS

NOTE = "ट्रक कल सुबह आएगा।"
SOUND = {"alaw": b"\xd5" * 800, "ulaw": b"\xff" * 800, "g722": b"\0" * 800, "sln16": b"\0" * 3200}


class FakeSpeaker:
    """Writes a sound once it may; with an error it fails."""

    def __init__(self):
        self.voices = ESPEAKS
        self.asked = []
        self.error = None
        self.may = asyncio.Event()
        self.may.set()
        self.full = False

    async def speak(self, text, target, *, max_s, later=False):
        self.asked.append((text, later))
        await self.may.wait()
        if self.error:
            raise self.error
        write_sound(target, SOUND)


@pytest.fixture
def speaker():
    return FakeSpeaker()


@pytest.fixture
def texts(tmp_path, speaker, monkeypatch):
    monkeypatch.setattr(module, "READY_S", 0.2)
    return SpokenTexts(tmp_path, speaker)


async def test_text_is_spoken_once_and_then_at_hand(texts, speaker, tmp_path):
    (prompt,) = await texts.ready([NOTE], "hi")
    assert (tmp_path / "hi" / f"{prompt}.alaw").is_file()
    assert await texts.ready([NOTE, "", "***"], "hi") == [prompt, None, None]
    assert await texts.ready([f" {NOTE}\n"], "hi") == [prompt]  # the same words are the same sound
    assert speaker.asked == [(NOTE, False)]
    assert await texts.ready([NOTE], "en") == [prompt]  # where a caller of the other language hears it
    assert (tmp_path / "en" / f"{prompt}.alaw").is_file()


async def test_text_that_is_not_ready_in_time_is_left_out_and_is_at_hand_later(texts, speaker):
    speaker.may.clear()
    assert await texts.ready([NOTE], "hi") == [None]
    speaker.may.set()
    await until(lambda: not texts._making)
    assert await texts.ready([NOTE], "hi") != [None]
    assert len(speaker.asked) == 1


async def test_text_spoken_beforehand_is_asked_for_at_once_when_a_caller_waits(texts, speaker):
    speaker.may.clear()
    texts.speak_soon(NOTE, "hi")
    texts.speak_soon(NOTE, "hi")
    assert await texts.ready([NOTE], "hi") == [None]
    assert speaker.asked == [(NOTE, True), (NOTE, False)]
    speaker.full = True
    texts.speak_soon("and another one", "hi")
    assert len(texts._making) == 1
    speaker.may.set()
    assert await texts.ready([NOTE], "hi") != [None]
    await until(lambda: not texts._making)


async def test_text_that_no_voice_can_say_is_not_tried_again(texts, speaker):
    speaker.error = TextRefusedError("lasts 40 s")
    assert await texts.ready([NOTE], "hi") == [None]
    assert await texts.ready([NOTE], "hi") == [None]
    assert await texts.ready(["x" * (MAX_CHARACTERS + 1)], "hi") == [None]
    assert len(speaker.asked) == 1


async def test_voice_that_fails_is_left_alone_for_a_while(texts, speaker):
    speaker.error = SpeechFailedError("the speaking process ended")
    assert await texts.ready([NOTE], "hi") == [None]
    speaker.error = None
    assert await texts.ready([NOTE, "another"], "hi") == [None, None]
    assert len(speaker.asked) == 1
    texts._not_before = time.monotonic()
    assert await texts.ready([NOTE], "hi") != [None]


async def test_directory_that_cannot_be_read_leaves_the_text_out(texts, speaker, tmp_path):
    (tmp_path / "hi").write_text("a file in its place")
    assert await texts.ready([NOTE], "hi") == [None]


async def test_old_texts_go_and_too_many_and_what_is_asked_for_stays(texts, tmp_path):
    said = [f"नोट {number}" for number in range(4)]
    prompts = await texts.ready(said, "hi")
    now = time.time()
    for age, prompt in zip((1000, 900, 100, 0), prompts, strict=True):
        os.utime(tmp_path / "hi" / f"{prompt}.alaw", (now - age, now - age))
    await texts.ready(said[:1], "hi")  # is of use again
    assert clear(tmp_path, kept_s=500, most=2) == 2
    left = {path.stem for path in (tmp_path / "hi").iterdir()}
    assert left == {prompts[0], prompts[3]}
    assert clear(tmp_path, kept_s=0, most=0) == 2
    assert not list((tmp_path / "hi").iterdir())
