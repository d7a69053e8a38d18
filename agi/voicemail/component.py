"""The component of messages: callers' messages become tickets, and rooms hear theirs by telephone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agi import dialplan
from agi.cdr.call_recovery import CallRecovery, find_spoken
from agi.ivr.room_calls import RoomLine
from agi.voicemail.ingest import MessageIngest
from agi.voicemail.room_calls import RoomVoicemail
from router.clock import utc_now
from router.component import Component
from router.tickets.room_mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agi.ami.component import AmiComponent
    from agi.calls.component import CallsComponent
    from agi.calls.flows import CallsInForce
    from agi.core import Core
    from agi.fastagi.server import Handler
    from recordings.spool import Spool
    from router.component import Work


class VoicemailComponent(Component):
    """Serves the scripts of rooms' telephones, and sees to what calls left behind.

    Args:
        core: Tickets, rooms' messages, imported CDR and CEL.
        ami: Knows the live calls.
        spool: The recordings.
        calls: Has the conversations that are going on.
        in_force: The conversations for new calls.
        pin_of: Reads a room's PIN; None when it has none. Blocks.
    """

    name = "voicemail"

    def __init__(
        self,
        core: Core,
        ami: AmiComponent,
        spool: Spool,
        calls: CallsComponent,
        in_force: CallsInForce,
        pin_of: Callable[[str], str | None],
    ) -> None:
        self._link = ami.connection
        self._conversations = calls.conversations
        line = RoomLine(Mailbox(core.store), pin_of, spool.kept)
        self._rooms = RoomVoicemail(
            desk=core.desk, intake=core.intake, places=core.places, flow=lambda: in_force.flows.rooms, line=line
        )
        self._ingest = MessageIngest(
            desk=core.desk,
            intake=core.intake,
            spool=spool,
            alive=self._live_calls,
            cut_calls=CallRecovery(core.desk, core.intake, partial(find_spoken, core.store), now=utc_now),
        )

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The handlers by FastAGI script."""
        return {dialplan.SCRIPT_ROOM: self._rooms.talk, dialplan.SCRIPT_ROOM_CALLED: self._rooms.called}

    def background(self) -> Iterable[Work]:
        """Make tickets of what calls left behind."""
        return (self._ingest.run(),)

    def _live_calls(self) -> Callable[[str], bool] | None:
        """A test whether a call is still up, None while Asterisk cannot be asked."""
        return self._is_up if self._link.connected else None

    def _is_up(self, uniqueid: str) -> bool:
        """Whether a call is still up at Asterisk, or its conversation has not recorded its end yet."""
        return self._conversations.is_going_on(uniqueid) or self._link.channels.channel(uniqueid) is not None
