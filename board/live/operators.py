"""Collections of operators' pages: the call in hand, the caller's open tickets, how each operator stands."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from board.live.collection import Collection
from router.model.stages import CLOSED
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from board.live.picture import Entry, Picture

MAX_OPERATORS: Final = 5_000
"""From so many on those are forgotten that a page asked for and that do not exist; a state has some hundred."""
_CLOSED: Final = frozenset(stage.value for stage in CLOSED)


class Operator:
    """What one operator's page shows of the operator alone.

    Attributes:
        call: ``current``: the call in hand.
        state: ``state``: at work, paused, wrap-up, telephone.
        caller_tickets: Open tickets of the caller's number.
        phone: Of the caller, E.164; None when there is no caller, or no number.
    """

    __slots__ = ("call", "caller_tickets", "phone", "state")

    def __init__(self) -> None:
        self.call = Collection("call")
        self.state = Collection("state")
        self.caller_tickets = Collection("caller_tickets")
        self.phone: str | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is known of the operator and no page shows it."""
        return self.call.idle and self.state.idle and self.caller_tickets.idle


class OperatorCollections:
    """Follows the calls and states of all operators, and the open tickets of their callers.

    Args:
        picture: Of the broker.

    Attributes:
        all: Every operator's ``{state, call}``, by id: for supervisors.
    """

    def __init__(self, picture: Picture) -> None:
        self.all = Collection("operators")
        self._operators: dict[str, Operator] = {}
        self._by_phone: dict[str, dict[str, str]] = defaultdict(dict)
        self._phone_of: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._picture = picture
        picture.on("operators/+/calls", self._take_call)
        picture.on("operators/+/state", self._take_state)
        picture.on("rooms/+/tickets/+/+", self._take_ticket)

    def of(self, operator: str) -> Operator:
        """Return an operator's collections; they fill when there is such an operator."""
        if operator not in self._operators and len(self._operators) >= MAX_OPERATORS:
            self._operators = {name: one for name, one in self._operators.items() if not one.idle}
        return self._operators.setdefault(operator, Operator())

    def tickets_of(self, phone: str) -> dict[str, str]:
        """Return the open tickets of a number (E.164), JSON text by ticket's number."""
        return self._by_phone.get(phone, {})

    def _take_call(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        operator = self.of(levels[1])
        phone = _phone(entry.data.get("caller")) if entry else None
        if phone != operator.phone:
            operator.phone = phone
            for number in tuple(operator.caller_tickets.entries):
                operator.caller_tickets.remove(number)
            for number, text in self.tickets_of(phone or "").items():
                operator.caller_tickets.put_text(number, text)
        if entry is None:
            operator.call.remove("current")
        else:
            operator.call.put_text("current", entry.text)
        self._show(levels[1])

    def _take_state(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        state = self.of(levels[1]).state
        if entry is None:
            state.remove("state")
        else:
            state.put_text("state", entry.text)
        self._show(levels[1])

    def _show(self, operator: str) -> None:
        state = self._picture.get(f"operators/{operator}/state")
        call = self._picture.get(f"operators/{operator}/calls")
        if state is None and call is None:
            self.all.remove(operator)
        else:
            self.all.put(operator, {"state": state and state.data, "call": call and call.data})

    def _take_ticket(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        number = levels[-1]
        before = self._phone_of.get(number)
        if entry is None:
            if before and before[1] == levels:
                self._drop(number)
            return
        phone, stage = entry.data.get("phone"), entry.data.get("stage")
        if not isinstance(phone, str) or stage in _CLOSED:
            self._drop(number)
            return
        if before and before[0] != phone:
            self._drop(number)
        self._phone_of[number] = (phone, levels)
        self._by_phone[phone][number] = entry.text
        for operator in self._with_caller(phone):
            operator.caller_tickets.put_text(number, entry.text)

    def _drop(self, number: str) -> None:
        phone, _ = self._phone_of.pop(number, ("", ()))
        if not phone:
            return
        self._by_phone[phone].pop(number, None)
        if not self._by_phone[phone]:
            del self._by_phone[phone]
        for operator in self._with_caller(phone):
            operator.caller_tickets.remove(number)

    def _with_caller(self, phone: str) -> list[Operator]:
        return [one for one in self._operators.values() if one.phone == phone]


def _phone(caller: Any) -> str | None:
    return normalise(caller).e164 if isinstance(caller, str) else None
