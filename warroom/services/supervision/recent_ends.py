"""Parts that ended by themselves within the last hour, under any supervisor."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from router.errors import UserError
from warroom.config.folders import read_file
from warroom.config.paths import DataDirectory
from warroom.services.supervision.systemd_client import SystemdClient

if TYPE_CHECKING:
    from pathlib import Path

WINDOW: Final = timedelta(hours=1)
"""An end counts so long: the next shift still sees it."""


def recent_ends(data: Path) -> dict[str, int]:
    """Return how often each part has ended, of those that did in the last hour. Blocks.

    Raises:
        SupervisionError, SystemdError: systemd does not answer.
    """
    systemd = SystemdClient(data)
    if systemd.installed():
        since = datetime.now(UTC) - WINDOW
        return {one.part: one.restarts for one in systemd.parts() if one.restarts and one.since and one.since > since}
    return _of_supervisord(data)


def _of_supervisord(data: Path) -> dict[str, int]:
    try:
        counts = json.loads(read_file(DataDirectory(data).part_ends))
    except (OSError, ValueError, UserError):
        return {}
    since = datetime.now(UTC) - WINDOW
    return {part: int(one["count"]) for part, one in counts.items() if datetime.fromisoformat(one["last"]) > since}
