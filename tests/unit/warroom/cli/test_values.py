"""What is typed out of bounds ends a command in a clear word, and nothing has been done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from router.errors import UserError
from warroom.cli.main import make_app


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tickets", "list", "--limit", "99999999999999999999"), "100000"),
        (("task", "list", "--limit", "100001"), "100000"),
        (("recordings", "list", "--limit", "100001"), "100000"),
        (("tickets", "export", "--since", "0001-01-01"), "from 2000 on"),
        (("tickets", "export", "--since", "9999-12-31T23:59"), "from 2000 on"),
        (("tickets", "export", "--since", "2026-01-01", "--until", "0001-01-01"), "from 2000 on"),
        (("tickets", "export", "--since", "2026-01-02", "--until", "2026-01-01"), "is later than --until"),
        (("stats", "--day", "9999-12-31"), "from 2000 on"),
        (("blocklist", "add", "9812345670", "--why", "x", "--hours", "1e308"), "8784"),
        (("blocklist", "add", "9812345670", "--why", "x", "--hours", "inf"), "8784"),
        (("blocklist", "add", "9812345670", "--why", "x", "--hours", "nan"), "8784"),
        (("blocklist", "add", "9812345670", "--why", "", "--hours", "1"), "is empty"),
        (("blocklist", "add", "9812345670", "--why", " \n ", "--hours", "1"), "is empty"),
        (("blocklist", "add", "+91981234567", "--why", "x"), "no number of India"),
        (("facilities", "list", "--pin", "12"), "not a PIN code"),
        (("test-call", "1 x 2"), "'x' is no group of keys"),
        (("test-call", "--caller", "98 12"), "without blanks"),
        (("task", "create", "--rooms", "all", "--text", "x", "--by", "9999-12-31T23:59-12:00"), "from 2000 on"),
    ],
)
def test_value_out_of_bounds_is_named(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(make_app(words), ["--data", str(tmp_path), *words], env={"COLUMNS": "200"})
    assert done.exit_code in (1, 2)
    assert said in (str(done.exception) if isinstance(done.exception, UserError) else done.output)
    assert list(tmp_path.iterdir()) == []


def test_output_to_a_full_disk_ends_in_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "warroom", "--data", str(tmp_path), "settings", "show"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr.decode()) == (1, "warroom: the output: No space left on device\n")


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_no_fault(tmp_path: Path, closed: str) -> None:
    words = ["-m", "warroom", "--data", str(tmp_path), "rooms", "list"]
    shell = ["sh", "-c", f'exec "$0" "$@" {closed}', sys.executable, *words]
    done = subprocess.run(shell, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_output_without_devanagari_spells_it_out(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "warroom", "--data", str(tmp_path), "rooms", "list"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "300"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u092d\\u094b\\u092a\\u093e\\u0932" in done.stdout  # Bhopal
