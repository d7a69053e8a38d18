"""What runs against what the files say: which part needs what."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from warroom.config.apply import in_force
from warroom.config.apply.in_force import differences_of_settings, flatten, merged, nested, write_running
from warroom.config.paths import DataDirectory
from warroom.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("asterisk", "broker", "serve", "api", "board", "transcribe")


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory whose parts run with the defaults."""
    DataDirectory(tmp_path).make()
    monkeypatch.setattr(in_force, "serve_runs", lambda _: True)
    for part in PARTS:
        write_running(tmp_path, part, dict(flatten(load_settings(tmp_path))), pid=os.getpid())
    return tmp_path


@pytest.mark.parametrize(
    ("text", "setting", "needs"),
    [
        ('[calls]\nemergency = ["108"]', "calls.emergency", ("warroom apply",)),
        ("[calls.reserved]\npriority_percent = 9", "calls.reserved.priority_percent", ("warroom apply",)),
        ("[calls]\nmax_calls = 50", "calls.max_calls", ("warroom restart asterisk", "warroom restart serve")),
        ("[calls.rate_limit]\nmax_calls = 5", "calls.rate_limit.max_calls", ("warroom restart serve",)),
        (
            "[recordings.retention_days]\ncall = 30",
            "recordings.retention_days.call",
            ("warroom apply", "warroom restart transcribe"),
        ),
        ("[router.open311]\npublic = false", "router.open311.public", ("warroom restart api",)),
    ],
)
def test_setting_that_differs_says_what_it_needs(
    running: Path, text: str, setting: str, needs: tuple[str, ...]
) -> None:
    assert differences_of_settings(running, load_settings(running)) == []
    (running / "settings.toml").write_text(text)
    (found,) = differences_of_settings(running, load_settings(running))
    assert (found.setting, found.needs) == (setting, needs)


def test_what_needs_a_restart_is_not_half_taken(running: Path) -> None:
    before = dict(flatten(load_settings(running)))
    (running / "settings.toml").write_text('[calls]\nemergency = ["108"]\nsip_port = 5070')
    calls = nested(merged(before, load_settings(running)), "calls")
    assert (calls["emergency"], calls["sip_port"]) == (["108"], 5060)


def test_every_line_names_a_setting() -> None:
    names = [name for name, _ in flatten(Settings())]
    for begin in (*in_force.READ_BY, *in_force.APPLIED):
        assert any(name.startswith(begin) for name in names), begin
