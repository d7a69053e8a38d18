"""The component of the calls that are led through a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi import dialplan
from agi.calls.confirmation import ConfirmationCallHandler
from agi.calls.conversations import Conversations
from agi.calls.incoming import IncomingCallHandler
from agi.destinations.resolver import DestinationResolver
from router.clock import utc_now
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.admission.component import AdmissionComponent
    from agi.ami.component import AmiComponent
    from agi.call_control.component import CallControlComponent
    from agi.callbacks.component import CallbacksComponent
    from agi.calls.flows import CallsInForce
    from agi.core import Core
    from agi.destinations.known import KnownDestinations
    from agi.fastagi.server import Handler
    from agi.ivr.context import AnswerListening, NoticesToTell, TextsToSpeak
    from recordings.spool import Spool


class CallsComponent(Component):
    """Serves the scripts of calls that come in and of calls in which we ask whether help came.

    Args:
        core: Store, tickets and places.
        in_force: The helplines and conversations for new calls.
        spool: Takes recordings over once their ticket is committed.
        destinations: Those that lead anywhere now.
        ami: Told of each call's stage.
        admission: Knows which callers get urgent help only.
        call_control: Notes what became of a call that was put through.
        callbacks: Calls citizens.
        notices: What is published.
        texts: Spoken when they are needed.
        answers: Hears what callers say.

    Attributes:
        conversations: Those that are going on.
    """

    name = "calls"

    def __init__(
        self,
        core: Core,
        in_force: CallsInForce,
        spool: Spool,
        destinations: KnownDestinations,
        ami: AmiComponent,
        admission: AdmissionComponent,
        call_control: CallControlComponent,
        callbacks: CallbacksComponent,
        notices: NoticesToTell,
        texts: TextsToSpeak,
        answers: AnswerListening,
    ) -> None:
        self.conversations = Conversations(
            desk=core.desk,
            intake=core.intake,
            places=core.places,
            spool=spool,
            in_force=in_force,
            destinations=DestinationResolver(destinations.names, core.places, utc_now),
            outcomes=call_control.outcomes,
            notices=notices,
            texts=texts,
            answers=answers,
        )
        self._incoming = IncomingCallHandler(
            conversations=self.conversations,
            in_force=in_force,
            limits=admission.limits,
            callbacks=callbacks.scripts,
            stages=ami.connection.channels,
        )
        self._confirmation = ConfirmationCallHandler(
            desk=core.desk, conversations=self.conversations, in_force=in_force, scheduler=callbacks.confirmations
        )

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The handlers by FastAGI script."""
        return {
            dialplan.SCRIPT_CALL: self._incoming.handle,
            dialplan.SCRIPT_CALLBACK: self._confirmation.handle,
        }
