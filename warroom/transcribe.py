"""The transcribe process: messages become text, and the kept sound is looked after. Calls never wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import TYPE_CHECKING

from recordings.keeper import Keeper
from recordings.spool import Spool
from recordings.transcriber import Transcriber, worker_count
from recordings.understanding import Lexicon
from router.places import load_places
from router.store.store import Store
from warroom.house_desk import house_desk
from warroom.layout import Layout
from warroom.notify import say_ready

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from warroom.settings import Settings

_log = logging.getLogger(__name__)


async def run(data: Path, settings: Settings) -> None:
    """Transcribe until SIGTERM or SIGINT; a recording in hand is begun again at the next start."""
    layout = Layout(data)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        store = Store(layout.store, busy_limit_s=settings.router.busy_limit_s)
        await store.open()
        stack.push_async_callback(store.close)
        places = load_places()
        desk = house_desk(data, settings, store, places)
        stack.push_async_callback(desk.close)
        transcriber = Transcriber(
            store=store,
            desk=desk,
            kept=layout.kept,
            settings=settings.recordings,
            lexicon=Lexicon.load(places),
        )
        keeper = Keeper(
            store=store,
            spool=Spool(layout.incoming, layout.kept),
            kept=layout.kept,
            played=layout.played,
            settings=settings.recordings,
            tell=_tell_of_disk,
        )
        work = [asyncio.create_task(part.run()) for part in (transcriber, keeper)]
        say_ready("transcribing")
        _log.info("transcribing with %d workers", worker_count(settings.recordings.workers))
        stopped = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([stopped, *work], return_when=asyncio.FIRST_COMPLETED)
        for task in (stopped, *work):
            task.cancel()
        await asyncio.gather(stopped, *work, return_exceptions=True)
        for task in done - {stopped}:
            task.result()


async def _tell_of_disk(trouble: Mapping[str, object] | None) -> None:
    if trouble:
        _log.critical("%s: %s", trouble["what"], trouble["remedy"])
    else:
        _log.warning("there is room for recordings again")
