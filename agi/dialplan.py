"""Names shared with the dialplan in ``asterisk_conf/``: change them in both places or in none.

What the dialplan knows of a call (helpline, DID, caller, trunk) reaches us as arguments of its AGI
application: see `agi.fastagi.request.AgiRequest`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

NEXT: Final = "WR_NEXT"
"""Channel variable, set last of all by a session: what the dialplan does next (`Next`)."""
DESTINATIONS: Final = "WR_DESTINATIONS"
"""Channel variable: who is tried one after the other, names joined by ``&`` (`agi.destinations.resolver`)."""
KEYS: Final = "WR_KEYS"
"""Channel variable: where ``Read`` leaves the keys of a question of several prompts."""
TICKET: Final = "WR_TICKET"
"""Channel variable: the ticket a call is about: said to who answers it, and to the citizen whom a room calls."""
CITIZEN: Final = "WR_CITIZEN"
"""Channel variable: the ticket's telephone, ten digits, for the dialplan to dial."""
URGENCY: Final = "QUEUE_PRIO"
"""Channel variable of app_queue: before whom a caller waits."""
PLACE: Final = "WR_PLACE"
"""Channel variable: the number of the place kept, while it is."""
QUEUE: Final = "WR_QUEUE"
"""Channel variable: the queue waited in."""
POSITION: Final = "WR_POSITION"
"""Channel variable: the position in the queue at which to join; empty: at its end."""
KEPT: Final = "WR_KEPT"
"""Channel variable: ``yes`` when a place is kept for the caller."""
HELD: Final = "WR_URGENCY"
"""Channel variable of a place: the QUEUE_PRIO of the caller it is kept for."""

SCRIPT_CALL: Final = "call"
"""FastAGI script of a new call; its arguments are helpline, DID, caller, trunk."""
SCRIPT_OUTCOME: Final = "outcome"
"""FastAGI script after a way was tried; arguments: the way, DIALSTATUS, ANSWEREDTIME, the next way or nothing."""
SCRIPT_CALLBACK: Final = "callback"
"""FastAGI script of a citizen we have called and who has answered; its argument is the ticket's number."""
SCRIPT_KEEP_PLACE: Final = "keep-place"
"""FastAGI script of a waiting caller who wants to be called; arguments: queue, when joined, caller, helpline."""
SCRIPT_TURN: Final = "place-turn"
"""FastAGI script when an operator has answered for a place, before its citizen is called."""
SCRIPT_PLACE_CALLED: Final = "place-called"
"""FastAGI script after that call; its arguments are DIALSTATUS and ANSWEREDTIME."""
SCRIPT_MISSED: Final = "missed"
"""FastAGI script of a call to a number whose callers are called back; its arguments are the caller and the trunk."""
SCRIPT_ROOM: Final = "room"
"""FastAGI script of a room's telephone; its arguments are the caller and the trunk."""
SCRIPT_ROOM_CALLED: Final = "room-called"
"""FastAGI script after a room's call to a citizen: DIALSTATUS, ANSWEREDTIME."""

CONTEXT_DIAL_OUT: Final = "callback-dial"
"""The one context that dials a citizen's number; its extension is that number, ten digits."""
CONTEXT_CALLBACK: Final = "callback"
"""Where a citizen who has answered is talked to; its extension is the ticket's number."""
CONTEXT_CALL_IN: Final = "call-in"
"""Where a citizen who could not speak with anybody, was called and has answered, comes into a helpline; its extension
is the helpline."""
CONTEXT_PLACE: Final = "queue-place"
"""Where a place in a queue is kept for a citizen who has hung up; its extension is the place's number."""
MISSED_RANG: Final = "missed-rang"
"""Where a missed call is that has rung for a second, until the service has heard of it."""
CONTEXT_TEST_DIAL: Final = "trunk-test-dial"
"""What dials an admin's test call through a trunk."""
CONTEXT_TEST: Final = "trunk-test"
"""Where it ends up when it is answered; nothing else does."""
REFUSED: Final = "refused-"
"""What the contexts of calls begin with that were refused; the rest says why: ``house``, ``trunk``, ``helpline`` (no
line is free), ``guard`` (SIP is behind), ``loop`` (a leg of ours came back), ``number`` (none of ours)."""
BACKSTOP: Final = "backstop"
"""Refused by Asterisk's own ``maxcalls``, before any dialplan: such calls have no context of their own. Nor was the
caller's number cleaned, which may be a withheld one: nobody is called back for it."""
FULL: Final = ("house", "trunk", "helpline", "guard")
"""For want of lines."""
WHYS: Final = (*FULL, BACKSTOP, "loop", "number")
"""All reasons."""
CONTEXT_TRUNK: Final = "from-trunk"
"""The one context calls from any trunk enter by."""


class Next(StrEnum):
    """What the dialplan does when a session has ended. Anything else: it takes a message."""

    HANGUP = "hangup"
    HUNT = "hunt"
    MESSAGE = "message"
    CITIZEN = "citizen"
