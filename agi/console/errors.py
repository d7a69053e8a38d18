"""Reasons why an action of a console is refused, worded for operators."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from router.localized import LocalizedMessage
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Mapping[str, LocalizedMessage] = MappingProxyType(
    {
        "not-your-call": LocalizedMessage(
            "you have not spoken in call {name!r}: file without `call`",
            "कॉल {name!r} में आप ने बात नहीं की है: `call` के बिना दर्ज कीजिए",
        ),
        "no-ticket": LocalizedMessage("there is no ticket {number}", "{number} नंबर का कोई टिकट नहीं है"),
        "no-district": LocalizedMessage("there is no district {name!r}", "{name!r} नाम का कोई ज़िला नहीं है"),
    }
)
"""By code. The codes are part of the contract with the consoles."""


def refusal(code: str, **values: object) -> CommandRefusedError:
    """Return a refusal for one of `REASONS`."""
    return CommandRefusedError(code, words=REASONS[code], **values)
