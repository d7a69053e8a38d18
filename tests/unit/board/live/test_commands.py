"""Commands of pages: with the sender's name, again until they are answered, and the answer to who asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from board.accounts.audit import AuditUnavailableError
from board.accounts.identity import Identity, Role
from board.live.commands import MAX_PENDING, RESEND_S, STOCK_TIMES, Commands
from board.live.frames import FROM_PAGE
from board.live.tab import Tab
from router.mqtt.client import PublishRejectedError

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties

DESK = Identity("bhopal-1", "पहली मेज़", Role.ROOM, "district-bhopal", None, "s1")
TO = "rooms/district-bhopal"


class Link:
    """A link that keeps what is published."""

    answer_level = "board-1"
    serve = True

    def __init__(self) -> None:
        self.now = 0.0
        self.up = True
        self.refuses = False
        self.published: list[tuple[str, dict[str, Any], bool]] = []
        self.properties: list[Any] = []

    def below(self, topic: str) -> str:
        return f"warroom/1/{topic}"

    async def publish(self, topic: str, payload: str | None, *, retain: bool, properties: Properties | None) -> bool:
        if self.refuses:
            raise PublishRejectedError(topic, "no")
        if self.up:
            self.published.append((topic, json.loads(payload or "null"), retain))
            self.properties.append(properties)
        return self.up


class NoAudit:
    """Notes nothing, or cannot."""

    away = False

    async def command(self, *_: object) -> None:
        if self.away:
            raise AuditUnavailableError("away")

    stock = command


AUDIT: Any = NoAudit()


def page(identity: Identity = DESK) -> Tab:
    async def send(_: str) -> None:
        raise AssertionError

    return Tab(identity, send, lambda: "")


def answers(tab: Tab) -> list[dict[str, Any]]:
    return [json.loads(text) for text in tab._answers]


def command(command_id: str = "c1", to: str = TO, **more: object) -> Any:
    said = {"command_id": command_id, "action": "acknowledge", "ticket": "100000013", **more}
    return FROM_PAGE.validate_json(json.dumps({"type": "command", "to": to, "command": said}))


def reply(commands: Commands, link: Link, at: int = -1, **data: object) -> None:
    properties = link.properties[at]
    said = {"command_id": "c1", "accepted": True, "stage": "acknowledged", "version": 2, **data}
    payload = json.dumps({"data": said}).encode()
    commands.reply(("rooms", "district-bhopal", "replies", "board-1"), payload, properties.CorrelationData)


async def test_the_name_is_the_sessions_and_the_answer_comes_to_its_own_topic() -> None:
    link = Link()
    commands, tab = Commands(link, AUDIT), page()
    await commands.command(tab, command(by="somebody else"))
    ((topic, said, retain),) = link.published
    assert (topic, said["by"], retain) == (f"{TO}/commands", "पहली मेज़", False)
    assert link.properties[0].ResponseTopic == f"warroom/1/{TO}/replies/board-1"
    reply(commands, link)
    (answer,) = answers(tab)
    assert (answer["command_id"], answer["accepted"], answer["data"]) == (
        "c1", True, {"stage": "acknowledged", "version": 2},
    )  # fmt: skip
    assert commands.waiting == 0
    reply(commands, link)  # twice: nobody waits any more
    assert len(answers(tab)) == 1


async def test_it_is_sent_again_until_it_is_answered_and_not_once_the_page_has_gone() -> None:
    link = Link()
    commands, tab = Commands(link, AUDIT), page()
    await commands.command(tab, command())
    await commands.resend()
    assert len(link.published) == 1
    link.now += RESEND_S
    await commands.resend()
    assert len(link.published) == 2
    commands.forget(tab)
    link.now += RESEND_S
    await commands.resend()
    assert (len(link.published), commands.waiting) == (2, 0)


async def test_without_a_broker_it_waits() -> None:
    link = Link()
    link.up = False
    commands, tab = Commands(link, AUDIT), page()
    await commands.command(tab, command())
    await commands.resend()
    assert link.published == []
    link.up = True
    await commands.resend()
    assert len(link.published) == 1


async def test_a_page_that_has_connected_anew_gets_the_answer() -> None:
    link = Link()
    commands, old, new = Commands(link, AUDIT), page(), page()
    await commands.command(old, command())
    await commands.command(new, command())
    commands.forget(old)
    reply(commands, link, 0)
    assert [one["command_id"] for one in answers(new)] == ["c1"]
    assert answers(old) == []


async def test_somebody_elses_command_with_the_same_id_is_another() -> None:
    link = Link()
    other = Identity("bhopal-2", "Bhopal, desk 2", Role.ROOM, "district-bhopal", None, "s2")
    commands, mine, theirs = Commands(link, AUDIT), page(), page(other)
    await commands.command(mine, command())
    await commands.command(theirs, command())
    reply(commands, link, 0)
    assert (len(answers(mine)), len(answers(theirs))) == (1, 0)


@pytest.mark.parametrize("to", ["rooms/district-indore", "rooms/state", "operators/101", "operators/warroom"])
async def test_where_somebody_may_not_command_nothing_is_published(to: str) -> None:
    link = Link()
    commands, tab = Commands(link, AUDIT), page()
    await commands.command(tab, command(to=to))
    assert link.published == []
    assert [(one["accepted"], one["code"]) for one in answers(tab)] == [(False, "not-allowed")]


async def test_a_reply_to_another_room_is_nobodys() -> None:
    link = Link()
    commands, tab = Commands(link, AUDIT), page()
    await commands.command(tab, command())
    correlation = link.properties[0].CorrelationData
    payload = json.dumps({"data": {"command_id": "c1", "accepted": True}}).encode()
    commands.reply(("rooms", "district-indore", "replies"), payload, correlation)
    commands.reply(("rooms", "district-bhopal", "replies"), b"x", correlation)
    commands.reply(("rooms", "district-bhopal", "replies"), b"[]", correlation)
    assert answers(tab) == []
    reply(commands, link)
    assert len(answers(tab)) == 1


async def test_too_much_is_refused() -> None:
    link = Link()
    link.up = False
    commands, tab = Commands(link, AUDIT), page()
    await commands.command(tab, command("long", note="क" * 20_000))
    for n in range(MAX_PENDING + 1):
        await commands.command(tab, command(f"c{n}"))
    assert [one["code"] for one in answers(tab)] == ["too-large", "too-many"]


async def test_a_refusal_of_the_broker_is_told() -> None:
    link = Link()
    link.refuses = True
    commands, tab = Commands(link, AUDIT), page()
    await commands.command(tab, command())
    assert [(one["accepted"], one["code"]) for one in answers(tab)] == [(False, "not-allowed")]
    assert commands.waiting == 0


def stock(report: object = None, item: str = "wheat") -> Any:
    frame = {"type": "stock", "room": "district-bhopal", "item": item, "report_id": "r1", "report": report}
    return FROM_PAGE.validate_json(json.dumps(frame))


async def test_a_report_of_stock_is_retained_and_its_silence_is_yes() -> None:
    link = Link()
    commands, tab = Commands(link, AUDIT), page()
    await commands.stock(tab, stock({"quantity": 1}))
    assert link.published == [(f"{TO}/stock/wheat", {"quantity": 1}, True)]
    for _ in range(STOCK_TIMES):
        link.now += RESEND_S
        await commands.resend()
    assert len(link.published) == STOCK_TIMES
    assert [(one["command_id"], one["accepted"]) for one in answers(tab)] == [("r1", True)]


async def test_what_cannot_be_written_down_is_not_sent() -> None:
    link, audit = Link(), NoAudit()
    audit.away = True
    commands, tab = Commands(link, audit), page()  # type: ignore[arg-type]
    await commands.command(tab, command())
    await commands.stock(tab, stock({"quantity": 1}))
    assert link.published == []
    assert [one["code"] for one in answers(tab)] == ["not-audited", "not-audited"]
