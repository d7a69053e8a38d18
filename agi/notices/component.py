"""The component of the notices in the process of the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.notices.in_force import NoticesInForce
from agi.notices.sounds import NoticeSounds
from router.component import Component
from router.mqtt.commands.notice_commands import NoticeCommands

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from router.component import Work
    from router.mqtt.commands.operator_commands import OperatorCommands
    from router.notices.service import NoticeService


class NoticesComponent(Component):
    """Tells callers what is published, and does the war room's actions.

    Args:
        notices: Takes the steps.
        directory: Where the sounds are.

    Attributes:
        in_force: What callers are told.
    """

    name = "notices"

    def __init__(self, notices: NoticeService, directory: Path) -> None:
        self.in_force = NoticesInForce(notices, NoticeSounds(directory))
        self._commands = NoticeCommands(notices, self.in_force)

    def register(self, commands: OperatorCommands) -> None:
        """Have the actions done."""
        self._commands.register(commands)

    def background(self) -> Iterable[Work]:
        """Follow what is published."""
        return (self.in_force.run(),)
