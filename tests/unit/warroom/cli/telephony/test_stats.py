"""`warroom stats`, `warroom capacity` and `warroom calls live` as an admin types them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from agi.cdr.importer import CdrImporter
from tests.support.cdr_lines import Books
from tests.support.commands import short_hints
from tests.support.stores import opened_store
from tests.unit.warroom.cli.tickets.test_routes import run
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def cel_imported(data: Path) -> None:
    """One call of one minute in the books, read into the store."""
    layout = DataDirectory(data)
    layout.store.parent.mkdir()
    written = Books(layout.asterisk_log)
    written.call("1.1", seconds=60)

    async def read() -> None:
        async with opened_store(layout.store) as store:
            await CdrImporter(store, layout.asterisk_log, dids={}).look()

    asyncio.run(read())


def test_figures_of_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cel_imported(tmp_path)
    code, out, _ = run(capsys, tmp_path, "stats", "--day", "2020-04-01", "--json")
    found = json.loads(out)
    assert code == 0
    assert [(row["helpline"], row["trunk"]) for row in found] == [("all", "all"), ("181", "all"), ("all", "bsnl")]
    assert (found[0]["offered"], found[0]["mean_call_s"], found[0]["service_level"]) == (1, 60.0, None)
    code, out, _ = run(capsys, tmp_path, "stats", "--day", "2020-04-02")
    assert (code, out.strip()) == (0, "no calls on 2020-04-02")


def test_figures_of_no_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, tmp_path, "stats", "--day", "1 April")
    assert code == 2
    assert "%Y-%m-%d" in err


def test_plan_says_what_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("capacity", "--calls-per-hour", "360", "--handle-time", "240", "--target", "80/20")
    code, out, _ = run(capsys, tmp_path, *words, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["operators"], found["trunk_channels"], found["bridged_legs"]) == (29, 43, 7)
    assert found["waiting"]["served_in_time"] >= 0.8
    code, out, _ = run(capsys, tmp_path, *words, "--patience", "120", "--recall", "0.7")
    assert code == 0
    assert "27" in out


def test_plan_of_an_unknown_target_says_how_to_write_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(
        capsys, tmp_path, "capacity", "--calls-per-hour", "1", "--handle-time", "1", "--target", "100/20"
    )
    assert code == 1
    assert "write 80/20" in err


def test_lines_before_the_first_start_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, tmp_path, "calls", "live")
    assert code == 1
    assert "warroom up" in short_hints(err)
