"""Commands and their replies: the same command again gets the same reply."""

from __future__ import annotations

import sqlalchemy as sa

from router.model.rooms.decided_command import Decided
from router.storage.schema import commands

_INSERT = sa.insert(commands)
_SELECT = sa.select(commands.c.content, commands.c.reply).where(
    commands.c.sender == sa.bindparam("who"), commands.c.command_id == sa.bindparam("which")
)


class CommandRepository:
    """Commands and their replies."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, sender: str, command_id: str) -> Decided | None:
        """Return how a sender's command was decided; None when it has not been."""
        row = self._connection.execute(_SELECT, {"who": sender, "which": command_id}).first()
        return Decided(*row) if row else None

    def add(self, sender: str, command_id: str, decided: Decided) -> None:
        """Keep the decision on a command, without limit of time."""
        self._connection.execute(
            _INSERT,
            {"sender": sender, "command_id": command_id, "content": decided.content, "reply": decided.reply},
        )
