"""The conditions of which the process of the calls raises alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.clock import utc_now
from warroom.config.apply.operators import OperatorsFile
from warroom.config.apply.trunks import applied_trunks
from warroom.config.asterisk.console import AsteriskConsole
from warroom.monitoring.conditions.calls import LinesFull, NoCalls, QueueUnattended, TrunkDown
from warroom.monitoring.conditions.condition import Condition, ConditionWatch
from warroom.monitoring.conditions.node import BrokerAway, ClockUnsynchronized, TranscriptionBehind

if TYPE_CHECKING:
    from agi.ami.component import AmiComponent
    from agi.core import Core
    from agi.queues.component import QueuesComponent
    from warroom.services.call_setup import CallSetup


def watch_conditions(setup: CallSetup, core: Core, ami: AmiComponent, queues: QueuesComponent) -> ConditionWatch:
    """Return the watch of them.

    What a start, or a restart of another part, brings about passes within three looks.
    """
    data, alerts = setup.layout.data, setup.settings.alerts
    trunk_down = TrunkDown(data, AsteriskConsole(setup.layout))
    lines_full = LinesFull(ami.connection.channels.by_line, lambda: applied_trunks(data), lambda: setup.trunks.settings)
    unattended = QueueUnattended(OperatorsFile(data).read, lambda: queues.staffed, lambda: _people_expected(setup))
    behind = TranscriptionBehind(core.store, alerts.transcription_minutes * 60)
    conditions = (
        Condition("trunk-down", trunk_down.check, looks=3),
        Condition("no-calls", NoCalls(core.store, alerts).check),
        Condition("lines-full", lines_full.check, calm=6),
        Condition("queue-unattended", unattended.check, looks=3),
        Condition("broker-away", BrokerAway(lambda: core.broker.connected).check, looks=3),
        Condition("transcription-behind", behind.check),
        Condition("clock", ClockUnsynchronized().check, looks=3),
    )
    return ConditionWatch(core.store, conditions, alerts.poll_s)


def _people_expected(setup: CallSetup) -> bool:
    """Whether a helpline with a number of its own, whose callers go to queues, is open now."""
    numbered = set(setup.trunks.dids.values())
    return any(
        one.id in numbered and "queue" in one.chains.get("operator", ()) and one.hours.open_at(utc_now())
        for one in setup.in_force.helplines.by_id.values()
    )
