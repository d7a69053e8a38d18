"""The api process: WhatsApp, SMS, Open311, CAP and recordings over HTTP, and the alerts that are sent outside.

It has a process of its own so that it can never slow a call, and so that it can report a service that is away.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from recordings.playback.media import MediaRoutes
from recordings.playback.player import Player
from router.geo import load_places
from router.intake.service import IntakeService
from router.pictures import PictureFiles, PictureStore
from warroom.config.paths import DataDirectory
from warroom.http.server import HttpServerComponent, listening, make_app
from warroom.monitoring.conditions.condition import Condition
from warroom.monitoring.conditions.messaging import MessagesSetAside, MessagesWaiting, WebhookRefused
from warroom.monitoring.conditions.node import PartRestarted
from warroom.monitoring.conditions.sms import SmsMapBroken, SmsNotSent
from warroom.monitoring.metrics.component import MetricsComponent
from warroom.monitoring.metrics.messaging import MessagingMetrics
from warroom.monitoring.metrics.store import StoreMetrics
from warroom.monitoring.notify.component import NotificationComponent
from warroom.services.intake_channels import CHANNELS, ChannelContext, make_understanding
from warroom.services.notices import make_notices
from warroom.services.process import Process
from warroom.services.readiness.systemd_notify import notify_ready
from warroom.services.sms import make_sms
from warroom.services.store.component import StoreComponent, StoreGateComponent, TicketsComponent
from warroom.services.store.gate import wait_at_gate
from warroom.services.supervision.recent_ends import recent_ends
from warroom.services.synthetic_call import SyntheticCall
from warroom.services.synthetic_metrics import SyntheticMetrics
from warroom.services.ticket_service_factory import make_rules, media_links
from warroom.services.whatsapp import make_whatsapp
from warroom.services.whatsapp_sending import make_sending, sending_conditions

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from warroom.config.settings import Settings

SWITCH_S: Final = 0.0005
"""Seconds after which the store's writer must hand the interpreter over, as in `serve`: Python's own 5 ms are
waited for several times in the answer to one request."""

_log = logging.getLogger(__name__)


async def run(data: Path, settings: Settings) -> None:
    """Serve HTTP until SIGTERM or SIGINT.

    Raises:
        HttpApiError: the address cannot be listened on.
        StorageUnavailableError: there is no store, or not of this program's schema.
    """
    sys.setswitchinterval(SWITCH_S)
    with listening(settings.api) as listener:
        await (await make_process(data, settings, listener)).run()


async def make_process(data: Path, settings: Settings, listener: socket.socket) -> Process:
    """Make all components, each with its arguments."""
    layout, places = DataDirectory(data), load_places()
    store = StoreComponent(data, settings)
    rules = await asyncio.to_thread(make_rules, data, places)
    tickets = TicketsComponent(data, settings, store, places, rules)
    understand = await asyncio.to_thread(make_understanding, places)
    intake = IntakeService(tickets.service, places, understand=understand)
    whatsapp = await asyncio.to_thread(
        make_whatsapp, data, settings, store.storage, tickets.service, places, understand
    )
    pictures = PictureStore(tickets.service, PictureFiles(layout.pictures))
    context = ChannelContext(store.storage, intake, places, settings.router, pictures)
    links = media_links(data, settings)
    media = MediaRoutes(tickets.service, links, Player(layout.kept, layout.played))
    sms = make_sms(data, settings, store.storage, tickets.service, intake, places)
    sending = await asyncio.to_thread(
        make_sending, data, settings, store.storage, tickets.service, places, lambda: sms.in_force.sms is not None
    )
    notices = make_notices(layout, settings, store.storage, sms.in_force)
    app = make_app([*(make(context) for make in CHANNELS), whatsapp.webhook, sms.routes, media, notices.cap])
    http = HttpServerComponent(settings.api, listener, app)
    synthetic = SyntheticCall(data, settings)
    conditions = (
        Condition("part-restarted", PartRestarted(partial(recent_ends, data)).check),
        Condition("synthetic-call", synthetic.check),
        *sending_conditions(store.storage, sending),
        Condition("messages-waiting", MessagesWaiting(store.storage).check),
        Condition("messages-set-aside", MessagesSetAside(store.storage).check),
        Condition("webhook-refused", WebhookRefused(whatsapp.counts).check),
        Condition("sms-map", SmsMapBroken(sms.in_force).check, looks=2),  # a file is there before its secrets
        Condition("sms-not-sent", SmsNotSent(sms.sender).check),
        *notices.conditions,
    )
    notifications = NotificationComponent(store.storage, data, settings.alerts, conditions)
    components = (
        store,
        StoreGateComponent(data, settings, store, wait_at_gate),
        tickets,
        sending,
        *whatsapp.components,
        sms,
        http,
        *notices.components,
        synthetic,
        notifications,
        MetricsComponent(
            settings.metrics.api_port,
            lambda registry: StoreMetrics(registry, store.storage, notifications),
            lambda registry: SyntheticMetrics(registry, synthetic),
            lambda registry: MessagingMetrics(registry, store.storage, whatsapp.counts),
        ),
    )
    return Process(components, partial(_announce, http, listener))


async def _announce(http: HttpServerComponent, listener: socket.socket) -> None:
    await http.wait_answering()
    notify_ready("answering HTTP")
    _log.info("answering HTTP on %s:%d", *listener.getsockname()[:2])
