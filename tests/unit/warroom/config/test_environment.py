"""What our processes get of the environment that an admin starts them in."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from warroom.config.apply import trunks
from warroom.config.environment import environment_of
from warroom.config.paths import DataDirectory
from warroom.services.stack.processes import environment

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ADMINS = {
    "PATH": "/usr/bin",
    "LC_ALL": "hi_IN.UTF-8",
    "TZ": "Asia/Kolkata",
    "HOME": "/root",
    "AWS_SECRET_ACCESS_KEY": "x",
    "BSNL_PASSWORD": "x",
    "LD_PRELOAD": "/nowhere/x.so",
    "PYTHONPATH": "/nowhere",
    "SSH_AUTH_SOCK": "/nowhere/agent",
    "NOTIFY_SOCKET": "/run/systemd/notify",
    "WARROOM_CALLS__SIP_PORT": "5070",
    "WARROOM_BSNL": "x",
}
TRUNK = """[[trunk]]
name = "bsnl"
server = "sip.example.org"
channels = 30
dids = { 181 = "181" }
registration = { username = "u", password_env = "WARROOM_BSNL" }
"""


def test_settings_go_to_services_alone_and_passwords_to_nobody() -> None:
    assert set(environment_of(ADMINS)) == {"PATH", "LC_ALL", "TZ"}
    services = environment_of(ADMINS, settings=True, without={"WARROOM_BSNL", None})
    assert set(services) == {"PATH", "LC_ALL", "TZ", "WARROOM_CALLS__SIP_PORT"}


def test_password_of_a_trunk_reaches_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ADMINS.items():
        monkeypatch.setenv(name, value)
    DataDirectory(tmp_path).make()
    DataDirectory(tmp_path).trunks_in_force.write_text(TRUNK)
    assert trunks.applied_trunks(tmp_path).trunk[0].registration
    for name in ("broker", "asterisk", "serve", "api", "transcribe"):
        got = environment(tmp_path, name)
        assert not {
            "BSNL_PASSWORD",
            "WARROOM_BSNL",
            "NOTIFY_SOCKET",
            "AWS_SECRET_ACCESS_KEY",
            "LD_PRELOAD",
            "PYTHONPATH",
        } & set(got)
        assert got.get("READY_FILE", "") in ("", str(DataDirectory(tmp_path).ready(name)))


def test_nothing_is_imported_from_the_folder_it_is_started_in(tmp_path: Path) -> None:
    for name in ("secrets", "typer", "log"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('imported from the data directory')")
    command = [sys.executable, "-m", "warroom", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
