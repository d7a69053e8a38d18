"""The component of calls that were put through: transfers, conferences, recordings, and their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi import dialplan
from agi.call_control.bridge_history import BridgeHistory
from agi.call_control.call_recording import CallRecording, RecordingCommands
from agi.call_control.commands import CallControlCommands
from agi.call_control.dial_results import DialResultRecorder
from agi.call_control.service import CallControlService
from router.clock import utc_now
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agi.ami.component import AmiComponent
    from agi.core import Core
    from agi.destinations.known import KnownDestinations
    from agi.fastagi.server import Handler
    from router.component import Work
    from router.mqtt.commands.operator_commands import OperatorCommands


class CallControlComponent(Component):
    """Does what operators and the war room ask of live calls, and notes what became of them.

    Args:
        core: Tickets, and imported CDR and CEL.
        ami: The link to Asterisk; not yet running.
        destinations: Those that lead anywhere now.
        held: Called with the unique id of a citizen who has been put on hold.

    Attributes:
        outcomes: What became of each call that was put through.
        service: The operations on live calls.
        commands: What operators ask of them.
    """

    name = "call control"

    def __init__(
        self, core: Core, ami: AmiComponent, destinations: KnownDestinations, held: Callable[[str], None]
    ) -> None:
        link, desk = ami.connection, core.desk
        self.outcomes = DialResultRecorder(desk=desk, intake=core.intake, now=utc_now)
        self.service = CallControlService(link, desk, destinations.names, history=BridgeHistory(core.store), held=held)
        self.commands = CallControlCommands(self.service)
        self._recording = RecordingCommands(CallRecording(link, desk), self.commands.channel_of)

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The handlers by FastAGI script."""
        return {dialplan.SCRIPT_OUTCOME: self.outcomes.record}

    def register(self, commands: OperatorCommands) -> None:
        """Have its actions done."""
        self.commands.register(commands)
        self._recording.register(commands)

    async def stop(self) -> None:
        """Let pending follow-up actions finish."""
        await self.service.close()

    def background(self) -> Iterable[Work]:
        """Note the participants of conversations."""
        return (self.service.run(),)
