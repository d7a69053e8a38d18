"""Reasons why an operation on a call is refused, worded for operators."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from router.localized import LocalizedMessage
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Mapping[str, LocalizedMessage] = MappingProxyType(
    {
        "no-call": LocalizedMessage("no call {name!r} is going on", "{name!r} नाम की कोई कॉल नहीं चल रही है"),
        "no-leg": LocalizedMessage(
            "the call has no party {name!r}; it has: {known}", "इस कॉल में {name!r} नहीं है; इस में हैं: {known}"
        ),
        "no-way": LocalizedMessage(
            "there is no way {name!r}; there are: {known}", "{name!r} नाम का कोई रास्ता नहीं है; ये हैं: {known}"
        ),
        "not-yours": LocalizedMessage("you are not in this call", "आप इस कॉल में नहीं हैं"),
        "warroom-only": LocalizedMessage("only the war room joins two calls", "दो कॉलें सिर्फ़ वॉर रूम जोड़ता है"),
        "not-two": LocalizedMessage(
            "this can be done only while two speak with each other",
            "यह तभी हो सकता है जब दो लोग आपस में बात कर रहे हों",
        ),
        "not-speaking": LocalizedMessage(
            "the caller speaks with nobody yet, or waits",
            "कॉल करने वाले की अभी किसी से बात नहीं हो रही है",
        ),
        "consulting": LocalizedMessage(
            "the caller waits, on hold or for a consultation: `resume`, `conference`, `complete` or `drop` first",
            "कॉल करने वाला इंतज़ार में है: पहले `resume`, `conference`, `complete` या `drop` कीजिए",
        ),
        "not-consulting": LocalizedMessage(
            "nobody is being consulted in this call: `consult` first",
            "इस कॉल में किसी से सलाह नहीं ली जा रही है: पहले `consult` कीजिए",
        ),
        "not-answered": LocalizedMessage(
            "the one who is called has not answered yet",
            "जिन्हें फ़ोन किया गया है, उन्होंने अभी उठाया नहीं है",
        ),
        "alone": LocalizedMessage(
            "the caller would be left alone: use `blind-transfer`, or hang up",
            "कॉल करने वाला अकेला रह जाएगा: `blind-transfer` कीजिए, या फ़ोन रख दीजिए",
        ),
        "held-already": LocalizedMessage(
            "the caller is on hold already: `resume` first", "कॉल करने वाला पहले से होल्ड पर है: पहले `resume` कीजिए"
        ),
        "not-held": LocalizedMessage("the caller is not on hold", "कॉल करने वाला होल्ड पर नहीं है"),
        "no-citizen": LocalizedMessage("no citizen speaks in this call", "इस कॉल में कोई नागरिक बात नहीं कर रहा है"),
        "itself": LocalizedMessage("a call cannot be put through to itself", "कॉल को उसी कॉल से नहीं जोड़ा जा सकता"),
        "there-already": LocalizedMessage("{name} is in this call already", "{name} इस कॉल में पहले से है"),
        "full": LocalizedMessage(
            "no more than {count} can speak together", "{count} से ज़्यादा लोग एक साथ बात नहीं कर सकते"
        ),
        "gone": LocalizedMessage(
            "somebody has just hung up or moved on; nothing was changed",
            "अभी-अभी किसी ने फ़ोन रख दिया है; कुछ नहीं बदला गया",
        ),
        "no-asterisk": LocalizedMessage(
            "the telephone exchange cannot be reached now: look at the call, then try again",
            "टेलीफ़ोन एक्सचेंज से अभी संपर्क नहीं है: कॉल को देख कर फिर कोशिश कीजिए",
        ),
    }
)
"""By code. The codes are part of the contract with the consoles."""


def refusal(code: str, **values: object) -> CommandRefusedError:
    """Return a refusal for one of `REASONS`."""
    return CommandRefusedError(code, words=REASONS[code], **values)
