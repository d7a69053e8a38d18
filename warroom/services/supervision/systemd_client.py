"""Asks systemd about the units of a stack, and has it start and stop them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from warroom.services.supervision.parts import PartStatus, SupervisionError
from warroom.services.supervision.plan import NAMES
from warroom.services.systemd.install import RUNNING, SystemdError, installed_for, systemctl
from warroom.services.systemd.units import PREPARE, TARGET, unit_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PROPERTIES: Final = "Id,ActiveState,SubState,MainPID,NRestarts,StateChangeTimestamp"
_STATES: Final = {"active": "running", "activating": "starting", "deactivating": "stopping"}
_WAITS: Final = "auto-restart"
"""SubState of a unit that ended and is started again after its RestartSec (systemd's service.c)."""
_TIME: Final = "%a %Y-%m-%d %H:%M:%S %Z"


class SystemdClient:
    """The units of one data directory.

    Args:
        data: The data directory.
        run: Runs systemctl.
        booted: Whether systemd runs this machine.
    """

    name = "systemd"

    def __init__(self, data: Path, run: Callable[..., str] = systemctl, *, booted: bool | None = None) -> None:
        self._data = data
        self._run = run
        self._booted = RUNNING.exists() if booted is None else booted

    def installed(self) -> bool:
        """Tell whether systemd is to run this stack."""
        return self._booted and installed_for() == self._data

    def start_command(self) -> str:
        """Return what an admin types to start the stack."""
        return f"systemctl start {TARGET}" if self.installed() else "warroom up"

    def active(self) -> bool:
        """Tell whether systemd runs a unit of this stack."""
        return self.installed() and any(one.state != "stopped" for one in self.parts())

    def parts(self) -> list[PartStatus]:
        """Return what each part does."""
        said = self._ask("show", "--timestamp=utc", f"--property={_PROPERTIES}", *map(unit_name, NAMES))
        blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in said.strip().split("\n\n")]
        by_id = {block["Id"]: block for block in blocks}
        return [_status(name, by_id[unit_name(name)]) for name in NAMES]

    def restart(self, part: str) -> None:
        """End a part and start it again."""
        self._ask("restart", unit_name(part))

    def stop(self) -> None:
        """End all parts, the last started first."""
        self._ask("stop", TARGET, *map(unit_name, reversed(NAMES)), PREPARE)

    def _ask(self, *words: str) -> str:
        try:
            return self._run(*words)
        except SystemdError as error:
            raise SupervisionError(str(error)) from None


def _status(name: str, said: dict[str, str]) -> PartStatus:
    state = "waiting" if said["SubState"] == _WAITS else _STATES.get(said["ActiveState"], "stopped")
    pid = int(said["MainPID"]) or None
    return PartStatus(
        name, state, state == "running", _moment(said["StateChangeTimestamp"]), pid, int(said["NRestarts"])
    )


def _moment(text: str) -> datetime | None:
    """Read a time as systemctl prints it with ``--timestamp=utc``; empty of a unit that never ran."""
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
