"""The settings that each part runs with, as it recorded them, and how they differ from the present files."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from router.errors import UserError
from warroom.config.folders import SERVICE_USER, read_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.config.settings import Settings

SERVICES: Final = ("serve", "api", "board", "transcribe")

READ_BY: Final[dict[str, tuple[str, ...]]] = {
    "calls.agi_": ("asterisk", "serve"),
    "calls.ami_": ("asterisk", "serve"),
    "calls.sip_": ("asterisk", "serve"),
    "calls.rtp_": ("asterisk",),
    "calls.http_port": ("asterisk",),
    "calls.max_calls": ("asterisk", "serve"),
    "calls.max_by_helpline": ("asterisk",),
    "calls.reserved.": ("asterisk",),
    "calls.emergency": ("asterisk", "serve"),
    "calls.recording.": ("asterisk",),
    "calls.callbacks.trunk": ("asterisk",),
    "calls.": ("serve",),
    "prompts.": ("serve", "api"),
    "recordings.retention_days.call": ("asterisk", "transcribe"),
    "recordings.models": ("serve", "transcribe"),
    "recordings.public_url": SERVICES,
    "recordings.link_ttl_days": SERVICES,
    "recordings.": ("transcribe",),
    "router.broker.tls.": ("broker",),
    "router.broker.": ("broker", *SERVICES),
    "router.open311.": ("api",),
    "api.host": SERVICES,
    "api.port": SERVICES,
    "api.": ("api",),
    "board.": ("board",),
    "whatsapp.": ("api",),
    "alerts.poll_s": ("api", "serve"),
    "alerts.no_call_minutes": ("serve",),
    "alerts.day_": ("serve",),
    "alerts.transcription_minutes": ("serve",),
    "alerts.": ("api",),
    "metrics.serve_port": ("serve",),
    "metrics.api_port": ("api",),
    "metrics.board_port": ("board",),
    "metrics.transcribe_port": ("transcribe",),
    "retention_days.cdr": ("serve",),
    "retention_days.": ("transcribe",),
}
"""Which parts read a setting, by how its name begins; the first line that fits counts. All others: our services."""

APPLIED: Final = (
    "calls.max_by_helpline",
    "calls.reserved.",
    "calls.emergency",
    "calls.recording.",
    "calls.callbacks.trunk",
    "recordings.retention_days.call",
)
"""Settings that Asterisk and `serve` take while they run, by how they begin: `warroom apply` puts them in force."""
_TAKE: Final = ("asterisk", "serve")


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that does not run as the file says.

    Attributes:
        setting: Its name, such as ``calls.max_calls``.
        running: The value the part runs with.
        file: The value in the file or the environment.
        needs: The commands that put it in force.
    """

    setting: str
    running: object
    file: object
    needs: tuple[str, ...]


def flatten(settings: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each setting by its whole name, its value fit for JSON."""
    said = settings.model_dump(mode="json")
    for name, value in settings:
        if isinstance(value, BaseModel):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", said[name]


def write_running(data: Path, part: str, settings: dict[str, Any], **more: object) -> None:
    """Record the settings a part runs with.

    Args:
        data: The data directory.
        part: ``asterisk``, ``broker`` or a service.
        settings: By whole name.
        more: Other values to record.
    """
    text = json.dumps({"settings": settings, **more}, ensure_ascii=False, indent=1)
    replace_file(_path(data, part), text, SERVICE_USER)


def read_running(data: Path, part: str) -> dict[str, Any]:
    """Return the last record of a part; empty when it never made one."""
    try:
        found = json.loads(read_file(_path(data, part)))
    except (OSError, ValueError, UserError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("settings"), dict) else {}


def serve_runs(data: Path) -> bool:
    """Whether the service of the calls is there, so that it can be asked to take a change."""
    pid = read_running(data, "serve").get("pid")
    try:
        return pid is not None and b"serve" in Path(f"/proc/{int(pid)}/cmdline").read_bytes()
    except (OSError, ValueError):
        return False


def taken_while_running(setting: str) -> bool:
    """Whether Asterisk and `serve` take it by `warroom apply`."""
    return setting.startswith(APPLIED)


def differences_of_settings(data: Path, settings: Settings) -> list[Difference]:
    """Return what runs otherwise than the files say, in the order of the settings; nothing while nothing runs."""
    if not serve_runs(data):
        return []
    running = {part: read_running(data, part).get("settings", {}) for part in ("asterisk", "broker", *SERVICES)}
    found: list[Difference] = []
    for name, value in flatten(settings):
        parts = [part for part in _readers(name) if running[part].get(name, value) != value]
        if parts:
            needs = dict.fromkeys(
                "warroom apply" if part in _TAKE and taken_while_running(name) else f"warroom restart {part}"
                for part in parts
            )
            found.append(Difference(name, running[parts[0]][name], value, tuple(needs)))
    return found


def merged(running: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return the running settings, with all that can be changed while running replaced by the files' values."""
    return {name: value if taken_while_running(name) else running.get(name, value) for name, value in flatten(settings)}


def nested(flat: dict[str, Any], part: str) -> dict[str, Any]:
    """Return one part of the settings, such as ``calls``, as the models read it."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        first, *middle, last = name.split(".")
        if first == part:
            place = found
            for one in middle:
                place = place.setdefault(one, {})
            place[last] = value
    return found


def own_record(data: Path, part: str, settings: Settings) -> None:
    """Write down what this very process runs with, at its start."""
    write_running(data, part, dict(flatten(settings)), pid=os.getpid())


def _readers(name: str) -> tuple[str, ...]:
    return next((parts for begin, parts in READ_BY.items() if name.startswith(begin)), SERVICES)


def _path(data: Path, part: str) -> Path:
    return data / "run" / f"in-force-{part}.json"
