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
        "no-state": LocalizedMessage("there is no other state {name!r}", "{name!r} नाम का कोई दूसरा राज्य नहीं है"),
        "no-district": LocalizedMessage("there is no district {name!r}", "{name!r} नाम का कोई ज़िला नहीं है"),
        "busy-yourself": LocalizedMessage(
            "your telephone is in a call: end it first", "आप का फ़ोन अभी कॉल में है: पहले उसे समाप्त कीजिए"
        ),
        "no-telephone": LocalizedMessage(
            "the telephone of {name} is not there: sign it in first", "{name} का फ़ोन जुड़ा नहीं है: पहले फ़ोन चालू कीजिए"
        ),
        "no-callback": LocalizedMessage(
            "nobody needs to be called back any more for call {name!r}",
            "कॉल {name!r} के लिए अब किसी को फ़ोन करने की ज़रूरत नहीं है",
        ),
        "taken-already": LocalizedMessage("operator {who} calls back just now", "ऑपरेटर {who} अभी इन्हें फ़ोन कर रहे हैं"),
        "on-the-line": LocalizedMessage(
            "the citizen is on the line just now, in a call of their own", "ये नागरिक अभी ख़ुद लाइन पर हैं"
        ),
        "called-already": LocalizedMessage(
            "the citizen is being called by machine just now", "इन्हें अभी मशीन से फ़ोन किया जा रहा है"
        ),
        "supervisors-only": LocalizedMessage("only supervisors may do this", "यह सिर्फ़ सुपरवाइज़र कर सकते हैं"),
        "not-speaking-operator": LocalizedMessage(
            "operator {name} speaks with nobody now", "ऑपरेटर {name} अभी किसी से बात नहीं कर रहे हैं"
        ),
    }
)
"""By code. The codes are part of the contract with the consoles."""


def refusal(code: str, **values: object) -> CommandRefusedError:
    """Return a refusal for one of `REASONS`."""
    return CommandRefusedError(code, words=REASONS[code], **values)
