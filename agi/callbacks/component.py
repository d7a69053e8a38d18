"""The component that calls citizens: to ask whether help came, and because they could not speak with anybody."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agi.callbacks import confirmation_calls, queue_callbacks
from agi.callbacks.agi_handlers import QueueAgiHandlers
from agi.callbacks.confirmation_calls import ConfirmationCallScheduler
from agi.callbacks.missed_calls import MissedCalls
from agi.callbacks.queue_callbacks import QueueCallbackService
from agi.callbacks.telephone_reply import TelephoneReply
from agi.queues.status import read_queue
from router.component import Component
from router.storage.callback_queries import CallbackList, PlacedCalls, StrangerLimits
from router.storage.jobs import JobQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agi.admission.component import AdmissionComponent
    from agi.ami.component import AmiComponent
    from agi.call_control.component import CallControlComponent
    from agi.core import Core
    from agi.fastagi.server import Handler
    from agi.settings import CallSettings
    from router.component import Work


class CallbacksComponent(Component):
    """Confirmation calls, places kept in queues, and callbacks of missed calls.

    Args:
        core: Has the tickets and the work.
        settings: Hours, tries, limits, lines.
        ami: Places the calls.
        admission: Knows who is blocked or calls too often.
        call_control: Knows which number a call's conversation settled.
        held: Whether no calls are to be placed for the moment.

    Attributes:
        limits: How many calls may be placed.
        confirmations: The confirmation calls.
        missed: The callbacks of missed calls.
        scripts: Handles the dialplan's requests around queues.
    """

    name = "callbacks"

    def __init__(
        self,
        core: Core,
        settings: CallSettings,
        ami: AmiComponent,
        admission: AdmissionComponent,
        call_control: CallControlComponent,
        held: Callable[[], bool],
    ) -> None:
        self.limits = StrangerLimits(**settings.callbacks.limits.model_dump())
        self.confirmations = ConfirmationCallScheduler(
            desk=core.desk,
            work=JobQueue(core.store, TelephoneReply.job_kind, lease_s=confirmation_calls.LEASE_S),
            telephone=ami.originator,
            placed=PlacedCalls(core.store, self.limits.max_per_number_per_day),
            settings=settings,
            held=held,
        )
        self._queue_callbacks = QueueCallbackService(
            work=CallbackList(core.store, lease_s=queue_callbacks.LEASE_S, limits=self.limits),
            telephone=ami.originator,
            queue=partial(read_queue, ami.connection),
            settings=settings,
            held=held,
        )
        self.missed = MissedCalls(self._queue_callbacks, admission.limits)
        self.scripts = QueueAgiHandlers(self._queue_callbacks, self.missed, call_control.outcomes.phone_of)

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The handlers by FastAGI script."""
        return self.scripts.handlers

    async def stop(self) -> None:
        """Write the remaining results of the last conversations."""
        await self.confirmations.close()

    def background(self) -> Iterable[Work]:
        """Place the callbacks that are due."""
        return self.confirmations.run(), self._queue_callbacks.run()
