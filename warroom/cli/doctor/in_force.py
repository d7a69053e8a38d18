"""In-force checks of `warroom doctor`: do the running parts agree with the files?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.cli.doctor.finding import DoctorFinding
from warroom.config.apply.in_force import differences_of_settings, read_running, serve_runs
from warroom.config.apply.together import marks_of_conversations
from warroom.config.folders import read_file
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warroom.config.settings import Settings

_APPLY = "warroom apply"


def in_force(data: Path, settings: Settings) -> Iterator[DoctorFinding]:
    """Yield each thing that runs otherwise than its file says; nothing while nothing runs."""
    if not serve_runs(data):
        return
    found = [
        DoctorFinding(
            "in force", "wrong", f"{one.setting}: runs with {one.running}, not {one.file}", " && ".join(one.needs)
        )
        for one in differences_of_settings(data, settings)
    ]
    layout, serve = DataDirectory(data), read_running(data, "serve")
    changed = {
        "helplines.toml": _text(layout.helplines) != _text(layout.helplines_in_force),
        "the conversations": serve.get("conversations") != marks_of_conversations(),
        "operators.toml": _text(layout.operators) != _text(layout.operators_in_force),
        "routes.toml": _text(layout.routes) != _text(layout.routes_in_force),
    }
    found += [
        DoctorFinding("in force", "wrong", f"{what} changed since it was applied", _APPLY)
        for what, differs in changed.items()
        if differs
    ]
    yield from found or [DoctorFinding("in force", "ok", "what runs is what the files say")]


def _text(path: Path) -> str:
    """Return the text of a file without the mark that some editors put before it; empty while there is none."""
    return read_file(path).removeprefix("\ufeff") if path.exists() else ""
