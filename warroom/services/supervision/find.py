"""Finds out who supervises the stack of a data directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.services.stack.running_stack import StackLock
from warroom.services.supervision.plan import NotStartedError
from warroom.services.supervision.supervisord_client import SupervisordClient
from warroom.services.supervision.systemd_client import SystemdClient
from warroom.services.supervision.unsupervised import Unsupervised

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.services.supervision.parts import Supervisor


def is_running(data: Path) -> bool:
    """Tell whether the stack runs, or parts of it whose supervisor was killed."""
    return StackLock(data).taken() or bool(Unsupervised(data).pids())


def find_supervisor(data: Path) -> Supervisor:
    """Return who supervises the stack: systemd, the supervisord of `warroom up`, or nobody while parts of it run.

    Raises:
        NotStartedError: It does not run.
    """
    if (systemd := SystemdClient(data)).active():
        return systemd
    if (supervisord := SupervisordClient(data)).answers():
        return supervisord
    if (left := Unsupervised(data)).pids():
        return left
    raise NotStartedError(f"the stack of {data} does not run; start it: {systemd.start_command()}")
