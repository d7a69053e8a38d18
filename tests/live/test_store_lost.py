"""The store is lost, or put back from a backup: nothing retained is cleared, no number is given out twice."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from router.mqtt.retained.messages import RetainedMessages
from router.tickets.ticket_number import serial_of
from tests.support.brokers import sent
from tests.support.commands import assert_one_clear_line, warroom
from tests.support.remembered import retained, told
from tests.support.stores import opened_desk, report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from router.model.ticket import Ticket
    from tests.live.conftest import LiveStack


async def opened(stack: LiveStack, keys: Iterable[str]) -> list[Ticket]:
    """Open tickets as another process would, and wait until the broker has them."""
    from router.storage.engine import Storage

    store = Storage(stack.layout.store, RetainedMessages())
    await store.open()
    try:
        async with opened_desk(store) as desk:
            tickets = [await desk.open(report(key)) for key in keys]
        await sent(store)
    finally:
        await store.close()
    return tickets


def _stop(stack: LiveStack) -> None:
    stack.processes.close()


def _start(stack: LiveStack) -> None:
    stack.processes.__enter__()


@pytest.mark.long
async def test_lost_store_stops_the_start_and_recover_takes_over_what_the_broker_has(own_stack: LiveStack) -> None:
    stack = own_stack
    tickets = await opened(stack, [f"k{i}" for i in range(3)])
    await told(stack, 3)
    before = await retained(stack, "rooms/+/tickets/#")
    assert len(before) == 3
    await asyncio.to_thread(_stop, stack)
    shutil.rmtree(stack.layout.store.parent)

    assert_one_clear_line(await warroom(stack.data, "up"), "store", "gone", "warroom recover")
    stack.layout.store_mark.unlink()  # a data directory that never had one: the broker's file speaks
    assert_one_clear_line(await warroom(stack.data, "up"), "store", "gone", "warroom recover")
    assert not stack.layout.store.exists()

    dry = json.loads((await warroom(stack.data, "recover", "--dry-run", "--json")).out)
    assert (dry["needed"], dry["tickets"]) == (True, 3)
    assert not stack.layout.store.exists()
    done = json.loads((await warroom(stack.data, "recover", "--json")).out)
    assert (done["needed"], done["tickets"]) == (True, 3)
    again = json.loads((await warroom(stack.data, "recover", "--json")).out)
    assert (again["needed"], again["tickets"]) == (False, 0)

    await asyncio.to_thread(_start, stack)
    assert await retained(stack, "rooms/+/tickets/#") == before
    (later,) = await opened(stack, ["later"])
    assert serial_of(later.number) > max(serial_of(ticket.number) for ticket in tickets)
    (same,) = await opened(stack, ["k1"])  # the report is known: its ticket is found, no second one is opened
    assert same.number == tickets[1].number


@pytest.mark.long
async def test_backup_put_back_passes_the_gate_only_after_recover(own_stack: LiveStack, tmp_path: Path) -> None:
    stack = own_stack
    (old,) = await opened(stack, ["old"])
    await told(stack, 1)
    await asyncio.to_thread(_stop, stack)
    backup = tmp_path / "backup.sqlite"
    shutil.copy(stack.layout.store, backup)
    await asyncio.to_thread(_start, stack)
    newer = await opened(stack, ["a", "b"])
    await told(stack, 3)
    before = await retained(stack, "rooms/+/tickets/#")
    await asyncio.to_thread(_stop, stack)
    shutil.copy(backup, stack.layout.store)
    stack.layout.make()

    assert_one_clear_line(await warroom(stack.data, "up"), "older copy", "warroom recover")
    stack.layout.store_mark.unlink()  # only the broker remembers: the service itself must see it
    refused = await asyncio.to_thread(_refused, stack)
    assert "older copy" in refused
    assert f"warroom --data {stack.data} recover" in refused
    assert (await warroom(stack.data, "recover")).code == 0
    await asyncio.to_thread(_start, stack)
    assert await retained(stack, "rooms/+/tickets/#") == before
    (later,) = await opened(stack, ["later"])
    assert serial_of(later.number) > serial_of(newer[-1].number)
    assert len({old.number, later.number, *(ticket.number for ticket in newer)}) == 4


def _refused(stack: LiveStack) -> str:
    from warroom.services.stack.processes import StackError

    try:
        stack.processes.__enter__()
    except StackError as problem:
        return str(problem)
    raise AssertionError("it started")
