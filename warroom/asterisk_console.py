"""Asterisk's own console: what an admin asks and does with ``asterisk -rx``.

Its socket is open to root and the group ``warroom`` alone, so that no account of the manager interface needs the
rights to reload or to run commands.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

from warroom.asterisk_files import AsteriskProblem, find_asterisk

if TYPE_CHECKING:
    from warroom.layout import Layout

LIMIT_S: Final = 20.0
"""A reload of a hundred trunks takes a second or two; on a machine under load, several."""


class AsteriskConsole:
    """The console of the Asterisk of one data directory.

    Args:
        layout: Of the data directory.
    """

    def __init__(self, layout: Layout) -> None:
        self._argv = [str(find_asterisk().command), "-C", str(layout.asterisk_config), "-rx"]

    def ask(self, command: str) -> str:
        """Return what the console answers.

        Raises:
            AsteriskProblem: Asterisk does not run, or does not answer.
        """
        try:
            done = subprocess.run(  # noqa: S603 - our own Asterisk; no shell
                [*self._argv, command], capture_output=True, text=True, errors="replace", timeout=LIMIT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise AsteriskProblem(f"asterisk: no answer to {command!r} within {LIMIT_S:.0f} s") from None
        if done.returncode or "Unable to connect to remote asterisk" in done.stdout + done.stderr:
            raise AsteriskProblem("asterisk: does not run; start the stack: warroom up")
        return done.stdout

    @property
    def runs(self) -> bool:
        """Whether it answers."""
        try:
            self.ask("core show uptime seconds")
        except AsteriskProblem:
            return False
        return True
