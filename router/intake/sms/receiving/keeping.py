"""Writes what the provider posts into the store. Functions on a unit of work run in the writer's thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from router.intake.sms.sending.queue import ACCOUNT, CHANNEL
from router.intake.sms.sending.reference import reference_of, row_of
from router.model.messaging.incoming import IncomingMessage, NewMessage
from router.model.messaging.outgoing import DeliveryReport
from router.model.messaging.person import Contact
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from router.intake.sms.receiving.requests import StateReport, Text
    from router.storage.unit_of_work import UnitOfWork


def keep_texts(uow: UnitOfWork, *, texts: Sequence[Text], now: datetime) -> int:
    """Store messages of citizens, each once; return how many came from no telephone number.

    Those are banks' and shops' headers and short codes: nobody in need, and an answer to one could begin a loop.
    """
    unknown = 0
    for one in texts:
        phone = normalise(one.number).e164
        if phone is None:
            unknown += 1
            continue
        if uow.chat_in.has(CHANNEL, one.provider_id):
            continue
        person = uow.chat_people.arrived(Contact(CHANNEL, ACCOUNT, phone, phone), one.sent)
        content = {"text": one.text}
        message = IncomingMessage(
            provider_id=one.provider_id, person=person, sent=one.sent, kind="text", content=content
        )
        uow.chat_in.add(NewMessage(CHANNEL, message, json.dumps(content, ensure_ascii=False), now))
    return unknown


def keep_reports(uow: UnitOfWork, *, reports: Sequence[StateReport], now: datetime) -> int:
    """Write what is reported of messages; return how many changed."""
    changed = 0
    for one in reports:
        row = row_of(one.reference)
        message = uow.messages_out.find(row) if row is not None else None
        provider_id = one.provider_id
        if message is not None and message.channel == CHANNEL and reference_of(message) == one.reference:
            # The answer to our sending it was lost, or is still on its way.
            uow.messages_out.identify(message.id, provider_id or one.reference)
            provider_id = message.provider_id or provider_id or one.reference
        if provider_id:
            changed += uow.messages_out.report(DeliveryReport(CHANNEL, provider_id, one.state, one.error), now)
    return changed
