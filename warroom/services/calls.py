"""The service process: FastAGI, AMI, tickets, outbox and SLA monitor in one event loop.

`make_process` is its table of contents.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from functools import partial
from typing import TYPE_CHECKING

from agi.admission.component import AdmissionComponent
from agi.ami.component import AmiComponent
from agi.call_control.component import CallControlComponent
from agi.callbacks.component import CallbacksComponent
from agi.calls.component import CallsComponent
from agi.cdr.component import CdrComponent
from agi.console.component import ConsoleComponent
from agi.destinations.known import KnownDestinations
from agi.fastagi.component import FastAgiComponent
from agi.journal.component import JournalComponent
from agi.notices.component import NoticesComponent
from agi.prompts.durations import PromptDurations
from agi.prompts.voices import Voices
from agi.queues.component import QueuesComponent
from agi.spoken_texts.component import SpokenTextsComponent
from agi.trunks.unknown_numbers import UnknownNumbers
from agi.voicemail.component import VoicemailComponent
from router.component import BackgroundComponent
from router.mqtt.commands.task_commands import TaskCommands
from router.notices.service import NoticeService
from router.tasks.service import TaskService
from router.tickets.sla.monitor import SlaMonitor
from warroom.config.apply.operators import OperatorsFile
from warroom.config.asterisk.console import AsteriskConsole
from warroom.monitoring.component import MonitoringComponent
from warroom.monitoring.drain_watch import DrainWatch
from warroom.monitoring.metrics.calls import CallMetrics, LinkMetrics, QueueMetrics, TrunkMetrics
from warroom.monitoring.metrics.component import MetricsComponent
from warroom.monitoring.node_report import NodeReport
from warroom.monitoring.trunk_report import TrunkReport
from warroom.services.broker_components import (
    BrokerComponent,
    OperatorMessagesComponent,
    RoomMessagesComponent,
    StockComponent,
)
from warroom.services.call_conditions import watch_conditions
from warroom.services.call_setup import load_call_setup, make_answer_listener, make_core
from warroom.services.config_reload import ConfigReload
from warroom.services.maintenance.log_rotation import LogRotation
from warroom.services.process import Process
from warroom.services.readiness.announcement import announce_calls
from warroom.services.store.component import (
    StoreComponent,
    StoreGateComponent,
    StoreIdentityComponent,
    TicketsComponent,
)
from warroom.services.store.gate import pass_gate
from warroom.services.store.presence import store_there

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.config.settings import Settings
    from warroom.services.call_setup import CallSetup

SWITCH_S = 0.0005
"""Seconds after which the store's writer must hand the interpreter over. A socket call gives it away for a moment, and
while the writer is busy it comes back only after this time: with Python's own 5 ms, sending a packet took 0.3 ms."""


async def run(data: Path, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; calls in progress get the server's grace time to end."""
    _raise_file_limit()
    sys.setswitchinterval(SWITCH_S)
    await asyncio.to_thread(store_there, data)  # a lost store is said before anything else that is wrong
    await make_process(await asyncio.to_thread(load_call_setup, data, settings)).run()


def make_process(setup: CallSetup) -> Process:
    """Make all components, each with its arguments. Runs in the event loop."""
    layout, settings, calls, trunks, spool = (
        setup.layout,
        setup.settings,
        setup.settings.calls,
        setup.trunks,
        setup.spool,
    )
    store = StoreComponent(layout.data, settings)
    tickets = TicketsComponent(layout.data, settings, store, setup.places, setup.rules)
    core = make_core(setup, store, tickets)
    journal = JournalComponent(core.store)
    tasks = TaskService(core.store, core.places, node=core.node)
    sla = SlaMonitor(core.store, core.desk, core.places, offline=core.broker.presence.offline)
    ami = AmiComponent(calls, setup.secrets.ami, trunks.dids)
    report = NodeReport(ami.connection, core.broker)
    queues = QueuesComponent(core, ami, OperatorsFile(layout.data).read, journal.journal.of)
    destinations = KnownDestinations(trunks, queues)
    control = CallControlComponent(core, ami, destinations, queues.show_held)
    queues.follow_parties(control.service.directory.parties)
    admission = AdmissionComponent(core, calls.rate_limit, layout.known)
    drain = DrainWatch(layout.draining)
    callbacks = CallbacksComponent(core, calls, ami, admission, control, drain.draining)
    console = ConsoleComponent(core, ami, queues, control, destinations, journal.journal.of)
    notices = NoticesComponent(NoticeService(core.store, core.places, settings.notices, node=core.node), layout.notices)
    spoken = SpokenTextsComponent(core, layout.spoken_texts, Voices(settings.prompts.voices))
    answers = make_answer_listener(setup)
    menus = CallsComponent(
        core,
        setup.in_force,
        spool,
        destinations,
        ami,
        admission,
        control,
        callbacks,
        notices.in_force,
        spoken.texts,
        answers,
    )
    voicemail = VoicemailComponent(core, ami, spool, menus, setup.in_force, setup.pin_of)
    days = settings.retention_days.cdr
    cdr = CdrComponent(core, layout.asterisk_log, trunks.dids, days, report.count_rejected, callbacks, control)
    prompts = PromptDurations(layout.prompts, layout.notices, layout.spoken_texts)
    scripts = (menus, callbacks, control, voicemail)
    components = (
        store,
        StoreGateComponent(layout.data, settings, store, pass_gate),
        tickets,
        journal,
        StoreIdentityComponent(layout.data, settings, store),
        BackgroundComponent("SLA", sla.run),
        BackgroundComponent("tasks", tasks.run),
        BackgroundComponent("drain", drain.run),
        BackgroundComponent("trunks", trunks.run, UnknownNumbers(ami.connection, core.store).run),
        BackgroundComponent("log rotation", LogRotation(layout, AsteriskConsole(layout).ask).run),
        BackgroundComponent("apply", ConfigReload(setup, queues.read_operators).run),
        MonitoringComponent(
            core,
            layout,
            ami,
            lambda: trunks.settings,
            callbacks.limits,
            watch_conditions(setup, core, ami, queues),
        ),
        ami,
        admission,
        queues,
        control,
        notices,
        spoken,
        OperatorMessagesComponent(
            core,
            (queues, control, console, notices, TaskCommands(tasks, core.places, setup.items)),
            known=queues.has_operator,
        ),
        console,
        callbacks,
        menus,
        voicemail,
        cdr,
        StockComponent(core, setup.items),
        RoomMessagesComponent(core, tasks, setup.items.by_id),
        report,
        TrunkReport(layout.data, AsteriskConsole(layout), ami.connection, core.broker),
        MetricsComponent(
            settings.metrics.serve_port,
            lambda registry: CallMetrics(registry, ami.connection, journal.journal, lambda: report.rejected),
            lambda registry: TrunkMetrics(registry, layout.data, AsteriskConsole(layout)),
            lambda registry: QueueMetrics(registry, ami.connection),
            lambda registry: LinkMetrics(registry, core.broker, core.store),
        ),
        BackgroundComponent("prompts", prompts.run),
        BackgroundComponent("spoken answers", answers.run),
        FastAgiComponent(
            calls.agi_host, calls.agi_port, scripts, prompts, setup.secrets.agi, ami.keys.of, journal.journal.of
        ),
        BrokerComponent(core),  # last: by now everybody has registered with its inbox
    )
    return Process(components, partial(announce_calls, calls, report, core.broker))


def _raise_file_limit() -> None:
    """Let this process open as many files as it may: each call, and each stranger at the port, is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
