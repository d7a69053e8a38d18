"""The spool: what is finished is found once, what is still being written is left alone."""

import os
import time

from recordings.spool import Spool

NAME = "20260101T000000Z-1767225600.7-181-hi"


def make(tmp_path):
    incoming, kept = tmp_path / "incoming", tmp_path / "kept"
    incoming.mkdir()
    kept.mkdir()
    return Spool(incoming, kept), incoming, kept


def test_spool_finds_what_is_finished(tmp_path):
    spool, incoming, kept = make(tmp_path)
    (incoming / f"{NAME}.wav").write_bytes(b"RIFF")
    (incoming / f"{NAME}.caller").write_text("9876543210;181;loopback;operator\n")
    assert spool.waiting(lambda uniqueid: uniqueid == "1767225600.7") == []
    (found,) = spool.waiting(lambda _: False)
    assert (found.uniqueid, found.helpline, found.language, found.caller, found.sound) == (
        "1767225600.7", "181", "hi", "9876543210", True,
    )  # fmt: skip
    spool.take(found)
    assert (kept / f"{NAME}.wav").exists()
    assert spool.waiting(lambda _: False) == []
    assert list(incoming.iterdir()) == []


def test_spool_note_of_a_caller_who_hung_up(tmp_path):
    spool, incoming, kept = make(tmp_path)
    (incoming / f"{NAME}.caller").write_text("9876543210;181;loopback;\n")
    (found,) = spool.waiting(lambda _: False)
    assert (found.caller, found.sound) == ("9876543210", False)
    spool.take(found)
    assert list(kept.iterdir()) == list(incoming.iterdir()) == []


def test_spool_without_asterisk_waits_until_nothing_can_be_writing(tmp_path):
    spool, incoming, _ = make(tmp_path)
    path = incoming / f"{NAME}.wav"
    path.write_bytes(b"RIFF")
    assert spool.waiting(None) == []
    old = time.time() - 200
    os.utime(path, (old, old))
    assert len(spool.waiting(None)) == 1


def test_spool_ignores_other_names(tmp_path):
    spool, incoming, _ = make(tmp_path)
    for name in ("notes.wav", "20260101T000000Z-a b-181-hi.wav", f"{NAME}.tmp"):
        (incoming / name).write_bytes(b"")
    assert spool.waiting(lambda _: False) == []
