"""Parses CDR and CEL lines: ``cdr-csv/Master.csv`` and ``cel-custom/cel.csv``, as asterisk_conf/ defines them.

Telephone numbers are left behind: the figures need none, and ``calls`` has the caller's.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from agi.ami.channels import UNKNOWN, endpoint_name
from agi.dialplan import CONTEXT_FROM_TRUNK, MAXCALLS, REJECTED
from agi.journal.cel import CelLine
from router.clock import MICROSECONDS
from router.storage.repositories.calls.cdr_repository import ARRIVED, DESTINATION, QUEUE, CdrRow, CelRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = TypeVar("Row")

_CDR_FIELDS: Final = 20  # cdr_csv with loguniqueid and newcdrcolumns
_CEL_FIELDS: Final = 13  # cel_custom.conf
_APPS: Final = {"Dial", "Queue"}  # in which a caller waits for an answer
_HELPLINE: Final = re.compile(r"[0-9a-z-]*")
_EVENT: Final = re.compile(r"[A-Z_]+")
_LAST_SEQUENCE: Final = 2**31 - 1
_LAST_SECOND: Final = 2**33  # in the year 2242
_MAX_LINE_BYTES: Final = 16_384  # characters; Asterisk builds a line in less


def read_cdr(line: str, dids: Mapping[str, str]) -> CdrRow:
    """Read a call detail record.

    Args:
        line: As Asterisk wrote it.
        dids: Helpline by dialled number, for calls that ended before they had one.

    Raises:
        ValueError: it is none.
    """
    fields = _fields(line, _CDR_FIELDS)
    helpline, _, number, context, _, channel, far, app, _, start, answer, end, _, _, disposition, _ = fields[:16]
    uniqueid, _, linkedid, sequence = fields[16:]
    if not uniqueid or not _HELPLINE.fullmatch(helpline):
        raise ValueError("no uniqueid or helpline")
    if context == CONTEXT_FROM_TRUNK and not app and not answer:
        context = f"{REJECTED}{MAXCALLS}"
    return CdrRow(
        uniqueid=uniqueid,
        sequence=_whole(sequence, _LAST_SEQUENCE),
        linkedid=linkedid,
        helpline=helpline or dids.get(number, UNKNOWN),
        context=context,
        line=endpoint_name(channel),
        peer=endpoint_name(far),
        app=app,
        started=_seconds(start),
        answered=_seconds(answer) if answer else None,
        ended=_seconds(end),
        disposition=disposition,
    )


def read_caller(line: str) -> str:
    """The caller's number in a call detail record, as the dialplan cleaned it; may be empty.

    Raises:
        ValueError: it is none.
    """
    return _fields(line, _CDR_FIELDS)[1]


def read_cel_line(line: str) -> CelLine:
    """Take an event apart.

    Raises:
        ValueError: it is none.
    """
    fields = _fields(line, _CEL_FIELDS)
    event, at, caller, exten, context, channel, app, data, helpline, uniqueid, linkedid, _, extra = fields
    if not _EVENT.fullmatch(event) or not uniqueid:
        raise ValueError("no event")
    return CelLine(
        event, _micro(at), caller, exten, context, channel, app, data, helpline, uniqueid, linkedid, _extra(extra)
    )


def read_cel(line: str, dids: Mapping[str, str]) -> CelRow | None:
    """Read an event; None when the records say as much.

    Args:
        line: As Asterisk wrote it.
        dids: Helpline by dialled number.

    Raises:
        ValueError: it is none.
    """
    fields = _fields(line, _CEL_FIELDS)
    event, at, _, exten, context, channel, app, data, _, uniqueid, linkedid, peer, extra = fields
    if not _EVENT.fullmatch(event):
        raise ValueError("no event")
    when = _micro(at)
    note = bridge = ""
    if event == ARRIVED:
        if (
            context != CONTEXT_FROM_TRUNK or linkedid != uniqueid
        ):  # a leg of ours begins there too, linked to the channel that dials it
            return None
        note = dids.get(exten, UNKNOWN)
    elif event in {"BRIDGE_ENTER", "BRIDGE_EXIT"}:
        bridge = _extra(extra).get("bridge_id", "")
    elif not (note := _note(event, app, data, extra)):
        return None
    peers = ",".join(endpoint_name(name) for name in peer.split(",") if name)
    return CelRow(uniqueid, when, event, linkedid, context, endpoint_name(channel), peers, bridge, note)


def _note(event: str, app: str, data: str, extra: str) -> str:
    """What is stored of an event besides its time and channel; "" when nothing of it is stored."""
    if event in {"APP_START", "APP_END"} and app in _APPS:
        queue = data.partition(",")[0]
        return f"{QUEUE}{queue}" if app == "Queue" and _HELPLINE.fullmatch(queue) else app
    if event == "HANGUP":
        return _extra(extra).get("dialstatus", "")
    if event == DESTINATION and _HELPLINE.fullmatch(destination := _extra(extra).get("extra", "")):
        return destination
    return ""


def whole_or_end(text: str, read: Callable[[str], Row]) -> Row:
    """Read a line; where only half of one was written (the disk was full) and the next was put after it, read that.

    Raises:
        ValueError: there is none.
    """
    try:
        return read(text)
    except ValueError:
        pass
    at = text.find('"', 1)
    while 0 <= at <= _MAX_LINE_BYTES:
        try:
            return read(text[at:])
        except ValueError:
            at = text.find('"', at + 1)
    raise ValueError("not a line of CDR or CEL")


def _fields(line: str, count: int) -> list[str]:
    try:
        fields = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if len(fields) != count:
        raise ValueError(f"{len(fields)} fields instead of {count}")
    return fields


def _whole(text: str, most: int) -> int:
    """A number that has its place in the store."""
    number = int(text)
    if not 0 <= number <= most:
        raise ValueError("no such number")
    return number


def _micro(at: str) -> int:
    seconds, _, micro = at.partition(".")
    return _whole(seconds, _LAST_SECOND) * MICROSECONDS + _whole(micro.ljust(6, "0")[:6], 999_999)


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def _extra(text: str) -> dict[str, str]:
    """What an event says besides, as JSON."""
    try:
        found = json.loads(text) if text else {}
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - the line is wrong, not a type
    return {key: str(value) for key, value in found.items()}
