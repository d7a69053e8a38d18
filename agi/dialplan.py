"""Names shared with the dialplan in ``asterisk_conf/``: change them in both places or in none.

What the dialplan knows of a call reaches us as arguments of its AGI application (`AgiRequest.args`): what they are,
each ``SCRIPT_…`` says. A constant has the name of its variable, without ``WR_``; of a
context, script or reason, the name it has there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

NEXT: Final = "WR_NEXT"
"""Set last of all by a session: the next action of the dialplan (`finish`)."""
DESTINATIONS: Final = "WR_DESTINATIONS"
"""Who is tried one after the other, names joined by ``&`` (`agi.destinations.resolver`)."""
DANGER: Final = "WR_DANGER"
"""``yes`` for danger to life: after the last destination the caller hears which number to dial; then a message."""
HELPLINE: Final = "WR_HELPLINE"
"""The helpline called; set for a citizen's channel alone."""
CALLER: Final = "WR_CALLER"
"""The caller's number as signalled, filtered."""
TICKET: Final = "WR_TICKET"
"""The ticket a call is about: announced to the answering party, and to the citizen whom a room calls."""
CITIZEN: Final = "WR_CITIZEN"
"""The ticket's telephone, ten digits, for the dialplan to dial."""
DIALED: Final = "WR_DIALED"
"""The destination dialled for a citizen; ``bridged`` once an operator or the war room changed the call."""
BRIDGING: Final = "WR_BRIDGING"
"""The destination as which a leg was dialled for an operator."""
PEER: Final = "WR_PEER"
"""The channel's name of the other of two parties that belong together. Not the unique id: the application Bridge takes
whose id only begins so, such as the other half of a Local channel."""
DIALLED: Final = "WR_DIALLED"
"""The extension as a trunk sent it."""
DID: Final = "WR_DID"
"""The number of ours that was called, as trunks.toml has it."""
LIMIT: Final = "WR_LIMIT"
"""Calls that a helpline may have at a time."""
PRIORITY: Final = "WR_PRIORITY"
"""``1`` or ``helpline``: this call may take a reserved line, and why."""
OPERATOR: Final = "WR_OPERATOR"
"""The operator whose telephone a channel is."""
SPY: Final = "WR_SPY"
"""Options of ChanSpy for the id a supervisor dialled."""

QUEUE: Final = "WR_QUEUE"
"""The queue waited in."""
QUEUED: Final = "WR_QUEUED"
"""When it was joined, in seconds since 1970."""
POSITION: Final = "WR_POSITION"
"""The position in the queue at which to join; empty: at its end."""
PLACE: Final = "WR_PLACE"
"""The number of the place kept, while it is."""
KEPT: Final = "WR_KEPT"
"""``yes`` when a place is kept for the caller."""
URGENCY: Final = "WR_URGENCY"
"""Of a place kept: the QUEUE_PRIO of the caller it is kept for."""
QUEUE_PRIO: Final = "QUEUE_PRIO"
"""app_queue's own: priority of a caller in the queue."""
QEHOLDTIME: Final = "QEHOLDTIME"
"""app_queue's own, once answered: seconds waited (setqueueentryvar)."""
MEMBERINTERFACE: Final = "MEMBERINTERFACE"
"""app_queue's own, once answered: the answering member (setinterfacevar)."""

TRUNK: Final = "WR_TRUNK"
TRUNK_AREA: Final = "WR_TRUNK_AREA"
TRUNK_CALLERS: Final = "WR_TRUNK_CALLERS"
TRUNK_CHANNELS: Final = "WR_TRUNK_CHANNELS"
TRUNK_CONTACT: Final = "WR_TRUNK_CONTACT"
TRUNK_DID_HEADERS: Final = "WR_TRUNK_DID_HEADERS"
TRUNK_EARLY: Final = "WR_TRUNK_EARLY"
TRUNK_REGULAR_CAPACITY: Final = "WR_TRUNK_REGULAR_CAPACITY"
TRUNK_SHOWN: Final = "WR_TRUNK_SHOWN"
"""Set for each channel of a trunk, by its endpoint."""
TEST_NUMBER: Final = "WR_TEST_NUMBER"
TEST_SHOWN: Final = "WR_TEST_SHOWN"
TEST_TRUNK: Final = "WR_TEST_TRUNK"
"""Of an admin's test call through a trunk."""

AGI: Final = "WR_AGI"
AGI_SECRET: Final = "WR_AGI_SECRET"  # noqa: S105 - the name of it
CALLBACK_CHANNELS: Final = "WR_CALLBACK_CHANNELS"
CALLBACK_NUMBER: Final = "WR_CALLBACK_NUMBER"
CALLBACK_PREFIX: Final = "WR_CALLBACK_PREFIX"
CALLBACK_TRUNK: Final = "WR_CALLBACK_TRUNK"
DRAIN: Final = "WR_DRAIN"
GUARD_UNTIL: Final = "WR_GUARD_UNTIL"
INCOMING: Final = "WR_INCOMING"
MARK: Final = "WR_MARK"
TEST_MARK: Final = "WR_TEST_MARK"
MAX_CALLS: Final = "WR_MAX_CALLS"
PRIORITY_DIR: Final = "WR_PRIORITY_DIR"
PROMPTS: Final = "WR_PROMPTS"
QUEUE_MAX: Final = "WR_QUEUE_MAX"
RECORD: Final = "WR_RECORD"
RECORD_DAYS: Final = "WR_RECORD_DAYS"
RECORD_PURPOSE: Final = "WR_RECORD_PURPOSE"
REGULAR_CAPACITY: Final = "WR_REGULAR_CAPACITY"
"""Globals: of the settings, and (``GUARD_UNTIL``) of the overload guard."""

ANSWERED: Final = "ANSWER"
"""DIALSTATUS of a call that was answered."""
ABANDONED: Final = "CANCEL"
"""DIALSTATUS when the caller hangs up while it rings."""
SHORT: Final = "SHORT"
"""Our own status, set by ``[short]`` in extensions.conf: answered, and over before anybody could have spoken."""
CALL_BACK: Final = "CALLBACK"
"""Our own status, set by extensions_queue.conf: the caller keeps a place in the queue and is called."""

SCRIPT_CALL: Final = "call"
"""FastAGI script of a new call; its arguments are helpline, DID, caller, trunk."""
SCRIPT_OUTCOME: Final = "outcome"
"""FastAGI script after a way was tried; arguments: the way, DIALSTATUS, ANSWEREDTIME, the next way or nothing."""
SCRIPT_CALLBACK: Final = "callback"
"""FastAGI script of a citizen we have called and who has answered; its argument is the ticket's number."""
SCRIPT_KEEP_PLACE: Final = "keep-place"
"""FastAGI script of a waiting caller who requests a callback; arguments: queue, when joined, caller, helpline."""
SCRIPT_PLACE_TURN: Final = "place-turn"
"""FastAGI script when an operator has answered for a place, before its citizen is called."""
SCRIPT_PLACE_CALLED: Final = "place-called"
"""FastAGI script after that call; its arguments are DIALSTATUS and ANSWEREDTIME."""
SCRIPT_MISSED: Final = "missed"
"""FastAGI script of a call to a number whose callers are called back; its arguments are the caller and the trunk."""
SCRIPT_ROOM: Final = "room"
"""FastAGI script of a room's telephone; its arguments are the caller and the trunk."""
SCRIPT_ROOM_CALLED: Final = "room-called"
"""FastAGI script after a room's call to a citizen: DIALSTATUS, ANSWEREDTIME."""

CONTEXT_CALLBACK_DIAL: Final = "callback-dial"
"""The one context that dials a citizen's number; its extension is that number, ten digits."""
CONTEXT_CALLBACK: Final = "callback"
"""Context of a confirmation call after the citizen has answered; its extension is the ticket's number."""
CONTEXT_CALL_IN: Final = "call-in"
"""Where a citizen who could not speak with anybody, was called and has answered, comes into a helpline; its extension
is the helpline."""
CONTEXT_QUEUE_PLACE: Final = "queue-place"
"""Context that keeps a place in a queue for a citizen who has hung up; its extension is the place's number."""
CONTEXT_MISSED_RANG: Final = "missed-rang"
"""Context of a missed call that has rung for a second, until the service has recorded it."""
CONTEXT_CONSOLE_DIAL: Final = "console-dial"
"""What rings an operator's own telephone, for what the console asked; its extension is the telephone."""
CONTEXT_CONSOLE_LIFTED: Final = "console-lifted"
"""Where the telephone goes once it is lifted; its extension is what was asked."""
CONSOLE: Final = "WR_CONSOLE"
"""The id of such a call, which the dialplan's events name."""
THEN: Final = "WR_THEN"
FOR: Final = "WR_FOR"
LANGUAGE: Final = "WR_LANGUAGE"
"""Of such a call: the extension of ``console-lifted``; the helpline or operator it is for; the citizen's language."""
CONTEXT_TRUNK_TEST_DIAL: Final = "trunk-test-dial"
"""What dials an admin's test call through a trunk."""
CONTEXT_TRUNK_TEST: Final = "trunk-test"
"""Where it ends up when it is answered; nothing else does."""
SYNTHETIC: Final = "synthetic"
"""The endpoint of our own synthetic calls (pjsip_wizard.conf): no trunk may be named so."""
REJECTED: Final = "rejected-"
"""Prefix of the contexts of rejected calls; the reason follows: ``system-full``, ``trunk-full``, ``helpline-full`` (no
line is free), ``overload`` (SIP cannot keep up), ``draining`` (an admin has the stack drain, before it stops), ``loop``
(one of our own outbound legs came back), ``unknown-number`` (the number dialled is not in ``trunks.toml``)."""
MAXCALLS: Final = "maxcalls"
"""Rejected by Asterisk's own ``maxcalls``, before any dialplan, so such a call has no context of its own. The caller's
number has not been normalised and may be a withheld one, so nobody is called back."""
CAPACITY_REASONS: Final = ("system-full", "trunk-full", "helpline-full", "overload", "draining")
"""Reasons of calls that were rejected because no line was free."""
REJECTION_REASONS: Final = (*CAPACITY_REASONS, MAXCALLS, "loop", "unknown-number")
"""Every reason for which a call is rejected."""
CONTEXT_FROM_TRUNK: Final = "from-trunk"
"""The one context calls from any trunk enter by."""
CONTEXT_CONFERENCE: Final = "conference"
CONTEXT_CONFERENCE_ADD: Final = "conference-add"
CONTEXT_BRIDGE_ADD: Final = "bridge-add"
CONTEXT_BRIDGE_ALONE: Final = "bridge-alone"
CONTEXT_BRIDGE_BACK: Final = "bridge-back"
CONTEXT_BRIDGE_BLIND: Final = "bridge-blind"
CONTEXT_BRIDGE_CONSULT: Final = "bridge-consult"
CONTEXT_BRIDGE_HANDING: Final = "bridge-handing"
CONTEXT_BRIDGE_HELD: Final = "bridge-held"
CONTEXT_BRIDGE_HOLD: Final = "bridge-hold"
CONTEXT_BRIDGE_HOLDING: Final = "bridge-holding"
CONTEXT_BRIDGE_TAKEN: Final = "bridge-taken"
"""Context of a party whose call was changed by an operator or the war room (``extensions_bridge.conf``)."""

OPERATOR_PREFIX: Final = "operator-"
"""How the names of operators' telephones begin."""


class NextAction(StrEnum):
    """The dialplan's action when a session has ended. For any other value it takes a message."""

    HANGUP = "hangup"
    HUNT = "hunt"
    MESSAGE = "message"
    CITIZEN = "citizen"


class Channel(Protocol):
    """The channel of a call: see `agi.fastagi.session.AgiSession`."""

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable."""


async def finish(channel: Channel, next_: NextAction) -> None:
    """Tell the dialplan what to do next: the last command of a session.

    Without it, whatever the reason, the dialplan takes a message.
    """
    await channel.set_variable(NEXT, next_.value)
