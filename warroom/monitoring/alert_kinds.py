"""Every kind of alert: its meaning, its remedy, and whether it is sent outside the war room.

`docs/alerts.md` has a section for each; a message ends with the remedy given here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class AlertKind(NamedTuple):
    """One kind.

    Attributes:
        meaning: The fault, for an admin.
        mend: The command that mends it, or shows where to mend it.
        outward: Whether it is sent by mail and webhook: the machine is at fault, not a room late with its work.
    """

    meaning: str
    mend: str
    outward: bool = True


KINDS: Final[Mapping[str, AlertKind]] = {
    "trunk-down": AlertKind("a trunk does not answer or is not registered", "warroom trunks list"),
    "no-calls": AlertKind("no call was answered for a while by day", "warroom trunks list"),
    "unknown-number": AlertKind("calls come to numbers that no trunk has as dids", "warroom trunks check"),
    "unreachable": AlertKind("something callers are offered leads nowhere: key 9, 104, a person", "warroom doctor"),
    "queue-unattended": AlertKind("nobody takes calls in a queue while it is open", "warroom operators login ID"),
    "lines-full": AlertKind("all lines, or all channels of a trunk, are in use", "warroom calls live"),
    "overload": AlertKind("SIP cannot keep up, and new calls are rejected", "warroom calls live"),
    "callbacks-flood": AlertKind("more missed calls than may be called back", "warroom calls list"),
    "synthetic-call": AlertKind("the test call failed twice: callers may not get through", "warroom doctor"),
    "manager-away": AlertKind("the service has no link to Asterisk's manager", "warroom restart asterisk"),
    "part-restarted": AlertKind("a part of the stack ended by itself and was started again", "warroom logs PART"),
    "database": AlertKind("the database cannot be written: no ticket can be opened", "warroom doctor"),
    "broker-away": AlertKind("the service has no link to the MQTT broker", "warroom restart broker"),
    "disk": AlertKind("the disk for recordings fills up", "free or add space on the disk"),
    "transcription-behind": AlertKind("recordings wait too long for their transcription", "warroom status"),
    "whatsapp-stopped": AlertKind("no message goes out by WhatsApp", "warroom whatsapp status"),
    "whatsapp-refused": AlertKind("Meta refuses messages for what they say", "warroom logs api"),
    "whatsapp-media": AlertKind("files that people sent by WhatsApp cannot be fetched", "warroom logs api"),
    "whatsapp-budget": AlertKind("the day's budget of WhatsApp messages runs out", "warroom whatsapp status"),
    "messages-waiting": AlertKind("messages by WhatsApp or SMS wait too long", "warroom whatsapp status"),
    "messages-set-aside": AlertKind("messages of people that the program fails on", "warroom whatsapp inbox"),
    "webhook-refused": AlertKind("WhatsApp's webhook is refused or for another account", "warroom whatsapp status"),
    "notice-unspoken": AlertKind("the sound of a notice to the public cannot be made", "warroom notice list"),
    "certificate": AlertKind("the certificate of SIP over TLS expires or is not valid", "warroom doctor"),
    "clock": AlertKind("no time server keeps the machine's clock right", "timedatectl"),
    "routes": AlertKind("routes.toml has a mistake, and the rules before it are used", "warroom routes check"),
    "unreadable": AlertKind("tickets in the store cannot be read", "warroom tickets show NUMBER"),
    "sms-map": AlertKind("sms.toml has a mistake, or a secret of the SMS provider is missing", "warroom sms status"),
    "sms-not-sent": AlertKind("the SMS provider takes no messages", "warroom sms status"),
    "notification-failed": AlertKind("alerts cannot be sent by mail or webhook", "warroom alerts test"),
    "room-offline": AlertKind("nobody of a room is online", "warroom rooms list", outward=False),
    "unacknowledged": AlertKind("tickets that no room has taken in time", "warroom tickets list", outward=False),
    "overdue": AlertKind("tickets whose help has not come in time", "warroom tickets list", outward=False),
    "notice-ending": AlertKind("a notice to the public ends soon", "warroom notice list", outward=False),
    "task": AlertKind("tasks of the war room that are late", "warroom task list", outward=False),
    "shortage": AlertKind("a room's stock runs out, or a need grows", "warroom shortage", outward=False),
    "room-quota": AlertKind("a room leaves more at the broker than it may", "warroom alerts list", outward=False),
}
"""By kind, the most urgent first."""
OUTWARD: Final = frozenset(kind for kind, one in KINDS.items() if one.outward)
"""Kinds that are sent."""
