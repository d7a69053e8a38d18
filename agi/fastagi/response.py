"""Asterisk's replies to AGI commands, read with panoramisk's parser where it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from panoramisk.utils import parse_agi_result

from agi.fastagi.errors import AgiCommandError, CallerGoneError

OK: Final = 200
DEAD: Final = 511
"""The channel is dead: the caller hung up before the command."""
_CODES: Final = frozenset({200, 510, 511, 520})

MAX_SHOWN_CHARS: Final = 120
"""Characters of a strange reply that an error shows."""


@dataclass(frozen=True, slots=True)
class AgiResponse:
    """A reply of code 200.

    Attributes:
        result: The text after ``result=``; "" if there is none.
        data: The text in parentheses behind it; "" if there is none.
        endpos: Samples played or recorded, if the command reports it, else 0.
    """

    result: str
    data: str
    endpos: int = 0


def code_of(line: str) -> int | None:
    """The three-digit code a reply line starts with, or None if it has none that AGI knows."""
    digits = line[:3]
    # Only ASCII digits: panoramisk's parser takes those of other scripts for numbers too.
    if not (digits.isascii() and digits.isdigit()) or line[3:4] not in (" ", "-", ""):
        return None
    code = int(digits)
    return code if code in _CODES else None


def parse_response(command: str, line: str) -> AgiResponse:
    """Read the reply to any command but those that return a variable.

    Args:
        command: The command's name, for errors.
        line: The reply, without its line end.

    Raises:
        CallerGoneError: 511, or the reply itself says that the channel was hung up.
        AgiCommandError: Any other refusal, ``result=-1``, or something that is no reply.
    """
    code = code_of(line)
    if code == DEAD:
        raise CallerGoneError
    if code != OK:
        raise AgiCommandError(command, line[:MAX_SHOWN_CHARS])
    found = parse_agi_result(line)
    if found.get("error") == "AGIResultHangup":
        raise CallerGoneError
    if "error" in found or not line.startswith("200 result="):
        raise AgiCommandError(command, line[:MAX_SHOWN_CHARS])
    result, data = found["result"]
    if result.startswith("-"):  # -2: there is no such application
        raise AgiCommandError(command, line[:MAX_SHOWN_CHARS])
    endpos = found.get("endpos", ("0", ""))[0]
    return AgiResponse(result, data, int(endpos) if endpos.isascii() and endpos.isdigit() else 0)


def parse_variable(command: str, line: str) -> str | None:
    """Read the reply to ``GET VARIABLE`` or ``GET FULL VARIABLE``.

    panoramisk's parser takes a value of ``hangup`` for a hang-up, hence this one.

    Args:
        command: The command's name, for errors.
        line: The reply, without its line end; a value of several lines holds the line feeds.

    Returns:
        The value, or None if the variable is not set.

    Raises:
        CallerGoneError: 511.
        AgiCommandError: Any other refusal, or something that is no reply.
    """
    code = code_of(line)
    if code == DEAD:
        raise CallerGoneError
    if line == "200 result=0":
        return None
    if code == OK and line.startswith("200 result=1 (") and line.endswith(")"):
        return line[len("200 result=1 (") : -1]
    raise AgiCommandError(command, line[:MAX_SHOWN_CHARS])
