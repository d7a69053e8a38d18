"""Conversations by WhatsApp with a real api process: webhook, dialogue, tickets, the Graph API's stand-in."""

from __future__ import annotations

import json
import sqlite3
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from router.model.stages import Stage
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room
from tests.support.brokers import until
from tests.support.stores import opened_desk, opened_store
from warroom.config.paths import DataDirectory
from warroom.config.secrets import WHATSAPP_SIMULATOR, read_secret
from warroom.config.settings import load_settings
from warroom.services.reply_channels import REPLY_CHANNELS
from warroom.services.sim.whatsapp import conversation
from warroom.services.sim.whatsapp.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.live.api.conftest import Api
    from warroom.services.sim.whatsapp.graph_server import SentMessage

NUMBER = "919826012345"


class Person:
    """One person, and all that is written to them."""

    def __init__(self, api: Api, user: str, number: str) -> None:
        data = api.data
        self.messages: list[str] = []
        self.chat = Conversation(
            webhook=f"{api.url}/whatsapp/webhook",
            secret=read_secret(data, WHATSAPP_SIMULATOR),
            version=load_settings(data).whatsapp.graph_version,
            socket_path=DataDirectory(data).whatsapp_simulator,
            user=user,
            number=number,
            told=self._told,
        )

    def _told(self, sent: SentMessage) -> None:
        self.messages.append(json.dumps(sent.payload, ensure_ascii=False))

    async def hears(self, count: int) -> str:
        """Return the newest message once so many have come."""
        await until(lambda: len(self.messages) >= count)
        assert len(self.messages) == count
        return self.messages[-1]


@asynccontextmanager
async def person(api: Api, user: str, number: str = "") -> AsyncIterator[Person]:
    one = Person(api, user, number)
    async with one.chat.going_on():
        yield one


@pytest.fixture(autouse=True)
def _own_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of these tests runs as their own user, not as the service's."""
    monkeypatch.setattr(conversation, "acting_as", lambda _: nullcontext())


def tickets(api: Api) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{DataDirectory(api.data).store}?mode=ro", uri=True) as store:
        return [json.loads(row[0]) for row in store.execute("SELECT document FROM tickets ORDER BY id")]


@pytest.mark.long
async def test_by_buttons_to_a_number_and_its_stage(api: Api) -> None:
    known = len(tickets(api))
    async with person(api, "IN.1001", NUMBER) as citizen:
        await citizen.chat.text("नमस्ते")
        assert "जान का ख़तरा" in await citizen.hears(1)
        await citizen.chat.press(4)
        await citizen.hears(2)
        await citizen.chat.location(23.2, 77.08)
        assert "दवा, सीहोर" in await citizen.hears(3)
        await citizen.chat.press(1)
        said = await citizen.hears(4)
        (ticket,) = tickets(api)[known:]
        assert ticket["service_request_id"] in said
        assert (ticket["service_code"], ticket["room"], ticket["phone"]) == (
            "medicine", "district-sehore", f"+{NUMBER}",
        )  # fmt: skip
        await citizen.chat.text(f"स्थिति {ticket['service_request_id']}")
        assert "कक्ष को भेज दिया है" in await citizen.hears(5)


async def test_danger_without_telephone(api: Api) -> None:
    known = len(tickets(api))
    async with person(api, "IN.1002") as citizen:
        await citizen.chat.text("bachao, ghar me aag lagi hai")
        assert "request_contact_info" in await citizen.hears(2)
        assert "108" in citizen.messages[0]
        (ticket,) = tickets(api)[known:]
        assert (ticket["service_code"], ticket["priority"], ticket["phone"]) == ("danger", 1, None)
        assert "IN.1002" not in json.dumps(ticket)
        await citizen.chat.contact("919826054321")
        assert "location_request_message" in await citizen.hears(3)
        await citizen.chat.text("sehore")
        await citizen.hears(4)
        (ticket,) = tickets(api)[known:]
        assert (ticket["phone"], ticket["room"]) == ("+919826054321", "district-sehore")


@pytest.mark.long
async def test_word_on_whether_help_came(api: Api) -> None:
    known = len(tickets(api))
    async with person(api, "IN.1003", "919826012399") as citizen:
        await citizen.chat.text("भोपाल में राशन नहीं मिल रहा है")
        await citizen.hears(1)
        await citizen.chat.press(1)
        await citizen.hears(2)
        (ticket,) = tickets(api)[known:]
        number = ticket["service_request_id"]
        async with (
            opened_store(DataDirectory(api.data).store) as store,
            opened_desk(store, replies=REPLY_CHANNELS) as desk,
        ):
            for step, action in enumerate(("acknowledge", "start", "resolve")):
                command = Command(command_id=f"word{step}", ticket=number, action=action)
                assert (await desk.command(command, actor=actor_of_room("district-bhopal"))).accepted
        assert "क्या आपको मदद मिली" in await citizen.hears(3)
        await citizen.chat.press(2)
        await until(lambda: tickets(api)[known]["stage"] == Stage.REOPENED)
        assert number in await citizen.hears(4)
