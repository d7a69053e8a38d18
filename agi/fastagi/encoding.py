"""Encodes AGI commands so that Asterisk reads back exactly the arguments that were meant.

Source: ``parse_args`` and ``run_agi`` in Asterisk's ``res/res_agi.c``: words are split at
spaces and tabs, double quotes group, a backslash takes the next character as it is.
"""

from __future__ import annotations

from typing import Final

from agi.fastagi.errors import AgiCommandError

MAX_COMMAND: Final = 2047
"""Bytes with the line feed. Asterisk's buffer is 2048: the rest would be read as another command."""

_NEVER: Final = {"\r": "a carriage return", "\n": "a line feed", "\0": "a NUL"}


def quote(word: str) -> str:
    """One word of a command, in quotes, with quotes and backslashes escaped."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command_line(name: str, *words: str) -> bytes:
    r"""A whole command, ready to be sent.

    Args:
        name: The command, such as ``SET VARIABLE``.
        words: Its arguments; each reaches Asterisk as one word, whatever it holds.

    Returns:
        The bytes, line feed included, such as ``b'SET VARIABLE "WR_NEXT" "hangup"\n'``.

    Raises:
        AgiCommandError: A word holds CR, LF or NUL, is not text that UTF-8 can carry, or the
            whole is longer than Asterisk reads. Nothing was sent.
    """
    line = " ".join((name, *map(quote, words)))
    for character, called in _NEVER.items():
        if character in line:
            raise AgiCommandError(name, f"not sent: an argument holds {called}")
    try:
        raw = line.encode() + b"\n"
    except UnicodeEncodeError:
        raise AgiCommandError(name, "not sent: an argument holds half a surrogate pair") from None
    if len(raw) > MAX_COMMAND:
        raise AgiCommandError(name, f"not sent: {len(raw)} bytes, Asterisk reads {MAX_COMMAND}")
    return raw
