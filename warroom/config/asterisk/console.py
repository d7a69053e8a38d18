"""Asterisk's console, as an admin uses it with ``asterisk -rx``.

A command goes to the socket as it does from there: the text and a zero byte, then nothing more; what comes back is one
line about Asterisk itself and the answer. A process
for each question would cost 14 ms of CPU; this is asked every other second.

The socket is open to root and the group ``warroom`` alone, so that no account of the manager interface needs the
rights to reload or to run commands; who of them may do what, asterisk_conf/cli_permissions.conf says.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from warroom.config.asterisk.config_files import AsteriskError

if TYPE_CHECKING:
    from warroom.config.paths import DataDirectory

TIMEOUT_S: Final = 20.0
"""A reload of a hundred trunks takes a second or two; on a machine under load, several."""
_PART: Final = 65_536
_REFUSED: Final = "You don't have permissions to run"  # cli.c


class AsteriskConsole:
    """The console of the Asterisk of one data directory.

    Args:
        layout: Of the data directory.
    """

    def __init__(self, layout: DataDirectory) -> None:
        self._socket = str(layout.asterisk_socket)

    def ask(self, command: str) -> str:
        """Return the console's output. Blocks.

        Raises:
            AsteriskError: Asterisk does not run, does not answer, or refuses.
        """
        answer = bytearray()
        try:
            with socket.socket(socket.AF_UNIX) as console:
                console.settimeout(TIMEOUT_S)
                console.connect(self._socket)
                console.sendall(command.encode() + b"\0")
                console.shutdown(socket.SHUT_WR)
                while part := console.recv(_PART):
                    answer += part
        except TimeoutError:
            raise AsteriskError(f"asterisk: no answer to {command!r} within {TIMEOUT_S:.0f} s") from None
        except PermissionError:
            raise AsteriskError("asterisk: its console is for root and the group warroom alone") from None
        except OSError:
            raise AsteriskError("asterisk: does not run; start the stack: warroom up") from None
        said = answer.decode("utf-8", "replace").partition("\n")[2]
        if said.startswith(_REFUSED):
            raise AsteriskError(f"asterisk: its console does not let this user do {command!r}: run this as root")
        return said

    @property
    def runs(self) -> bool:
        """Whether it answers."""
        try:
            self.ask("core show uptime seconds")
        except AsteriskError:
            return False
        return True
