"""The component of the consoles: what operators write down and ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.console.attended_callbacks import AttendedCallbacks
from agi.console.callback_commands import CallbackCommands
from agi.console.callback_log import CallbackLog
from agi.console.danger import DangerCommands
from agi.console.filing import FilingCommands
from agi.console.own_calls import OwnCalls
from agi.console.room_calls import RoomCallWorker
from agi.console.supervision import SupervisionCommands
from agi.console.telephone import OperatorTelephone
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agi.ami.component import AmiComponent
    from agi.call_control.component import CallControlComponent
    from agi.core import Core
    from agi.destinations.known import KnownDestinations
    from agi.journal.journal import CallNotes
    from agi.queues.component import QueuesComponent
    from router.component import Work
    from router.mqtt.commands.operator_commands import OperatorCommands


class ConsoleComponent(Component):
    """Does what consoles ask for beyond the parties of a call.

    Args:
        core: Tickets and places.
        ami: The link to Asterisk; not yet running.
        queues: Knows the operators, and shows their calls.
        call_control: Knows who is in which call.
        destinations: Those that lead anywhere now.
        notes_of: Returns where what happens in a call is written down.
    """

    name = "consoles"

    def __init__(
        self,
        core: Core,
        ami: AmiComponent,
        queues: QueuesComponent,
        call_control: CallControlComponent,
        destinations: KnownDestinations,
        notes_of: Callable[[str], CallNotes],
    ) -> None:
        link, telephone = ami.connection, OperatorTelephone(ami.connection)
        self._own = OwnCalls(link, core.store, call_control.service.directory.in_call)
        log = CallbackLog(core, link, self._own, queues.shown_calls, notes_of)
        self._callbacks = AttendedCallbacks(core, telephone, log)
        self._callback_commands = CallbackCommands(self._callbacks, queues.telephone_of)
        self._room_calls = RoomCallWorker(core, link, ami.originator, destinations.names)
        self._supervision = SupervisionCommands(link, queues, call_control.service, telephone, self._own)
        self._danger = DangerCommands(core, call_control.service, call_control.commands)
        self._filing = FilingCommands(core.desk, core.intake, core.places, self._own)

    def register(self, commands: OperatorCommands) -> None:
        """Have its actions done."""
        self._filing.register(commands)
        self._danger.register(commands)
        self._callback_commands.register(commands)
        self._supervision.register(commands)

    async def stop(self) -> None:
        """Follow no call any longer."""
        await self._callbacks.close()
        await self._supervision.close()

    def background(self) -> Iterable[Work]:
        """Keep the list of citizens to be called back, and place the calls of rooms."""
        return self._callbacks.run(), self._room_calls.run()
