"""Call-backs on a real store and desk: once each, whatever crashes when; only the telephone is made up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agi.ami.errors import AmiNotConnectedError, AmiRefusedError
from agi.ami.originator import FULL
from agi.callbacks.confirmation_calls import HOLD_S, RETRY_DELAY_S
from agi.channel_ids import ticket_of_channel
from agi.settings import CallbackSettings, CallSettings
from router.model.stages import Stage
from router.tickets.command import Command
from router.tickets.workflow import WARROOM
from tests.support.stores import opened_desk, opened_store, report
from tests.unit.agi.callbacks.callback_harness import DIGITS, PAUSE, CallbackHarness, Crash
from warroom.services.reply_channels import REPLY_CHANNELS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engines import Location


@pytest.fixture
async def harness(location: Location) -> AsyncIterator[CallbackHarness]:
    async with opened_store(location) as store, opened_desk(store, replies=REPLY_CHANNELS) as desk:
        yield CallbackHarness(store, desk)


async def test_resolved_ticket_is_called_and_its_answer_ends_the_row(harness: CallbackHarness) -> None:
    ticket = await harness.resolved()

    async def helped(number: str, channel: str) -> None:
        await harness.desk.citizen_answers(number, "helped", channel)

    harness.telephone.does = helped
    await harness.look()
    ((number, about, channel),) = harness.telephone.called
    assert (number, about, ticket_of_channel(channel)) == (DIGITS, ticket.number, ticket.number)
    assert (await harness.of(ticket.number)).stage is Stage.CONFIRMED
    row = await harness.row()
    assert (row.outcome, row.attempts, row.ended is not None) == ("confirmed", 0, True)
    harness.clock += timedelta(days=2)
    await harness.look()
    assert len(harness.telephone.called) == 1


async def test_not_yet_reopens_one_level_up_and_the_next_resolve_is_asked_anew(harness: CallbackHarness) -> None:
    ticket = await harness.resolved()

    async def not_yet(number: str, channel: str) -> None:
        await harness.desk.citizen_answers(number, "not-yet", channel)

    harness.telephone.does = not_yet
    await harness.look()
    ticket = await harness.of(ticket.number)
    assert (ticket.stage, ticket.level) == (Stage.REOPENED, 2)
    harness.clock += timedelta(minutes=1)
    await harness.command(ticket, "resolve")
    await harness.look()
    assert len({channel for _, _, channel in harness.telephone.called}) == 2


async def test_three_tries_without_an_answer_close_it_unconfirmed(harness: CallbackHarness) -> None:
    ticket = await harness.resolved()
    for tried in (1, 2, 3):
        await harness.look()
        await harness.look()  # the pause is kept
        assert len(harness.telephone.called) == tried
        harness.clock += PAUSE
    assert (await harness.of(ticket.number)).stage is Stage.UNCONFIRMED
    await harness.look()
    assert len(harness.telephone.called) == 3


async def test_trunk_without_a_free_channel_is_no_try(harness: CallbackHarness) -> None:
    await harness.resolved()

    async def full(*_: str) -> str:
        return FULL

    harness.telephone.does = full
    for called in range(1, 6):
        await harness.look()
        row = await harness.row()
        assert (len(harness.telephone.called), row.attempts, row.outcome, row.ended) == (called, 0, FULL, None)
        harness.clock += timedelta(seconds=RETRY_DELAY_S)


async def test_rejection_is_told_once_and_stays_rejected(harness: CallbackHarness) -> None:
    ticket = await harness.rejected()

    async def hears(number: str, channel: str) -> None:
        harness.caller.talked(channel, number, "told", person=True)

    harness.telephone.does = hears
    await harness.look()
    harness.clock += PAUSE
    await harness.look()
    assert len(harness.telephone.called) == 1
    assert (await harness.row()).outcome == "told"
    after = await harness.of(ticket.number)
    assert (after.stage, after.rejection) == (Stage.REJECTED, "not-found")


async def test_answer_the_store_would_not_take_is_written_after_the_call(harness: CallbackHarness) -> None:
    ticket = await harness.resolved()

    async def says(number: str, channel: str) -> None:
        harness.caller.talked(channel, number, "helped", person=True)

    harness.telephone.does = says
    await harness.look()
    assert (await harness.of(ticket.number)).stage is Stage.CONFIRMED
    assert harness.telephone.over == [harness.telephone.called[0][2]]


@pytest.mark.parametrize("changes", [{"phone": None}, {"callback_wanted": False}, {"phone": "+14155552671"}])
async def test_citizen_who_cannot_be_called_leaves_it_unconfirmed_at_once(
    harness: CallbackHarness, changes: Any
) -> None:
    ticket = await harness.resolved(**changes)
    await harness.look()
    assert harness.telephone.called == []
    assert (await harness.of(ticket.number)).stage is Stage.UNCONFIRMED


@pytest.mark.parametrize(("need", "called"), [("ration", 0), ("danger", 1)])
async def test_nobody_is_called_at_night_but_for_an_emergency(harness: CallbackHarness, need: str, called: int) -> None:
    harness.clock = datetime(2030, 4, 1, 20, tzinfo=UTC)  # half past one at night in India
    await harness.resolved(need=need, priority=1 if need == "danger" else None)
    await harness.look()
    assert len(harness.telephone.called) == called
    if not called:
        harness.clock = datetime(2030, 4, 2, 3, 29, tzinfo=UTC)
        await harness.look()
        assert harness.telephone.called == []
        harness.clock += timedelta(minutes=1)  # nine in the morning
        await harness.look()
        assert len(harness.telephone.called) == 1
        assert (await harness.row()).attempts == 1


async def test_lines_are_left_to_callers(harness: CallbackHarness) -> None:
    await harness.resolved()
    lines = CallbackSettings(reserved_lines=50)
    harness.start(CallSettings(max_calls=100, callbacks=lines))
    harness.telephone.callers = 50
    await harness.look()
    assert harness.telephone.called == []
    harness.telephone.callers = 49
    await harness.look()
    assert len(harness.telephone.called) == 1


async def test_no_more_than_at_once_and_none_while_asterisk_is_away(harness: CallbackHarness) -> None:
    for serial in range(4):
        ticket = await harness.desk.open(report(f"2.{serial}/1", phone=f"+91981234300{serial}"))
        harness.clock += timedelta(minutes=1)
        await harness.command(ticket, "resolve")
    harness.start(CallSettings(callbacks=CallbackSettings(reserved_lines=0, max_concurrent_calls=2)))
    hold = asyncio.Event()

    async def rings(number: str, channel: str) -> str:
        await hold.wait()
        return "busy"

    harness.telephone.does = rings
    harness.telephone.connected = False
    assert await harness.caller.look() == 0
    harness.telephone.connected = True
    assert await harness.caller.look() == 2
    assert await harness.caller.look() == 2
    hold.set()
    await asyncio.gather(*harness.caller._calls.values())
    assert len(harness.telephone.called) == 2


async def test_ticket_reopened_before_the_call_is_not_asked_about(harness: CallbackHarness) -> None:
    ticket = await harness.resolved()
    reopen = Command(command_id="anew", ticket=ticket.number, action="reopen")
    assert (await harness.desk.command(reopen, actor=WARROOM)).accepted
    await harness.look()
    assert harness.telephone.called == []
    assert (await harness.row()).outcome == "reopened"


async def test_ticket_that_moves_on_while_the_call_is_prepared_is_not_called(
    harness: CallbackHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await harness.resolved()
    mark = harness.caller._work.checkpoint

    async def reopened_first(*args: Any, **options: Any) -> bool:
        reopen = Command(command_id="anew", ticket=ticket.number, action="reopen")
        assert (await harness.desk.command(reopen, actor=WARROOM)).accepted
        return await mark(*args, **options)

    monkeypatch.setattr(harness.caller._work, "checkpoint", reopened_first)
    await harness.look()
    assert harness.telephone.called == []


async def test_refused_by_asterisk_is_no_try(harness: CallbackHarness) -> None:
    await harness.resolved()

    async def refused(number: str, channel: str) -> None:
        raise AmiRefusedError("Originate", "no such context")

    harness.telephone.does = refused
    await harness.look()
    row = await harness.row()
    assert (row.attempts, row.checkpoint, row.ended) == (0, "", None)


async def test_link_that_breaks_in_the_originate_counts_as_a_try(harness: CallbackHarness) -> None:
    await harness.resolved()

    async def breaks(number: str, channel: str) -> None:
        raise AmiNotConnectedError("Originate: the link was lost before the answer; it may have been done")

    harness.telephone.does = breaks
    await harness.look()
    await harness.look()
    assert ((await harness.row()).attempts, len(harness.telephone.called)) == (1, 1)


#: Where the service is killed, and how many calls have been placed by then.
STEPS = {"_step": 0, "checkpoint": 0, "marked": 0, "placed": 1, "retry": 1}


@pytest.mark.parametrize(("step", "placed"), STEPS.items())
async def test_service_killed_between_two_steps_never_calls_twice_in_a_row(
    harness: CallbackHarness, monkeypatch: pytest.MonkeyPatch, step: str, placed: int
) -> None:
    ticket = await harness.resolved()
    with monkeypatch.context() as patched:
        _kill_at(patched, harness, step)
        with suppress(Crash):
            await harness.caller.look()
        await asyncio.gather(*harness.caller._calls.values(), return_exceptions=True)
    assert len(harness.telephone.called) == placed

    harness.start()
    await harness.look()
    assert len(harness.telephone.called) == placed  # the lease, or the mark, holds the row
    harness.clock += timedelta(seconds=HOLD_S)
    await harness.look()
    if step in ("_step", "checkpoint"):  # nothing was marked: certainly not called
        assert len(harness.telephone.called) == 1
        return
    assert len(harness.telephone.called) == placed  # it may have been: a try, and then the pause
    assert (await harness.row()).attempts == 1
    harness.clock += PAUSE
    await harness.look()
    assert len(harness.telephone.called) == placed + 1
    channels = [channel for _, _, channel in harness.telephone.called]
    assert len(set(channels)) == len(channels)
    assert (await harness.of(ticket.number)).stage is Stage.RESOLVED


async def test_call_that_outlived_the_service_is_waited_for(
    harness: CallbackHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await harness.resolved()
    with monkeypatch.context() as patched:
        _kill_at(patched, harness, "placed")
        await harness.caller.look()
        await asyncio.gather(*harness.caller._calls.values(), return_exceptions=True)
    channel = harness.telephone.called[0][2]
    harness.start()
    harness.telephone.up.add(channel)
    harness.clock += timedelta(seconds=HOLD_S)
    await harness.look()
    assert (await harness.row()).checkpoint == channel
    await harness.desk.citizen_answers(
        ticket.number, "helped", channel
    )  # its conversation goes on with the new service
    harness.telephone.up.clear()
    harness.clock += timedelta(seconds=RETRY_DELAY_S)
    await harness.look()
    assert len(harness.telephone.called) == 1
    assert (await harness.row()).outcome == "confirmed"


def _kill_at(patched: pytest.MonkeyPatch, harness: CallbackHarness, step: str) -> None:
    """Let the service be killed when it comes to a step."""

    async def killed(*_: object, **__: object) -> Any:
        raise Crash

    async def killed_in_the_call(number: str, ticket: str, channel_id: str, *, limit_s: float) -> str:
        harness.telephone.called.append((number, ticket, channel_id))
        raise Crash

    if step == "_step":
        patched.setattr(harness.caller, "_step", killed)
    elif step == "marked":
        patched.setattr(harness.telephone, "call", killed)
    elif step == "placed":
        patched.setattr(harness.telephone, "call", killed_in_the_call)
    else:
        patched.setattr(harness.caller._work, step, killed)
