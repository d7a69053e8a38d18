"""The form of our log lines: one clock, India's with its zone, whatever zone the machine has."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from typing import Final

from router.india import INDIA

_TELLS_ADDRESSES: Final = ("httpx", "httpcore")
"""Libraries that log the address of each request, which for media is a key to them, and for others a password."""


class IndiaFormatter(logging.Formatter):
    """Writes times as ``2026-04-01 09:00:00,123 +0530``, the format set for Asterisk and supervisord too."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's
        """Return the time of a line."""
        return f"{datetime.fromtimestamp(record.created, INDIA):%Y-%m-%d %H:%M:%S},{int(record.msecs):03d} +0530"


def log_to_stderr(level: int) -> None:
    """Set logging up for this process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(IndiaFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for name in _TELLS_ADDRESSES:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
