"""The component of SMS, in the process that serves HTTP: what is sent, asked, and worked off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.component import Component
from router.intake.sms.receiving.inbox import SmsWork
from router.intake.sms.receiving.routes import SmsRoutes
from router.intake.sms.sending.question import SmsQuestions
from router.intake.sms.sending.queue import CHANNEL
from router.intake.sms.sending.sender import SmsSender
from router.messaging.inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from router.component import Work
    from router.geo import Places
    from router.intake.service import IntakeService
    from router.intake.sms.in_force import SmsInForce
    from router.storage.engine import Storage
    from router.tickets.service import TicketService


class SmsComponent(Component):
    """SMS; without a provider it does nothing but look for one.

    Args:
        store: Open when it is started.
        tickets: Tickets.
        intake: Understands texts.
        places: Districts and needs.
        in_force: The provider.
        next_allowed: The first moment from a given one at which citizens may be written to unasked.

    Attributes:
        in_force: The provider.
        sender: Sends the queue.
        routes: Serves the provider's requests.
    """

    name = "SMS"

    def __init__(
        self,
        store: Storage,
        tickets: TicketService,
        intake: IntakeService,
        places: Places,
        in_force: SmsInForce,
        next_allowed: Callable[[datetime], datetime],
    ) -> None:
        self.in_force = in_force
        self.sender = SmsSender(store, in_force, next_allowed)
        work = SmsWork(store, tickets, intake, places)
        self._inbox = Inbox(store, CHANNEL, work.work_off, work.rescue, hold_s=0.0)
        self._questions = SmsQuestions(store, places, lambda: in_force.sms is not None)
        self.routes = SmsRoutes(store, in_force, self._inbox.touch)

    async def start(self) -> None:
        """Read the provider's map."""
        await asyncio.to_thread(self.in_force.look_and_log)

    def background(self) -> Iterable[Work]:
        """Look for another map, send, ask, work off what came in."""
        return self.in_force.run(), self.sender.run(), self._questions.run(), self._inbox.run()
