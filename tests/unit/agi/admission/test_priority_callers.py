"""A file for each telephone that waits for urgent or medical help, and for no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.admission.priority_callers import PriorityCallerFiles
from router.tickets.command import Command
from router.tickets.workflow import CITIZEN
from tests.support.stores import report

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engine import Storage
    from router.tickets.service import TicketService


async def test_known_numbers_are_those_of_open_urgent_and_medical_tickets(
    store: Storage, desk: TicketService, tmp_path: Path
) -> None:
    folder = tmp_path / "known"
    folder.mkdir()
    (folder / "9811000009").touch()  # closed while nobody looked
    ill = await desk.open(report("1.1/1", need="medical", phone="+919811000001"))
    await desk.open(report("1.2/1", need="medicine", phone="+919811000002"))
    await desk.open(report("1.3/1", need="ration", phone="+919811000003"))
    await desk.open(report("1.4/1", need="medical", phone=None))
    await desk.open(report("1.5/1", need="medical", phone="+14155550100"))
    await desk.open(report("1.6/1", need="danger", phone="+919811000006"))
    known = PriorityCallerFiles(store, folder)
    await known.look()
    assert {path.name for path in folder.iterdir()} == {"9811000001", "9811000002", "9811000006"}
    await desk.command(Command(command_id="one", ticket=ill.number, action="withdraw", note="better"), actor=CITIZEN)
    await known.look()
    assert {path.name for path in folder.iterdir()} == {"9811000002", "9811000006"}
