"""What goes out by WhatsApp, as the api process does it: the sender with its secrets, and what it is watched for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.intake.whatsapp.dialogue import Texts
from router.intake.whatsapp.dialogue.wording.outcome import Outcomes
from router.intake.whatsapp.graph.component import WhatsAppSenderComponent
from warroom.config.paths import DataDirectory
from warroom.config.secrets import WHATSAPP_BUTTONS, WHATSAPP_TOKEN, read_secret
from warroom.monitoring.conditions.condition import Condition
from warroom.monitoring.conditions.whatsapp import BudgetAlarm, MediaNotFetched, MessagesRefused, SendingStopped
from warroom.services.reply_channels import REPLY_CHANNELS
from warroom.services.whatsapp_media import make_keepers

if TYPE_CHECKING:
    from pathlib import Path

    from router.geo import Places
    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.messaging.person import ChatPerson
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService
    from warroom.config.settings import Settings


def make_sending(
    data: Path, settings: Settings, store: Storage, tickets: TicketService, places: Places
) -> WhatsAppSenderComponent:
    """Return the sender; reads the texts of the dialogue, so not for the event loop.

    Args:
        data: The data directory.
        settings: This node's.
        store: Open when it is started.
        tickets: Knows what is asked about.
        places: Names of needs.
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
        other_way=_no_other_way,
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


def _no_other_way(_uow: UnitOfWork, _message: OutgoingMessage, _person: ChatPerson) -> None:
    """Who asks whether help came calls those whom no message reaches; the rest has no other way."""
