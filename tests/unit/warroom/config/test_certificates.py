"""Certificates: what is said of one that is about to end, has ended, has not begun; of issuers in the same file too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agi.trunks.schema import Tls
from tests.support.certificates import make_certificate
from warroom.config.certificates import WARN_DAYS, read_certificates, troubles_in_files

TLS = Tls(certificate="tls/sip.crt", key="tls/sip.key")


@pytest.mark.parametrize(
    ("days_on", "told"),
    [
        (0, []),
        (59 - WARN_DAYS, []),
        (61 - WARN_DAYS, ["ends on"]),
        (59, ["ends on"]),
        (61, ["ended on"]),
        (-1, ["begins on"]),
    ],
)
def test_certificate_is_told_of_before_it_ends(tmp_path: Path, days_on: int, told: list[str]) -> None:
    make_certificate(tmp_path / "tls", days=60)
    found = troubles_in_files(TLS, tmp_path, datetime.now(UTC) + timedelta(days=days_on))
    assert [word for word in ("begins on", "ends on", "ended on") if any(word in each for each in found)] == told


def test_certificate_of_an_issuer_in_the_same_file_counts(tmp_path: Path) -> None:
    make_certificate(tmp_path / "tls", days=90)
    make_certificate(tmp_path / "issuer", days=3)
    path = tmp_path / "tls" / "sip.crt"
    path.write_text(path.read_text() + (tmp_path / "issuer" / "sip.crt").read_text())
    assert len(read_certificates(path)) == 2
    (trouble,) = troubles_in_files(TLS, tmp_path)
    assert "ends on" in trouble


def test_certificate_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "sip.crt").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "cannot be read" in troubles_in_files(TLS, tmp_path)[0]
