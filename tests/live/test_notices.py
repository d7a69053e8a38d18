"""A notice to the public on a whole stack: spoken, on its topic, in CAP; a wrong one is gone within a minute."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
import wave
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from router.clock import utc_now
from router.mqtt.commands.operator_client import command_as_operator
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import WAIT_S, until
from tests.support.citizen import RATION_IN_BHOPAL, answer, booked, skip_details
from tests.support.commands import warroom
from tests.support.ears import ears
from tests.support.faults import as_router, shorten
from tests.support.notices import TEXT, TEXT_HI, cap_schema
from tests.support.operators import operator_at
from tests.support.queue_stack import OPERATORS
from warroom.config.secrets import MQTT_ROUTER, read_secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from router.mqtt.operator_messages import OperatorReply

GONE_S = 60.0
"""The promise: a wrong notice is withdrawn everywhere within a minute."""
ATOM = {"a": "http://www.w3.org/2005/Atom"}
SETTINGS = '[notices]\nsender = "warroom.mp.example"\n'


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with open_stack(services=("serve", "api"), further=SETTINGS, operators=OPERATORS) as running:
        shorten(running, "hi/greeting-181", "hi/danger", "hi/place-is", "hi/district-bhopal")
        yield running


async def notice(stack: LiveStack, *words: str) -> dict[str, Any]:
    """What a command of `warroom notice` says."""
    ended = await warroom(stack.data, "notice", *words, "--json")
    assert ended.code == 0, ended.err
    found: dict[str, Any] = json.loads(ended.out[ended.out.index("{") :])
    return found


async def as_warroom(stack: LiveStack, action: str, **words: Any) -> OperatorReply:
    """Do an action as the war room's desk does it."""
    password = read_secret(stack.data, MQTT_ROUTER)
    client = f"test-{uuid.uuid4().hex[:8]}"
    broker, said = stack.settings.router.broker, {"action": action, "by": "आशा", **words}
    return await command_as_operator(broker, ROUTER_ACCOUNT, password, said, client=client, limit_s=WAIT_S)


async def lies_at(stack: LiveStack, notice_id: str) -> dict[str, Any] | None:
    """What lies on the topic of a notice."""
    async with as_router(stack) as client:
        await client.subscribe(f"{stack.settings.router.broker.topic_root}/notices/{notice_id}", qos=1)
        try:
            async with asyncio.timeout(0.5):  # what is retained comes at once
                message = await anext(client.messages)
        except TimeoutError:
            return None
        found: dict[str, Any] | None = json.loads(message.payload)["data"] if message.payload else None
        return found


async def gone(stack: LiveStack, notice_id: str) -> bool:
    """Whether nothing lies on the topic of a notice."""
    return await lies_at(stack, notice_id) is None


async def cap_kinds(stack: LiveStack) -> list[tuple[str, str]]:
    """The entries of the index, newest first: kind and address."""
    async with httpx.AsyncClient() as client:
        index = await client.get(f"http://127.0.0.1:{stack.settings.api.port}/cap/index.xml")
    entries = ET.fromstring(index.text).findall("a:entry", ATOM)
    return [(one.find("a:category", ATOM).get("term"), one.find("a:link", ATOM).get("href")) for one in entries]  # type: ignore[union-attr, misc]


async def first_told(stack: LiveStack) -> str:
    """What a new caller hears after the way to help: a notice, or the menu."""
    async with stack.call(caller="9811770001") as call:
        await call.hear("hi/danger")
        return await call.hear("hi/notice-intro", "hi/main-menu")


async def tells(stack: LiveStack, prompt: str) -> bool:
    return await first_told(stack) == prompt


async def cap_text(address: str) -> str:
    async with httpx.AsyncClient() as client:
        answer = await client.get(address)
    assert answer.status_code == 200
    return answer.text


async def test_notice_is_heard_read_and_withdrawn_everywhere_within_a_minute(stack: LiveStack, tmp_path: Path) -> None:
    words = ("--text", TEXT, "--text-hi", TEXT_HI, "--event", "Heavy rain", "--event-hi", "भारी वर्षा")
    made = await notice(stack, "add", *words, "--districts", "all", "--until", "+6h")
    refused = await warroom(stack.data, "notice", "publish", made["id"])
    assert refused.code == 1
    assert "has not been heard" in refused.err
    prompt = f"notice-{made['id']}-1"
    await until((stack.layout.notices / "en" / f"{prompt}.sln16").is_file)
    heard = await notice(stack, "hear", made["id"], "--out", str(tmp_path / "heard.wav"), "--yes")
    assert heard["status"] == "heard"
    with wave.open(str(tmp_path / "heard.wav")) as sound:
        assert 5 < sound.getnframes() / sound.getframerate() < 40
    assert (await notice(stack, "publish", made["id"]))["status"] == "published"

    await until(lambda: lies_at(stack, made["id"]))
    (kind, address), *_ = await cap_kinds(stack)
    assert kind == "Alert"
    alert = await cap_text(address)
    cap_schema().validate(alert)
    assert TEXT_HI in alert
    await until(lambda: tells(stack, "hi/notice-intro"))
    stack.matcher = ears(tmp_path / "ears", stack.layout.prompts, stack.layout.notices)
    async with stack.call(caller="9811770002") as call:
        await call.hear("hi/danger")
        await call.hear(f"hi/{prompt}")
        await call.press("1")  # it is a choice of the menu, whose words need not be waited for
        await call.hear("hi/food-menu")

    started = time.monotonic()
    await notice(stack, "withdraw", made["id"], "--reason", "the river fell")
    (kind, address), *_ = await cap_kinds(stack)
    assert kind == "Cancel"
    cancel = await cap_text(address)
    cap_schema().validate(cancel)
    assert made["id"] in cancel
    assert "the river fell" in cancel
    await until(lambda: gone(stack, made["id"]), seconds=GONE_S)
    await until(lambda: tells(stack, "hi/main-menu"), seconds=GONE_S)
    assert time.monotonic() - started < GONE_S


@pytest.mark.long
async def test_desk_publishes_for_a_district_and_a_lost_sound_stops_no_call(stack: LiveStack, tmp_path: Path) -> None:
    ends = (utc_now() + timedelta(hours=6)).isoformat()
    words = {"text": TEXT, "text_hi": TEXT_HI, "ends": ends, "districts": ["bhopal"]}
    added = await as_warroom(stack, "notice-add", **words)
    assert added.accepted, added.reason
    which = {"notice": added.data["notice"], "revision": 1}
    assert (await as_warroom(stack, "notice-publish", **which)).code == "not-heard"

    async def heard() -> bool:
        reply = await as_warroom(stack, "notice-hear", **which)
        assert reply.accepted or reply.code == "no-sound", reply
        return reply.accepted

    await until(heard)
    published = await as_warroom(stack, "notice-publish", **which)
    assert published.data == {**which, "status": "published"}
    prompt = f"notice-{which['notice']}-1"
    stack.matcher = ears(tmp_path / "ears", stack.layout.prompts, stack.layout.notices)
    async with stack.room() as room, stack.call(caller="9811770003") as call:
        await answer(call, RATION_IN_BHOPAL[:4])
        await call.hear(f"hi/{prompt}")
        assert call.heard.count(stack.matcher.known_as(f"hi/{prompt}")) == 1
        await call.press("5")  # any key goes on
        await answer(call, RATION_IN_BHOPAL[4:])
        await skip_details(call)
        await booked(call)
        await room.ticket(phone="+919811770003")
    async with stack.call(caller="9811770003") as call:  # where they were last time is known now
        await call.hear("hi/danger")
        await call.hear(f"hi/{prompt}")
    for path in (stack.layout.notices / "hi").glob(f"{prompt}.*"):
        path.unlink()
    async with stack.call(caller="9811770003") as call:  # whether it is known by now that it is gone, or not yet
        await answer(call, (("danger", "1"),))
        await call.hear("hi/food-menu")
    by_room = await as_warroom(stack, "notice-withdraw", notice=which["notice"])
    assert by_room.data["status"] == "withdrawn"
    await until(lambda: gone(stack, which["notice"]), seconds=GONE_S)


@pytest.mark.long
async def test_notice_is_heard_on_a_telephone_before_it_goes_out(stack: LiveStack, tmp_path: Path) -> None:
    words = ("--text", TEXT, "--text-hi", TEXT_HI, "--districts", "bhopal", "--until", "+6h")
    made = await notice(stack, "add", *words)
    prompt = f"notice-{made['id']}-1"
    await until((stack.layout.notices / "en" / f"{prompt}.sln16").is_file)
    stack.matcher = ears(tmp_path / "ears", stack.layout.prompts, stack.layout.notices)
    async with operator_at(stack, "101", "127.0.2.101") as telephone:
        hearing = asyncio.create_task(notice(stack, "hear", made["id"], "--call", "101", "--yes"))
        async with telephone.takes() as call:
            await call.hear(f"hi/{prompt}")
            await call.hear(f"en/{prompt}")
        assert (await hearing)["status"] == "heard"
    nobody = await warroom(stack.data, "notice", "hear", made["id"], "--call", "101", "--yes")
    assert nobody.code == 1
    assert "101" in nobody.err
    await notice(stack, "withdraw", made["id"])
