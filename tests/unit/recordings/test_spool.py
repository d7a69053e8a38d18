"""The spool: what is finished is found once, what is still being written is left alone, and nothing is trusted."""

import os
import struct

import numpy as np
import pytest

from recordings.spool import Spool, checksum
from tests.support.speech import tone, wav

UNIQUEID = "1767225600.7"
NAME = f"20260101T000000Z-{UNIQUEID}-181-hi"
SOUND = wav(tone(0.5, 440))


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def make(tmp_path, clock=None):
    incoming, kept = tmp_path / "incoming", tmp_path / "kept"
    incoming.mkdir()
    kept.mkdir()
    return Spool(incoming, kept, clock=clock or Clock()), incoming, kept


def nobody_lives(_: str) -> bool:
    return False


@pytest.mark.parametrize("helpline", ["181", "district-bhopal"])
def test_spool_finds_what_is_finished(tmp_path, helpline):
    spool, incoming, kept = make(tmp_path)
    name = NAME.replace("181", helpline)
    (incoming / f"{name}.wav").write_bytes(SOUND)
    (incoming / f"{name}.caller").write_text("9876543210;181;loopback;operator\n")
    assert spool.waiting(lambda uniqueid: uniqueid == UNIQUEID) == []
    (found,) = spool.waiting(nobody_lives)
    assert (found.facts.call, found.facts.helpline, found.facts.language, found.caller, found.sound) == (
        UNIQUEID, helpline, "hi", "9876543210", True,
    )  # fmt: skip
    spool.take(found)
    assert (kept / f"{name}.wav").read_bytes() == SOUND
    assert spool.waiting(nobody_lives) == []
    assert list(incoming.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"", wav(np.empty(0, np.int16))], ids=["no file", "empty", "header alone"])
def test_spool_caller_who_hung_up_in_the_beep_left_a_note_and_no_sound(tmp_path, content):
    spool, incoming, kept = make(tmp_path)
    (incoming / f"{NAME}.caller").write_text("9876543210;181;loopback;\n")
    if content is not None:
        (incoming / f"{NAME}.wav").write_bytes(content)
    (found,) = spool.waiting(nobody_lives)
    assert (found.caller, found.sound) == ("9876543210", False)
    spool.take(found)
    assert list(kept.iterdir()) == list(incoming.iterdir()) == []


def test_spool_without_asterisk_waits_until_nothing_has_changed_for_long(tmp_path):
    clock = Clock()
    spool, incoming, _ = make(tmp_path, clock)
    path = incoming / f"{NAME}.wav"
    path.write_bytes(SOUND)
    os.utime(path, (0, 0))  # the time of day may have been set back or forward: it counts for nothing
    assert spool.waiting(None) == []
    clock.seconds += 140
    path.write_bytes(SOUND + SOUND)
    assert spool.waiting(None) == []
    clock.seconds += 140
    assert spool.waiting(None) == []
    clock.seconds += 20
    assert len(spool.waiting(None)) == 1


@pytest.mark.parametrize("claimed", [0, 4000, 0x7FFFFFFF], ids=["never written", "an earlier moment", "too long"])
def test_spool_header_of_a_killed_writer_is_finished(tmp_path, claimed):
    spool, incoming, kept = make(tmp_path)
    (incoming / f"{NAME}.wav").write_bytes(wav(tone(0.5, 440), data_size=claimed))
    spool.take(*spool.waiting(nobody_lives))
    assert (kept / f"{NAME}.wav").read_bytes() == SOUND
    assert [path.name for path in kept.iterdir()] == [f"{NAME}.wav"]
    assert list(incoming.iterdir()) == []


def test_spool_chunk_after_the_sound_is_no_sound(tmp_path):
    spool, incoming, kept = make(tmp_path)
    content = SOUND + b"LIST" + struct.pack("<I", 4) + b"INFO"
    (incoming / f"{NAME}.wav").write_bytes(content)
    spool.take(*spool.waiting(nobody_lives))
    assert (kept / f"{NAME}.wav").read_bytes() == content


def test_spool_same_file_twice_is_kept_once(tmp_path):
    spool, incoming, kept = make(tmp_path)
    for _ in range(2):
        (incoming / f"{NAME}.wav").write_bytes(SOUND)
        spool.take(*spool.waiting(nobody_lives))
    assert [path.name for path in kept.iterdir()] == [f"{NAME}.wav"]
    assert list(incoming.iterdir()) == []


def test_spool_other_sound_under_a_kept_name_gets_a_name_of_its_own(tmp_path):
    """A clock set back may bring the same second and the same call number again."""
    spool, incoming, kept = make(tmp_path)
    (kept / f"{NAME}.wav").write_bytes(SOUND)
    other = wav(tone(0.7, 880))
    (incoming / f"{NAME}.wav").write_bytes(other)
    spool.take(*spool.waiting(nobody_lives))
    assert (kept / f"{NAME}.wav").read_bytes() == SOUND
    (found,) = spool.waiting(nobody_lives)
    assert found.facts.call == f"{UNIQUEID}.x{checksum(incoming / f'{found.name}.wav')[:8]}"
    spool.take(found)
    assert (kept / f"{found.name}.wav").read_bytes() == other


def test_spool_recorded_call_is_taken_when_it_is_over_and_never_on_a_guess(tmp_path):
    clock = Clock()
    spool, incoming, kept = make(tmp_path, clock)
    (incoming / f"{NAME}.talk.wav").write_bytes(wav(tone(0.5, 440), data_size=0))  # Asterisk was killed in it
    assert spool.waiting(None) == []
    clock.seconds += 3600  # it rings elsewhere, and nothing is written meanwhile
    assert spool.waiting(None) == []
    assert spool.waiting(lambda uniqueid: uniqueid == UNIQUEID) == spool.strangers() == []
    (found,) = spool.waiting(nobody_lives)
    assert (found.name, found.facts.call, found.facts.language, found.facts.conversation) == (
        f"{NAME}.talk",
        UNIQUEID,
        "hi",
        True,
    )
    spool.take(found)
    assert (kept / f"{NAME}.talk.wav").read_bytes() == SOUND
    assert spool.measure(f"{NAME}.talk.wav") == (0.5, len(SOUND), checksum(kept / f"{NAME}.talk.wav"))


def test_spool_leaves_alone_what_is_no_recording_of_ours(tmp_path):
    spool, incoming, kept = make(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(SOUND)
    (incoming / f"{NAME}.wav").symlink_to(secret)
    os.mkfifo(incoming / f"{NAME.replace('-hi', '-en')}.wav")
    (incoming / f"{NAME.replace('-hi', '-ur')}.wav").mkdir()
    for name in ("notes.wav", "20260101T000000Z-a b-181-hi.wav", f"{NAME}.tmp", "..-x-181-hi.wav"):
        (incoming / name).write_bytes(SOUND)
    assert spool.waiting(nobody_lives) == []
    assert len(spool.strangers()) == 7
    assert list(kept.iterdir()) == []


def test_spool_kept_file_that_nobody_has_is_given_back(tmp_path):
    spool, incoming, kept = make(tmp_path)
    for name in (f"{NAME}.wav", "notes.wav"):
        (kept / name).write_bytes(SOUND)
    assert spool.give_back(spool.kept_names()) == 1
    assert [path.name for path in incoming.iterdir()] == [f"{NAME}.wav"]
