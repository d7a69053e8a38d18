"""Secrets of one data directory: generated on first use, one file each, 0600, never printed."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

AMI = "ami"
MQTT_ROUTER = "mqtt-router"
MEDIA = "media"
_BYTES = 24  # 192 random bits, far beyond guessing


def mqtt_room(room: str) -> str:
    """Return the name of the secret with which this room signs in at the broker."""
    return f"mqtt-{room}"


def read_secret(data: Path, name: str) -> str:
    """Return a secret that `prepare` has made. Raises FileNotFoundError."""
    return (data / "secrets" / name).read_text(encoding="ascii").strip()


def ensure_secret(data: Path, name: str) -> str:
    """Return this data directory's secret of that name, making it if there is none yet."""
    path = data / "secrets" / name
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_BYTES) + "\n")
        with contextlib.suppress(FileExistsError):  # of two that start at once, one makes the secret
            os.link(draft, path)
        Path(draft).unlink()
    return read_secret(data, name)
