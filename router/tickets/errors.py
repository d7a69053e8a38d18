"""Reasons for refusing a command, worded for people in a room."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from router.errors import UserError
from router.localized import LocalizedMessage

if TYPE_CHECKING:
    from collections.abc import Mapping


REASONS: Mapping[str, LocalizedMessage] = MappingProxyType(
    {
        "malformed": LocalizedMessage(
            "this is not a command: {wrong}",
            "यह आदेश पढ़ा नहीं जा सका: {wrong}",
        ),
        "id-reused": LocalizedMessage(
            "this command_id was used before for another command: each command needs an id of its own",
            "यह `command_id` पहले किसी और आदेश में आ चुकी है: हर आदेश की अपनी अलग पहचान होनी चाहिए",
        ),
        "not-yours": LocalizedMessage(
            "ticket {number} is not, or no longer, this room's",
            "टिकट {number} इस कक्ष का नहीं है, या अब नहीं रहा",
        ),
        "not-allowed": LocalizedMessage(
            "{action} is not for {who} to say",
            "“{action}” का अधिकार इस कक्ष को नहीं है",
        ),
        "unknown": LocalizedMessage(
            "there is no ticket or task {number}: no node {node} has ever been here; look at the number again",
            "{number} नाम का कोई टिकट या काम नहीं है: यहाँ {node} से शुरू होने वाले नंबर नहीं दिए जाते; कृपया नंबर फिर देखिए",
        ),
        "node-away": LocalizedMessage(
            "{number} is of node {node}, which is away: nothing was done; send the same command again in a minute",
            "{number} केंद्र {node} का है, जो अभी उपलब्ध नहीं है: कुछ नहीं किया गया; यही आदेश एक मिनट बाद फिर भेजिए",
        ),
        "expected-past": LocalizedMessage(
            "`expected_datetime` is over: help can be promised for a time ahead only",
            "`expected_datetime` का समय बीत चुका है: मदद का वादा आने वाले समय के लिए ही किया जा सकता है",
        ),
        "expected-far": LocalizedMessage(
            "`expected_datetime` is more than a year ahead",
            "`expected_datetime` एक वर्ष से भी आगे का समय है",
        ),
        "version": LocalizedMessage(
            "the ticket is at version {version} by now, not {if_version}: look at it again",
            "टिकट अब संस्करण {version} पर है, {if_version} पर नहीं: कृपया उसे फिर देखिए",
        ),
        "step": LocalizedMessage(
            "the ticket is {stage}: {action} is not possible from there",
            "टिकट अभी “{stage}” पर है: यहाँ से “{action}” संभव नहीं है",
        ),
        "closed": LocalizedMessage(
            "the ticket is closed ({stage})",
            "टिकट बंद हो चुका है (“{stage}”)",
        ),
        "nothing-proposed": LocalizedMessage(
            "nobody has proposed to reject this ticket",
            "इस टिकट को अस्वीकार करने का कोई प्रस्ताव नहीं है",
        ),
        "proposed-already": LocalizedMessage(
            "its rejection has been proposed already; the war room decides",
            "अस्वीकार करने का प्रस्ताव भेजा जा चुका है; निर्णय वॉर रूम करेगा",
        ),
        "no-change": LocalizedMessage(
            "nothing would change",
            "इस से कुछ नहीं बदलेगा",
        ),
        "no-room": LocalizedMessage("there is no room {name!r}", "{name!r} नाम का कोई कक्ष नहीं है"),
        "no-desk": LocalizedMessage("there is no desk {name!r}: {known}", "{name!r} नाम की कोई डेस्क नहीं है: {known}"),
        "no-need": LocalizedMessage("there is no need {name!r}", "{name!r} नाम की कोई ज़रूरत सूची में नहीं है"),
        "no-target": LocalizedMessage(
            "ticket {number} is not another open ticket of the same room: nothing can be merged into it",
            "टिकट {number} इसी कक्ष का कोई दूसरा खुला टिकट नहीं है: उस में नहीं जोड़ा जा सकता",
        ),
        "unreadable": LocalizedMessage(
            "ticket {number} cannot be read in the store: tell the war room; all others can",
            "टिकट {number} भंडार में पढ़ा नहीं जा सकता: वॉर रूम को बताइए; बाकी सब पढ़े जा सकते हैं",
        ),
        "full": LocalizedMessage(
            "the ticket has {count} notes already: no more fit",
            "टिकट में {count} टिप्पणियाँ हो चुकी हैं: और नहीं जोड़ी जा सकतीं",
        ),
        "no-phone": LocalizedMessage(
            "ticket {number} has no telephone that can be called", "टिकट {number} में फ़ोन करने लायक नंबर नहीं है"
        ),
        "calling": LocalizedMessage(
            "the citizen of ticket {number} is being called already", "टिकट {number} के नागरिक को अभी फ़ोन किया जा रहा है"
        ),
        "stock-malformed": LocalizedMessage(
            "this is not a report of stock: {wrong}",
            "यह भंडार की सूचना पढ़ी नहीं जा सकी: {wrong}",
        ),
        "stock-item": LocalizedMessage(
            "there is no item {name!r}: `catalogue/items` has them all",
            "{name!r} नाम की कोई वस्तु नहीं है: पूरी सूची `catalogue/items` में है",
        ),
        "stock-unit": LocalizedMessage("{name} is counted in {known}", "{name} की इकाई {known} है"),
        "stock-time": LocalizedMessage(
            "`as_of` lies in the future: look at that machine's clock",
            "`as_of` आगे का समय है: कृपया उस मशीन की घड़ी देखिए",
        ),
        "no-task": LocalizedMessage("this room has no task {name!r}", "इस कक्ष के पास {name!r} नाम का कोई काम नहीं है"),
        "task-done": LocalizedMessage("task {name} is {stage} already", "काम {name} पहले ही “{stage}” पर है"),
    }
)
"""By code. The codes are part of the contract with the rooms' programs."""


class CommandRefusedError(UserError):
    """A command is refused; nothing was changed.

    Attributes:
        code: One of ``REASONS``, or of the words given.
        reason: In English.
        reason_hi: In Hindi.
    """

    def __init__(self, code: str, *, words: LocalizedMessage | None = None, **values: object) -> None:
        self.code = code
        self.reason, self.reason_hi = (words or REASONS[code]).format(**values)
        super().__init__(self.reason)
