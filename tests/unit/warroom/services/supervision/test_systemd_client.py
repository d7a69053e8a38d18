"""What systemctl prints is read as what each part does, and the words it is given are systemctl's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from warroom.services.supervision.parts import PartStatus, SupervisionError
from warroom.services.supervision.systemd_client import SystemdClient
from warroom.services.systemd.install import SystemdError

DATA = Path("/srv/warroom")
SHOWN = """\
Id=warroom-{part}.service
MainPID={pid}
NRestarts={restarts}
ActiveState={active}
SubState={sub}
StateChangeTimestamp={time}
"""
TIME = "Wed 2026-04-01 03:30:00 UTC"
AT = datetime(2026, 4, 1, 3, 30, tzinfo=UTC)
PARTS = (
    ("broker", 11, 0, "active", "running", TIME),
    ("asterisk", 12, 0, "active", "running", TIME),
    ("serve", 0, 3, "activating", "auto-restart", TIME),
    ("api", 14, 0, "activating", "start", TIME),
    ("board", 15, 0, "active", "running", TIME),
    ("transcribe", 0, 0, "inactive", "dead", ""),
)


class Systemctl:
    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *words: str) -> str:
        self.asked.append(words)
        if words[0] != "show":
            return ""
        names = ("part", "pid", "restarts", "active", "sub", "time")
        return "\n".join(SHOWN.format(**dict(zip(names, part, strict=True))) for part in PARTS)


def test_states_of_units_are_states_of_parts() -> None:
    assert SystemdClient(DATA, Systemctl()).parts() == [
        PartStatus("broker", "running", True, AT, 11, 0),
        PartStatus("asterisk", "running", True, AT, 12, 0),
        PartStatus("serve", "waiting", False, AT, None, 3),
        PartStatus("api", "starting", False, AT, 14, 0),
        PartStatus("board", "running", True, AT, 15, 0),
        PartStatus("transcribe", "stopped", False, None, None, 0),
    ]


def test_restart_touches_one_unit_and_stop_all_of_them() -> None:
    systemctl = Systemctl()
    client = SystemdClient(DATA, systemctl)
    client.restart("serve")
    client.stop()
    restart, stop = systemctl.asked
    assert restart == ("restart", "warroom-serve.service")
    assert stop[:2] == ("stop", "warroom.target")
    assert {f"warroom-{part}.service" for part, *_ in PARTS} < set(stop)


def test_refusal_of_systemd_is_ours() -> None:
    def refuse(*_words: str) -> str:
        raise SystemdError("systemctl restart warroom-serve.service: Access denied")

    with pytest.raises(SupervisionError, match="Access denied"):
        SystemdClient(DATA, refuse).restart("serve")


def test_units_of_another_stack_are_not_ours(tmp_path: Path) -> None:
    client = SystemdClient(tmp_path, Systemctl(), booted=True)
    assert not client.active()
    assert client.start_command() == "warroom up"
