"""The answer-seizure ratio, counted from the books."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agi.trunks import asr
from agi.trunks.asr import read_traffic

SINCE = datetime(2020, 4, 1, 10, 0, tzinfo=UTC)


def row(channel: str, far: str, end: str, disposition: str, uniqueid: str) -> str:
    answer = end if disposition == "ANSWERED" else ""
    times = [f"2020-04-01 {end}", f"2020-04-01 {answer}" if answer else "", f"2020-04-01 {end}"]
    fields = [
        "181",
        "9",
        "181",
        "helplines",
        "",
        channel,
        far,
        "AGI",
        "",
        *times,
        "10",
        "9",
        disposition,
        "3",
        uniqueid,
    ]
    return ",".join(f'"{field}"' for field in fields)


@pytest.mark.parametrize("chunk", [64, asr._CHUNK])
def test_figures_answered_of_all_by_trunk_and_direction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(asr, "_CHUNK", chunk)  # lines cut anywhere
    lines = [
        row("PJSIP/bsnl-1", "", "09:00:00", "ANSWERED", "old.1"),
        row("PJSIP/bsnl-2", "", "10:05:00", "ANSWERED", "in.1"),
        row("PJSIP/bsnl-3", "", "10:05:00", "NO ANSWER", "in.2"),
        row("PJSIP/bsnl-4", "PJSIP/ambulance-5", "10:06:00", "ANSWERED", "in.3"),
        row("PJSIP/bsnl-4", "PJSIP/pri-e1-6", "10:06:00", "BUSY", "in.3"),  # the same call, dialled on
        row("Local/9812345678@callback-dial-7;2", "PJSIP/pri-e1-8", "10:07:00", "ANSWERED", "out.1"),
        row("Local/s@trunk-test-dial-8;2", "PJSIP/pri-e1-9", "10:08:00", "FAILED", "test.2.out"),
        '"cut by a crash',
        "",
    ]
    books = tmp_path / "Master.csv"
    books.with_name("Master.csv.1").write_text("\n".join(lines[:4]) + "\n")  # moved aside when it was large
    books.write_text("\n".join(lines[4:]))
    found = read_traffic(books, SINCE)
    assert (found["bsnl"].incoming.seizures, found["bsnl"].incoming.answered) == (3, 2)
    assert found["bsnl"].incoming.asr == 66.7
    assert found["bsnl"].outgoing.asr is None
    assert (found["pri-e1"].outgoing.seizures, found["pri-e1"].outgoing.answered) == (3, 1)
    assert found["ambulance"].outgoing.asr == 100.0


def test_figures_without_books(tmp_path: Path) -> None:
    assert read_traffic(tmp_path / "Master.csv", SINCE) == {}
