"""WhatsApp's way in, as the api process serves it: webhook, secrets, and the worker that answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.component import BackgroundComponent, Component
from router.intake.service import IntakeService
from router.intake.whatsapp.conversation import Conversation
from router.intake.whatsapp.dialogue import Dialogue, Texts
from router.intake.whatsapp.webhook import WebhookCounts, WebhookSecrets, WhatsAppWebhook
from router.messaging.inbox import Inbox
from router.settings_messaging import SIMULATOR
from warroom.config.secrets import (
    WHATSAPP_APP,
    WHATSAPP_APP_PREVIOUS,
    WHATSAPP_BUTTONS,
    WHATSAPP_SIMULATOR,
    WHATSAPP_VERIFY,
    read_secret,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import NoReturn

    from router.component import Work
    from router.geo import Places
    from router.intake.base import TextUnderstanding
    from router.storage.engine import Storage
    from router.tickets.service import TicketService
    from warroom.config.settings import Settings

SECRETS_AGE_S: Final = 2.0
"""A secret that an admin changes is in force so soon after; the webhook itself reads no file."""


class SecretFiles(Component):
    """The webhook's secrets, read again and again: an admin changes one while the stack runs.

    Args:
        data: The data directory.
    """

    name = "WhatsApp's secrets"

    def __init__(self, data: Path) -> None:
        self._data = data
        self._present = WebhookSecrets()

    def present(self) -> WebhookSecrets:
        """Return them as they were read last."""
        return self._present

    async def start(self) -> None:
        """Read them."""
        self._present = await asyncio.to_thread(self._read)

    def background(self) -> Iterable[Work]:
        """Read them again."""
        return (self._run(),)

    async def _run(self) -> NoReturn:
        while True:
            await asyncio.sleep(SECRETS_AGE_S)
            self._present = await asyncio.to_thread(self._read)

    def _read(self) -> WebhookSecrets:
        app = (self._file(WHATSAPP_APP), self._file(WHATSAPP_APP_PREVIOUS))
        return WebhookSecrets(
            app=tuple(filter(None, app)), simulator=self._file(WHATSAPP_SIMULATOR), verify=self._file(WHATSAPP_VERIFY)
        )

    def _file(self, name: str) -> str:
        """Return a secret; empty when there is none, or it cannot be read: then nothing signed with it is taken."""
        try:
            return read_secret(self._data, name)
        except (OSError, ValueError):
            return ""


@dataclass(frozen=True, slots=True)
class WhatsAppParts:
    """What the process is given.

    Attributes:
        webhook: Answers Meta.
        counts: What came to it.
        components: To be started after the store and the tickets.
    """

    webhook: WhatsAppWebhook
    counts: WebhookCounts
    components: tuple[Component, ...]


def make_whatsapp(
    data: Path,
    settings: Settings,
    store: Storage,
    tickets: TicketService,
    places: Places,
    understand: TextUnderstanding,
) -> WhatsAppParts:
    """Return the parts; reads the texts of the dialogue, so not for the event loop.

    Args:
        data: The data directory.
        settings: This node's.
        store: Open when they are started.
        tickets: Opens and changes tickets.
        places: Districts and needs.
        understand: Reads texts.
    """
    secrets, counts = SecretFiles(data), WebhookCounts()
    buttons = read_secret(data, WHATSAPP_BUTTONS).encode()
    conversation = Conversation(
        store,
        tickets,
        IntakeService(tickets, places, understand=understand),
        IntakeService(tickets, places),
        Dialogue(places, Texts.load(), buttons, understand),
    )
    accounts = frozenset((*settings.whatsapp.phone_number_ids, SIMULATOR))
    webhook = WhatsAppWebhook(store, accounts, secrets.present, counts)
    inbox = Inbox(store, "whatsapp", conversation.take, conversation.rescue, give_way=webhook.is_pressed)
    webhook.on_arrival(inbox.touch)
    return WhatsAppParts(webhook, counts, (secrets, BackgroundComponent("WhatsApp's inbox", inbox.run)))
