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

from agi.ami.dialler import Dialler
from agi.ami.link import AmiLink
from agi.ami.presses import CallPresses
from agi.ami.silence import SilenceGuard
from agi.books.reader import BookReader
from agi.bridging.bridging import Bridging
from agi.bridging.commands import BridgeCommands
from agi.bridging.missed import TalkBook
from agi.call_recording import CallRecording, RecordCommands
from agi.callbacks import LEASE_S, Caller
from agi.caller_limits import CallerLimits
from agi.conversation.flow import CALLBACK_FILE, FLOW_FILE, LIMITED_FILE, VOICEMAIL_FILE, load_flow
from agi.conversation.rooms import RoomLine
from agi.cut_calls import CutCalls, spoken_in
from agi.handlers import make_handlers
from agi.helplines.read import read_helplines
from agi.helplines.ways import QUEUE, Ways
from agi.known_numbers import KnownNumbers
from agi.messages import MessageSweep
from agi.prompts.catalog import prompt_names
from agi.queues import calls as calls_to_citizens
from agi.queues.calls import CitizenCalls
from agi.queues.empty import EmptyQueues
from agi.queues.hands import Hands
from agi.queues.members import Members
from agi.queues.missed import MissedCalls
from agi.queues.scripts import QueueScripts
from agi.queues.waiting import queue_at
from agi.server import AgiServer
from agi.trunks.unknown_numbers import UnknownNumbers
from agi.voicemail import Voicemail
from recordings.spool import Spool
from router.broker.commands import Commands
from router.broker.link import BrokerLink
from router.broker.operator_commands import OperatorCommands
from router.broker.quotas import Quotas
from router.places import load_places
from router.stock.items import load_items
from router.stock.reports import StockReports
from router.stock.watch import ShortageWatch
from router.store.callbacks import CallbackList, Ceilings, PlacedCalls
from router.store.store import Store
from router.store.work import WorkList
from router.store.work_rows import ORIGINATE
from router.tasks.board import TaskBoard
from router.tickets.blocks import BlockList
from router.tickets.clock import Clock
from router.tickets.mailbox import Mailbox
from router.tickets.operators import AttendanceBook
from warroom.asterisk_console import AsteriskConsole
from warroom.callbacks_flood import FloodWatch
from warroom.certificate_watch import CertificateWatch
from warroom.desk import make_desk, make_rules
from warroom.gate import pass_gate
from warroom.layout import Layout
from warroom.log_keeper import LogKeeper
from warroom.manager_watch import ManagerWatch
from warroom.node_report import NodeReport
from warroom.notify import say_ready
from warroom.operator_desk import CallsInHand, OperatorDesk
from warroom.operator_files import OperatorsFile
from warroom.overload import OverloadGuard
from warroom.secret_files import AGI, AMI, MQTT_ROUTER, read_secret, room_pin
from warroom.store_mark import MarkFile
from warroom.store_there import store_there
from warroom.trunk_watch import TrunkWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agi.settings import CallSettings
    from warroom.settings import Settings

_READY_LIMIT_S = 20.0  # calls are taken without broker or AMI too: no longer than this do we wait to say ready

SWITCH_S = 0.0005
"""Seconds after which the store's writer must hand the interpreter over. A socket call gives it away for a moment, and
while the writer is busy it comes back only after this time: with Python's own 5 ms, sending a packet took 0.3 ms."""

_log = logging.getLogger(__name__)


async def run(data: Path, settings: Settings) -> None:  # noqa: PLR0915 - here all parts are put together
    """Serve until SIGTERM or SIGINT; calls in hand get the server's grace time to end."""
    layout = Layout(data)
    _raise_file_limit()
    sys.setswitchinterval(SWITCH_S)
    places = load_places()
    stop = _stop_on_signals()

    async with contextlib.AsyncExitStack() as stack:
        store = Store(store_there(data), busy_limit_s=settings.router.busy_limit_s)
        await store.open()
        stack.push_async_callback(store.close)
        await pass_gate(data, settings, store)
        rules = await asyncio.to_thread(make_rules, data, places)
        desk = make_desk(data, settings, store, places, rules)
        stack.push_async_callback(desk.close)
        calls = settings.calls
        prompts = await asyncio.to_thread(prompt_names, places)
        helplines = await asyncio.to_thread(read_helplines, layout.helplines, places, prompts=prompts)
        trunks = await asyncio.to_thread(TrunkWatch, data, calls, helplines.rooms)
        dids = trunks.dids
        ami = AmiLink(calls.ami_host, calls.ami_port, "warroom", read_secret(data, AMI), dids=dids)
        presses = CallPresses(ami)
        broker = BrokerLink(
            settings.router.broker,
            node=settings.router.node,
            password=read_secret(data, MQTT_ROUTER),
            store=store,
            rooms=[room.id for room in places.rooms],
        )
        mark_file = MarkFile(layout.store_mark, store, node=settings.router.node)
        stack.push_async_callback(mark_file.write)
        node, rooms = settings.router.node, [room.id for room in places.rooms]
        tasks = TaskBoard(store, places, node=node)
        Commands(desk, tasks, broker.inbox, rooms=rooms, node=node).listen()
        operators_file = OperatorsFile(data)
        members = Members(ami, AttendanceBook(store), operators_file.read, broker.operator_states.set)
        in_hand = CallsInHand(desk, broker.operator_calls.set)
        Hands(ami, in_hand.tell, operators_file.read)
        operators = OperatorCommands(
            store, broker.inbox, node=node, known=lambda one: members.operators.named(one) is not None
        )
        OperatorDesk(AttendanceBook(store), members).register(operators)

        def there() -> set[str]:
            """All ways that lead anywhere now."""
            return trunks.ways | {f"{QUEUE}{queue}" for queue in members.staffed}

        bridging = Bridging(ami, desk, there, book=TalkBook(store))
        bridge_commands = BridgeCommands(bridging)
        bridge_commands.listen(operators)
        RecordCommands(CallRecording(ami, desk), bridge_commands.channel_of).listen(operators)
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
        sweep = MessageSweep(
            desk=desk,
            spool=Spool(layout.incoming, layout.kept),
            alive=lambda: _alive(ami, talking) if ami.connected else None,
            cut_calls=CutCalls(desk, partial(spoken_in, store), now=_now),
        )
        read = partial(load_flow, prompts=prompts, needs=places.needs.keys())
        flow = await asyncio.to_thread(read, FLOW_FILE, starts=helplines.starts)
        callback_flow, room_flow, limited_flow = [
            await asyncio.to_thread(read, path) for path in (CALLBACK_FILE, VOICEMAIL_FILE, LIMITED_FILE)
        ]
        dialler = Dialler(ami)
        caller = Caller(
            desk=desk,
            work=WorkList(store, ORIGINATE, lease_s=LEASE_S),
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
                ways=Ways(there, places, _now),
                talking=talking,
                callback_flow=callback_flow,
                caller=caller,
                voicemail=Voicemail(
                    desk=desk,
                    places=places,
                    flow=room_flow,
                    line=RoomLine(Mailbox(store), partial(_pin_of, data), layout.kept),
                ),
                limited_flow=limited_flow,
                limits=limits,
                queue_scripts=QueueScripts(citizen_calls, missed_calls),
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
        clock = Clock(store, desk, places, offline=broker.presence.offline)
        books = BookReader(
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
            KnownNumbers(store, layout.known).run(),
            guard.run(),
            ManagerWatch(store, lambda: ami.connected).run(),
            quotas.run(),
            certificate.run(),
            LogKeeper(layout, AsteriskConsole(layout).ask).run(),
            unknown.run(),
            trunks.run(),
        )
        parts = (ami.run(), sweep.run(), rules.run(store), clock.run(), tasks.run(), shortage.run(), caller.run())
        queues = (
            members.run(),
            EmptyQueues(ami).run(),
            SilenceGuard(ami).run(),
            in_hand.run(),
            citizen_calls.run(),
            bridging.run(),
        )
        work = [asyncio.create_task(part) for part in (*parts, *house, *queues)]
        stack.push_async_callback(_end, work)

        await _wait_for_links(report, broker, stop, work)
        if not any(task.done() for task in work):
            say_ready("taking calls")
            _log.info("taking calls: FastAGI on %s:%d", calls.agi_host, calls.agi_port)
        await _first(stop, work)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _ceilings(calls: CallSettings) -> Ceilings:
    return Ceilings(**calls.callbacks.ceilings.model_dump())


def _citizen_calls(store: Store, ami: AmiLink, dialler: Dialler, calls: CallSettings) -> CitizenCalls:
    work = CallbackList(store, lease_s=calls_to_citizens.LEASE_S, ceilings=_ceilings(calls))
    return CitizenCalls(work=work, telephone=dialler, queue=partial(queue_at, ami), settings=calls)


def _now() -> datetime:
    return datetime.now(UTC)


def _pin_of(data: Path, room: str) -> str | None:
    with contextlib.suppress(FileNotFoundError):
        return read_secret(data, room_pin(room))
    return None


def _alive(ami: AmiLink, talking: set[str]) -> Callable[[str], bool]:
    """Whether a call is still up at Asterisk, or its conversation has still to book its end."""
    return lambda uniqueid: uniqueid in talking or ami.picture.channel(uniqueid) is not None


def _raise_file_limit() -> None:
    """Let this process open as many files as it may: each call, and each stranger at the port, is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _wait_for_links(
    report: NodeReport, broker: BrokerLink, stop: asyncio.Event, work: Sequence[asyncio.Task[Any]]
) -> None:
    """Give the links their time, unless asked to stop or a part has ended; what is away then comes later by itself."""
    links = asyncio.gather(report.asterisk_there.wait(), broker.wait_connected())
    waiting: list[asyncio.Future[Any]] = [links, asyncio.create_task(stop.wait())]
    await asyncio.wait([*waiting, *work], timeout=_READY_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
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
