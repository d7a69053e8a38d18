"""The transcribe process: transcription and housekeeping of recordings. Calls never wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from functools import partial
from typing import TYPE_CHECKING

from recordings.housekeeping import Housekeeping
from recordings.nlu import Lexicon
from recordings.spool import Spool
from recordings.transcription.transcriber import Transcriber, worker_count
from router.geo import STATE_ROOM, load_places
from router.storage.engine import Storage
from router.storage.errors import StorageUnavailableError
from router.storage.repositories import alert_repository
from warroom.config.paths import DataDirectory
from warroom.services.retention import DataRetention
from warroom.services.store_gate import wait_at_gate
from warroom.services.store_presence import store_there
from warroom.services.systemd_notify import notify_ready
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from warroom.config.settings import Settings

_DISK = "disk"
"""The kind of alert that room for recordings runs out."""

_log = logging.getLogger(__name__)


async def run(data: Path, settings: Settings) -> None:
    """Transcribe until SIGTERM or SIGINT; a recording in hand is begun again at the next start."""
    layout = DataDirectory(data)
    async with contextlib.AsyncExitStack() as stack:
        store = Storage(store_there(data), busy_limit_s=settings.router.busy_limit_s)
        await store.open()
        stack.push_async_callback(store.close)
        await wait_at_gate(data, settings, store)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        places = load_places()
        rules = await asyncio.to_thread(make_rules, data, places)
        desk = make_ticket_service(data, settings, store, places, rules)
        stack.push_async_callback(desk.close)
        lexicon = await asyncio.to_thread(Lexicon.load, places)
        transcriber = Transcriber(
            store=store, desk=desk, kept=layout.kept, settings=settings.recordings, lexicon=lexicon
        )
        keeper = Housekeeping(
            store=store,
            spool=Spool(layout.incoming, layout.kept),
            kept=layout.kept,
            played=layout.played,
            settings=settings.recordings,
            tell=partial(_tell_of_disk, store),
        )
        keeping = DataRetention(store, desk, settings.keep_days)
        work = [asyncio.create_task(part.run()) for part in (transcriber, keeper, keeping)]
        notify_ready("transcribing")
        _log.info("transcribing with %d workers", worker_count(settings.recordings.workers))
        stopped = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([stopped, *work], return_when=asyncio.FIRST_COMPLETED)
        for task in (stopped, *work):
            task.cancel()
        await asyncio.gather(stopped, *work, return_exceptions=True)
        for task in done - {stopped}:
            task.result()


async def _tell_of_disk(store: Storage, trouble: Mapping[str, object] | None) -> None:
    """Raise the alert that room for recordings runs out, or end it; what cannot be written is at least in the log."""
    if trouble:
        _log.critical("%s: %s", trouble["what"], trouble["remedy"])
        job = partial(alert_repository.raise_alert, kind=_DISK, room=STATE_ROOM, data=trouble)
    else:
        _log.warning("there is room for recordings again")
        job = partial(alert_repository.end_alert, kind=_DISK, room=STATE_ROOM)
    try:
        await store.write(job, outbox=True)
    except StorageUnavailableError as error:
        _log.warning("the alert on room for recordings waits: %s", error)
