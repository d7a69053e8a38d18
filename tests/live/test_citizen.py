"""A citizen asks what is kept, and to be forgotten: afterwards the number is in no file of the stack."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from router.clock import utc_now
from router.pictures import PictureFiles, PictureStore
from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.commands import assert_one_clear_line, warroom
from tests.support.faults import TO_THE_NUMBER, settled, shorten, tickets_of
from tests.support.pictures import png
from tests.support.stores import opened_desk, opened_store
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import acting_as

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.conftest import LiveStack

CALLER = "9811470001"


def files_with(stack: LiveStack, text: str) -> list[str]:
    """The files of a stack in which a text stands; its prompts, which are many, are every stack's."""
    parts = [path for path in stack.data.iterdir() if path != stack.layout.prompts]
    files = [path for part in parts for path in (part, *part.rglob("*")) if path.is_file()]
    return [str(path.relative_to(stack.data)) for path in files if text.encode() in content(path)]


def content(path: Path) -> bytes:
    """A file's bytes; none once it is gone, as one that is renamed when it is complete."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


async def photograph(stack: LiveStack, number: str) -> None:
    """Have a ticket get a photograph, as the services do."""
    with acting_as(SERVICE_USER):
        async with opened_store(stack.layout.store) as store, opened_desk(store) as desk:
            pictures = PictureStore(desk, PictureFiles(stack.layout.pictures))
            await pictures.keep(
                number, png(), channel="whatsapp", source_key="w", received=utc_now(), caption=f"मेरा नंबर {CALLER}"
            )


async def test_citizen_is_shown_and_forgotten_in_store_broker_and_books(own_stack: LiveStack) -> None:
    stack = own_stack
    shorten(stack, "hi/details-ask")
    async with stack.call(caller=CALLER) as call:
        await answer(call, TO_THE_NUMBER)
    await settled(stack)
    (ticket,) = tickets_of(stack, CALLER)
    number = ticket["service_request_id"]
    await until(lambda: any("Master.csv" in name for name in files_with(stack, CALLER)))

    await photograph(stack, number)
    await settled(stack)
    shown = json.loads((await warroom(stack.data, "citizen", "show", f"0{CALLER}", "--json")).out)
    assert (shown["tickets"], shown["calls"], shown["pictures"]) == ([number], 1, 1)
    assert shown["book_places"] > 0
    dry = json.loads((await warroom(stack.data, "citizen", "forget", CALLER, "--dry-run", "--json")).out)
    assert dry == shown
    assert [one["service_request_id"] for one in tickets_of(stack, CALLER)] == [number]
    assert_one_clear_line(await warroom(stack.data, "citizen", "forget", "nobody"), "nobody")

    async with stack.room() as room:
        await room.ticket(service_request_id=number, phone=f"+91{CALLER}")
        done = await warroom(stack.data, "citizen", "forget", CALLER, "--yes", "--json")
        assert (done.code, json.loads(done.out)["left"]) == (0, []), done
        after = await room.ticket(service_request_id=number, phone=None)
    assert (after["service_code"], after["zipcode"], after["stage"]) == ("ration", "462001", ticket["stage"])
    await until(lambda: files_with(stack, CALLER) == [])
    assert [path for path in stack.layout.pictures.rglob("*") if path.is_file()] == []
    again = await warroom(stack.data, "citizen", "show", CALLER)
    assert "nothing is kept" in again.out
