"""State of queues and operators' telephones, from Asterisk's console and AMI."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

from agi.ami.connection import AmiConnection
from agi.ami.errors import AmiNotConnectedError
from agi.queues.status import read_all_queues

if TYPE_CHECKING:
    from agi.queues.schema import Operators
    from warroom.config.asterisk.console import AsteriskConsole

_CONNECT_S: Final = 5.0
"""The manager is on this machine: one that has not let us in by then is away, or refuses the secret."""
_CONTACT: Final = re.compile(r"^\s+Contact:\s+operator-([a-z0-9]+)/\S*\s+[0-9a-f]{10}\s+(\w+)\s+\S+\s*$", re.MULTILINE)
_REACHABLE: Final = {"Avail": "there", "Unavail": "does not answer", "NonQual": "signed in"}


def telephones(operators: Operators, console: AsteriskConsole) -> dict[str, str]:
    """Return how each operator's telephone is, by the operator's id.

    Raises:
        AsteriskError: Asterisk does not run.
    """
    contacts = dict(_CONTACT.findall(console.ask("pjsip show contacts")))
    return {
        one.id: _REACHABLE.get(contacts[one.id], "unknown") if one.id in contacts else "not signed in"
        for one in operators.operator
    }


async def read_queue_status(manager: tuple[str, int], secret: str, wrap_up_s: int) -> list[dict[str, Any]]:
    """Ask a running Asterisk for its queues.

    Args:
        manager: (host, port) of Asterisk's manager interface.
        secret: Of its account ``warroom``.
        wrap_up_s: What operators have after each call.

    Raises:
        AmiNotConnectedError: Asterisk is away, or refuses us.
    """
    link = AmiConnection(*manager, "warroom", secret)
    connected = asyncio.Event()
    link.on_change(lambda: connected.set() if link.connected else None)
    running = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(_CONNECT_S):
            await connected.wait()
        return [queue.summary() for queue in await read_all_queues(link, wrap_up_s=wrap_up_s)]
    except TimeoutError:
        msg = "no link to Asterisk's manager: start the stack (warroom up), or see: warroom doctor"
        raise AmiNotConnectedError(msg) from None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
