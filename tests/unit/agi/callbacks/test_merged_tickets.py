"""Citizens whose tickets were merged are called when the ticket that goes on is settled."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from router.model.stages import Stage
from router.tickets.merging import HELPED, NOT_YET
from router.tickets.workflow import CITIZEN
from tests.support.stores import opened_desk, opened_store, report
from tests.unit.agi.callbacks.test_confirmation_calls import House
from warroom.services.reply_channels import REPLY_CHANNELS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.model.ticket import Ticket

MAIN, OTHER, THIRD = "+919811100001", "+919811100002", "+919811100003"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_store(tmp_path / "s.sqlite") as store, opened_desk(store, replies=REPLY_CHANNELS) as desk:
        yield House(store, desk)


async def opened(house: House, phone: str) -> Ticket:
    return await house.desk.open(report(f"{phone}/1", phone=phone))


def answering(house: House, answers: dict[str, str]) -> None:
    """Each citizen, by ticket, says this when called."""

    async def says(number: str, channel: str) -> None:
        await house.desk.citizen_answers(number, answers[number], channel)  # type: ignore[arg-type]

    house.telephone.does = says


def called(house: House) -> list[str]:
    return sorted(f"+91{number}" for number, _, _ in house.telephone.called)


async def test_every_citizen_of_merged_tickets_is_called_once_and_each_word_is_kept(house: House) -> None:
    main, other, again, third = [await opened(house, phone) for phone in (MAIN, OTHER, MAIN, THIRD)]
    assert again.number == main.number  # the same telephone asks twice: one ticket
    await house.command(third, "merge", into=other.number)
    house.clock += timedelta(minutes=1)  # another command
    await house.command(other, "merge", into=main.number)
    main = await house.command(await house.of(main.number), "resolve")
    answering(house, dict.fromkeys((main.number, other.number, third.number), "helped"))
    await house.look()
    assert called(house) == [MAIN, OTHER, THIRD]
    assert (await house.of(main.number)).stage is Stage.CONFIRMED
    for merged in (other, third):
        ticket = await house.of(merged.number)
        assert (ticket.stage, ticket.notes[-1]) == (Stage.MERGED, f"{CITIZEN.name}: {HELPED}")
    await house.look()
    assert len(house.telephone.called) == 3


@pytest.mark.parametrize("first", ["helped", "unreached"])
async def test_not_yet_of_a_merged_citizen_reopens_the_ticket_that_goes_on(house: House, first: str) -> None:
    main, other = [await opened(house, phone) for phone in (MAIN, OTHER)]
    await house.command(other, "merge", into=main.number)
    await house.command(await house.of(main.number), "resolve")
    assert (await house.desk.citizen_answers(main.number, first, "callback.1")).accepted  # type: ignore[arg-type]
    answering(house, {other.number: "not-yet"})
    await house.look()
    assert called(house) == [OTHER]
    ticket = await house.of(main.number)
    assert (ticket.stage, ticket.level) == (Stage.REOPENED, 2)
    assert NOT_YET in (await house.of(other.number)).notes[-1]


async def test_merged_into_a_resolved_ticket_is_called_and_not_when_it_was_taken_up_again(house: House) -> None:
    main, other = [await opened(house, phone) for phone in (MAIN, OTHER)]
    await house.command(main, "resolve")
    await house.command(other, "merge", into=main.number)
    await house.desk.citizen_answers(main.number, "not-yet", "callback.1")
    await house.look()
    assert called(house) == []


async def test_unmerged_ticket_is_not_called(house: House) -> None:
    main, other = [await opened(house, phone) for phone in (MAIN, OTHER)]
    await house.command(other, "merge", into=main.number)
    await house.command(await house.of(main.number), "resolve")
    await house.command(await house.of(other.number), "unmerge")
    await house.look()
    assert called(house) == [MAIN]
