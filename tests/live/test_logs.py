"""Asterisk's logs are begun anew while it runs, and what strangers do goes on being written."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

from tests.live.conftest import LiveStack
from tests.support.brokers import until
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import PROJECT, as_user
from warroom.services.maintenance.log_rotation import rotated_path

IMPORTS = """
from pathlib import Path
from warroom.config.asterisk.console import AsteriskConsole
from warroom.config.paths import DataDirectory
from warroom.services.maintenance.log_rotation import LogRotation
"""


def guess(stack: LiveStack, name: str) -> None:
    """Ask to be registered under a name that nobody has."""
    host, port = stack.sip
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.66", 0))
        ours = f"127.0.0.66:{line.getsockname()[1]}"
        line.sendto(
            f"REGISTER sip:{host} SIP/2.0\r\nVia: SIP/2.0/UDP {ours};branch=z9hG4bK{name}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{name}@{host}>;tag=1\r\nTo: <sip:{name}@{host}>\r\nCall-ID: {name}\r\nCSeq: 1 REGISTER\r\n"
            f"Contact: <sip:{name}@{ours}>\r\n"
            f'Authorization: Digest username="{name}", realm="warroom", nonce="1", uri="sip:{host}", response="2"\r\n'
            "Content-Length: 0\r\n\r\n".encode(),
            (host, port),
        )


async def test_security_log_is_begun_anew_and_goes_on(stack: LiveStack) -> None:
    log = stack.layout.asterisk_log / "security"
    guess(stack, "stranger-before")
    await until(lambda: "stranger-before" in log.read_text())
    look = "LogRotation(layout, AsteriskConsole(layout).ask, large=1).look()"
    code = f"{IMPORTS}layout = DataDirectory(Path({str(stack.data)!r}))\n{look}"
    command = [*as_user(SERVICE_USER), sys.executable, "-c", code]
    await asyncio.to_thread(subprocess.run, command, check=True, cwd=PROJECT, timeout=30)
    guess(stack, "stranger-after")
    await until(lambda: log.exists() and "stranger-after" in log.read_text())
    assert "stranger-before" not in log.read_text()
    assert "stranger-before" in rotated_path(log).read_text()
    assert "127.0.0.66" in log.read_text()  # what a filter bans
