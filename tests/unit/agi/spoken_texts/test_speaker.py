"""The speaking process: real speech in files, order, a stuck or killed process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

import pytest

from agi.prompts.errors import SpeechFailedError
from agi.prompts.sound import formats
from agi.spoken_texts import speaker as module
from agi.spoken_texts.sound import is_there
from agi.spoken_texts.speaker import Speaker, TextRefusedError
from tests.support.brokers import until
from tests.support.speech import ESPEAKS


@contextlib.asynccontextmanager
async def running():
    """A speaker at work."""
    speaker = Speaker(ESPEAKS)
    work = asyncio.create_task(speaker.run())
    try:
        yield speaker
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert speaker.pid is None


async def test_text_is_spoken_into_all_formats_and_a_killed_process_is_replaced(tmp_path):
    note = tmp_path / "hi" / "note"
    async with running() as speaker:
        await speaker.speak("ट्रक कल सुबह आएगा, 98123 45678 पर फ़ोन करें।", note, max_s=20)
        seconds = (tmp_path / "hi" / "note.alaw").stat().st_size / formats.BYTES_A_SECOND["alaw"]
        assert is_there(note)
        assert 4 < seconds < 15
        with pytest.raises(TextRefusedError, match="lasts"):
            await speaker.speak("यह बहुत लंबा है। " * 3, tmp_path / "long", max_s=1)
        with pytest.raises(TextRefusedError, match="nothing"):
            await speaker.speak("***", tmp_path / "none", max_s=20)
        pid = speaker.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        waiting = asyncio.create_task(speaker.speak("one", tmp_path / "one", max_s=20))
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        await waiting
        assert is_there(tmp_path / "one")
        assert speaker.pid not in (None, pid)
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".new-")]
    assert not is_there(tmp_path / "long")


async def test_stuck_process_is_replaced_and_an_idle_one_ended(tmp_path, monkeypatch):
    async with running() as speaker:
        await speaker.speak("one", tmp_path / "one", max_s=20)
        pid = speaker.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        monkeypatch.setattr(module, "ANSWER_S", 0.1)
        monkeypatch.setattr(module, "IDLE_S", 0.1)
        with pytest.raises(SpeechFailedError, match="in time"):
            await speaker.speak("two", tmp_path / "two", max_s=20)
        monkeypatch.setattr(module, "ANSWER_S", 60.0)
        await speaker.speak("two", tmp_path / "two", max_s=20)
        await until(lambda: speaker.pid is None)


async def test_text_at_which_the_process_ends_twice_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/true")
    async with running() as speaker:
        with pytest.raises(SpeechFailedError, match="ended"):
            await speaker.speak("one", tmp_path / "one", max_s=20)


async def test_what_somebody_waits_for_comes_before_what_may_wait(tmp_path, monkeypatch):
    speaker, order = Speaker(ESPEAKS), []

    async def ask(words):
        order.append(words["text"])
        return {}

    monkeypatch.setattr(speaker, "_ask", ask)
    jobs = [
        asyncio.create_task(speaker.speak(text, tmp_path / text, max_s=20, later=later))
        for text, later in (("later", True), ("gone", False), ("now", False))
    ]
    await asyncio.sleep(0)
    jobs[1].cancel()  # nobody waits for it any more
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    assert speaker.full
    work = asyncio.create_task(speaker.run())
    await asyncio.gather(*jobs, return_exceptions=True)
    work.cancel()
    assert order == ["now", "later"]
