"""Messages become text, with real Vosk and spoken sentences: most urgent first, once, and whatever is in the file."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import soxr

from recordings.settings import OWN_MODEL
from recordings.transcription.transcript import UNCERTAIN
from recordings.transcription.worker import NICE
from recordings.transcription.worker_process import WorkerLimits
from router.model.calls.recording_record import RecordingState, Transcription
from tests.support.sound_harness import SoundHarness, sound_harness
from tests.support.speech import RATION, samples_of, tone, wav
from tests.support.stores import new_recordings

NO_WORD, NO_SOUND = "no word was understood", "it is not a sound file"
TONE = "there is only a tone of the line"
LONG = pytest.mark.long
RANDOM = np.random.default_rng(1)
QUICK = WorkerLimits(load_s=60, base_s=8, per_second=0)  # for what is frozen on purpose
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477)  # ITU-T Q.23


def keys() -> np.ndarray:
    return np.concatenate([np.append(tone(0.2, LOW[n % 4], HIGH[n % 3]), tone(0.1)) for n in range(10)])


def music() -> np.ndarray:
    return np.concatenate([tone(0.4, 262 * step, 330 * step, 392 * step) for step in (1, 1.12, 1.26, 1.33, 1.5) * 3])


async def test_message_becomes_a_version_of_its_ticket_with_words_and_times_in_its_row(tmp_path):
    async with sound_harness(tmp_path) as harness:
        transcriber = harness.transcriber()
        name = await harness.message()
        assert (await harness.ticket(name)).transcript == ""
        assert await transcriber.one(harness.worker)
        ticket, recorded = await harness.ticket(name), await harness.recorded(name)
        assert (ticket.version, ticket.transcript) == (2, RATION)
        assert ticket.transcript_confidence is not None
        assert ticket.transcript_confidence > 0.9
        assert [word for word, *_ in recorded.words] == RATION.split()
        assert all(0 <= start < end <= recorded.seconds for _, start, end, _ in recorded.words)
        assert (recorded.state, recorded.model) == (RecordingState.TRANSCRIBED, OWN_MODEL.name)
        assert len(recorded.sha256 or "") == 64
        assert not await transcriber.one(harness.worker)
        assert (await harness.desk.history(ticket.number))[-1].by == "transcribe"


async def test_message_that_says_need_and_district_goes_to_that_room(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message()
        assert ((await harness.ticket(name)).room, (await harness.ticket(name)).service_code) == ("state", "listen")
        await harness.transcriber().one(harness.worker)
        ticket = await harness.ticket(name)
        assert (ticket.room, ticket.desk, ticket.stage) == ("district-bhopal", "food", "routed")
        assert (ticket.service_code, ticket.district, ticket.priority) == ("ration", "bhopal", 3)


async def test_keys_pressed_outrank_the_words(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message(need="medicine", district="indore")
        before = await harness.ticket(name)
        await harness.transcriber().one(harness.worker)
        after = await harness.ticket(name)
        assert after.transcript == RATION
        assert (after.service_code, after.district, after.room, after.desk) == (
            "medicine", "indore", "district-indore", before.desk,
        )  # fmt: skip


async def test_medical_first_then_what_nobody_knows_then_the_oldest(tmp_path):
    async with sound_harness(tmp_path) as harness:
        transcriber = harness.transcriber()
        needs = ("ration", "water", "listen", "medicine")
        names = {need: await harness.message(need=need, district="bhopal") for need in needs}
        names["104"] = await harness.message(need="ration", helpline="104", phone=None)
        order = []
        while await transcriber.one(harness.worker):
            order += [n for n, name in names.items() if n not in order and (await harness.recorded(name)).heard]
        assert order == ["medicine", "104", "listen", "ration", "water"]


async def test_recording_of_a_ticket_that_came_by_no_call(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message(channel="whatsapp", helpline=None, call="")
        assert (await harness.recorded(name)).helpline == ""
        await harness.transcriber().one(harness.worker)
        assert (await harness.ticket(name)).transcript == RATION


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        pytest.param(lambda: wav(np.repeat(samples_of(), 2), channels=2), RATION, id="stereo", marks=LONG),
        pytest.param(
            lambda: wav(soxr.resample(samples_of(), 8000, 44100), rate=44100),
            RATION,
            id="44.1 kHz",
            marks=pytest.mark.long,
        ),
        pytest.param(lambda: tone(0.1, 440), "it is too short to hold a word", id="100 ms"),
        pytest.param(lambda: np.zeros(16000, np.int16), "there is only silence", id="silence"),
        pytest.param(
            lambda: (RANDOM.normal(size=24000) * 3000).astype(np.int16), NO_WORD, id="noise", marks=pytest.mark.long
        ),
        pytest.param(keys, NO_WORD, id="keys", marks=LONG),
        pytest.param(lambda: tone(12, 425), TONE, id="dial tone"),
        pytest.param(
            lambda: np.concatenate([np.append(tone(0.75, 400), tone(0.75))] * 8),
            TONE,
            id="busy tone",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda: np.concatenate([samples_of(), tone(0.6), tone(9, 425)]),
            RATION,
            id="gone after speaking",
            marks=pytest.mark.long,
        ),
        pytest.param(lambda: b"no sound at all\n" * 20, NO_SOUND, id="text"),
        pytest.param(lambda: b"", NO_SOUND, id="empty"),
        pytest.param(lambda: wav(samples_of())[:30], NO_SOUND, id="header cut"),
    ],
)
async def test_whatever_is_in_the_file_has_an_end_and_the_room_knows(tmp_path, sound, said):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message(sound())
        await harness.transcriber().one(harness.worker)
        ticket, recorded = await harness.ticket(name), await harness.recorded(name)
        assert (ticket.transcript or recorded.why) == said
        assert recorded.state is (RecordingState.TRANSCRIBED if ticket.transcript else RecordingState.UNTRANSCRIBED)
        assert ticket.version == 2
        assert bool(recorded.why) == (f"({recorded.why}): listen to it" in ticket.status_notes)
        assert await harness.waiting() == 0


async def test_music_is_not_passed_off_as_speech(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message(music())
        await harness.transcriber().one(harness.worker)
        ticket = await harness.ticket(name)
        assert UNCERTAIN in ticket.status_notes or "listen to it" in ticket.status_notes


async def test_language_without_a_model_is_left_to_a_person(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message(language="en")
        await harness.transcriber().one(harness.worker)
        recorded = await harness.recorded(name)
        assert (recorded.state, recorded.why) == (RecordingState.UNTRANSCRIBED, "there is no speech model for en")
        assert recorded.sha256


@pytest.mark.parametrize("damage", ["missing", "half", "cut"])
async def test_model_that_cannot_be_used_puts_the_text_off_and_it_follows(tmp_path, damage):
    async with sound_harness(tmp_path) as harness:
        folder = tmp_path / "model"
        if damage != "missing":
            shutil.copytree(OWN_MODEL, folder)
        if damage == "half":
            shutil.rmtree(folder / "graph")
        if damage == "cut":
            os.truncate(folder / "am" / "final.mdl", 100_000)
        name = await harness.message()
        transcriber = harness.transcriber(models={"hi": folder})
        assert await transcriber.one(harness.worker)
        assert not await transcriber.one(harness.worker)
        assert ((await harness.recorded(name)).state, (await harness.ticket(name)).version) == (
            RecordingState.WAITING,
            1,
        )
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(OWN_MODEL, folder)
        await harness.make_due()
        await transcriber.one(harness.worker)
        assert (await harness.ticket(name)).transcript == RATION


@pytest.mark.long
async def test_worker_frozen_is_killed_and_the_message_tried_once_more(tmp_path):
    async with sound_harness(tmp_path) as harness:
        transcriber = harness.transcriber(QUICK)
        name = await harness.message()
        await _freeze(harness)
        assert await transcriber.one(harness.worker)
        assert (await harness.recorded(name)).state is RecordingState.WAITING
        assert await transcriber.one(harness.worker)
        assert (await harness.ticket(name)).transcript == RATION


async def test_worker_killed_in_mid_message_twice_leaves_it_to_a_person(tmp_path):
    async with sound_harness(tmp_path) as harness:
        transcriber = harness.transcriber(QUICK)
        name = await harness.message()
        for _ in range(2):
            await _freeze(harness)
            work = asyncio.create_task(transcriber.one(harness.worker))
            await _until_listening(harness)
            os.kill(harness.worker.pid or 0, signal.SIGKILL)
            await work
        recorded = await harness.recorded(name)
        assert recorded.why == "transcription failed twice: the process ended with code -9"
        assert "listen to it" in (await harness.ticket(name)).status_notes


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ('raise Exception("no memory")', "the speech engine says: no memory"),
        ("import os; os.abort()", "transcription failed twice: the process ended with code -6"),
    ],
)
async def test_vosk_that_raises_or_ends_its_process_ends_no_other(tmp_path, monkeypatch, fault, why):
    (tmp_path / "vosk.py").write_text(
        f"class Model:\n    def __init__(self, model_path): pass\n"
        f"class KaldiRecognizer:\n    def __init__(self, *_): {fault}\ndef SetLogLevel(_): pass\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    async with sound_harness(tmp_path) as harness:
        transcriber = harness.transcriber()
        name = await harness.message()
        while await transcriber.one(harness.worker):
            pass
        recorded = await harness.recorded(name)
        assert (recorded.state, recorded.why) == (RecordingState.UNTRANSCRIBED, why)


async def test_vosk_that_dies_of_a_model_puts_the_text_off(tmp_path, monkeypatch):
    (tmp_path / "vosk.py").write_text(
        "import os\nSetLogLevel = KaldiRecognizer = id\ndef Model(model_path): os.abort()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    async with sound_harness(tmp_path) as harness:
        transcriber = harness.transcriber()
        name = await harness.message()
        assert await transcriber.one(harness.worker)
        assert not await transcriber.one(harness.worker)
        recorded = await harness.recorded(name)
        assert (recorded.state, recorded.why) == (RecordingState.WAITING, "")


async def test_recording_heard_twice_makes_one_version(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message()
        heard = Transcription(transcript="राशन", confidence=1.0, model="hi")
        assert await harness.desk.heard(name, heard, work=1)
        assert not await harness.desk.heard(name, heard, work=1)
        assert (await harness.ticket(name)).version == 2


async def test_two_recordings_of_a_ticket_are_read_together(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message()
        second = name.replace("T000001", "T000059")
        shutil.copy(harness.kept / name, harness.kept / second)
        await harness.desk.attach((await harness.ticket(name)).number, recordings=new_recordings(second))
        transcriber = harness.transcriber()
        while await transcriber.one(harness.worker):
            pass
        assert (await harness.ticket(name)).transcript == f"{RATION}\n{RATION}"


async def test_worker_comes_last_of_all_in_a_session_of_its_own(tmp_path):
    async with sound_harness(tmp_path) as harness:
        await harness.message()
        assert await harness.transcriber().one(harness.worker)
        pid = harness.worker.pid
        assert pid is not None
        assert (os.getsid(pid), os.getpriority(os.PRIO_PROCESS, pid)) == (pid, NICE)
        group = Path(f"/proc/{pid}/autogroup")
        assert not group.exists() or group.read_text().split()[-1] == str(NICE)


@pytest.mark.long
async def test_message_put_off_often_is_still_written_down(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message()
        transcriber = harness.transcriber(models={"hi": tmp_path / "nowhere"})
        for _ in range(10):
            assert await transcriber.one(harness.worker)
            await harness.make_due()
        await harness.transcriber().one(harness.worker)
        assert (await harness.ticket(name)).transcript == RATION


async def test_message_in_hand_when_the_process_is_killed_is_taken_up_at_its_start_but_not_for_ever(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message()
        for mark in ("1", "2", "3"):
            transcriber = harness.transcriber()
            await _freeze(harness)
            running = asyncio.create_task(transcriber.one(harness.worker))
            await _until_listening(harness, mark)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await harness.worker.close()
            assert not await transcriber.one(harness.worker)
            await transcriber._from_before()
        assert await transcriber.one(harness.worker)
        assert "again and again" in (await harness.recorded(name)).why


async def test_sound_not_taken_over_yet_is_waited_for(tmp_path):
    async with sound_harness(tmp_path) as harness:
        name = await harness.message()
        (harness.kept / name).rename(harness.incoming / name)
        transcriber = harness.transcriber()
        await transcriber.one(harness.worker)
        (harness.incoming / name).rename(harness.kept / name)
        await harness.make_due()
        await transcriber.one(harness.worker)
        assert (await harness.ticket(name)).transcript == RATION


@pytest.mark.long
@pytest.mark.timeout(1800)  # the worker leaves the cores to everything else that is tested meanwhile
async def test_an_hour_of_speech_is_heard_in_bounded_memory(tmp_path):
    hour = np.tile(np.concatenate([samples_of(), np.zeros(8000, np.int16)]), 3600)[: 3600 * 8000]
    async with sound_harness(tmp_path) as harness:
        name = await harness.message(hour)
        before = time.monotonic()
        await harness.transcriber().one(harness.worker)
        print(f"an hour of speech took {time.monotonic() - before:.0f} s")
        recorded = await harness.recorded(name)
        assert recorded.seconds == 3600
        assert len(recorded.words) > 2000
        assert recorded.words[-1][2] > 3590
        assert len((await harness.ticket(name)).transcript) == 4000
        assert _peak_mb(harness.worker.pid) < 300


def _peak_mb(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


async def _freeze(harness: SoundHarness) -> None:
    """Have the worker running, its model not loaded, and stopped."""
    if harness.worker.pid is None:
        await harness.worker._start()
    os.kill(harness.worker.pid or 0, signal.SIGSTOP)


async def _until_listening(harness: SoundHarness, mark: str = "1") -> None:
    """Wait until the work bears its mark: it has not been put off, and is about to be listened to."""
    query = f"SELECT count(*) FROM jobs WHERE checkpoint = '{mark}'"
    async with asyncio.timeout(60):
        while not await harness.store.read(lambda uow: uow.connection.exec_driver_sql(query).scalar()):
            await asyncio.sleep(0.01)
