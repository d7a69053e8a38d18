"""A certificate for SIP over TLS, made for one test."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from warroom.config.folders import ASTERISK_USER, own

if TYPE_CHECKING:
    from pathlib import Path


def make_certificate(folder: Path, *, days: int = 60) -> None:
    """Make ``sip.crt`` and ``sip.key`` in a folder, for Asterisk's user to read; in the place of those before."""
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", str(days), "-subj", "/CN=sip.example.net", "-keyout", folder / "sip.key", "-out", folder / "sip.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    own(folder, ASTERISK_USER, 0o755)
    for path in folder.iterdir():
        own(path, ASTERISK_USER, 0o600)
