"""The component of the queues: their members, the calls in operators' hands, and what operators say of their work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agi.queues.call_publisher import OperatorCallPublisher
from agi.queues.empty_queues import EmptyQueues
from agi.queues.lost_pages import LostPages
from agi.queues.member_sync import QueueMemberSync
from agi.queues.offers import note_offers
from agi.queues.operator_calls import OperatorCallTracker
from agi.queues.presence_commands import OperatorPresenceCommands
from agi.queues.queue_publisher import QueuePublisher
from agi.queues.telephones import OperatorTelephones
from router.component import Component
from router.tickets.operator_presence import OperatorPresence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from agi.ami.component import AmiComponent
    from agi.core import Core
    from agi.journal.journal import CallNotes
    from agi.queues.call_publisher import Parties
    from agi.queues.schema import Operators
    from agi.queues.telephones import TelephoneStatus
    from router.component import Work
    from router.mqtt.commands.operator_commands import OperatorCommands


class QueuesComponent(Component):
    """Keeps the queues as the operators' presence says, and tells their consoles.

    Args:
        core: Has the tickets and the operators' presence; its broker shows each operator's state and call.
        ami: The link to Asterisk; not yet running.
        operators: Returns the operators in force.
        notes_of: Returns where what happens in a call is written down.

    Attributes:
        shown_calls: Shows each operator the call in hand.
    """

    name = "queues"

    def __init__(
        self,
        core: Core,
        ami: AmiComponent,
        operators: Callable[[], Awaitable[Operators]],
        notes_of: Callable[[str], CallNotes],
    ) -> None:
        link, broker, presence = ami.connection, core.broker, OperatorPresence(core.store)
        self._telephones = OperatorTelephones(link, operators)
        self.shown_calls = OperatorCallPublisher(core.desk, broker.operator_calls.set)
        self._tracker = OperatorCallTracker(
            link,
            self.shown_calls.tell,
            self.shown_calls.ring,
            operators,
            show=partial(self.shown_calls.show, held=False),
            moved=self.shown_calls.moved,
        )
        told = broker.operator_states.set
        self._members = QueueMemberSync(link, presence, operators, self._telephones, self._tracker.parked, told)
        self._pages = LostPages(link, self._telephones)
        self._empty = EmptyQueues(link, lambda: self._members.operators.queue.empty_s)
        self._states = QueuePublisher(link, lambda: self._members.operators.queue.wrap_up_s, broker.queues.set_all)
        note_offers(link, notes_of)
        self._commands = OperatorPresenceCommands(presence, self._members)

    @property
    def staffed(self) -> set[str]:
        """The queues with at least one member."""
        return self._members.staffed

    def is_supervisor(self, operator: str) -> bool:
        """Whether an operator may hear others."""
        known = self._members.operators.named(operator)
        return known is not None and known.supervisor

    def telephone_of(self, operator: str) -> TelephoneStatus:
        """How an operator's telephone is."""
        return self._telephones.status(operator)

    def has_operator(self, operator: str) -> bool:
        """Whether there is an operator of this id."""
        return self._members.operators.named(operator) is not None

    async def read_operators(self) -> None:
        """Know the operators in force now, and not with the next look."""
        await self._members.read_operators()

    def show_held(self, call: str) -> None:
        """Tell the console of the operator who has a call in hand that its citizen (a unique id) is on hold."""
        self.shown_calls.show(call, held=True)

    def follow_parties(self, parties: Callable[[str], Parties]) -> None:
        """Tell consoles who is in the call in hand: `OperatorCallPublisher.follow_parties`."""
        self.shown_calls.follow_parties(parties)

    def register(self, commands: OperatorCommands) -> None:
        """Have its actions done."""
        self._commands.register(commands)

    async def start(self) -> None:
        """Follow the operators' current calls."""
        self._tracker.listen()

    async def stop(self) -> None:
        """Follow it no longer."""
        await self._tracker.close()
        await self._telephones.close()

    def background(self) -> Iterable[Work]:
        """Keep the members, move callers out of empty queues, find the tickets of current calls, tell of the queues."""
        queues = self._members.run(), self._empty.run(), self._states.run()
        return *queues, self.shown_calls.run(), self._pages.run()
