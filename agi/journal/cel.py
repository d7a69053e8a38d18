"""What a line of Asterisk's CEL tells of a call's way: it came, was answered, was put through, ended, by whom and why.

Asterisk writes this whether the service runs or not, so that a call can be looked up that the service never saw.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from agi.dialplan import CONTEXT_FROM_TRUNK, CONTEXT_MISSED_RANG, MAXCALLS, REJECTED
from router.phone_numbers import normalise
from router.storage.repositories.calls.call_log_repository import UNKNOWN, CallEnd, CallEvent, CallNews, LoggedCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CALLER: Final = "caller"
US: Final = "us"
"""Values of the hang-up party, besides the name of a trunk or telephone."""
_MISSED: Final = CONTEXT_MISSED_RANG.partition("-")[0]
_MESSAGE: Final = "fallback-message"
_DIALPLAN: Final = "dialplan/"
_WORDS: Final = re.compile(r"[A-Za-z0-9 /-]*")
_LEG_WORDS: Final = 4
MASK: Final = "X"
"""Stands in CDR and CEL for each digit of a number that was removed."""


class CelLine(NamedTuple):
    """A CEL line, taken apart; ``extra`` is its JSON."""

    event: str
    at: int
    caller: str
    exten: str
    context: str
    channel: str
    app: str
    data: str
    helpline: str
    uniqueid: str
    linkedid: str
    extra: Mapping[str, Any]


def no_news() -> CallNews:
    """Return news to be added to."""
    return CallNews([], [], [], [], [])


# The dialplan's own events (CELGenUserEvent): ``LEG`` after a destination was dialled by a trunk: ``<trunk>
# <DIALSTATUS> <cause> <SIP status>``; ``HEARD`` for prompts it plays by itself, joined by blanks; ``KEYS`` for keys it
# took by itself; ``TEST`` for a test call of an admin.


def add_news(news: CallNews, line: CelLine, dids: Mapping[str, str], line_of: Callable[[str], str]) -> None:
    """Add what a line reports.

    Args:
        news: The news it is added to.
        line: Of the CEL.
        dids: Helpline by dialled number.
        line_of: Returns the trunk or telephone of a channel's name.
    """
    own = line.uniqueid == line.linkedid
    match line.event:
        case "CHAN_START" if own and line.context == CONTEXT_FROM_TRUNK:
            helpline = dids.get(line.exten, UNKNOWN)
            news.arrivals.append(
                LoggedCall(line.uniqueid, line.at, trunk=line_of(line.channel), did=line.exten, helpline=helpline)
            )
        case "ANSWER" if own:
            news.answers.append((line.uniqueid, line.at))
        case "HANGUP" if own:
            news.ends.append(_end(line, line_of))
        case "TEST" if own:
            news.tests.append(line.uniqueid)
        case "HANGUP" | "LEG" | "HEARD" | "KEYS":
            _add_event(news, line, line_of)


def _add_event(news: CallNews, line: CelLine, line_of: Callable[[str], str]) -> None:
    said = str(line.extra.get("extra", ""))
    if line.event == "HANGUP":
        cause = _whole(line.extra.get("hangupcause"))
        data: dict[str, Any] = {"line": line_of(line.channel), "cause": cause, "by": _by(line, line_of)}
        news.events.append(CallEvent(line.linkedid, line.at, "leg-ended", data))
    elif not _WORDS.fullmatch(said):
        return
    elif line.event == "HEARD":
        news.events.append(CallEvent(line.uniqueid, line.at, "heard", {"prompts": said.split()}))
    elif line.event == "KEYS":
        news.events.append(CallEvent(line.uniqueid, line.at, "pressed", {"keys": said[:1]}))
    else:
        trunk, status, cause_text, sip = (*said.split(" "), "", "", "", "")[:_LEG_WORDS]
        data = {"trunk": trunk, "status": status, "cause": _whole(cause_text), "sip": _whole(sip)}
        news.events.append(CallEvent(line.uniqueid, line.at, "leg", data))


def _end(line: CelLine, line_of: Callable[[str], str]) -> CallEnd:
    by = _by(line, line_of)
    outcome = ""
    if line.context.startswith(REJECTED):
        outcome = line.context
    elif line.context == _MISSED or line.context.startswith(f"{_MISSED}-"):
        outcome = "missed"
    elif line.context == _MESSAGE:
        outcome = "message"
    backstop = line.context == CONTEXT_FROM_TRUNK and by != CALLER
    unanswered = outcome or (f"{REJECTED}{MAXCALLS}" if backstop else "abandoned")
    number = normalise(line.caller)
    return CallEnd(
        uniqueid=line.uniqueid,
        ended=line.at,
        caller=None if line.context == CONTEXT_FROM_TRUNK else number.e164 or line.caller.strip(MASK) or None,
        helpline=line.helpline,
        cause=_whole(line.extra.get("hangupcause")),
        hung_up=by,
        outcome=outcome,
        unanswered=unanswered,
    )


def _by(line: CelLine, line_of: Callable[[str], str]) -> str:
    source = str(line.extra.get("hangupsource", ""))
    if source == line.channel:
        return CALLER if line.uniqueid == line.linkedid else line_of(source)
    return US if not source or source.startswith(_DIALPLAN) else line_of(source)


def _whole(text: object) -> int:
    found = str(text)
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 4 else 0  # noqa: PLR2004
