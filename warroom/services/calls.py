"""The service process: FastAGI, AMI, desk, outbox and sweep in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from agi.admission.caller_limits import CallerLimits
from agi.admission.priority_callers import PriorityCallerFiles
from agi.ami.connection import AmiConnection
from agi.ami.dtmf import CallDtmf
from agi.ami.originator import Originator
from agi.ami.rtp_watchdog import RtpWatchdog
from agi.call_control.bridge_history import BridgeHistory
from agi.call_control.call_recording import CallRecording, RecordingCommands
from agi.call_control.commands import CallControlCommands
from agi.call_control.service import CallControlService
from agi.callbacks import queue_callbacks as calls_to_citizens
from agi.callbacks.agi_handlers import QueueAgiHandlers
from agi.callbacks.confirmation_calls import LEASE_S, ConfirmationCallScheduler
from agi.callbacks.missed_calls import MissedCalls
from agi.callbacks.queue_callbacks import QueueCallbackService
from agi.cdr.call_recovery import CallRecovery, find_spoken
from agi.cdr.importer import CdrImporter
from agi.destinations.loader import read_helplines
from agi.destinations.resolver import QUEUE, DestinationResolver
from agi.fastagi.server import AgiServer
from agi.ivr.flow import CALLBACK_FILE, FLOW_FILE, LIMITED_FILE, VOICEMAIL_FILE, load_flow
from agi.ivr.menus import spoken_menus
from agi.ivr.room_calls import RoomLine
from agi.prompts.catalog import prompt_names
from agi.queues.empty_queues import EmptyQueues
from agi.queues.member_sync import QueueMemberSync
from agi.queues.operator_calls import OperatorCallTracker
from agi.queues.status import read_queue
from agi.trunks.unknown_numbers import UnknownNumbers
from agi.voicemail.ingest import MessageIngest
from agi.voicemail.room_calls import RoomVoicemail
from recordings.spool import Spool
from router.geo import load_places
from router.intake.service import IntakeService
from router.mqtt.commands.operator_commands import OperatorCommands
from router.mqtt.commands.room_commands import Commands
from router.mqtt.connection import MqttConnection
from router.mqtt.mosquitto.quotas import Quotas
from router.stock.items import load_items
from router.stock.monitor import ShortageWatch
from router.stock.report_consumer import StockReports
from router.storage.callback_queries import CallbackList, Ceilings, PlacedCalls
from router.storage.engine import Storage
from router.storage.jobs import JobQueue
from router.storage.repositories.job_repository import ORIGINATE
from router.tasks.service import TaskService
from router.tickets.blocklist import BlockList
from router.tickets.operator_presence import OperatorPresence
from router.tickets.room_mailbox import Mailbox
from router.tickets.sla.monitor import SlaMonitor
from warroom.config.asterisk_console import AsteriskConsole
from warroom.config.operators import OperatorsFile
from warroom.config.paths import DataDirectory
from warroom.config.secrets import AGI, AMI, MQTT_ROUTER, read_secret, room_pin
from warroom.config.store_identity_file import StoreIdentityFile
from warroom.monitoring.callback_flood_watch import FloodWatch
from warroom.monitoring.certificate_watch import CertificateWatch
from warroom.monitoring.manager_watch import ManagerWatch
from warroom.monitoring.node_report import NodeReport
from warroom.monitoring.overload import OverloadGuard
from warroom.monitoring.trunk_watch import TrunkWatch
from warroom.services.fastagi_routes import make_handlers
from warroom.services.log_rotation import LogRotation
from warroom.services.operator_presence_commands import OperatorCallPublisher, OperatorPresenceCommands
from warroom.services.store_gate import pass_gate
from warroom.services.store_presence import store_there
from warroom.services.systemd_notify import notify_ready
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agi.settings import CallSettings
    from warroom.config.settings import Settings

_READY_TIMEOUT_S = 20.0  # calls are taken without broker or AMI too: no longer than this do we wait to say ready

SWITCH_S = 0.0005
"""Seconds after which the store's writer must hand the interpreter over. A socket call gives it away for a moment, and
while the writer is busy it comes back only after this time: with Python's own 5 ms, sending a packet took 0.3 ms."""

_log = logging.getLogger(__name__)


async def run(data: Path, settings: Settings) -> None:  # noqa: PLR0915 - here all parts are put together
    """Serve until SIGTERM or SIGINT; calls in hand get the server's grace time to end."""
    layout = DataDirectory(data)
    _raise_file_limit()
    sys.setswitchinterval(SWITCH_S)
    places = load_places()
    stop = _stop_on_signals()

    async with contextlib.AsyncExitStack() as stack:
        store = Storage(store_there(data), busy_limit_s=settings.router.busy_limit_s)
        await store.open()
        stack.push_async_callback(store.close)
        await pass_gate(data, settings, store)
        rules = await asyncio.to_thread(make_rules, data, places)
        desk = make_ticket_service(data, settings, store, places, rules)
        stack.push_async_callback(desk.close)
        calls = settings.calls
        prompts = await asyncio.to_thread(lambda: prompt_names(places, spoken_menus()))
        helplines = await asyncio.to_thread(read_helplines, layout.helplines, places, prompts=prompts)
        trunks = await asyncio.to_thread(TrunkWatch, data, calls, helplines.rooms)
        dids = trunks.dids
        ami = AmiConnection(calls.ami_host, calls.ami_port, "warroom", read_secret(data, AMI), dids=dids)
        presses = CallDtmf(ami)
        broker = MqttConnection(
            settings.router.broker,
            node=settings.router.node,
            password=read_secret(data, MQTT_ROUTER),
            store=store,
            rooms=[room.id for room in places.rooms],
        )
        mark_file = StoreIdentityFile(layout.store_mark, store, node=settings.router.node)
        stack.push_async_callback(mark_file.write)
        node, rooms = settings.router.node, [room.id for room in places.rooms]
        tasks = TaskService(store, places, node=node)
        Commands(desk, tasks, broker.inbox, rooms=rooms, node=node).listen()
        operators_file = OperatorsFile(data)
        members = QueueMemberSync(ami, OperatorPresence(store), operators_file.read, broker.operator_states.set)
        in_hand = OperatorCallPublisher(desk, broker.operator_calls.set)
        OperatorCallTracker(ami, in_hand.tell, operators_file.read)
        operators = OperatorCommands(
            store, broker.inbox, node=node, known=lambda one: members.operators.named(one) is not None
        )
        OperatorPresenceCommands(OperatorPresence(store), members).register(operators)

        def there() -> set[str]:
            """All ways that lead anywhere now."""
            return trunks.destinations | {f"{QUEUE}{queue}" for queue in members.staffed}

        bridging = CallControlService(ami, desk, there, book=BridgeHistory(store))
        bridge_commands = CallControlCommands(bridging)
        bridge_commands.listen(operators)
        RecordingCommands(CallRecording(ami, desk), bridge_commands.channel_of).listen(operators)
        operators.listen()
        stack.push_async_callback(bridging.close)
        stack.push_async_callback(operators.close)
        items = load_items(places.needs)
        shortage = ShortageWatch(store, places, items)
        StockReports(store, broker.inbox, items=items, rooms=rooms, node=node, taken=shortage.touch).listen()
        everybody = [*rooms, *(one.id for one in places.overseers)]
        quotas = Quotas(broker.inbox, store, rooms=everybody, items=items.by_id)
        quotas.listen()
        talking: set[str] = set()
        sweep = MessageIngest(
            desk=desk,
            intake=IntakeService(desk, places),
            spool=Spool(layout.incoming, layout.kept),
            alive=lambda: _alive(ami, talking) if ami.connected else None,
            cut_calls=CallRecovery(desk, partial(find_spoken, store), now=_now),
        )
        read = partial(load_flow, prompts=prompts, needs=places.needs.keys())
        flow = await asyncio.to_thread(read, FLOW_FILE, starts=helplines.starts)
        callback_flow, room_flow, limited_flow = [
            await asyncio.to_thread(read, path) for path in (CALLBACK_FILE, VOICEMAIL_FILE, LIMITED_FILE)
        ]
        dialler = Originator(ami)
        caller = ConfirmationCallScheduler(
            desk=desk,
            work=JobQueue(store, ORIGINATE, lease_s=LEASE_S),
            telephone=dialler,
            placed=PlacedCalls(store, calls.callbacks.ceilings.number_day),
            settings=calls,
        )
        stack.push_async_callback(caller.close)
        citizen_calls = _citizen_calls(store, ami, dialler, calls)
        limits = CallerLimits(BlockList(store), calls.limit)
        missed_calls = MissedCalls(citizen_calls, limits)
        server = AgiServer(
            make_handlers(
                desk=desk,
                places=places,
                flow=flow,
                incoming=layout.incoming,
                helplines=helplines,
                destinations=DestinationResolver(there, places, _now),
                talking=talking,
                callback_flow=callback_flow,
                caller=caller,
                voicemail=RoomVoicemail(
                    desk=desk,
                    places=places,
                    flow=room_flow,
                    line=RoomLine(Mailbox(store), partial(_pin_of, data), layout.kept),
                ),
                limited_flow=limited_flow,
                limits=limits,
                queue_scripts=QueueAgiHandlers(citizen_calls, missed_calls),
                picture=ami.picture,
            ),
            prompts_dir=layout.prompts,
            secret=read_secret(data, AGI),
            presses_of=presses.of,
        )
        report = NodeReport(ami, broker)
        ami.on_change(report.changed)
        report.tell()  # the node's first word: Asterisk may never be there

        await server.start(calls.agi_host, calls.agi_port)
        stack.push_async_callback(server.close)
        broker.start()
        stack.push_async_callback(broker.close)
        clock = SlaMonitor(store, desk, places, offline=broker.presence.offline)
        books = CdrImporter(
            store,
            layout.asterisk_log,
            dids=dids,
            counted=report.changed,
            missed=missed_calls.ask,
            read=bridging.books_read,
            days=settings.keep_days.books,
        )
        report.refused = lambda: books.refused
        unknown = UnknownNumbers(ami, store)
        guard = OverloadGuard(store, AsteriskConsole(layout).ask)
        certificate = CertificateWatch(store, data, calls.sip_bind, AsteriskConsole(layout).ask)
        house = (
            broker.run(),
            FloodWatch(store, _ceilings(calls)).run(),
            mark_file.run(),
            books.run(),
            PriorityCallerFiles(store, layout.known).run(),
            guard.run(),
            ManagerWatch(store, lambda: ami.connected).run(),
            quotas.run(),
            certificate.run(),
            LogRotation(layout, AsteriskConsole(layout).ask).run(),
            unknown.run(),
            trunks.run(),
        )
        parts = (ami.run(), sweep.run(), rules.run(store), clock.run(), tasks.run(), shortage.run(), caller.run())
        queues = (
            members.run(),
            EmptyQueues(ami).run(),
            RtpWatchdog(ami).run(),
            in_hand.run(),
            citizen_calls.run(),
            bridging.run(),
        )
        work = [asyncio.create_task(part) for part in (*parts, *house, *queues)]
        stack.push_async_callback(_end, work)

        await _wait_for_links(report, broker, stop, work)
        if not any(task.done() for task in work):
            notify_ready("taking calls")
            _log.info("taking calls: FastAGI on %s:%d", calls.agi_host, calls.agi_port)
        await _first(stop, work)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _ceilings(calls: CallSettings) -> Ceilings:
    return Ceilings(**calls.callbacks.ceilings.model_dump())


def _citizen_calls(
    store: Storage, ami: AmiConnection, dialler: Originator, calls: CallSettings
) -> QueueCallbackService:
    work = CallbackList(store, lease_s=calls_to_citizens.LEASE_S, ceilings=_ceilings(calls))
    return QueueCallbackService(work=work, telephone=dialler, queue=partial(read_queue, ami), settings=calls)


def _now() -> datetime:
    return datetime.now(UTC)


def _pin_of(data: Path, room: str) -> str | None:
    with contextlib.suppress(FileNotFoundError):
        return read_secret(data, room_pin(room))
    return None


def _alive(ami: AmiConnection, talking: set[str]) -> Callable[[str], bool]:
    """Whether a call is still up at Asterisk, or its conversation has still to book its end."""
    return lambda uniqueid: uniqueid in talking or ami.picture.channel(uniqueid) is not None


def _raise_file_limit() -> None:
    """Let this process open as many files as it may: each call, and each stranger at the port, is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _wait_for_links(
    report: NodeReport, broker: MqttConnection, stop: asyncio.Event, work: Sequence[asyncio.Task[Any]]
) -> None:
    """Give the links their time, unless asked to stop or a part has ended; what is away then comes later by itself."""
    links = asyncio.gather(report.asterisk_there.wait(), broker.wait_connected())
    waiting: list[asyncio.Future[Any]] = [links, asyncio.create_task(stop.wait())]
    await asyncio.wait([*waiting, *work], timeout=_READY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
    if not links.done() and not stop.is_set() and not any(task.done() for task in work):
        _log.warning("taking calls without %s", "Asterisk's AMI" if broker.connected else "the broker")
    await _end(waiting)


async def _first(stop: asyncio.Event, work: list[asyncio.Task[None]]) -> None:
    """Return when asked to stop; a part that ends by itself is a fault and ends the process."""
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopped, *work], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in done - {stopped}:
        task.result()


async def _end(work: Sequence[asyncio.Future[Any]]) -> None:
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
