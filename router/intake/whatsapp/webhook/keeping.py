"""Stores what a delivery holds, in one transaction: each message once, whoever sends it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from router.model.messaging.incoming import IncomingMessage, NewMessage

if TYPE_CHECKING:
    from datetime import datetime

    from router.intake.whatsapp.webhook.delivery import Arrival, Delivery
    from router.storage.unit_of_work import UnitOfWork

STALE_NOTE = "older than WhatsApp delivers: not worked off"


class Kept(NamedTuple):
    """What was new in a delivery.

    Attributes:
        kinds: Of each new message.
        waiting: Whether any of them is to be worked off.
        body: Whether the body was kept as it is.
    """

    kinds: tuple[str, ...]
    waiting: bool
    body: bool


def keep_delivery(uow: UnitOfWork, *, delivery: Delivery, body: bytes, now: datetime) -> Kept:
    """Store messages, reports and, where it holds anything else, the body; runs in the writer's thread.

    A repeated delivery changes nothing: not even what is known of the person, who may have moved on since.

    Args:
        uow: Of the transaction.
        delivery: What was read of the body.
        body: As it came.
        now: When it came.
    """
    kinds: list[str] = []
    waiting = False
    for arrival in delivery.arrivals:
        if _keep(uow, arrival, now):
            kinds.append(arrival.kind)
            waiting |= not arrival.stale
    for report in delivery.reports:
        uow.messages_out.report(report, now)
    kept = bool(delivery.kept) and uow.webhook_bodies.add("whatsapp", body, delivery.kept, now)
    return Kept(tuple(kinds), waiting, kept)


def _keep(uow: UnitOfWork, arrival: Arrival, now: datetime) -> bool:
    if uow.chat_in.has("whatsapp", arrival.wamid):
        return False
    for previous in arrival.previous:
        if uow.chat_people.moved(previous, arrival.contact) is not None:
            break
    # a change of number is no message of the person's: it opens no window of 24 hours
    person = uow.chat_people.arrived(arrival.contact, None if arrival.kind == "system" else arrival.sent)
    message = IncomingMessage(
        provider_id=arrival.wamid, person=person, sent=arrival.sent, kind=arrival.kind, content=arrival.content
    )
    new = NewMessage("whatsapp", message, arrival.raw, now)
    if arrival.stale:
        return uow.chat_in.add(new, state="done", note=STALE_NOTE)
    return uow.chat_in.add(new)
