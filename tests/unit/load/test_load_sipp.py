"""What the bench reads out of SIPp's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.load.sipp import read_log

if TYPE_CHECKING:
    from pathlib import Path

_STAMP = "2020-04-01\t10:00:00.000000\t"


def _log(folder: Path, *lines: str, end: str = "") -> Path:
    file = folder / "calls.log"
    file.write_text("".join(f"{line}\n" for line in lines) + end, encoding="utf-8")
    return file


def test_sipp_log_counts_calls_really_up_together(tmp_path: Path):
    log = read_log(
        _log(
            tmp_path,
            f"answered 981 20000 10000 {_STAMP}100.5",
            f"answered 982 20002 10002 {_STAMP}101.0",
            f"ended 981 20000 {_STAMP}110.5",
            f"answered 983 20004 10004 {_STAMP}111.0",
            f"ended 982 20002 {_STAMP}121.0",
            f"refused 984 20006 {_STAMP}122.0",
        )
    )
    assert log.most_at_once() == 2
    assert log.up == 1
    assert list(log.refused) == ["984"]
    assert log.length_s() == 15


def test_sipp_log_half_line_waits(tmp_path: Path):
    log = read_log(_log(tmp_path, f"answered 981 20000 10000 {_STAMP}100.5", end="ended 98"))
    assert (log.up, log.ended) == (1, {})
