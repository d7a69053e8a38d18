"""What every command has in common: `--data` anywhere, hints that can be typed, a version, TAB completion."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from warroom.cli.hints import Hints, default_data
from warroom.cli.main import COMMANDS, global_options_first, main, make_app
from warroom.config.paths import PROJECT


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("doctor --data /d", "--data /d doctor"),
        ("tickets list --data=/d --json", "--data=/d tickets list --json"),
        ("--data /d tickets list --log debug", "--data /d --log debug tickets list"),
        ("room note r 1 -- --data", "room note r 1 -- --data"),
        ("doctor --data", "--data doctor"),
    ],
)
def test_data_may_stand_behind_the_command(typed: str, taken: str) -> None:
    assert global_options_first(typed.split()) == taken.split()


def test_hints_name_the_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WARROOM_DATA", raising=False)
    hints = Hints(Path("/srv/a b"), COMMANDS)
    assert hints.complete("see: warroom trunks list") == "see: warroom --data '/srv/a b' trunks list"
    assert hints.complete("`warroom up`") == "`warroom --data '/srv/a b' up`"
    for other in ("the helpline warroom rings", "warroom upwards", "/opt/warroom up", "warroom --data /d up"):
        assert hints.complete(other) == other


def test_hints_are_short_where_the_shell_knows_the_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WARROOM_DATA", raising=False)
    assert Hints(default_data().resolve(), COMMANDS).complete("warroom up") == "warroom up"
    monkeypatch.setenv("WARROOM_DATA", "/srv")
    assert Hints(Path("/srv"), COMMANDS).complete("warroom up") == "warroom up"


def test_a_message_has_the_hint_with_the_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WARROOM_DATA", raising=False)
    monkeypatch.setattr(sys, "argv", ["warroom", "queues", "--data", str(tmp_path)])
    monkeypatch.setattr("warroom.cli.main._open_streams", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said == f"warroom: {tmp_path}/secrets/ami is not there; start the stack once: warroom --data {tmp_path} up\n"


def test_version_is_told() -> None:
    done = CliRunner().invoke(make_app(["doctor"]), ["--version"])
    assert done.exit_code == 0
    assert done.output.startswith("warroom ")


def test_names_of_commands_are_completed() -> None:
    words = {"COMP_WORDS": "warroom ti", "COMP_CWORD": "1", "_WARROOM_COMPLETE": "complete_bash"}
    program = Path(sys.executable).with_name("warroom")
    done = subprocess.run([program], env={**os.environ, **words}, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["tickets"], "")


def test_install_puts_the_command_on_the_path_and_takes_nobody_elses(tmp_path: Path) -> None:
    def install(prefix: Path) -> str:
        script = PROJECT / "deploy" / "path.sh"
        return subprocess.run(
            [script], env={**os.environ, "PREFIX": str(prefix)}, capture_output=True, check=True, text=True
        ).stdout

    link = tmp_path / "bin" / "warroom"
    assert str(link) in install(tmp_path)
    assert link.readlink() == PROJECT / ".venv" / "bin" / "warroom"
    assert install(tmp_path) == ""
    link.unlink()
    link.symlink_to("/bin/true")
    assert "left alone" in install(tmp_path)
    assert link.readlink() == Path("/bin/true")
