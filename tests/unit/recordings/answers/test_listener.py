"""Answers heard by real worker processes: kept ready, started again, never waited for too long."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from recordings.answers import listener as module
from recordings.answers.audible import find_audible, why_unheard
from recordings.answers.listener import AnswerListener, worker_count
from recordings.answers.vocabulary import read_vocabularies
from recordings.settings import OWN_MODEL
from tests.support.brokers import until
from tests.support.ivr_fakes import places
from tests.support.speech import RATE, samples_of, write

PATIENT_S = 20.0  # a busy machine in a test is no caller


@contextlib.asynccontextmanager
async def listening(folder, *, models=None, workers=1, ready=True, limit_s=PATIENT_S):
    listener = AnswerListener(
        models=models or {"hi": OWN_MODEL},
        questions={"district": places().districts.keys()},
        places=places(),
        folder=folder,
        workers=workers,
        limit_s=limit_s,
    )
    task = asyncio.create_task(listener.run())
    try:
        if ready:
            await until(lambda: listener.ready("district", "hi"))
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def sound(folder, text="भोपाल", name="a"):
    quiet = np.zeros(RATE // 2, np.int16)
    return write(folder / f"{name}.wav", np.concatenate([quiet, samples_of(text), quiet]))


def pids():
    """The ids of the processes of ours that hear answers."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return {int(pid) for pid in children if module.MODULE.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()}


async def test_answers_are_heard_one_after_the_other_and_at_once(tmp_path):
    async with listening(tmp_path) as listener:
        for _ in range(2):
            answer = await listener.hear("district", "hi", sound(tmp_path))
            assert (answer.understood.meaning, answer.silent) == ("bhopal", False)
        other, silence = sound(tmp_path, "रीवा", "b"), write(tmp_path / "c.wav", np.zeros(RATE, np.int16))
        answers = await asyncio.gather(*(listener.hear("district", "en", path) for path in (other, silence)))
    assert [answer.understood and answer.understood.meaning for answer in answers] == ["rewa", None]
    assert [answer.silent for answer in answers] == [False, True]


async def test_worker_killed_in_an_answer_is_replaced(tmp_path):
    async with listening(tmp_path) as listener:
        (pid,) = pids()
        os.kill(pid, signal.SIGSTOP)
        asked = asyncio.create_task(listener.hear("district", "hi", sound(tmp_path)))
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        assert await asked is None
        await until(lambda: listener.ready("district", "hi") and pids() - {pid})
        answer = await listener.hear("district", "hi", sound(tmp_path))
    assert answer.understood.meaning == "bhopal"


async def test_idle_worker_that_dies_is_missed_at_once(tmp_path):
    async with listening(tmp_path) as listener:
        (pid,) = pids()
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not listener.ready("district", "hi"))
        assert await listener.hear("district", "hi", sound(tmp_path)) is None
        await until(lambda: listener.ready("district", "hi"))


async def test_late_worker_is_not_waited_for(tmp_path):
    async with listening(tmp_path, limit_s=0.01) as listener:
        (pid,) = pids()
        os.kill(pid, signal.SIGSTOP)
        late = sound(tmp_path)
        assert await listener.hear("district", "hi", late) is None
        late.unlink()  # as the call does that goes on
        listener._limit_s = PATIENT_S
        os.kill(pid, signal.SIGCONT)
        answer = await listener.hear("district", "hi", sound(tmp_path, "रीवा", "b"))
        assert pids() == {pid}  # it is not to blame for the file that is gone
    assert answer.understood.meaning == "rewa"  # and not what the caller before had said


@pytest.mark.long
async def test_two_workers_hear_two_callers(tmp_path):
    async with listening(tmp_path, workers=2) as listener:
        await until(lambda: len(pids()) == 2)
        paths = [sound(tmp_path, text, text) for text in ("भोपाल", "रीवा", "सागर", "कटनी")]
        answers = await asyncio.gather(*(listener.hear("district", "hi", path) for path in paths))
    assert [answer.understood.meaning for answer in answers] == ["bhopal", "rewa", "sagar", "katni"]


@pytest.mark.parametrize("model", ["nothing", "static"])
async def test_model_that_cannot_be_narrowed_asks_nobody(tmp_path, model):
    folder = tmp_path / model
    if model == "static":
        folder.mkdir()
        for part in ("am", "conf", "graph"):
            (folder / part).symlink_to(OWN_MODEL / part)
        (folder / "HCLG.fst").touch()
    assert find_audible({"hi": folder}, {"district": ["bhopal"]}, places()).troubles.keys() == {(folder, "district")}
    async with listening(tmp_path, models={"hi": folder}, ready=False) as listener:
        left = sound(tmp_path)
        await until(lambda: not left.exists())
        assert not listener.ready("district", "hi")
        assert not pids()


async def test_what_an_earlier_process_left_is_deleted(tmp_path):
    left = sound(tmp_path)
    async with listening(tmp_path, ready=False):
        await until(lambda: not left.exists())


def test_model_that_lacks_many_districts_is_not_used():
    everything = read_vocabularies(places(), OWN_MODEL, {"district": places().districts.keys()})["district"]
    assert not why_unheard(everything, places().districts.keys())
    few = read_vocabularies(places(), OWN_MODEL, {"district": ["bhopal", "rewa"]})["district"]
    assert "2 of 52" in why_unheard(few, places().districts.keys())


def test_number_of_workers(monkeypatch):
    for cores, workers in ((1, 1), (2, 1), (8, 4), (64, 4)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert worker_count(0) == workers
    assert worker_count(7) == 7
