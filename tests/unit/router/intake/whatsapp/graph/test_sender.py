"""What is queued is sent, and each kind of error does what its table says: a real store, a real HTTP server."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.intake.whatsapp.dialogue.replies import Button, Buttons, Text
from router.intake.whatsapp.graph.accounts import GraphAccounts
from router.intake.whatsapp.graph.budget import Budget, midnight
from router.intake.whatsapp.graph.errors import ErrorKind
from router.intake.whatsapp.graph.pace import PERSON_BURST, PERSON_S, Pace
from router.intake.whatsapp.graph.refusals import Refusals
from router.intake.whatsapp.graph.sender import LEASE_S, MAX_ATTEMPTS, MessageSender
from router.model.messaging.outgoing import DeliveryReport, NewOutgoing
from router.model.messaging.person import Contact
from router.settings_messaging import SIMULATOR, WhatsAppSettings
from tests.support.brokers import until
from tests.support.graph.stand_in import ACCOUNT, TOKEN, Cut, Refuse, Slow, StandInGraph, served
from tests.support.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.messaging.person import ChatPerson
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
NUMBER = "919812343210"
USER_ID = "IN.13491208655302741918"
ASKED = Buttons(text="मदद मिली?", buttons=(Button(id="1|a", title="हाँ"), Button(id="1|b", title="नहीं")))


@dataclass
class Clock:
    """Both clocks of the sender, moved by hand."""

    passed: float = 0.0

    def monotonic(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.passed)


class Desk:
    """A sender over a store and a stand-in, which does what is due when it is asked to."""

    def __init__(self, store: Storage, graph: StandInGraph, settings: WhatsAppSettings, socket: Path) -> None:
        self.store, self.graph, self.clock = store, graph, Clock()
        self.token: str | None = TOKEN
        self.others: list[tuple[str, str]] = []
        self.accounts = GraphAccounts(settings, lambda: self.token, socket)
        self.pace = Pace(settings.messages_per_second, self.clock.monotonic)
        self.refusals = Refusals(self.clock.monotonic)
        self.sender = MessageSender(
            store=store,
            accounts=self.accounts,
            settings=settings,
            pace=self.pace,
            budget=Budget(settings.daily_budget),
            refusals=self.refusals,
            other_way=self._other_way,
            now=self.clock.now,
        )
        self.keys = 0

    def _other_way(self, _uow: UnitOfWork, message: OutgoingMessage, person: ChatPerson) -> None:
        self.others.append((message.purpose, person.user))

    async def person(self, user: str = NUMBER, account: str = ACCOUNT, last_in: datetime | None = NOW) -> int:
        phone = None if "." in user else f"+{user}"
        contact = Contact("whatsapp", account, user, phone)
        return await self.store.write(lambda uow: uow.chat_people.arrived(contact, last_in))

    async def queue(self, person: int, body: Any = None, purpose: str = "answer", ticket: str = "") -> int:
        self.keys += 1
        key, said = f"k{self.keys}", body or Text(text=f"message {self.keys}")
        new = NewOutgoing("whatsapp", key, purpose, said.model_dump(mode="json"), person, ticket=ticket)

        def add(uow: UnitOfWork) -> int:
            assert uow.messages_out.add(new, self.clock.now())
            return max(one.id for one in _all(uow))

        return await self.store.write(add)

    async def work(self) -> None:
        """Do whatever is due now; a look may have been too early for what the last task put back."""
        idle = 0
        while idle < 2:
            idle = 0 if await self.sender.look() else idle + 1
            await asyncio.sleep(0.005)

    async def states(self) -> list[str]:
        return await self.store.read(lambda uow: [one.state for one in _all(uow)])

    @property
    def texts(self) -> list[str]:
        return [one.payload["text"]["body"] for one in self.graph.sent]


def _all(uow: UnitOfWork) -> list[OutgoingMessage]:
    found = (uow.messages_out.find(row) for row in range(1, 200))
    return [one for one in found if one is not None]


@pytest.fixture
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture
async def desk(tmp_path: Path, settings: dict[str, Any]) -> AsyncIterator[Desk]:
    graph = StandInGraph()
    async with served(graph) as url, opened_store(tmp_path / "s.sqlite") as store:
        chosen = WhatsAppSettings(phone_number_ids=(ACCOUNT,), graph_url=url, **settings)
        desk = Desk(store, graph, chosen, tmp_path / "simulator.sock")
        yield desk
        await desk.accounts.close()


def _with(**settings: Any) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("settings", [settings], ids=[""])


async def test_messages_of_a_person_go_out_once_and_in_order(desk: Desk) -> None:
    person = await desk.person()
    for _ in range(3):
        await desk.queue(person)
    await desk.work()
    assert desk.texts == ["message 1", "message 2", "message 3"]
    assert {one.to for one in desk.graph.sent} == {NUMBER}
    assert await desk.states() == ["sent"] * 3


async def test_a_person_with_a_user_id_is_written_to_by_it(desk: Desk) -> None:
    await desk.queue(await desk.person(USER_ID))
    await desk.work()
    assert desk.graph.sent[0].payload["recipient"] == USER_ID
    assert "to" not in desk.graph.sent[0].payload


async def test_one_person_is_not_sent_more_than_meta_allows(desk: Desk) -> None:
    person, other = await desk.person(), await desk.person("919812343211")
    for _ in range(PERSON_BURST + 2):
        await desk.queue(person)
    await desk.queue(other)
    await desk.work()
    assert len(desk.texts) == PERSON_BURST + 1  # the other does not wait
    desk.clock.passed += PERSON_S
    await desk.work()
    assert len(desk.texts) == PERSON_BURST + 2
    desk.clock.passed += PERSON_S
    await desk.work()
    assert await desk.states() == ["sent"] * (PERSON_BURST + 3)


async def test_without_a_token_everything_waits_and_goes_at_once_with_one(desk: Desk) -> None:
    desk.token = None
    person = await desk.person()
    first = await desk.queue(person)
    await desk.work()
    await desk.queue(await desk.person("919812343211"))
    await desk.work()
    assert (await desk.states(), desk.graph.requests) == (["queued"] * 2, [])
    assert [one.kind for one in desk.pace.troubles] == [ErrorKind.TOKEN]
    desk.token = TOKEN
    desk.pace.new_token()
    await desk.work()
    assert await desk.states() == ["sent"] * 2
    assert desk.pace.troubles == ()
    kept = await desk.store.read(lambda uow: uow.messages_out.find(first))
    assert kept is not None
    assert kept.attempts == 1  # waiting was none


@pytest.mark.parametrize(
    ("code", "kind"), [(190, ErrorKind.TOKEN), (131042, ErrorKind.MONEY), (131031, ErrorKind.BLOCK)]
)
async def test_the_number_rests_with_an_alert_and_the_queue_is_kept(desk: Desk, code: int, kind: ErrorKind) -> None:
    for at in range(3):
        await desk.queue(await desk.person(f"91981234321{at}"))
    desk.graph.faults += [Refuse(400, code)] * 3
    await desk.work()
    asked = len(desk.graph.requests)
    assert asked <= 3
    assert await desk.states() == ["queued"] * 3
    assert [one.kind for one in desk.pace.troubles] == [kind]
    await desk.work()
    assert len(desk.graph.requests) == asked  # nothing more is tried
    desk.graph.faults.clear()
    desk.clock.passed += 901
    await desk.work()
    assert (await desk.states(), desk.pace.troubles) == (["sent"] * 3, ())


async def test_the_simulator_is_not_kept_back_by_the_others(desk: Desk) -> None:
    desk.token = None
    await desk.queue(await desk.person())
    await desk.work()
    await desk.queue(await desk.person("919812343299", SIMULATOR))
    await desk.work()
    assert [one.account for one in desk.pace.troubles] == [ACCOUNT]
    message = await desk.store.read(lambda uow: uow.messages_out.find(2))
    assert message is not None
    assert message.attempts == 1  # tried, though nobody listens on its socket


async def test_too_fast_waits_as_long_as_the_answer_says(desk: Desk) -> None:
    await desk.queue(await desk.person())
    desk.graph.faults.append(Refuse(429, 130429, {"Retry-After": "40"}))
    await desk.work()
    desk.clock.passed += 39
    await desk.work()
    assert (await desk.states(), desk.pace.troubles) == (["queued"], ())
    desk.clock.passed += 20
    await desk.work()
    assert await desk.states() == ["sent"]


@pytest.mark.parametrize(
    "fault", [Refuse(503), Refuse(500, 131000), Cut(), Refuse(200)], ids=["503", "code", "cut", "?"]
)
async def test_a_fault_that_passes_is_tried_again(desk: Desk, fault: Any) -> None:
    await desk.queue(await desk.person())
    desk.graph.faults.append(fault)
    await desk.work()
    assert await desk.states() == ["queued"]
    desk.clock.passed += 5
    await desk.work()
    assert await desk.states() == ["sent"]
    assert len(desk.graph.sent) == 1


async def test_a_fault_that_stays_is_given_up_and_told_by_another_way(desk: Desk) -> None:
    await desk.queue(await desk.person(), purpose="ticket-number", ticket="100000013")
    desk.graph.faults += [Refuse(503)] * MAX_ATTEMPTS
    for _ in range(MAX_ATTEMPTS):
        await desk.work()
        desk.clock.passed += 600
    assert await desk.states() == ["failed"]
    assert desk.others == [("ticket-number", NUMBER)]


async def test_a_person_who_cannot_be_reached_is_told_by_another_way_at_once(desk: Desk) -> None:
    await desk.queue(await desk.person(), purpose="ticket-number", ticket="100000013")
    desk.graph.faults.append(Refuse(400, 131026))
    await desk.work()
    assert (await desk.states(), desk.others) == (["failed"], [("ticket-number", NUMBER)])
    assert desk.refusals.lasting == ()  # nobody's to mend


async def test_a_refused_content_is_not_tried_again_and_an_alert_for_an_hour(desk: Desk) -> None:
    await desk.queue(await desk.person())
    desk.graph.faults.append(Refuse(400, 132015))
    await desk.work()
    assert await desk.states() == ["failed"]
    assert desk.refusals.lasting == ("answer: 132015 (HTTP 400)",)
    desk.clock.passed += 3601
    assert desk.refusals.lasting == ()


@_with(templates={"confirm": "help_came"})
async def test_outside_the_window_a_template_with_the_buttons_own_ids(desk: Desk) -> None:
    person = await desk.person(last_in=NOW - timedelta(hours=25))
    await desk.queue(person, ASKED, "confirm", "100000013")
    await desk.queue(person, Text(text="words"), "answer")
    await desk.work()
    (sent,) = desk.graph.sent
    assert sent.payload["template"] == {
        "name": "help_came",
        "language": {"code": "hi"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "100000013"}]},
            *(
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": str(at),
                    "parameters": [{"type": "payload", "payload": said}],
                }
                for at, said in enumerate(("1|a", "1|b"))
            ),
        ],
    }
    assert (await desk.states(), desk.others) == (["sent", "failed"], [("answer", NUMBER)])


@_with(templates={"confirm": "help_came"})
async def test_a_window_that_meta_says_is_closed(desk: Desk) -> None:
    await desk.queue(await desk.person(), ASKED, "confirm", "100000013")
    desk.graph.faults.append(Refuse(400, 131047))
    await desk.work()
    assert [one.payload["type"] for one in desk.graph.sent] == ["template"]


@_with(daily_budget=2)
async def test_beyond_the_budget_only_numbers_and_danger_to_life(desk: Desk) -> None:
    for at, purpose in enumerate(("answer", "answer", "answer", "confirm", "ticket-number", "emergency")):
        await desk.queue(await desk.person(f"91981234321{at}"), purpose=purpose, ticket="100000013")
        await desk.work()
    assert await desk.states() == ["sent", "sent", "dropped", "dropped", "sent", "sent"]
    desk.clock.passed += (midnight(NOW) + timedelta(days=1) - NOW).total_seconds()
    await desk.queue(await desk.person(last_in=desk.clock.now()))
    await desk.work()
    assert (await desk.states())[-1] == "sent"


async def test_who_said_stop_gets_answers_alone(desk: Desk) -> None:
    person = await desk.person()
    await desk.store.write(lambda uow: uow.chat_people.set_dialogue(person, {}, stopped=True))
    await desk.queue(person, ASKED, "confirm", "100000013")
    await desk.queue(person)
    await desk.work()
    assert await desk.states() == ["dropped", "sent"]


async def test_killed_between_sending_and_writing_it_is_sent_again_with_the_same_words(desk: Desk) -> None:
    await desk.queue(await desk.person())
    slow = Slow()
    desk.graph.faults.append(slow)
    task = asyncio.create_task(desk.sender.run())
    await until(lambda: desk.graph.requests)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    slow.over.set()
    assert await desk.states() == ["queued"]
    await desk.work()
    assert len(desk.graph.requests) == 1  # its lease still runs
    desk.clock.passed += LEASE_S + 1
    await desk.work()
    assert (await desk.states(), desk.texts) == (["sent"], ["message 1"])


async def test_a_report_that_overtakes_the_answer_counts(desk: Desk) -> None:
    await desk.queue(await desk.person())
    await desk.work()
    report = DeliveryReport("whatsapp", desk.graph.sent[0].wamid, "delivered")
    await desk.store.write(lambda uow: uow.messages_out.report(report, NOW))
    assert await desk.states() == ["delivered"]
