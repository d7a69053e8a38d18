"""Certificates named in the settings: their expiry, and the one that Asterisk serves."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509

if TYPE_CHECKING:
    from pathlib import Path

    from agi.trunks.schema import Tls

WARN_DAYS: Final = 28
"""Before the end: an office needs weeks to buy one, and what renews by itself does so thirty days before."""
_ANSWER_S: Final = 5.0
"""Asterisk is on this machine: one that does not shake hands within it is hung."""


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file, the server's own first.

    Raises:
        OSError: It cannot be read.
        ValueError: It holds none.
    """
    return x509.load_pem_x509_certificates(path.read_bytes())


def trouble_of(certificate: x509.Certificate, now: datetime) -> str:
    """The trouble of a certificate's dates, with its end as a date in UTC; empty when it lasts."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if ends <= now:
        return f"ended on {ends:%Y-%m-%d %H:%M} UTC: whoever checks it refuses our calls"
    if begins > now:
        return f"begins on {begins:%Y-%m-%d %H:%M} UTC only: whoever checks it refuses our calls until then"
    if ends <= now + timedelta(days=WARN_DAYS):
        return f"ends on {ends:%Y-%m-%d %H:%M} UTC"
    return ""


def troubles_in_files(tls: Tls, data: Path, now: datetime | None = None) -> list[str]:
    """The trouble of the dates in the certificate's file of a checked ``[tls]``, those of its issuers too.

    Args:
        tls: As set.
        data: The data directory; where relative names begin.
        now: Aware; None: now.
    """
    return file_troubles(data / tls.certificate, now)


def file_troubles(path: Path, now: datetime | None = None) -> list[str]:
    """What is wrong with the dates in a certificate's file, those of its issuers too; now is aware, None: now."""
    now = now or datetime.now(UTC)
    try:
        found = [(one, trouble_of(one, now)) for one in read_certificates(path)]
    except ValueError as error:
        return [f"{path}: how long it lasts cannot be read: {error}"]
    return [f"{path}: {one.subject.rfc4514_string()} {trouble}" for one, trouble in found if trouble]


def served(host: str, port: int) -> x509.Certificate:
    """Return the certificate that a server on this machine shows.

    Raises:
        ssl.SSLError: It has none that fits its key, or speaks no TLS.
        OSError: Nothing answers there.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is looked at, not trusted
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where everything is taken
    with socket.create_connection((own, port), _ANSWER_S) as plain, context.wrap_socket(plain) as line:
        shown = line.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(shown or b"")
