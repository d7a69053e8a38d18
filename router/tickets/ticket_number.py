"""The ticket number: nine digits, spoken three by three.

One digit for the node (1 to 9), a serial of seven, and a check digit after Damm, which finds every single wrong
digit and every pair of neighbours changed over: the mistakes people make when they say or key a number.
"""

from __future__ import annotations

from stdnum import damm

from router.errors import UserError

DIGITS = 9
LAST_SERIAL = 9_999_999


class NumbersExhaustedError(UserError):
    """A node has given out its ten million numbers; give it another node digit in the settings."""


def issue(node: int, serial: int) -> str:
    """Return the ticket number of a node's serial.

    Args:
        node: 1 to 9.
        serial: 1 to 9,999,999, never used before on this node.

    Raises:
        ValueError: the node or the serial cannot be.
        NumbersExhaustedError: the serial is past the last one.
    """
    if not 1 <= node <= 9:  # noqa: PLR2004
        raise ValueError(f"node {node}: a node is one digit, 1 to 9")
    if serial < 1:
        raise ValueError(f"serial {serial}: serials begin with 1")
    if serial > LAST_SERIAL:
        raise NumbersExhaustedError(
            f"node {node} has given out all its {LAST_SERIAL:,} ticket numbers: set `node` to a digit not used yet"
        )
    body = f"{node}{serial:07d}"
    return body + str(damm.calc_check_digit(body))


def valid(number: str) -> bool:
    """Whether these nine digits can be a ticket number: right length, a node, and the check digit fits."""
    return (
        len(number) == DIGITS
        and number.isascii()
        and number.isdigit()
        and number[0] != "0"
        and bool(damm.is_valid(number))
    )


def node_of(number: str) -> int:
    """Return the node that gave out a valid number."""
    return int(number[0])


def serial_of(number: str) -> int:
    """Return the serial in a valid number."""
    return int(number[1:-1])
