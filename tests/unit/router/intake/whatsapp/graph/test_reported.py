"""A message that Meta took and could not deliver is sent once more, or its person is told by another way; done once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.clock import utc_now
from router.intake.whatsapp.dialogue.replies import Text
from router.intake.whatsapp.graph.pace import Pace
from router.intake.whatsapp.graph.refusals import Refusals
from router.intake.whatsapp.graph.reported import AGAIN, ReportedFailures
from router.model.messaging.outgoing import DeliveryReport, NewOutgoing
from router.model.messaging.person import Contact
from router.notices.messages import prefix_of
from tests.support.notices import Clock, service, words
from tests.support.stores import opened_desk, opened_store, places, report
from warroom.services.whatsapp_sending import OtherWayBySms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.messaging.person import ChatPerson
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

NUMBER = "919812343210"


class Desk:
    """Sees to reports over a store; ``others`` are those told by another way."""

    def __init__(self, store: Storage) -> None:
        self.store = store
        self.others: list[str] = []
        self.pace, self.refusals = Pace(80), Refusals()
        self.begin()

    def begin(self) -> None:
        """Start anew, as after a restart."""
        self.worker = ReportedFailures(self.store, self.pace, self.refusals, self._other_way)

    def _other_way(self, _uow: UnitOfWork, message: OutgoingMessage, _person: ChatPerson) -> None:
        self.others.append(message.key)

    async def failed(self, key: str, error: str, purpose: str = "answer") -> None:
        """Queue and send a message, and have it reported as failed."""

        def write(uow: UnitOfWork) -> None:
            person = uow.chat_people.arrived(Contact("whatsapp", "1", NUMBER, f"+{NUMBER}"), utc_now())
            body = Text(text="words").model_dump(mode="json")
            uow.messages_out.add(NewOutgoing("whatsapp", key, purpose, body, person), utc_now())
            message = uow.messages_out.claim("whatsapp", utc_now(), 60)
            assert message is not None
            uow.messages_out.sent(message.id, f"wamid.{key}", utc_now())
            uow.messages_out.report(DeliveryReport("whatsapp", f"wamid.{key}", "failed", error), utc_now())

        await self.store.write(write)

    async def queued(self) -> list[str]:
        def keys(uow: UnitOfWork) -> list[str]:
            found = (uow.messages_out.find(row) for row in range(1, 10))
            return [one.key for one in found if one is not None and one.state == "queued"]

        return await self.store.read(keys)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened_store(tmp_path / "s.sqlite") as store:
        yield Desk(store)


async def test_a_fault_that_passes_is_sent_once_more_and_no_more(desk: Desk) -> None:
    await desk.failed("a", "131000 Something went wrong")
    assert await desk.worker.look() == 1
    assert await desk.worker.look() == 0
    desk.begin()
    await desk.worker.look()
    assert (await desk.queued(), desk.others) == ([f"a{AGAIN}"], [])


async def test_what_fails_again_is_told_by_another_way(desk: Desk) -> None:
    await desk.failed(f"a{AGAIN}", "131000")
    await desk.worker.look()
    assert (await desk.queued(), desk.others) == ([], [f"a{AGAIN}"])


async def test_who_cannot_be_reached_is_told_by_another_way_at_once(desk: Desk) -> None:
    await desk.failed("a", "131026 Message undeliverable")
    await desk.worker.look()
    assert (await desk.queued(), desk.others) == ([], ["a"])
    assert (desk.pace.troubles, desk.refusals.lasting) == ((), ())


async def test_an_account_that_cannot_pay_rests_with_an_alert(desk: Desk) -> None:
    await desk.failed("a", "131042 Business eligibility payment issue")
    await desk.worker.look()
    assert [one.what for one in desk.pace.troubles] == ["131042 Business eligibility payment issue"]
    assert desk.pace.resting() == {"1"}
    assert await desk.queued() == [f"a{AGAIN}"]


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_a_notice_that_was_withdrawn_is_not_sent_once_more(desk: Desk, *, withdrawn: bool) -> None:
    war_room = service(desk.store, Clock())
    notice = await war_room.add(words(), by="Asha")
    await war_room.hear(notice.id, 1, by="Asha")
    await war_room.publish(notice.id, by="Asha")
    if withdrawn:
        await war_room.withdraw(notice.id, by="Asha")
    key = f"{prefix_of(notice)}1"
    await desk.failed(key, "131000", "notice")
    await desk.worker.look()
    assert await desk.queued() == ([] if withdrawn else [f"{key}{AGAIN}"])
    assert desk.others == []


async def test_a_question_whether_help_came_is_its_own_workers(desk: Desk) -> None:
    await desk.failed("outcome/100000013/4", "131000")
    await desk.worker.look()
    assert (await desk.queued(), desk.others) == ([], [])


@pytest.mark.parametrize(("wanted", "need", "told"), [(True, "ration", 1), (False, "ration", 0), (True, "abuse", 0)])
async def test_a_tickets_number_goes_by_sms_where_that_is_set_and_nobody_may_mind(
    tmp_path: Path, *, wanted: bool, need: str, told: int
) -> None:
    private = {one.id for one in places().needs.values() if one.private}
    need = need if need != "abuse" else min(private)
    async with opened_store(tmp_path / "s.sqlite") as store, opened_desk(store) as tickets:
        ticket = await tickets.open(report("whatsapp/1", channel="whatsapp", helpline=None, call="", need=need))
        sms = OtherWayBySms(places(), lambda: wanted)

        def give_up(uow: UnitOfWork) -> int:
            person = uow.chat_people.arrived(Contact("whatsapp", "1", NUMBER, f"+{NUMBER}"), utc_now())
            body = Text(text="words").model_dump(mode="json")
            new = NewOutgoing("whatsapp", "a", "ticket-number", body, person, ticket=ticket.number)
            uow.messages_out.add(new, utc_now())
            message, found = uow.messages_out.find(1), uow.chat_people.find(person)
            assert message is not None
            assert found is not None
            for _ in range(2):
                sms(uow, message, found)
            return uow.messages_out.waiting("sms").messages

        assert await store.write(give_up) == told
