"""Masks telephone numbers in logs."""

from __future__ import annotations

_SHORT_CODE_DIGITS = 4  # 181, 104, 1077: helplines and short codes are not personal numbers
_CORRELATED_DIGITS = 4  # one call in ten thousand shares them: enough to follow a caller through a log
_NEED_FOR_FOUR = 8  # of fewer digits four would be most of the number: show two


def mask(phone: str | None) -> str:
    """Return what may be logged of a telephone number: its country, when written, and its last digits.

    ``+919812343210`` becomes ``+91…3210``, ``9812343210`` becomes ``…3210``, ``181`` stays ``181``; a number
    without digits (withheld, a name) becomes ``(none)``. Only ASCII digits ever reach the log, so that what a
    caller put into the number cannot forge a log line.
    """
    text = phone or ""
    digits = "".join(c for c in text if c in "0123456789")
    if not digits:
        return "(none)"
    if len(digits) <= _SHORT_CODE_DIGITS:
        return digits
    country = "+91" if text.lstrip().startswith("+91") else "+" if text.lstrip().startswith("+") else ""
    shown = _CORRELATED_DIGITS if len(digits) >= _NEED_FOR_FOUR else 2
    return f"{country}…{digits[-shown:]}"
