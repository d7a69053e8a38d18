"""The state of a part of the stack, in the same words under every supervisor."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from router.errors import UserError
from warroom.config.paths import DataDirectory
from warroom.services.readiness.ready_file import ReadyFile
from warroom.services.stack.ports import not_held
from warroom.services.stack.processes import SERVICES

if TYPE_CHECKING:
    from warroom.services.supervision.plan import Plan


class SupervisionError(UserError):
    """A part cannot be started, stopped or asked about; the text says why."""


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part.

    Attributes:
        part: Its name.
        state: ``running``, ``starting``, ``waiting`` (it ended at once and is tried again), ``stopping``, ``stopped``.
        ready: Whether it does its work: it said so, or holds its ports.
        since: Of its process, else of its end; None when neither is known.
        pid: Of its process.
        restarts: How often it ended by itself, since the stack was started.
    """

    part: str
    state: str
    ready: bool
    since: datetime | None
    pid: int | None
    restarts: int


class Supervisor(Protocol):
    """The supervisor of a stack's parts."""

    @property
    def name(self) -> str:
        """In a few words, for people."""

    def parts(self) -> list[PartStatus]:
        """Return what each part does.

        Raises:
            SupervisionError: It cannot be asked.
        """

    def restart(self, part: str) -> None:
        """End a part and start it again.

        Raises:
            SupervisionError: It was not started.
        """

    def stop(self) -> None:
        """End all parts, and supervision.

        Raises:
            SupervisionError: Something goes on.
        """


def is_ready(data: Path, plan: Plan, part: str, pid: int | None) -> bool:
    """Tell whether a part does its work: a service of ours has said so, the others hold all their ports."""
    if pid is None:
        return False
    if part in SERVICES:
        return ReadyFile(DataDirectory(data).ready(part)).pid() == pid
    return not not_held([port for port in plan.ports if port.part == part], [pid])


def started_at(pid: int) -> datetime | None:
    """Return when a process was started; None when it has ended (proc(5): field 22 of its stat)."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19])
        uptime_s = float(Path("/proc/uptime").read_text("ascii").split()[0])
    except (OSError, IndexError):
        return None
    age_s = uptime_s - ticks / os.sysconf("SC_CLK_TCK")
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=round(max(age_s, 0)))
