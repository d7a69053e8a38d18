"""The state of SMS, as `warroom sms status` and `warroom doctor` tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from router.india import INDIA, local
from router.intake.sms.provider.templates import ALLOWED, longest_parts
from router.intake.sms.sending.queue import CHANNEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from router.intake.sms.in_force import SmsInForce
    from router.intake.sms.provider.templates import Variables
    from router.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TemplateParts:
    """A template, and in how many parts it is sent with the longest values."""

    name: str
    language: str
    dlt_id: str
    parts: int
    units: int
    encoding: str


@dataclass(frozen=True, slots=True)
class Status:
    """The state of SMS.

    Attributes:
        provider: Its name; empty: there is none.
        problems: Why nothing can be sent, or not as the admin wants it.
        missing: Templates that the program asks for and that ``sms.toml`` has not: such messages are not sent.
        waiting: Messages in the queue.
        oldest: Since when the oldest waits.
        sent_today: Messages that the provider took since midnight in India.
        states: Kept messages by state.
        failures: Why messages failed or were dropped since midnight, and how many.
        unread: Messages of citizens that wait to be worked off.
    """

    provider: str
    replies_to: str
    problems: tuple[str, ...]
    missing: tuple[str, ...] = ()
    templates: tuple[TemplateParts, ...] = ()
    waiting: int = 0
    oldest: datetime | None = None
    sent_today: int = 0
    states: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    unread: int = 0


def read_status(uow: UnitOfWork, *, in_force: SmsInForce, variables: Variables, now: datetime) -> Status:
    """Return the state.

    Args:
        uow: Of the store.
        in_force: The provider, looked at.
        variables: Of templates.
        now: Aware.
    """
    sms, out = in_force.sms, uow.messages_out
    midnight = now.astimezone(INDIA).replace(hour=0, minute=0, second=0, microsecond=0)
    alerts = [one for one in uow.alerts.active() if one.kind in ("sms-map", "sms-not-sent")]
    queue, known = out.waiting(CHANNEL), {one.name for one in sms.templates} if sms else set()
    return Status(
        provider=sms.provider.name if sms else "",
        replies_to=sms.provider.replies_to if sms else "",
        problems=(*in_force.problems, *(said for one in alerts if (said := _said(one.data)) not in in_force.problems)),
        missing=tuple(name for name in ALLOWED if sms and name not in known),
        templates=tuple(
            TemplateParts(one.name, one.language, one.dlt_id, parts.parts, parts.units, parts.encoding)
            for one in (sms.templates if sms else ())
            for parts in [longest_parts(one, variables)]
        ),
        waiting=queue.messages,
        oldest=queue.oldest,
        sent_today=out.sent_since(CHANNEL, midnight),
        states=out.counts(CHANNEL),
        failures=out.failures(CHANNEL, midnight),
        unread=uow.chat_in.waiting(CHANNEL, now).messages,
    )


def _said(alert: Mapping[str, object]) -> str:
    """What the service says, which may know more than we: it may not read what root reads."""
    return str(alert.get("what", "")).removeprefix("SMS: ")


def lines_of(status: Status) -> Iterator[str]:
    """Return the state for people."""
    if not status.provider and not status.problems:
        yield "no provider: nothing is sent by SMS; docs/sms.md says how to set one up"
        return
    replies = f", citizens write to {status.replies_to}" if status.replies_to else ", citizens cannot write to it"
    yield f"provider: {status.provider}{replies}" if status.provider else "provider: none"
    yield from (f"wrong: {problem}" for problem in status.problems)
    yield from (f"not sent, for there is no template: {name}" for name in status.missing)
    since = f", the oldest since {local(status.oldest):%d %b %H:%M}" if status.oldest else ""
    yield f"queue: {status.waiting} to be sent{since}; {status.unread} of citizens to be worked off"
    states = ", ".join(f"{count} {state}" for state, count in sorted(status.states.items())) or "none"
    yield f"messages kept: {states}; taken by the provider today: {status.sent_today}"
    yield from (f"not sent today: {count} times: {why}" for why, count in status.failures.items())
