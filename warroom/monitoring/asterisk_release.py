"""The release of the private copy of Asterisk, and whether Debian had a newer one at the last check.

`deploy/asterisk.sh check` asks; here nothing goes over the network.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

ROOT: Final = Path("/opt/warroom/asterisk")
RENEW: Final = "deploy/asterisk.sh renew"
STALE: Final = timedelta(days=14)
"""A weekly look may fail once."""
CRASHING: Final = frozenset(("22.11.0",))
"""Versions that one PONG frame of a WebSocket client crashes (Asterisk issues 2085 and 2086)."""
_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Release:
    """A private copy.

    Attributes:
        installed: Its version, as Debian writes it.
        candidate: The newest that the mirror had when it was asked.
        unpacked: When the copy was made.
        asked: When the mirror was asked last; None: not since the copy was made, from what was the newest then.
    """

    installed: str
    candidate: str
    unpacked: datetime
    asked: datetime | None

    @property
    def newer(self) -> bool:
        """Whether there is a newer one."""
        return self.candidate not in (self.installed, "(none)", "")

    @property
    def old(self) -> bool:
        """Whether nobody has asked for long."""
        return datetime.now(UTC) - max(self.unpacked, self.asked or self.unpacked) > STALE


def own_release(root: Path = ROOT) -> Release | None:
    """Return the release of the private copy; None where there is none, or no apt to read it with.

    Args:
        root: Where the copy lies.
    """
    status = root / "var/lib/dpkg/status"
    if not status.exists():
        return None
    command = ["apt-cache", "-o", f"Dir={root}", "-o", f"Dir::State::status={status}", "policy", "asterisk"]
    try:
        said = subprocess.run(  # noqa: S603 - ours
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True, env=os.environ | {"LC_ALL": "C"}
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    versions = dict(re.findall(r"^  (Installed|Candidate): (\S+)$", said, re.MULTILINE))
    if "Installed" not in versions:
        return None
    asked = root / "var/lib/apt/asked"  # deploy/asterisk.sh touches it
    return Release(
        installed=versions["Installed"],
        candidate=versions.get("Candidate", ""),
        unpacked=_time(status),
        asked=_time(asked) if asked.exists() else None,
    )


def _time(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
