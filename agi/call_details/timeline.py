"""A call's way, step by step, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from agi.call_control.dial_results import describe_result
from agi.call_details.causes import describe_cause
from agi.destinations.resolver import describe
from agi.dialplan import MAXCALLS, REJECTED
from router.clock import MICROSECONDS
from router.storage.call_results import FAULT
from router.storage.repositories.calls.call_log_repository import OUTBOUND
from router.storage.repositories.calls.cdr_repository import ENTERED, LEFT, QUEUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agi.call_details.detail import CallDetail
    from router.storage.repositories.calls.call_log_repository import LoggedCall

_REJECTIONS: Final = {
    f"{REJECTED}system-full": "all lines of the exchange were in use (486)",
    f"{REJECTED}trunk-full": "all channels of the trunk were in use (486)",
    f"{REJECTED}helpline-full": "the helpline had as many calls as it may have (486)",
    f"{REJECTED}overload": "SIP was overloaded (486)",
    f"{REJECTED}draining": "the exchange was being stopped and took no new calls (486)",
    f"{REJECTED}loop": "it was a call of ours that another exchange sent back (486)",
    f"{REJECTED}unknown-number": "no trunk names the number dialled in its dids (404): see warroom trunks check",
    f"{REJECTED}{MAXCALLS}": "Asterisk's own limit of calls was reached",
}
_LEG_FULL: Final = "FULL"
_CLEARED: Final = 16
"""Normal clearing."""


class Line(NamedTuple):
    """Something that happened: microseconds since 1970, and in words."""

    at: int
    text: str


def timeline(detail: CallDetail) -> list[Line]:
    """Return what happened in a call, oldest first."""
    call = detail.call
    lines = [_arrival(call)]
    if call.answered is not None and call.direction != OUTBOUND:
        lines.append(Line(call.answered, "answered"))
    for event in detail.events:
        say = _WORDS.get(event.kind)
        text = say(event.data) if say else f"{event.kind} {event.data}"
        if text and not (event.kind == "leg-ended" and event.data["line"] == call.hung_up):
            lines.append(Line(event.at, text))
    lines += _by_asterisk(detail)
    lines += [
        Line(round(ticket.requested_datetime.timestamp() * MICROSECONDS), f"ticket {ticket.number} opened")
        for ticket in detail.tickets
        if ticket.calls[:1] == (call.uniqueid,)
    ]
    lines.sort(key=lambda line: line.at)
    if call.ended is not None:
        lines.append(Line(call.ended, _end(detail)))
    return lines


def _arrival(call: LoggedCall) -> Line:
    if call.direction == OUTBOUND:
        return Line(call.arrived, f"we called {call.caller or 'a number that is forgotten'}")
    who = f"from {call.caller}" if call.caller else "from a number that is withheld, not told, or forgotten"
    return Line(call.arrived, f"arrived by trunk {call.trunk or '-'} for {call.did or '-'} {who}")


def _end(detail: CallDetail) -> str:
    call = detail.call
    who = {"caller": "the caller hung up", "us": "ended by us", "": "ended"}.get(
        call.hung_up, f"{call.hung_up} hung up"
    )
    why = _REJECTIONS.get(call.outcome)
    if why and call.answered is None:
        return f"rejected: {why}"
    if call.answered is None and call.hung_up == "us" and call.outcome == "missed":
        return "not answered on purpose: the caller is called back"
    seen = "" if detail.events or detail.record or call.answered is None else "; the service saw nothing of this call"
    fault = "; the service failed in it" if call.result == FAULT else ""
    cause = "" if call.hung_up == "caller" else describe_cause(call.cause)  # his is that of the leg before
    return f"{who}{f' ({cause})' if cause else ''}{fault}{seen}"


def _by_asterisk(detail: CallDetail) -> Iterator[Line]:
    """The parties the caller spoke with, and the queues they waited in."""
    began: int | None = None
    for event in detail.cel:
        if event.event == ENTERED:
            began = event.at
            yield Line(event.at, f"speaks with {event.peer or 'another'}")
        elif event.event == LEFT and began is not None:
            yield Line(event.at, f"spoke for {_seconds(event.at - began)} s")
            began = None
        elif event.event == "APP_START" and event.note.startswith(QUEUE):
            yield Line(event.at, f"waits in queue {event.note.removeprefix(QUEUE)}")


def _step(data: Mapping[str, Any]) -> str:
    return f"[{data['step']}] " if data.get("step") else ""


def _asked(data: Mapping[str, Any]) -> str:
    heard = f"sound {data['sound']}" if "sound" in data else " ".join(data.get("prompts", ()))
    keys = data.get("keys")
    if keys is None:
        then = "the caller hung up in it, or it failed" if data.get("cut") else ""
    else:
        then = f"pressed {keys}" if keys else "no key"
    return f"{_step(data)}heard {heard}; {then} ({data['s']} s)"


def _heard(data: Mapping[str, Any]) -> str:
    cut = ", cut off" if data.get("cut") else ""
    seconds = f" ({data['s']} s{cut})" if "s" in data else ""
    return f"{_step(data)}heard {' '.join(data['prompts'])}{seconds}"


def _recorded(data: Mapping[str, Any]) -> str:
    end = "hung up in it" if data.get("cut") else f"ended by {data['keys']}" if data.get("keys") else "time was over"
    return f"{_step(data)}recorded {data['s']} s into {data['file']}.wav; {end}"


def _understood(data: Mapping[str, Any]) -> str:
    if data["ms"] is None:
        return f"{_step(data)}the {data['question']} said was not heard in time, or by nobody"
    what = f"{data['answer']} ({data['confidence']:.2f})" if data["answer"] else "nothing"
    return f"{_step(data)}understood as the {data['question']} said: {what}, after {data['ms']} ms"


def _handed_over(data: Mapping[str, Any]) -> str:
    ways = [describe(name) for name in data["destinations"]]
    tried = f"to be tried in turn: {', '.join(ways)}" if ways else "nobody can be tried: a message is taken"
    return " ".join(filter(None, (data.get("why"), tried)))


def _leg(data: Mapping[str, Any]) -> str:
    if data["status"] == _LEG_FULL:
        return f"trunk {data['trunk']}: all channels in use, not dialled"
    cause = describe_cause(data["cause"], data["sip"])
    return f"dialled by {data['trunk'] or 'a telephone of ours'}: {data['status']}{f' ({cause})' if cause else ''}"


def _tried(data: Mapping[str, Any]) -> str:
    if data["to"] == "citizen":
        return f"the room called the citizen of ticket {data['ticket']}: {data['status']} {data['seconds']}".strip()
    return describe_result(data["to"], data["status"], data["seconds"]).rstrip(".")


def _leg_ended(data: Mapping[str, Any]) -> str:
    """Only where the other end hung up after the answer: what else became of a leg is told by others."""
    return f"{data['line']} hung up" if data["cause"] == _CLEARED and data["by"] == data["line"] else ""


_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "asked": _asked,
    "heard": _heard,
    "recorded": _recorded,
    "understood": _understood,
    "pressed": lambda data: f"pressed {data['keys']}" if data["keys"] else "no key",
    "limited": lambda _: "this number gets urgent help only: it is blocked, or has called too often",
    "handed-over": _handed_over,
    "tried": _tried,
    "leg": _leg,
    "leg-ended": _leg_ended,
    "not-taken": lambda data: f"operator {data['operator']} was rung for {data['rang']} s and did not answer",
    "taken": lambda data: f"operator {data['operator']} answered after {data['rang']} s",
    "place-kept": lambda data: f"keeps a place in queue {data['queue']} and will be called",
    "no-place-kept": lambda data: f"wanted to be called, and no place in queue {data['queue']} could be kept",
    "fault": lambda data: f"the service failed, the dialplan took over: {data['what']}",
}


def _seconds(micro: int) -> int:
    return round(micro / MICROSECONDS)
