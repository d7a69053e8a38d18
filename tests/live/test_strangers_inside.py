"""Other users of the machine, and a service that somebody got into, at Asterisk's console, manager and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers import WAIT_S
from tests.support.metrics import metrics
from warroom.config.folders import ASTERISK_USER, SERVICE_USER
from warroom.config.paths import as_user
from warroom.config.secrets import AMI, METRICS, read_secret

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack

REFUSED = "does not let this user"
SILENT = 60
ASK = """import sys
from pathlib import Path
from warroom.config.asterisk.console import *
from warroom.config.paths import *
console = AsteriskConsole(DataDirectory(Path(sys.argv[1])))
for one in sys.argv[2:]:
    try:
        print(console.ask(one))
    except AsteriskError as error:
        print(error)
"""


async def _asks(stack: LiveStack, user: str, *commands: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *as_user(user), sys.executable, "-P", "-c", ASK, str(stack.data), *commands, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def test_the_services_user_does_at_the_console_what_it_must_and_nothing_else(stack: LiveStack) -> None:
    needed = ("core show taskprocessors", "core show uptime seconds", "dialplan set global WR_GUARD_UNTIL 0")
    said = await _asks(stack, SERVICE_USER, *needed, "logger reload")
    assert REFUSED not in said
    assert "pjsip/" in said
    others = (
        *("module load res_clioriginate.so", "module load app_system.so", "module unload res_agi.so"),
        *("channel originate Local/181@helplines application Playback x", "channel request hangup all"),
        *(
            "dialplan set global WR_CALLBACK_TRUNK x",
            "dialplan add extension 1,1,Answer into helplines",
            "core restart now",
        ),
        *("dialplan show globals", "core show channels", "manager show user warroom", "pjsip show endpoints", "!id"),
        *("cli reload permissions", "database put a b c", "core set verbose 5", "core stop now"),
    )
    said = await _asks(stack, SERVICE_USER, *others)
    assert said.count(REFUSED) + said.count("No such command") == len(others), said
    assert (await _asks(stack, ASTERISK_USER, "core show channels")).count(REFUSED) == 1
    assert REFUSED not in await asyncio.to_thread(stack.asterisk, "dialplan show globals")


async def test_silent_connections_do_not_shut_the_service_out_of_the_manager(stack: LiveStack) -> None:
    where = stack.settings.calls.ami_host, stack.settings.calls.ami_port
    silent = [await asyncio.open_connection(*where) for _ in range(SILENT)]
    reader, writer = await asyncio.open_connection(*where)
    secret = read_secret(stack.data, AMI)
    writer.write(f"Action: Login\r\nUsername: warroom\r\nSecret: {secret}\r\nEvents: off\r\n\r\n".encode())
    async with asyncio.timeout(WAIT_S):
        assert b"Success" in await reader.readuntil(b"Authentication accepted")
    for _, one in (*silent, (reader, writer)):
        one.close()
        with contextlib.suppress(ConnectionError):
            await one.wait_closed()


@pytest.mark.parametrize("password", ["", "metrics", None])
async def test_metrics_are_for_who_knows_the_password(stack: LiveStack, password: str | None) -> None:
    assert (await metrics(stack, password))[0] == 401
    code, text = await metrics(stack, read_secret(stack.data, METRICS))
    assert (code, "asterisk_channels_count" in text) == (200, True)
