"""A part is started once: who starts it a second time stands for the one that runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from warroom.services.supervision import launch

SLEEP = "import sys, time; print('begins', flush=True); time.sleep(60)"


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """A plan with one part, which is marked by the name of this test's folder."""
    mark = ["-c", SLEEP, str(tmp_path)]
    (tmp_path / "ready").write_text("1")
    part = {
        "argv": [sys.executable, *mark],
        "mark": mark,
        "environment": {"ONLY": "this"},
        "ready": str(tmp_path / "ready"),
        "log": str(tmp_path / "serve.log"),
    }
    (tmp_path / "parts.json").write_text(json.dumps({"parts": {"serve": part}}))
    return tmp_path / "parts.json"


def start(parts: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-I", launch.__file__, str(parts), "serve"])


def wait_for(text: str, log: Path) -> None:
    until = time.monotonic() + 20
    while not log.exists() or text not in log.read_text():
        assert time.monotonic() < until, f"{text} is not in {log}"
        time.sleep(0.02)


def test_part_runs_once_and_ends_with_who_stands_for_it(parts: Path) -> None:
    log = parts.with_name("serve.log")
    first = start(parts)
    try:
        wait_for("begins", log)
        assert not parts.with_name("ready").exists()
        assert Path(f"/proc/{first.pid}/environ").read_bytes().startswith(b"ONLY=this\0")
        second = start(parts)
        wait_for(f"serve runs already as process {first.pid}: taken over", log)
        assert log.read_text().count("begins") == 1
        second.send_signal(signal.SIGTERM)
        assert second.wait(60) == 0
        assert first.wait(60) == -signal.SIGTERM
    finally:
        first.kill()
        first.wait()


def test_who_stands_for_a_part_ends_with_it(parts: Path) -> None:
    log = parts.with_name("serve.log")
    first = start(parts)
    wait_for("begins", log)
    second = start(parts)
    wait_for("taken over", log)
    first.kill()
    first.wait()
    assert second.wait(60) == 0


def test_process_is_found_by_the_end_of_its_command_line_alone() -> None:
    mine = Path("/proc/self/cmdline").read_text().split("\0")[:-1]
    marks = {"mine": mine[-2:], "longer": [*mine[-2:], "more"], "nobody's": ["-c", f"nothing-{os.getpid()}"]}
    assert set(launch.find(marks)) == {"mine"}
