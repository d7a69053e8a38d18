"""Alerts of a whole stack: raised by what really happens, sent by mail and webhook, told again when mended; metrics."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sqlite3
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import open_stack
from tests.support.alert_receivers import MailServer, WebhookReceiver, receiving
from tests.support.brokers import until
from tests.support.commands import warroom
from tests.support.faults import alerts_of, query
from tests.support.ports import free_ports
from tests.support.provider import provider_at
from tests.support.trunk_files import LOOPBACK
from warroom.config.secrets import ALERTS_WEBHOOK, read_secret
from warroom.monitoring.notify.channels import sign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.live.conftest import LiveStack

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("alerting")]
HOST = "127.0.3.77"
FAR_END, MAIL, HOOK, SERVE, API = free_ports(5)
TRUNKS = f"""{LOOPBACK}
[[trunk]]
name = "bsnl"
server = "{HOST}:{FAR_END}"
channels = 30
dids = {{ 07554000181 = "181" }}
qualify_s = 1
"""
SETTINGS = f"""
[router.storage]
timeout_s = 0.5
[alerts]
poll_s = 0.3
group_s = 0.3
messages_per_hour = 1000
synthetic_call_s = 1
[alerts.mail]
host = "127.0.0.1"
port = {MAIL}
security = "none"
sender = "warroom@mp.example"
recipients = ["admin@mp.example", "night@mp.example"]
[alerts.webhook]
url = "http://127.0.0.1:{HOOK}/alerts"
[metrics]
serve_port = {SERVE}
api_port = {API}
"""


@pytest.fixture(scope="module")
async def mail() -> AsyncIterator[MailServer]:
    server = MailServer(port=MAIL)
    async with receiving(server):
        yield server


@pytest.fixture(scope="module")
async def hook() -> AsyncIterator[WebhookReceiver]:
    receiver = WebhookReceiver(port=HOOK)
    async with receiving(receiver):
        yield receiver


@pytest.fixture(scope="module")
async def watched(mail: MailServer, hook: WebhookReceiver) -> AsyncIterator[LiveStack]:
    """A stack that tells of its alerts; ended in a thread, since it speaks with the receivers till the end."""
    stack = open_stack(trunks=TRUNKS, services=("serve", "api"), further=SETTINGS)
    yield await asyncio.to_thread(stack.__enter__)
    await asyncio.to_thread(stack.__exit__, None, None, None)


def mailed(mail: MailServer, section: str, kind: str) -> bool:
    """Whether a mail tells of this kind below this heading."""
    text = "\n\n".join(one.get_content().replace("\r", "") for one in mail.mails)
    return any(part.startswith(f"{section}\n") and f"* {kind}:" in part for part in text.split("\n\n"))


async def test_trunk_that_dies_is_told_and_mended(watched: LiveStack, mail: MailServer, hook: WebhookReceiver) -> None:
    await until(lambda: mailed(mail, "NEW", "trunk-down"))
    async with provider_at(HOST, FAR_END):
        await until(lambda: mailed(mail, "MENDED", "trunk-down"))
        assert alerts_of(watched, "trunk-down") == []
        mail.mails.clear()
        hook.posts.clear()
    await until(lambda: mailed(mail, "NEW", "trunk-down"))
    await until(lambda: any("trunk-down" in [new["kind"] for new in post["new"]] for _, _, post in hook.posts))
    assert alerts_of(watched, "trunk-down")[0]["what"] == "trunk bsnl does not answer (OPTIONS)"
    assert mail.mails[0]["To"] == "admin@mp.example, night@mp.example"
    headers, body, _ = hook.posts[-1]
    secret = read_secret(watched.data, ALERTS_WEBHOOK)
    assert headers["x-warroom-signature"] == f"sha256={sign(secret, headers['x-warroom-timestamp'], body)}"
    listed = await warroom(watched.data, "alerts", "list", "--kind", "trunk-down")
    assert "trunks list" in listed.out


async def test_synthetic_call_is_a_test_everywhere_and_alerts_when_it_fails(
    watched: LiveStack, mail: MailServer, hook: WebhookReceiver
) -> None:
    logged = "SELECT direction, helpline, caller FROM call_log WHERE trunk = 'synthetic' AND ended IS NOT NULL"
    await until(lambda: query(watched, logged))
    assert set(query(watched, logged)) == {("test", "181", None)}
    assert query(watched, "SELECT count(*) FROM tickets") == [(0,)]
    stats = await warroom(watched.data, "stats", "--json")
    assert "synthetic" not in stats.out
    watched.processes.send("asterisk", signal.SIGSTOP)
    try:
        await until(lambda: mailed(mail, "NEW", "synthetic-call"))
    finally:
        watched.processes.send("asterisk", signal.SIGCONT)
    await until(lambda: mailed(mail, "MENDED", "synthetic-call"))
    assert alerts_of(watched, "synthetic-call") == []
    watched.asterisk("channel request hangup all")  # calls that came while it stood still: nobody is there any more


async def test_database_that_is_away_is_told_all_the_same(
    watched: LiveStack, mail: MailServer, hook: WebhookReceiver
) -> None:
    with closing(sqlite3.connect(watched.layout.store, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        await until(lambda: mailed(mail, "NEW", "database"))
        connection.execute("ROLLBACK")
    await until(lambda: mailed(mail, "MENDED", "database"))


async def test_test_message(watched: LiveStack, mail: MailServer, hook: WebhookReceiver) -> None:
    hook.status = 500
    ended = await warroom(watched.data, "alerts", "test", "--json")
    hook.status = 204
    assert (ended.code, [(one["channel"], one["sent"]) for one in json.loads(ended.out)]) == (
        1,
        [("mail", True), ("webhook", False)],
    )
    assert any("test message" in one["Subject"] for one in mail.mails)
    mail.refuses = True
    ended = await warroom(watched.data, "alerts", "test")
    mail.refuses = False
    assert "451" in ended.out


async def test_metrics(watched: LiveStack) -> None:
    def read(port: int) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return answer.read().decode()

    async with watched.call(caller="9876501234") as call:
        await call.hear("hi/greeting-181")

        async def shown() -> bool:
            return 'warroom_calls_active{helpline="181"} 1.0' in await asyncio.to_thread(read, SERVE)

        await until(shown)

    async def well() -> bool:  # a synthetic call may be late once on a slow machine; the next is due in a second
        return "\nwarroom_synthetic_call_failures 0.0\n" in await asyncio.to_thread(read, API)

    await until(well)
    serve, api = await asyncio.to_thread(read, SERVE), await asyncio.to_thread(read, API)
    assert re.search(r'^warroom_trunk_up\{trunk="bsnl"\} [01]\.0$', serve, re.MULTILINE)
    assert re.search(r'^warroom_calls_answered_total\{helpline="181"\} 1\.0$', serve, re.MULTILINE)
    assert re.search(r'^warroom_alerts_active\{kind="unreachable"\} 1\.0$', api, re.MULTILINE)
    assert "98765" not in serve + api
