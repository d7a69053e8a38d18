"""What an operator's state says beside presence and telephone: the wrap-up after a call, and who supervises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agi.ami.channels import endpoint_name
from agi.dialplan import OPERATOR_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.connection import AmiConnection
    from agi.queues.schema import Operator, QueueRules


class OperatorWork:
    """Follows AgentComplete, ChanSpyStart and ChanSpyStop.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        rules: Returns the queues' rules in force.
    """

    def __init__(self, link: AmiConnection, rules: Callable[[], QueueRules]) -> None:
        self._link = link
        self._rules = rules
        self._wrapup: dict[str, datetime] = {}
        self._spying: dict[str, tuple[str, str]] = {}  # by the supervisor's channel: supervisor, operator
        self._callbacks: list[Callable[[], None]] = []
        link.on_event("AgentComplete", self._completed)
        link.on_event("ChanSpyStart", self._started)
        link.on_event("ChanSpyStop", self._stopped)
        link.on_change(self._changed)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back whenever something has changed; before the link runs."""
        self._callbacks.append(callback)

    def state(self, operator: Operator) -> dict[str, object]:
        """Return an operator's part of the state.

        Returns:
            ``wrapup_until`` (ISO 8601; it may be over, None after a start) and ``supervised_by``: the id of the
            supervisor who listens, whispers or has joined; "" for nobody, or where operators are not to know.
        """
        until = self._wrapup.get(operator.id)
        by = next((who for who, whom in self._spying.values() if whom == operator.id), "")
        return {
            "wrapup_until": until.isoformat() if until else None,
            "supervised_by": by if self._rules().supervision_shown else "",
        }

    def _completed(self, event: Mapping[str, object]) -> None:
        operator = str(event.get("Interface")).removeprefix(f"PJSIP/{OPERATOR_PREFIX}")
        if seconds := self._rules().wrap_up_s:
            self._wrapup[operator] = datetime.now(UTC) + timedelta(seconds=seconds)
            self._tell()

    def _started(self, event: Mapping[str, object]) -> None:
        spyer, spied = str(event.get("SpyerChannel")), str(event.get("SpyeeChannel"))
        who, whom = endpoint_name(spyer), endpoint_name(spied)
        if who.startswith(OPERATOR_PREFIX) and whom.startswith(OPERATOR_PREFIX):
            self._spying[spyer] = who.removeprefix(OPERATOR_PREFIX), whom.removeprefix(OPERATOR_PREFIX)
            self._tell()

    def _stopped(self, event: Mapping[str, object]) -> None:
        if self._spying.pop(str(event.get("SpyerChannel")), None):
            self._tell()

    def _changed(self) -> None:
        """A link that was lost has missed who stopped."""
        if not self._link.connected and self._spying:
            self._spying.clear()
            self._tell()

    def _tell(self) -> None:
        for callback in self._callbacks:
            callback()
