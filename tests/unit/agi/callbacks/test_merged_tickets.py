"""Citizens whose tickets were merged are called when the ticket that goes on is settled."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from router.model.stages import Stage
from router.tickets.confirmation.merging import HELPED, NOT_YET
from router.tickets.workflow import CITIZEN
from tests.support.stores import opened_desk, opened_store, report
from tests.unit.agi.callbacks.callback_harness import CallbackHarness
from warroom.services.reply_channels import REPLY_CHANNELS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.model.ticket import Ticket
    from router.storage.engines import Location

MAIN, OTHER, THIRD = "+919811100001", "+919811100002", "+919811100003"


@pytest.fixture
async def harness(location: Location) -> AsyncIterator[CallbackHarness]:
    async with opened_store(location) as store, opened_desk(store, replies=REPLY_CHANNELS) as desk:
        yield CallbackHarness(store, desk)


async def opened(harness: CallbackHarness, phone: str) -> Ticket:
    return await harness.desk.open(report(f"{phone}/1", phone=phone))


def answering(harness: CallbackHarness, answers: dict[str, str]) -> None:
    """Each citizen, by ticket, says this when called."""

    async def says(number: str, channel: str) -> None:
        await harness.desk.citizen_answers(number, answers[number], channel)  # type: ignore[arg-type]

    harness.telephone.does = says


def called(harness: CallbackHarness) -> list[str]:
    return sorted(f"+91{number}" for number, _, _ in harness.telephone.called)


async def test_every_citizen_of_merged_tickets_is_called_once_and_each_word_is_kept(harness: CallbackHarness) -> None:
    main, other, again, third = [await opened(harness, phone) for phone in (MAIN, OTHER, MAIN, THIRD)]
    assert again.number == main.number  # the same telephone asks twice: one ticket
    await harness.command(third, "merge", into=other.number)
    harness.clock += timedelta(minutes=1)  # another command
    await harness.command(other, "merge", into=main.number)
    main = await harness.command(await harness.of(main.number), "resolve")
    answering(harness, dict.fromkeys((main.number, other.number, third.number), "helped"))
    await harness.look()
    assert called(harness) == [MAIN, OTHER, THIRD]
    assert (await harness.of(main.number)).stage is Stage.CONFIRMED
    for merged in (other, third):
        ticket = await harness.of(merged.number)
        assert (ticket.stage, ticket.notes[-1]) == (Stage.MERGED, f"{CITIZEN.name}: {HELPED}")
    await harness.look()
    assert len(harness.telephone.called) == 3


@pytest.mark.parametrize("first", ["helped", "unreached"])
async def test_not_yet_of_a_merged_citizen_reopens_the_ticket_that_goes_on(
    harness: CallbackHarness, first: str
) -> None:
    main, other = [await opened(harness, phone) for phone in (MAIN, OTHER)]
    await harness.command(other, "merge", into=main.number)
    await harness.command(await harness.of(main.number), "resolve")
    assert (await harness.desk.citizen_answers(main.number, first, "callback.1")).accepted  # type: ignore[arg-type]
    answering(harness, {other.number: "not-yet"})
    await harness.look()
    assert called(harness) == [OTHER]
    ticket = await harness.of(main.number)
    assert (ticket.stage, ticket.level) == (Stage.REOPENED, 2)
    assert NOT_YET in (await harness.of(other.number)).notes[-1]


async def test_merged_into_a_resolved_ticket_is_called_and_not_when_it_was_taken_up_again(
    harness: CallbackHarness,
) -> None:
    main, other = [await opened(harness, phone) for phone in (MAIN, OTHER)]
    await harness.command(main, "resolve")
    await harness.command(other, "merge", into=main.number)
    await harness.desk.citizen_answers(main.number, "not-yet", "callback.1")
    await harness.look()
    assert called(harness) == []


async def test_unmerged_ticket_is_not_called(harness: CallbackHarness) -> None:
    main, other = [await opened(harness, phone) for phone in (MAIN, OTHER)]
    await harness.command(other, "merge", into=main.number)
    await harness.command(await harness.of(main.number), "resolve")
    await harness.command(await harness.of(other.number), "unmerge")
    await harness.look()
    assert called(harness) == [MAIN]
