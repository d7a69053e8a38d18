"""Supervision check of `warroom doctor`: will a part that ends be started again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.cli.doctor.finding import DoctorFinding
from warroom.services.supervision.drain import Drain
from warroom.services.supervision.find import find_supervisor
from warroom.services.supervision.parts import SupervisionError
from warroom.services.supervision.plan import NotStartedError
from warroom.services.supervision.unsupervised import Unsupervised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def supervision(data: Path) -> Iterator[DoctorFinding]:
    """Yield the supervisor of the parts, and parts that do not run; nothing if none runs: other checks report that."""
    try:
        supervisor = find_supervisor(data)
        parts = supervisor.parts()
    except (NotStartedError, PermissionError):
        return
    except SupervisionError as error:
        yield DoctorFinding("supervision", "wrong", str(error), "warroom logs supervisor")
        return
    if isinstance(supervisor, Unsupervised):
        yield DoctorFinding("supervision", "wrong", "nobody would start a part again", "warroom up")
    elif down := [part for part in parts if not part.ready]:
        what = ", ".join(f"{part.part} is {part.state}" for part in down)
        yield DoctorFinding("supervision", "wrong", what, f"warroom logs {down[0].part}")
    elif Drain(data).on:
        yield DoctorFinding("supervision", "wrong", "draining: new calls are refused", "warroom drain --undo")
    elif ended := [f"{part.part} {part.restarts}" for part in parts if part.restarts]:
        what = f"ended by themselves since the start, and were started again: {', '.join(ended)}"
        yield DoctorFinding("supervision", "warning", what, "warroom logs")
    else:
        yield DoctorFinding("supervision", "ok", f"by {supervisor.name}")
