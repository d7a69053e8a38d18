"""The board process: the screens of rooms, operators and the war room.

It has an account of its own at the broker, so that a screen knows what a room's own client would know, and reads
history from storage. It can neither slow a call nor hold up a ticket.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from functools import partial
from typing import TYPE_CHECKING

from board.accounts.component import AccountsComponent, Provider
from board.app import make_app
from board.live.component import LiveComponent
from board.live.frames import MAX_FRAME_BYTES
from board.pages import Pages, Templates
from board.reports.reader import ReportReader
from board.reports.routes import ReportRoutes
from board.state.daily import DailyFigures
from board.state.state_board import StateBoard
from board.static_files import StaticFiles
from router.geo import load_places
from router.stock.items import load_items
from warroom.config.secrets import BOARD_OIDC, MQTT_BOARD, read_secret
from warroom.http.server import HttpServerComponent, listening
from warroom.monitoring.metrics.board import BoardMetrics
from warroom.monitoring.metrics.component import MetricsComponent
from warroom.services.board_history import make_history
from warroom.services.browser_telephones import make_relay
from warroom.services.process import Process
from warroom.services.readiness.systemd_notify import notify_ready
from warroom.services.store.component import StoreComponent, StoreGateComponent
from warroom.services.store.gate import wait_at_gate

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from board.app import HasRouter
    from warroom.config.settings import Settings

_log = logging.getLogger(__name__)


async def run(data: Path, settings: Settings) -> None:
    """Serve the screens until SIGTERM or SIGINT.

    Raises:
        HttpApiError: the address cannot be listened on.
        StaticFilesError: the screens have not been built.
        StorageUnavailableError: there is no store, or not of this program's schema.
    """
    _raise_file_limit()
    with listening(settings.board, "board") as listener:
        await (await make_process(data, settings, listener)).run()


async def make_process(data: Path, settings: Settings, listener: socket.socket) -> Process:
    """Make all components, each with its arguments."""
    places = load_places()
    rooms = [room.id for room in (*places.rooms, *places.overseers)]
    store = StoreComponent(data, settings)
    static = await asyncio.to_thread(StaticFiles)
    templates = Templates(static)
    provider = _provider(data, settings)
    accounts = AccountsComponent(
        store.storage, settings.board.accounts, templates, settings.board.origins, frozenset(rooms), provider
    )
    live = LiveComponent(
        settings.router.broker,
        settings.board,
        read_secret(data, MQTT_BOARD),
        node=settings.router.node,
        rooms=rooms,
        sessions=accounts.sessions,
        audit=accounts.audit,
        build=static.build,
    )
    districts = [district.room for district in places.districts.values()]
    state = StateBoard(live, DailyFigures(store.storage), rooms=districts)
    telephones = make_relay(data, settings.calls.http_port, accounts.sessions, settings.board.origins)
    history = make_history(data, places, store.storage, accounts, live.picture, templates)
    items = await asyncio.to_thread(load_items, places.needs)
    reader = ReportReader(store.storage, places, items)
    reports = ReportRoutes(accounts.sessions, accounts.audit, templates, reader, places, items)
    pages = Pages(accounts.sessions, templates, frozenset(rooms))
    parts: list[HasRouter] = [static, accounts, pages, reports, *history, live.endpoint, telephones]
    http = HttpServerComponent(settings.board, listener, make_app(parts, templates), max_frame=MAX_FRAME_BYTES)
    components = (
        store,
        StoreGateComponent(data, settings, store, wait_at_gate),
        accounts,
        live.link,
        live,
        state,
        http,
        MetricsComponent(settings.metrics.board_port, lambda registry: BoardMetrics(registry, live)),
    )
    return Process(components, partial(_announce, http, listener))


def _provider(data: Path, settings: Settings) -> Provider | None:
    """Return the provider by which people may sign in; None: there is none."""
    oidc = settings.board.oidc
    if not oidc.issuer:
        return None
    try:
        secret = read_secret(data, BOARD_OIDC)
    except FileNotFoundError:
        secret = ""
    return Provider(oidc, secret, settings.board.address)


async def _announce(http: HttpServerComponent, listener: socket.socket) -> None:
    await http.wait_answering()
    notify_ready("serving screens")
    _log.info("serving screens on %s:%d", *listener.getsockname()[:2])


def _raise_file_limit() -> None:
    """Let this process open as many files as it may: each open page is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
