"""WhatsApp's webhook of a real api process: messages become tickets, whatever happens to the process."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from router.clock import utc_now
from router.intake.whatsapp.webhook import PATH
from tests.live.api.conftest import prepare_api, start_api
from tests.support.brokers import until
from tests.support.stores import opened_store
from tests.support.whatsapp_webhooks import body_of, signed, text, value
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.api.conftest import Api

DANGER = "मेरे घर में आग लगी है, बच्चे अंदर फँसे हैं, भोपाल"


def of(number: int, words: str = DANGER) -> dict[str, Any]:
    """A message of one of many people; sent now."""
    return text(words, number=f"9170{number:08d}", timestamp=str(int(time.time())))


async def post(client: httpx.AsyncClient, message: dict[str, Any]) -> int:
    body = body_of(value(message))
    return (await client.post(PATH, content=body, headers=signed(body))).status_code


def tickets_of(data: Path, phone: str) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{DataDirectory(data).store}?mode=ro", uri=True) as store:
        rows = store.execute("SELECT document FROM tickets WHERE phone = ?", (phone,)).fetchall()
    return [json.loads(row[0]) for row in rows]


async def test_message_becomes_a_ticket_and_its_number_is_queued(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url, timeout=20) as client:
        message = of(1)
        assert await post(client, message) == 200
        assert await post(client, message) == 200
    await until(lambda: tickets_of(api.data, "+917000000001"))
    async with opened_store(DataDirectory(api.data).store) as store:
        await until(lambda: _is_empty(store))
        (ticket,) = tickets_of(api.data, "+917000000001")
        number = ticket["service_request_id"]
        said = await store.read(lambda uow: uow.messages_out.of_ticket(number))
    assert ticket["priority"] == 1
    assert any(number in str(message.body) for message in said)


async def _is_empty(store: Any) -> bool:
    waiting = await store.read(lambda uow: uow.chat_in.waiting("whatsapp", utc_now()))
    return bool(waiting.messages == 0)


async def test_log_tells_neither_number_nor_text_nor_secret(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url, timeout=20) as client:
        message = of(2, "गुप्त बात")
        assert await post(client, message) == 200
        odd = {**of(3), "id": ""}
        assert await post(client, odd) == 200
        assert (await client.post(PATH, content=b"{}", headers=signed(b"{}", "wrong"))).status_code == 401
    await until(lambda: "kept as it is" in (api.data / "api.log").read_text())
    written = (api.data / "api.log").read_text()
    for private in ("917000000002", "7000000003", "गुप्त", "app-secret", message["id"]):
        assert private not in written


@pytest.mark.long
async def test_killed_at_any_moment_each_message_is_one_ticket(tmp_path: Path) -> None:
    """Three kills among a hundred messages; what was not answered 200 is delivered again, as Meta does."""
    url = prepare_api(tmp_path)
    process = start_api(tmp_path)
    people = range(100, 200)
    try:
        for round_ in range(4):
            some = people[round_ * 25 : round_ * 25 + 25]
            messages = [of(number) for number in some]
            async with httpx.AsyncClient(base_url=url, timeout=20) as client:
                sending = [asyncio.create_task(_deliver(client, message)) for message in messages]
                if round_ < 3:
                    await asyncio.sleep(0.05 + 0.9 * round_)  # among commits; while work goes on; after it
                    process.kill()
                    await asyncio.to_thread(process.wait)
                    process = await asyncio.to_thread(start_api, tmp_path)
                await asyncio.gather(*sending)
        phones = [f"+9170{number:08d}" for number in people]
        await until(lambda: all(tickets_of(tmp_path, phone) for phone in phones))
        async with opened_store(DataDirectory(tmp_path).store) as store:
            await until(lambda: _is_empty(store))
            counts = await store.read(lambda uow: uow.chat_in.counts("whatsapp"))
        assert [len(tickets_of(tmp_path, phone)) for phone in phones] == [1] * len(phones)
        assert "set-aside" not in counts
        assert _doubled(tmp_path) == []
    finally:
        process.kill()
        process.wait()


async def _deliver(client: httpx.AsyncClient, message: dict[str, Any]) -> None:
    while True:
        try:
            if await post(client, message) == 200:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.2)  # Meta, too, pauses before it delivers again


def _doubled(data: Path) -> list[Any]:
    """Answers that were queued more than once for one ticket."""
    query = "SELECT ticket, count(*) FROM messages_out WHERE purpose != 'answer' GROUP BY ticket HAVING count(*) > 1"
    with sqlite3.connect(f"file:{DataDirectory(data).store}?mode=ro", uri=True) as store:
        return store.execute(query).fetchall()
