"""The transcribe process: transcription and housekeeping of recordings. Calls never wait for it."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from recordings.housekeeping import Housekeeping
from recordings.nlu import Lexicon
from recordings.spool import Spool
from recordings.transcription.transcriber import Transcriber, worker_count
from router.component import BackgroundComponent
from router.geo import STATE_ROOM, load_places
from router.pictures import PictureFiles
from router.storage.errors import StorageUnavailableError
from warroom.config.paths import DataDirectory
from warroom.monitoring.metrics.component import MetricsComponent
from warroom.monitoring.metrics.store import TranscriptionMetrics
from warroom.services.maintenance.retention import DataRetention
from warroom.services.process import Process
from warroom.services.readiness.systemd_notify import notify_ready
from warroom.services.store.component import StoreComponent, StoreGateComponent, TicketsComponent
from warroom.services.store.gate import wait_at_gate
from warroom.services.ticket_service_factory import make_rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from recordings.settings import RecordingSettings
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from warroom.config.settings import Settings

_DISK = "disk"
"""The kind of alert that room for recordings runs out."""

_log = logging.getLogger(__name__)


async def run(data: Path, settings: Settings) -> None:
    """Transcribe until SIGTERM or SIGINT; a recording in progress is begun again at the next start."""
    layout, places = DataDirectory(data), load_places()
    store = StoreComponent(data, settings)
    rules = await asyncio.to_thread(make_rules, data, places)
    tickets = TicketsComponent(data, settings, store, places, rules)
    storage, desk = store.storage, tickets.service
    lexicon = await asyncio.to_thread(Lexicon.load, places)
    transcriber = Transcriber(store=storage, desk=desk, kept=layout.kept, settings=settings.recordings, lexicon=lexicon)
    keeper = Housekeeping(
        store=storage,
        spool=Spool(layout.incoming, layout.kept),
        kept=layout.kept,
        played=layout.played,
        settings=settings.recordings,
        tell=partial(_report_disk, storage),
    )
    retention = DataRetention(storage, desk, settings.retention_days, PictureFiles(layout.pictures))
    components = (
        store,
        StoreGateComponent(data, settings, store, wait_at_gate),
        tickets,
        BackgroundComponent("transcriber", transcriber.run),
        BackgroundComponent("housekeeping", keeper.run),
        MetricsComponent(settings.metrics.transcribe_port, lambda registry: TranscriptionMetrics(registry, storage)),
        BackgroundComponent("retention", retention.run),
    )
    await Process(components, partial(_announce, settings.recordings)).run()


async def _announce(settings: RecordingSettings) -> None:
    notify_ready("transcribing")
    _log.info("transcribing with %d workers", worker_count(settings.workers))


def _set_alert(trouble: Mapping[str, object] | None, uow: UnitOfWork) -> None:
    if trouble:
        uow.alerts.raise_alert(_DISK, STATE_ROOM, trouble)
    else:
        uow.alerts.end_alert(_DISK, STATE_ROOM)


async def _report_disk(store: Storage, trouble: Mapping[str, object] | None) -> None:
    """Raise the alert that room for recordings runs out, or end it; if it cannot be stored, it is at least logged."""
    if trouble:
        _log.critical("%s: %s", trouble["what"], trouble["remedy"])
    else:
        _log.warning("there is room for recordings again")

    try:
        await store.write(partial(_set_alert, trouble), outbox=True)
    except StorageUnavailableError as error:
        _log.warning("the alert on room for recordings waits: %s", error)
