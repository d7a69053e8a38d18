"""The header with which Asterisk opens a FastAGI connection: ``agi_<name>: <value>`` lines, then an empty line.

Source: ``setup_env`` in Asterisk's ``res/res_agi.c``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agi.fastagi.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEADER: Final = 16 * 1024
"""Bytes. Asterisk's own is under 2 KiB; the rest is room for long names and arguments."""
HEADER_TIMEOUT_S: Final = 2.0
"""Asterisk writes its header in one go on loopback: what takes longer is not Asterisk."""
START: Final = b"agi_"
"""Every header starts with this, so other protocols are refused at their first bytes."""
END: Final = b"\n\n"

_NAME: Final = re.compile(r"agi_[a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """The call that Asterisk describes when it connects.

    Attributes:
        channel: Channel name, such as ``PJSIP/loopback-00000001``.
        uniqueid: Asterisk's id of the channel, such as ``1585000000.12``.
        script: The last part of the ``agi://`` address: which handler is asked for.
        token: The part before it in the address: see `access_token`; "" if there is none.
        args: All arguments of the AGI application, as they came.
    """

    channel: str
    uniqueid: str
    script: str
    args: tuple[str, ...]
    token: str = ""


def parse_request(raw: bytes) -> dict[str, str]:
    """Read a whole header, without its closing empty line.

    Args:
        raw: The bytes before the empty line. Bytes that are not UTF-8 (a caller's name in
            another encoding) are replaced, so that the call itself is not lost.

    Returns:
        Values by name, ``agi_`` included.

    Raises:
        BadRequestError: A line is not ``agi_<name>: <value>``, or a name comes twice.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(raw.decode("utf-8", "replace").split("\n"), start=1):
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            msg = f"header line {number} is not that of a FastAGI request"
            raise BadRequestError(msg)
        if name in found:
            msg = f"header line {number} gives {name} a second time"
            raise BadRequestError(msg)
        found[name] = value.removesuffix("\r").removeprefix(" ")
    return found


def read_request(header: Mapping[str, str]) -> AgiRequest:
    """Parse the header fields that a session needs.

    Args:
        header: As `parse_request` returns it.

    Raises:
        BadRequestError: The script, the channel or the unique id is missing.
    """
    for name in ("agi_network_script", "agi_channel", "agi_uniqueid"):
        if not header.get(name):
            msg = f"the header has no {name}"
            raise BadRequestError(msg)
    args: list[str] = []
    while (value := header.get(f"agi_arg_{len(args) + 1}")) is not None:
        args.append(value)
    token, _, script = header["agi_network_script"].rpartition("/")
    return AgiRequest(
        channel=header["agi_channel"],
        uniqueid=header["agi_uniqueid"],
        script=script,
        args=tuple(args),
        token=token,
    )


def access_token(uniqueid: str, secret: str) -> str:
    """Return the token that authenticates the dialplan in a call.

    Each call has its own, because Asterisk writes the address into its log (``Connect to '%s' failed``), into CDR
    (``lastdata``) and into lists of channels: a token read there is worthless in another call. The secret comes last,
    so nobody can derive the token of a longer id from another token.

    Args:
        uniqueid: Asterisk's id of the channel.
        secret: The one that the dialplan has (``WR_AGI_SECRET``).
    """
    return hashlib.sha1(f"{uniqueid}{secret}".encode(), usedforsecurity=False).hexdigest()  # func_sha1.so has no other
