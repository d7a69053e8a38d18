"""The component of the consoles: what operators write down and ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.console.danger import DangerCommands
from agi.console.filing import FilingCommands
from agi.console.own_calls import OwnCalls
from router.component import Component

if TYPE_CHECKING:
    from agi.ami.component import AmiComponent
    from agi.call_control.component import CallControlComponent
    from agi.core import Core
    from router.mqtt.commands.operator_commands import OperatorCommands


class ConsoleComponent(Component):
    """Does what consoles ask for beyond the parties of a call.

    Args:
        core: Tickets and places.
        ami: The link to Asterisk; not yet running.
        call_control: Knows who is in which call.
    """

    name = "consoles"

    def __init__(self, core: Core, ami: AmiComponent, call_control: CallControlComponent) -> None:
        self._own = OwnCalls(ami.connection, core.store, call_control.service.in_call)
        self._danger = DangerCommands(core, call_control.service, call_control.commands)
        self._filing = FilingCommands(core.desk, core.intake, core.places, self._own)

    def register(self, commands: OperatorCommands) -> None:
        """Have its actions done."""
        self._filing.register(commands)
        self._danger.register(commands)
