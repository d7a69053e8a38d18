"""Whether each operator's telephone is signed in and answers: by Asterisk's events, read anew after each connect."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from agi.ami.errors import AmiError, AmiRefusedError
from agi.dialplan import OPERATOR_PREFIX
from router.retry import retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from agi.ami.connection import AmiConnection
    from agi.queues.schema import Operator, Operators

RETRY_DELAY_S: Final = 5.0
"""Before Asterisk is asked again, when it did not say which telephones are signed in."""

_REMOVED: Final = "Removed"
_UNREACHABLE: Final = "Unreachable"
_log = logging.getLogger(__name__)


class TelephoneStatus(StrEnum):
    """How a telephone is, as Asterisk sees it."""

    REGISTERED = "registered"
    UNREACHABLE = "unreachable"
    """Signed in, and does not answer OPTIONS."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Contact:
    """One address at which a telephone has signed in.

    Attributes:
        uri: The address; of a browser's telephone its user part is new each time the page is loaded.
        reachable: Whether it answers, or has not been asked yet.
        rtt_ms: Round trip of the last answer that followed none, milliseconds; None before one.
    """

    uri: str
    reachable: bool
    rtt_ms: int | None


class OperatorTelephones:
    """Follows ContactStatus, and reads the contacts after each connect.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        operators: Returns the operators in force.
    """

    def __init__(self, link: AmiConnection, operators: Callable[[], Awaitable[Operators]]) -> None:
        self._link = link
        self._operators = operators
        self._contacts: dict[str, dict[str, Contact]] = {}
        self._touched: set[str] = set()  # operators of whom an event came during a look
        self._callbacks: list[Callable[[str], None]] = []
        self._was_connected = False
        self._looking: asyncio.Task[None] | None = None
        link.on_event("ContactStatus", self._told)
        link.on_change(self._changed)

    def on_change(self, callback: Callable[[str], None]) -> None:
        """Call back with an operator's id whenever their telephone has changed; before the link runs."""
        self._callbacks.append(callback)

    def contacts(self, operator: str) -> tuple[Contact, ...]:
        """Where an operator's telephone is signed in, the newest last; empty when it is not."""
        return tuple(self._contacts.get(operator, {}).values())

    def status(self, operator: str) -> TelephoneStatus:
        """How an operator's telephone is."""
        contacts = self.contacts(operator)
        if any(one.reachable for one in contacts):
            return TelephoneStatus.REGISTERED
        return TelephoneStatus.UNREACHABLE if contacts else TelephoneStatus.ABSENT

    def rtt_ms(self, operator: str) -> int | None:
        """The round trip to an operator's telephone, milliseconds; None while it is not known."""
        return next((one.rtt_ms for one in reversed(self.contacts(operator)) if one.reachable), None)

    def state(self, operator: Operator) -> dict[str, object]:
        """Return an operator's telephone, for the operator's console.

        Returns:
            ``kind`` (``browser`` or ``sip``), ``telephone`` (``registered``, ``unreachable``, ``absent``), ``rtt_ms``.
        """
        return {
            "kind": operator.telephone,
            "telephone": self.status(operator.id).value,
            "rtt_ms": self.rtt_ms(operator.id),
        }

    async def close(self) -> None:
        """End a look that is going on."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    def _told(self, event: Mapping[str, object]) -> None:
        aor, uri = str(event.get("AOR")), str(event.get("URI"))
        if not aor.startswith(OPERATOR_PREFIX):
            return
        operator = aor.removeprefix(OPERATOR_PREFIX)
        self._touched.add(operator)
        status, usec = str(event.get("ContactStatus")), str(event.get("RoundtripUsec"))
        contacts = {key: one for key, one in self._contacts.get(operator, {}).items() if key != uri}
        if status != _REMOVED:
            contacts[uri] = _contact(uri, status, usec)
        self._put(operator, contacts)

    def _put(self, operator: str, contacts: dict[str, Contact]) -> None:
        if contacts != self._contacts.get(operator, {}):
            self._contacts[operator] = contacts
            for callback in self._callbacks:
                callback(operator)

    def _changed(self) -> None:
        before, self._was_connected = self._was_connected, self._link.connected
        if self._link.connected and not before:
            if self._looking is not None:
                self._looking.cancel()
            self._touched.clear()
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Read all contacts; where an event came meanwhile, it is newer."""
        found = await retry(
            self._read,
            delay_s=RETRY_DELAY_S,
            troubles=(AmiError,),
            tell=partial(_log.warning, "which operators' telephones are there is asked again: %s"),
        )
        for operator in self._contacts.keys() | found.keys():
            if operator not in self._touched:
                self._put(operator, found.get(operator, {}))

    async def _read(self) -> dict[str, dict[str, Contact]]:
        """The contacts by operator and address.

        By the dialplan's functions: to list them, AMI wants the right `system`, which is near a shell (manager.conf).
        """
        found: dict[str, dict[str, Contact]] = {}
        for one in (await self._operators()).operator:
            for name in filter(None, (await self._value(f"PJSIP_AOR({one.endpoint},contact)")).split(",")):
                uri, status, usec = [
                    await self._value(f"PJSIP_CONTACT({name},{field})") for field in ("uri", "status", "rtt")
                ]
                if uri:  # not gone meanwhile
                    found.setdefault(one.id, {})[uri] = _contact(uri, status, usec)
        return found

    async def _value(self, function: str) -> str:
        try:
            answer = await self._link.action({"Action": "Getvar", "Variable": function})
        except AmiRefusedError:  # no such account: operators.toml is not in force yet
            return ""
        return str(answer.get("Value") or "").replace("(null)", "")


def _contact(uri: str, status: str, usec: str) -> Contact:
    took = int(usec) if usec.isdecimal() else 0
    return Contact(uri, status != _UNREACHABLE, max(1, round(took / 1000)) if took else None)
