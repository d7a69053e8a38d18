"""Shows or removes the data stored under a telephone number: store, broker, recordings, CDR."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from agi.cdr.masking import cdr_sizes, count_in_cdr, is_imported, mask_in_cdr
from agi.spoken_texts import texts as spoken_texts
from recordings import retention
from router.geo import load_places
from router.model.messaging.person import contact_of, person_of
from router.pictures import PictureFiles
from router.pictures.retention import delete_removed
from router.storage.repositories import citizen_repository
from warroom.config.broker_accounts import BrokerAccounts, BrokerError
from warroom.config.paths import DataDirectory
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from warroom.config.settings import Settings

WHY = "the citizen is forgotten"
_TRIES, _RETRY_DELAY_S = (
    40,
    0.25,
)  # ten seconds: a reader is done in milliseconds, and the broker has the change within a second


@dataclass(slots=True)
class CitizenRecord:
    """Everything stored under a telephone number.

    Attributes:
        phone: E.164; a contact where nobody knows one.
        tickets: Their numbers, oldest first.
        open: The open ones.
        recordings: File names.
        pictures: How many photographs lie at them.
        calls: How many are in the list of calls.
        rows: In which tables of the store the number stands, and in how many rows.
        book_places: How often it occurs in CDR and CEL files.
        left: What could not be done yet, and when it will be.
    """

    phone: str
    tickets: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)
    pictures: int = 0
    calls: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    book_places: int = 0
    left: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there is anything."""
        return bool(self.tickets or self.recordings or self.calls or self.rows or self.book_places)


async def telephone_of_ticket(store: Storage, number: str) -> str | None:
    """Return the telephone of a ticket, or of who wrote it; a contact such as ``whatsapp:7`` where nobody knows one.

    Returns:
        None when no ticket has the number, or its person is forgotten.

    Raises:
        StorageUnavailableError: the store cannot be read.
    """

    def look(uow: UnitOfWork) -> str | None:
        ticket = uow.tickets.by_number(number)
        writer = person_of(ticket.source_key) if ticket else None
        person = uow.chat_people.find(writer) if writer is not None else None
        if ticket is None or ticket.phone:
            return ticket.phone if ticket else None
        return (person.phone or contact_of(person.channel, person.id)) if person else None

    return await store.read(look)


async def find_citizen(data: Path, store: Storage, phone: str) -> CitizenRecord:
    """Return the data stored under a number, or of a contact without one: see `telephone_of_ticket`.

    Raises:
        StorageUnavailableError: the store cannot be read.
        OSError: a CDR or CEL file cannot be read.
    """
    if person_of(phone) is not None:
        found = await store.read(lambda uow: uow.citizens.of_contact(phone))
        pictures = await store.read(lambda uow: len(uow.pictures.of_tickets(found.tickets)))
        return CitizenRecord(phone, found.tickets, found.open, found.recordings, pictures)
    found = await store.read(lambda uow: uow.citizens.find(phone=phone))
    pattern = citizen_repository.pattern_of(phone)
    places = await asyncio.to_thread(count_in_cdr, DataDirectory(data).asterisk_log, pattern)
    pictures = await store.read(lambda uow: len(uow.pictures.of_tickets(found.tickets)))
    return CitizenRecord(phone, found.tickets, found.open, found.recordings, pictures, found.calls, found.rows, places)


async def forget(data: Path, settings: Settings, store: Storage, phone: str, *, imports: bool) -> CitizenRecord:
    """Take a number and all that was said under it out of store, broker and sound; tickets stay, without their person.

    Safe to repeat after a crash at any point. `forget_in_books` comes first: what is imported later has no number.

    Args:
        data: The data directory.
        settings: Of it.
        store: Open.
        phone: E.164, or a contact.
        imports: Whether the service runs, which imports CDR and CEL: it may have read a number that is masked since,
            and write it a moment later, so that its import is waited for.

    Returns:
        The data that was there, and the steps left to be done.

    Raises:
        StorageUnavailableError: the store cannot be written; earlier steps stay done.
        OSError: a recording or photograph cannot be deleted.
    """
    layout, was = DataDirectory(data), await find_citizen(data, store, phone)
    places = load_places()
    desk = make_ticket_service(data, settings, store, places, make_rules(data, places))
    try:
        await desk.forget(was.tickets)
    finally:
        await desk.close()
    await asyncio.to_thread(spoken_texts.clear, layout.spoken_texts, kept_s=0, most=0)  # no name says whose they are
    await delete_removed(store, PictureFiles(layout.pictures))
    folders = (layout.kept, layout.played, layout.incoming)
    await asyncio.to_thread(retention.unlink, folders, was.recordings)
    for name in was.recordings:  # the dialplan's note of the caller
        layout.incoming.joinpath(name).with_suffix(".caller").unlink(missing_ok=True)
    now = datetime.now(UTC)
    if was.recordings:
        await store.write(lambda uow: uow.recordings.forget(names=was.recordings, now=now, why=WHY))
    if (writer := person_of(phone)) is not None:
        await store.write(lambda uow: uow.chat_people.forget_person(writer))
        return was
    sizes = await asyncio.to_thread(cdr_sizes, layout.asterisk_log) if imports else {}
    if not await _soon(partial(_is_imported, store, sizes)):
        was.left.append("calls of before are still imported from CDR and CEL: run this again in a minute")
    await store.write(lambda uow: uow.chat_people.forget(phone))
    if await store.read(lambda uow: uow.citizens.has_call_going_on(phone=phone)):
        was.left.append("a call from or to this number goes on: run this again once it is over")
    rows = await store.read(lambda uow: uow.citizens.rows_with(phone=phone))
    await store.write(lambda uow: uow.citizens.forget_number(phone=phone, rows=rows))
    if not await _soon(partial(_all_sent, store)):
        was.left.append("the broker has the old tickets until it is reached again: warroom up, or see warroom doctor")
    if not await _soon(store.checkpoint):
        was.left.append("the store's log could not be emptied while others read it: run this again")
    return was


def forget_in_books(data: Path, phone: str) -> int:
    """Overwrite a number in CDR and CEL files; return how often it occurred. Blocks; raises OSError."""
    return mask_in_cdr(DataDirectory(data).asterisk_log, citizen_repository.pattern_of(phone))


async def _soon(done: Callable[[], Awaitable[bool]]) -> bool:
    for _ in range(_TRIES):
        if await done():
            return True
        await asyncio.sleep(_RETRY_DELAY_S)
    return False


async def _is_imported(store: Storage, sizes: Mapping[str, int]) -> bool:
    marks = await store.read(lambda uow: uow.cdr.marks())
    return is_imported(sizes, {key: mark.position for key, mark in marks.items()})


async def _all_sent(store: Storage) -> bool:
    return await store.read(lambda uow: uow.outbox.waiting()) == 0


def save_broker(data: Path, settings: Settings) -> None:
    """Have the broker write its memory to the disk now (mosquitto(8): SIGUSR1), if it runs here."""
    with contextlib.suppress(BrokerError, ProcessLookupError):
        os.kill(BrokerAccounts(data, settings.router.broker).process(), signal.SIGUSR1)
