"""Logs of several parts are one, in India's time, and are followed when they begin anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from warroom.services.supervision.log_files import LogFollower, in_india, last_lines

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path


def write(data: Path, part: str, *lines: str) -> Path:
    path = data / "log" / f"{part}.log"
    with path.open("a") as log:
        log.writelines(f"{line}\n" for line in lines)
    return path


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[2026-04-01 20:00:00,5 +0000] WARNING[1]: x", "[2026-04-02 01:30:00,5 +0530] WARNING[1]: x"),
        ("2026-04-01 09:00:00,123 +0530 INFO x", "2026-04-01 09:00:00,123 +0530 INFO x"),
        ("2026-04-01 09:00:00 -0100: x", "2026-04-01 15:30:00 +0530: x"),
        ("  in the middle 2026-04-01 09:00:00 +0000", "  in the middle 2026-04-01 09:00:00 +0000"),
    ],
)
def test_time_is_shown_as_india_has_it(written: str, shown: str) -> None:
    assert in_india(written) == shown


def test_lines_of_all_parts_come_in_the_order_of_their_times(data: Path) -> None:
    write(data, "serve", "2026-04-01 09:00:01,000 +0530 INFO a", "2026-04-01 09:00:03,000 +0530 ERROR b", "  more of b")
    write(data, "asterisk", "[2026-04-01 03:30:02,000 +0000] c")
    found = [(line.part, line.text[-1]) for line in last_lines(data, ["serve", "asterisk", "api"], 10)]
    assert found == [("serve", "a"), ("asterisk", "c"), ("serve", "b"), ("serve", "b")]
    assert [line.text for line in last_lines(data, ["serve"], 1)] == ["  more of b"]


def test_last_lines_go_back_into_the_log_before(data: Path) -> None:
    write(data, "serve", "1", "2").rename(data / "log" / "serve.log.1")
    write(data, "serve", "3")
    assert [line.text for line in last_lines(data, ["serve"], 2)] == ["2", "3"]


def test_log_is_followed_when_it_is_cut_moved_or_only_just_made(data: Path) -> None:
    path = write(data, "serve", "before")
    follower = LogFollower(data, ["serve", "api"])
    assert list(follower.new_lines()) == []
    write(data, "serve", "1")
    with path.open("a") as log:
        log.write("half")
    assert list(follower.new_lines()) == [("serve", "1")]
    write(data, "serve", " a line")
    assert list(follower.new_lines()) == [("serve", "half a line")]
    os.truncate(path, 0)
    write(data, "serve", "2")
    assert list(follower.new_lines()) == [("serve", "2")]
    write(data, "serve", "3")
    path.rename(path.with_name("serve.log.1"))
    write(data, "serve", "4")
    write(data, "api", "5")
    assert list(follower.new_lines()) == [("serve", "3"), ("serve", "4"), ("api", "5")]
    follower.close()
