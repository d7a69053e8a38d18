"""A CA of its own and certificates of it, as a state's IT department makes them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make_ca(folder: Path) -> Path:
    """Make ``ca.pem`` and ``ca.key``; return the former."""
    _openssl("req", "-x509", *_EC, "-days", "60", "-subj", "/CN=Test CA", "-keyout", folder / "ca.key",
             "-out", folder / "ca.pem")  # fmt: skip
    return folder / "ca.pem"


def make_certificate_of(folder: Path, name: str = "broker", *, days: int = 60) -> None:
    """Make ``<name>.pem`` and ``<name>.key`` for localhost, of the CA in this folder; in the place of those before."""
    _openssl("req", *_EC, "-subj", "/CN=localhost", "-keyout", folder / f"{name}.key", "-out", folder / "request.pem")
    (folder / "extensions").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", "utf-8")
    _openssl("x509", "-req", "-in", folder / "request.pem", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
             "-CAcreateserial", "-days", days, "-extfile", folder / "extensions", "-out",
             folder / f"{name}.pem")  # fmt: skip


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
