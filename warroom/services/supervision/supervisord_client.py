"""Asks the supervisord of a data directory, over its socket (XML-RPC)."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from xmlrpc.client import Error, Fault, ServerProxy

from supervisor.states import ProcessStates
from supervisor.xmlrpc import Faults, SupervisorTransport

from warroom.config.folders import read_file
from warroom.config.paths import DataDirectory
from warroom.services.stack.processes import SERVICES
from warroom.services.stack.running_stack import StackLock
from warroom.services.supervision.parts import PartStatus, SupervisionError, is_ready, started_at
from warroom.services.supervision.plan import NAMES, read_plan
from warroom.services.supervision.supervisord_config import SOCKET, STOP_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warroom.services.supervision.plan import Plan

_STATES: Final = {
    ProcessStates.RUNNING: "running",
    ProcessStates.STARTING: "starting",
    ProcessStates.BACKOFF: "waiting",
    ProcessStates.STOPPING: "stopping",
}
_STOP_TIMEOUT_S: Final = (STOP_S + 1) * len(NAMES)
"""They end one after the other."""
_POLL_INTERVAL_S: Final = 0.1


class SupervisordClient:
    """The supervisord of one data directory.

    Args:
        data: The data directory.
    """

    name = "warroom up"

    def __init__(self, data: Path) -> None:
        self._data = data
        self._layout = DataDirectory(data)

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self._layout.supervisor / SOCKET}")
        try:
            with ServerProxy("http://localhost", transport=transport) as server:
                yield server.supervisor
        except Fault as fault:
            raise SupervisionError(f"supervisor: {fault.faultString}") from None
        except PermissionError:
            raise
        except (OSError, Error, http.client.HTTPException) as error:
            raise SupervisionError(f"the supervisor of {self._data} does not answer: {error}") from None

    def answers(self) -> bool:
        """Tell whether it runs."""
        try:
            with self._asking() as ask:
                ask.getState()
        except SupervisionError:
            return False
        return True

    def pid(self) -> int:
        """Return its own process id.

        Raises:
            SupervisionError: It does not run.
        """
        with self._asking() as ask:
            return int(ask.getPID())

    def parts(self) -> list[PartStatus]:
        """Return what each part does."""
        plan = read_plan(self._data)
        with self._asking() as ask:
            known = {info["name"]: info for info in ask.getAllProcessInfo()}
        pids = plan.pids()
        return [self._status(known[name], pids.get(name), plan) for name in NAMES if name in known]

    def _status(self, info: dict[str, Any], pid: int | None, plan: Plan) -> PartStatus:
        name = info["name"]
        state = _STATES.get(info["state"], "stopped")
        ended = datetime.fromtimestamp(info["stop"], UTC) if info["stop"] else None
        since = started_at(pid) if pid else ended
        ready = state in {"running", "starting"} and is_ready(self._data, plan, name, pid)
        return PartStatus(name, "running" if ready else state, ready, since, pid, self._ends(name))

    def _ends(self, part: str) -> int:
        try:
            counts = json.loads(read_file(self._layout.part_ends))
        except (OSError, ValueError):
            return 0
        return int(counts.get(part, {}).get("count", 0))

    def restart(self, part: str) -> None:
        """End a part and start it again."""
        self._end(part, wait=True)
        with self._asking() as ask:
            ask.startProcess(part, False)

    def _end(self, part: str, *, wait: bool) -> None:
        with self._asking() as ask:
            try:
                ask.stopProcess(part, wait)
            except Fault as fault:
                if fault.faultCode != Faults.NOT_RUNNING:
                    raise

    def stop(self) -> None:
        """End our services together, then the others, the last started first, and supervisord."""
        lock = StackLock(self._data)
        for service in SERVICES:
            self._end(service, wait=False)
        with self._asking() as ask:
            ask.shutdown()
        until = time.monotonic() + _STOP_TIMEOUT_S
        while lock.taken():
            if time.monotonic() > until:
                raise SupervisionError(f"not all parts have ended within {_STOP_TIMEOUT_S} s; see: warroom status")
            time.sleep(_POLL_INTERVAL_S)
