"""The result of a call: one word of a short list, made of the longer outcome from the service or Asterisk."""

from __future__ import annotations

from typing import Final

TICKET: Final = "ticket"
"""The conversation went to its end; its subject is on a ticket."""
SPOKE: Final = "spoke"
"""With an operator, a helpline, a control room or the emergency line."""
NOBODY: Final = "nobody-there"
"""An operator was requested, and no destination answered."""
CALLBACK: Final = "callback"
"""The caller gave up the line and keeps a place in the queue."""
MESSAGE: Final = "message"
"""A message was taken in the place of a conversation."""
HUNG_UP: Final = "hung-up"
"""By the caller, in the menu."""
ABANDONED: Final = "abandoned"
"""By the caller, before the answer or while a person was rung."""
REJECTED: Final = "rejected"
"""By us, unanswered: no line free, or an unknown number."""
MISSED: Final = "missed"
"""To a number whose callers are called back."""
FAULT: Final = "fault"
"""The service failed or died in it."""
ENDED: Final = "ended"
"""It is over, and nobody has said more."""
GOING_ON: Final = "going-on"

RESULTS: Final = (
    TICKET, SPOKE, NOBODY, CALLBACK, MESSAGE, HUNG_UP, ABANDONED, REJECTED, MISSED, FAULT, ENDED, GOING_ON,
)  # fmt: skip
"""All of them; the last two stand for a row that has none."""

_WORDS: Final = {
    "ticket": TICKET,
    "message": MESSAGE,
    "gone": HUNG_UP,
    "nobody": NOBODY,
    "unstaffed": NOBODY,
    "failed": FAULT,
    "lost": FAULT,
    "abandoned": ABANDONED,
    "missed": MISSED,
}
_SUFFIXES: Final = {
    "-cancel": ABANDONED,
    "-callback": CALLBACK,
    **dict.fromkeys(
        ("-busy", "-noanswer", "-chanunavail", "-congestion", "-short", "-unknown", "-invalidargs"), NOBODY
    ),
}
_REJECTED: Final = "rejected-"


def result_of(outcome: str) -> str:
    """Return the word for an outcome of a call that is over; "" for no outcome.

    Args:
        outcome: ``ticket``, ``gone``, ``rejected-system-full`` …, or a destination with how its dial ended
            (``operator-noanswer``), and without it when they spoke.
    """
    if not outcome:
        return ""
    if outcome.startswith(_REJECTED):
        return REJECTED
    if outcome in _WORDS:
        return _WORDS[outcome]
    return next((word for end, word in _SUFFIXES.items() if outcome.endswith(end)), SPOKE)
