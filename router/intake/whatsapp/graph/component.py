"""The component of what goes out by WhatsApp."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NoReturn

from router.component import Component
from router.intake.whatsapp.graph.accounts import GraphAccounts
from router.intake.whatsapp.graph.budget import Budget
from router.intake.whatsapp.graph.confirmations import Confirmations
from router.intake.whatsapp.graph.media.fetcher import MediaFetcher
from router.intake.whatsapp.graph.media.worker import MediaWorker
from router.intake.whatsapp.graph.pace import Pace
from router.intake.whatsapp.graph.refusals import Refusals
from router.intake.whatsapp.graph.reported import ReportedFailures
from router.intake.whatsapp.graph.sender import MessageSender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from router.component import Work
    from router.intake.whatsapp.dialogue.wording.outcome import Outcomes
    from router.intake.whatsapp.graph.media.worker import Keeper
    from router.intake.whatsapp.graph.sender import OtherWay
    from router.settings_messaging import WhatsAppSettings
    from router.storage.engine import Storage
    from router.tickets.confirmation.reply_channel import ReplyChannels
    from router.tickets.service import TicketService

TOKEN_POLL_S: Final = 5.0
"""Between two looks whether an admin has written a new token."""


class WhatsAppSenderComponent(Component):
    """Sends what is queued, asks people whether help came, and fetches the files they send.

    Args:
        store: Has the queue.
        desk: Knows the tickets.
        replies: All reply channels.
        settings: Of WhatsApp.
        outcomes: Makes the question whether help came.
        token: Reads the access token, None when there is none. Blocks.
        simulator: The Unix socket of `warroom whatsapp simulate`.
        other_way: For those who cannot be reached by WhatsApp.
        keepers: By kind of file that people send.

    Attributes:
        accounts: A client for each of our numbers.
        pace: Of the accounts, with what keeps them from sending.
        refusals: Messages that Meta refuses for what they say.
        failures: Files that could not be fetched.
        budget: Of the day.
    """

    name = "whatsapp-sender"

    def __init__(
        self,
        *,
        store: Storage,
        desk: TicketService,
        replies: ReplyChannels,
        settings: WhatsAppSettings,
        outcomes: Outcomes,
        token: Callable[[], str | None],
        simulator: Path,
        other_way: OtherWay,
        keepers: Mapping[str, Keeper],
    ) -> None:
        self.accounts = GraphAccounts(settings, token, simulator)
        self.pace = Pace(settings.messages_per_second)
        self.refusals = Refusals()
        self.failures = Refusals()
        self.budget = Budget(settings.daily_budget)
        self._token = token
        self._sender = MessageSender(
            store=store,
            accounts=self.accounts,
            settings=settings,
            pace=self.pace,
            budget=self.budget,
            refusals=self.refusals,
            other_way=other_way,
        )
        self._confirmations = Confirmations(
            store=store, desk=desk, replies=replies, outcomes=outcomes, settings=settings
        )

        self._reported = ReportedFailures(store, self.pace, self.refusals, other_way)
        self._media = MediaWorker(
            store=store,
            desk=desk,
            fetcher=MediaFetcher(self.accounts, settings.media_hosts),
            keepers=keepers,
            pace=self.pace,
            failures=self.failures,
        )

    async def stop(self) -> None:
        """Close connections."""
        await self.accounts.close()

    def background(self) -> Iterable[Work]:
        """Send, ask, fetch, and look for a new token."""
        workers = self._sender, self._reported, self._confirmations, self._media
        return *(worker.run() for worker in workers), self._watch_token()

    async def _watch_token(self) -> NoReturn:
        before = await asyncio.to_thread(self._token)
        while True:
            await asyncio.sleep(TOKEN_POLL_S)
            now = await asyncio.to_thread(self._token)
            if now != before:
                self.pace.new_token()
            before = now
