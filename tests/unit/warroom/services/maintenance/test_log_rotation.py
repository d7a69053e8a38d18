"""Logs are begun anew when they are large, and a filter for strangers names none but them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from warroom.config.asterisk.config_files import AsteriskError
from warroom.config.paths import PROJECT, DataDirectory
from warroom.services.maintenance.log_rotation import REOPEN, LogRotation

if TYPE_CHECKING:
    from pathlib import Path

FILTER = (PROJECT / "deploy" / "fail2ban" / "warroom-sip.filter").read_text()


@pytest.fixture
def layout(tmp_path: Path) -> DataDirectory:
    for folder in ("log", "asterisk-log"):
        (tmp_path / folder).mkdir()
    return DataDirectory(tmp_path)


def test_large_logs_are_moved_aside_and_asterisk_is_told_until_it_has_begun_another(layout: DataDirectory) -> None:
    asked: list[str] = []

    def away(_command: str) -> str:
        raise AsteriskError("asterisk: does not run")

    (layout.asterisk_log / "messages").write_text("m" * 100)
    (layout.asterisk_log / "security").write_text("s")
    (layout.asterisk_log / "messages.1").write_text("older")
    with pytest.raises(AsteriskError):
        LogRotation(layout, away, large=100).look()
    assert (layout.asterisk_log / "messages.1").read_text() == "m" * 100
    keeper = LogRotation(layout, asked.append, large=100)
    keeper.look()
    assert asked == [REOPEN]
    (layout.asterisk_log / "messages").write_text("new")
    keeper.look()
    assert asked == [REOPEN]
    assert (layout.asterisk_log / "security").read_text() == "s"


def test_what_our_own_processes_print_is_cut_where_they_go_on_writing(layout: DataDirectory) -> None:
    log = layout.data / "log" / "serve.log"
    with log.open("ab", buffering=0) as printed:
        printed.write(b"x" * 100)
        LogRotation(layout, lambda _: "", large=100).look()
        printed.write(b"more")
    assert log.read_bytes() == b"more"
    assert log.with_name("serve.log.1").read_bytes() == b"x" * 100
    LogRotation(layout, lambda _: "", large=100).look()
    assert log.read_bytes() == b"more"


def line(event: str, account: str = "operator-101", more: str = "") -> str:
    return (
        f'[2026-04-01 09:00:00,123 +0530] SECURITY[71] res_security_log.c: SecurityEvent="{event}",'
        f'EventTV="2026-04-01T09:00:00.123+0000",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="{account}",'
        f'SessionID="a@b",LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/198.51.100.7/41952"{more}'
    )


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        (line("InvalidAccountID"), "198.51.100.7"),
        (line("ChallengeResponseFailed", more=',Challenge="1/2",Response="3",ExpectedResponse=""'), "198.51.100.7"),
        (line("ChallengeSent", more=',Challenge="1/2"'), None),
        (line("SuccessfulAuth", more=',UsingPassword="1"'), None),
        (line("InvalidAccountID", account='x",RemoteAddress="IPV4/UDP/192.0.2.1/5060"'), None),
        (line("ChallengeResponseFailed", more=',Response="",RemoteAddress="IPV4/UDP/192.0.2.1/5060"'), None),
    ],
)
def test_filter_names_the_guesser_and_nobody_whom_he_names(text: str, banned: str | None) -> None:
    pattern = re.search(r"^failregex = (.*)$", FILTER, re.MULTILINE)
    assert pattern
    found = re.search(pattern[1].replace("<HOST>", r"(?P<host>[0-9a-f.:]+)"), text)
    assert (found["host"] if found else None) == banned
