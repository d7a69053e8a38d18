"""What goes out by WhatsApp, as the api process does it: the sender with its secrets, and what it is watched for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.intake.sms.sending.queue import about_ticket, is_mobile
from router.intake.whatsapp.dialogue import Texts
from router.intake.whatsapp.dialogue.wording.outcome import Outcomes
from router.intake.whatsapp.graph.component import WhatsAppSenderComponent
from router.settings_messaging import SIMULATOR
from warroom.config.paths import DataDirectory
from warroom.config.secrets import WHATSAPP_BUTTONS, WHATSAPP_TOKEN, read_secret
from warroom.monitoring.conditions.condition import Condition
from warroom.monitoring.conditions.whatsapp import BudgetAlarm, MediaNotFetched, MessagesRefused, SendingStopped
from warroom.services.reply_channels import REPLY_CHANNELS
from warroom.services.whatsapp_media import make_keepers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.geo import Places
    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.messaging.person import ChatPerson
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService
    from warroom.config.settings import Settings


_TOLD_BY_SMS: Final = frozenset({"ticket-number", "emergency"})
"""Purposes of messages whose ticket's number matters to the person."""


def make_sending(
    data: Path,
    settings: Settings,
    store: Storage,
    tickets: TicketService,
    places: Places,
    sms: Callable[[], bool],
) -> WhatsAppSenderComponent:
    """Return the sender; reads the texts of the dialogue, so not for the event loop.

    Args:
        data: The data directory.
        settings: This node's.
        store: Open when it is started.
        tickets: Knows what is asked about.
        places: Names of needs.
        sms: Whether there is a provider of SMS.
    """

    def token() -> str | None:
        try:
            return read_secret(data, WHATSAPP_TOKEN)
        except (OSError, ValueError):
            return None

    layout = DataDirectory(data)
    buttons = read_secret(data, WHATSAPP_BUTTONS).encode()
    return WhatsAppSenderComponent(
        store=store,
        desk=tickets,
        replies=REPLY_CHANNELS,
        settings=settings.whatsapp,
        outcomes=Outcomes(places, Texts.load(), buttons),
        token=token,
        simulator=layout.whatsapp_simulator,
        other_way=OtherWayBySms(places, sms),
        keepers=make_keepers(layout, tickets),
    )


def sending_conditions(store: Storage, sending: WhatsAppSenderComponent) -> tuple[Condition, ...]:
    """Return what is watched."""
    return (
        Condition("whatsapp-stopped", SendingStopped(lambda: sending.pace.troubles).check),
        Condition("whatsapp-refused", MessagesRefused(sending.refusals).check),
        Condition("whatsapp-media", MediaNotFetched(sending.failures).check),
        Condition("whatsapp-budget", BudgetAlarm(store, sending.budget).check),
    )


class OtherWayBySms:
    """Tells people by SMS the number of a ticket that could not be told them by WhatsApp.

    Not where a need is private: others may read a family's telephone. Who asks whether help came calls those whom no
    message reaches (`Confirmations`).

    Args:
        places: Names, and which needs are private.
        wanted: Whether there is a provider of SMS; quick, runs in the writer's thread.
    """

    def __init__(self, places: Places, wanted: Callable[[], bool]) -> None:
        self._places = places
        self._wanted = wanted

    def __call__(self, uow: UnitOfWork, message: OutgoingMessage, person: ChatPerson, /) -> None:
        """Queue it."""
        ticket = uow.tickets.by_number(message.ticket) if message.ticket else None
        if ticket is None or message.purpose not in _TOLD_BY_SMS or person.account == SIMULATOR or not self._wanted():
            return
        phone, need = person.phone or ticket.phone, self._places.needs.get(ticket.service_code)
        if phone is None or not is_mobile(phone) or need is None or need.private:
            return
        key = f"whatsapp/{message.key}"
        told = about_ticket(ticket, self._places, to=phone, template="ticket-number", purpose=message.purpose, key=key)
        uow.messages_out.add(told, utc_now())
