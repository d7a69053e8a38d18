"""The plan of a stack for a supervisor: its parts, how each is started, and the ports they should hold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from router.errors import UserError
from warroom.config.folders import ROOT, read_file, replace_file
from warroom.config.paths import DataDirectory
from warroom.services.stack.ports import Port
from warroom.services.stack.processes import SERVICES, environment, processes
from warroom.services.supervision import launch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PARTS: Final = "parts.json"
NAMES: Final = ("broker", "asterisk", *SERVICES)
"""The parts of a stack in the order in which they are started; they are stopped in the other."""


class NotStartedError(UserError):
    """This stack was never started."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the parts of a stack were started.

    Attributes:
        marks: By part, the words by which its process is found (`warroom.services.stack.processes.Process.mark`).
        ports: What each part listens on.
    """

    marks: dict[str, tuple[str, ...]]
    ports: tuple[Port, ...] = ()

    def pids(self) -> dict[str, int]:
        """Return the process ids of the running parts, whoever started them."""
        return launch.find({name: list(mark) for name, mark in self.marks.items()})


def write_plan(data: Path, ports: Iterable[Port]) -> None:
    """Write what `launch` and `read_plan` read; it holds settings, and is root's alone."""
    layout = DataDirectory(data)
    parts: dict[str, dict[str, Any]] = {
        process.name: {
            "argv": process.argv,
            "mark": process.mark,
            "environment": environment(data, process.name),
            "log": str(data / "log" / f"{process.name}.log"),
            "ready": str(layout.ready(process.name)) if process.name in SERVICES else "",
        }
        for process in processes(data)
    }
    text = json.dumps({"parts": parts, "ports": [asdict(port) for port in ports]}, indent=1)
    replace_file(layout.supervisor / PARTS, text, ROOT)


def read_plan(data: Path) -> Plan:
    """Return how the parts were started last.

    Raises:
        NotStartedError: It never was, or the file cannot be read.
    """
    path = DataDirectory(data).supervisor / PARTS
    try:
        found = json.loads(read_file(path))
        marks = {name: tuple(found["parts"][name]["mark"]) for name in NAMES}
        return Plan(marks, tuple(Port(**port) for port in found["ports"]))
    except FileNotFoundError:
        raise NotStartedError(f"the stack of {data} does not run; start it: warroom up") from None
    except (ValueError, KeyError, TypeError):
        raise NotStartedError(f"{path} cannot be read; start the stack: warroom up") from None
