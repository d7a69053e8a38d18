"""Which calls an operator has spoken in: the one going on, and those before it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from agi.dialplan import OPERATOR_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.connection import AmiConnection
    from router.storage.engine import Storage

TAKEN: Final = "taken"
"""The kind of the journal's event when an operator has answered a call."""
MAX_REMEMBERED: Final = 2_000
"""Calls whose operator is known without asking the store: the journal is written some seconds late."""

_PREFIX: Final = f"PJSIP/{OPERATOR_PREFIX}"


class OwnCalls:
    """Tells whether an operator has a part in a call.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        store: Has the journal of calls.
        in_call: Returns the operator's own leg of a live call, "" when there is none.
    """

    def __init__(self, link: AmiConnection, store: Storage, in_call: Callable[[str, str], str]) -> None:
        self._store = store
        self._in_call = in_call
        self._taken: OrderedDict[str, set[str]] = OrderedDict()
        link.on_event("AgentConnect", self._connected)

    def took(self, operator: str, call: str) -> None:
        """An operator speaks in a call (a unique id) from now on."""
        self._taken.setdefault(call, set()).add(operator)
        while len(self._taken) > MAX_REMEMBERED:
            self._taken.popitem(last=False)

    async def has_spoken(self, operator: str, call: str) -> bool:
        """Whether an operator speaks or has spoken in a call (a unique id).

        Raises:
            StorageUnavailableError: it is over, and the journal cannot be read.
        """
        if self._in_call(operator, call) or operator in self._taken.get(call, ()):
            return True
        events = await self._store.read(lambda uow: uow.call_log.events_of(call))
        return any(one.kind == TAKEN and one.data.get("operator") == operator for one in events)

    def _connected(self, event: Mapping[str, object]) -> None:
        self.took(str(event.get("Interface", "")).removeprefix(_PREFIX), str(event.get("Uniqueid")))
