"""WhatsApp on a whole stack: what people say and show reaches their ticket, and what we say reaches them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support import whatsapp_webhooks as webhooks
from tests.support.brokers import until
from tests.support.commands import warroom
from tests.support.graph.stand_in import ACCOUNT, TOKEN, Refuse, StandInGraph, served
from tests.support.pictures import jpeg
from tests.support.ports import free_ports
from tests.support.speech import RATION, samples_of, wav
from tests.support.stores import opened_store
from warroom.config.paths import DataDirectory
from warroom.services.sim.whatsapp.webhook_events import Writer, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from router.model.ticket import Ticket
    from router.storage.engine import Storage

NUMBER = "919812343210"


@pytest.fixture(scope="module")
def meta_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def stack(meta_port: int) -> Iterator[LiveStack]:
    meta = f"http://127.0.0.1:{meta_port}"
    further = f'[whatsapp]\nphone_number_ids = ["{ACCOUNT}"]\ngraph_url = "{meta}"\n[alerts]\npoll_s = 1\n'
    with open_stack(services=("serve", "api", "transcribe"), further=further) as running:
        yield running


async def stopped(store: Storage) -> str:
    """Why nothing is sent; empty while there is no such alert."""
    standing = await store.read(lambda uow: uow.alerts.active())
    return next((str(one.data["what"]) for one in standing if one.kind == "whatsapp-stopped"), "")


async def write(stack: LiveStack, body: dict[str, Any], secret: str = webhooks.SECRET) -> None:
    """Post to the webhook as Meta does."""
    data, headers = signed(body, secret)
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://127.0.0.1:{stack.settings.api.port}/whatsapp/webhook", content=data, headers=headers
        )
    assert answer.status_code == 200, answer.text


async def test_voice_and_photograph_reach_their_ticket(stack: LiveStack, tmp_path: Path) -> None:
    (tmp_path / "say.wav").write_bytes(wav(samples_of(RATION)))
    (tmp_path / "roof.jpg").write_bytes(jpeg())
    script = f"/voice {tmp_path / 'say.wav'}\n/picture {tmp_path / 'roof.jpg'}\n"
    (tmp_path / "script").write_text(script)
    with (tmp_path / "script").open() as typed:
        ended = await warroom(stack.data, "whatsapp", "simulate", "--wait", "5", "--number", NUMBER, stdin=typed)
    assert ended.code == 0, ended.err
    (number,) = re.findall(r"^ticket (\d{9}):", ended.out, re.MULTILINE)
    assert f"टिकट नंबर {number}" in ended.out
    async with opened_store(DataDirectory(stack.data).store) as store:

        async def known() -> Ticket:
            found = await store.read(lambda uow: uow.tickets.by_number(number))
            assert found is not None
            return found

        async def whole() -> bool:
            ticket = await known()
            return bool(ticket.transcript) and ticket.pictures == 1

        await until(whole)
        ticket = await known()
    assert (ticket.service_code, ticket.district, ticket.channel) == ("ration", "bhopal", "whatsapp")
    assert (len(ticket.recordings), ticket.phone) == (1, f"+{NUMBER}")


@pytest.mark.long
async def test_without_a_token_messages_wait_and_go_out_at_once_with_one(stack: LiveStack, meta_port: int) -> None:
    graph, writer = StandInGraph(), Writer(ACCOUNT, "IN.13491208655302741918", NUMBER)
    secret = stack.data / "app-secret"
    secret.write_text(webhooks.SECRET)
    with secret.open() as typed:
        assert (await warroom(stack.data, "whatsapp", "secret", "app", stdin=typed)).code == 0
    async with served(graph, meta_port), opened_store(DataDirectory(stack.data).store) as store:

        async def taken() -> bool:
            try:
                await write(stack, writer.message("text", {"body": "नमस्ते"}))
            except AssertionError:  # the secret is read every two seconds
                return False
            return True

        await until(taken)
        await until(lambda: stopped(store))
        assert graph.requests == []
        secret.write_text(TOKEN)
        with secret.open() as typed:
            assert (await warroom(stack.data, "whatsapp", "secret", "token", stdin=typed)).code == 0
        await until(lambda: graph.sent)
        assert graph.sent[0].to == "IN.13491208655302741918"

        async def mended() -> bool:
            return not await stopped(store)

        await until(mended)
        graph.faults.append(Refuse(400, 131042))
        await write(stack, writer.message("text", {"body": "भोपाल में राशन नहीं मिल रहा है"}))
        await until(lambda: stopped(store))
        assert "131042" in await stopped(store)
        assert (await store.read(lambda uow: uow.messages_out.waiting("whatsapp"))).messages >= 1
    ended = await warroom(stack.data, "whatsapp", "status")
    assert "131042" in ended.out
    assert TOKEN not in ended.out + (stack.data / "log" / "api.log").read_text("utf-8", "replace")
