"""Tricks that have been used to make an exchange call somebody for a stranger: each is tried on ours."""

from __future__ import annotations

from dataclasses import dataclass

#: What a fraudster wants called, in the forms it may be written. Nobody may ever be asked for it. No 9 in front: as
#: keys, that would ring 108, which is allowed.
PREMIUM = "8877000001"
DIAL = f"PJSIP/0{PREMIUM}@bsnl"
TARGET = f"sip:0{PREMIUM}@127.0.3.10"


@dataclass(frozen=True)
class Trick:
    """An INVITE from a trunk's own address.

    Attributes:
        name: What is tried.
        did: What stands in the request line.
        caller: What stands in From.
        display: The name in From.
        extra: Further header lines.
        keys: Groups of keys pressed while the conversation speaks.
    """

    name: str
    did: str = "181"
    caller: str = ""
    display: str = ""
    extra: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


_NUMBERS = (
    f"0091{PREMIUM}", f"+91{PREMIUM}", f"0{PREMIUM}", PREMIUM, f"91{PREMIUM}", "108", "112", "+108",
    f"181{PREMIUM}", "181%40bsnl", f"181&{DIAL.replace('/', '%2F')}", f"181,1,Dial({DIAL})",
    DIAL.replace("/", "%2F"), f"Local%2F{PREMIUM}%40callback-dial", f"{PREMIUM}%40callback-dial", "callback-dial",
    "bridge-blind", "line-104", "conference", "room-state",
    "trunk-test", "from-operator", "s", "h", "i", "t", "T", "ended", "operator-1", "bsnl", "_X.", "%2A8", "**1",
    f"181;phone-context=+91{PREMIUM}", f"181%0D%0ARefer-To:%20{TARGET}", "$%7BSHELL(id)%7D", "$%7BEXTEN%7D",
    f"%22{DIAL.replace('/', '%2F')}%22", "9" * 300, "१८१",
)  # fmt: skip

_CALLERS = (
    f"0{PREMIUM}", DIAL, f"181&{DIAL}", "${SHELL(id)}", f"${{DIAL({DIAL})}}", "bsnl", "operator-1", "108",
    f"{PREMIUM};isub=181", f"181,{PREMIUM}",
)  # fmt: skip

_HEADERS = (
    (f"Diversion: <{TARGET}>;reason=unconditional",),
    (f"Diversion: <sip:{DIAL}>;reason=user-busy;counter=1",),
    (f"History-Info: <{TARGET}>;index=1",),
    (f"Referred-By: <{TARGET}>", f"Refer-To: <{TARGET}>"),
    (f"P-Asserted-Identity: <{TARGET}>",),
    (f'Remote-Party-ID: "{DIAL}" <{TARGET}>;party=called',),
    (f"P-Called-Party-ID: <{TARGET}>",),
    (f"P-Preferred-Identity: <{TARGET}>",),
    (f"Alert-Info: <{TARGET}>", f"Call-Info: <{TARGET}>;purpose=info"),
    (f"Route: <{TARGET};lr>",),
    (f"Record-Route: <{TARGET};lr>",),
    (f"Target-Dialog: abc;remote-tag={PREMIUM}",),
    ("Replaces: nobodys-call;to-tag=1;from-tag=2",),
    ("Join: nobodys-call;to-tag=1;from-tag=2",),
    ("Require: replaces", "Replaces: nobodys-call;to-tag=1;from-tag=2"),
    (f"X-Asterisk-Dial: {DIAL}", f"X-WR_NEXT: {DIAL}"),
    ("Request-Disposition: redirect", f"Reply-To: <{TARGET}>"),
    ('Proxy-Authorization: Digest username="operator-1", realm="warroom", nonce="1", uri="sip:x", response="0"',),
)

_KEYS = (
    ("**", "*2", "*1"), ("##", "#1"), (f"*72{PREMIUM}#",), (f"#{PREMIUM}#",), (f"{PREMIUM}#",),
    ("1", "1", f"0{PREMIUM}#"),
)  # fmt: skip

INVITES = (
    *(Trick(f"DID {number[:40]}", did=number) for number in _NUMBERS),
    *(Trick(f"From {caller[:40]}", caller=caller) for caller in _CALLERS),
    *(Trick(f"name {caller[:40]}", display=f'"{caller}" ') for caller in _CALLERS[:4]),
    *(Trick(headers[-1][:40], extra=headers) for headers in _HEADERS),
    *(Trick(f"keys {' '.join(keys)[:40]}", keys=keys) for keys in _KEYS),
)

#: Requests outside any call: method and header lines.
REQUESTS = (
    ("REFER", (f"Refer-To: <{TARGET}>", f"Referred-By: <{TARGET}>")),
    ("REFER", (f"Refer-To: <{TARGET}?Replaces=nobodys-call%3Bto-tag%3D1%3Bfrom-tag%3D2>",)),
    ("SUBSCRIBE", ("Event: dialog", "Expires: 600", "Accept: application/dialog-info+xml")),
    ("SUBSCRIBE", ("Event: refer", "Expires: 600")),
    ("NOTIFY", ("Event: refer", "Subscription-State: active", "Content-Type: message/sipfrag")),
    ("MESSAGE", ("Content-Type: text/plain",)),
    ("PUBLISH", ("Event: presence", "Expires: 600")),
    ("INFO", ("Content-Type: application/dtmf-relay",)),
    ("UPDATE", (f"Contact: <{TARGET}>",)),
    ("REGISTER", (f"Contact: <{TARGET}>", "Expires: 600")),
)

#: Requests within a call: method and header lines.
IN_CALL = (
    ("REFER", (f"Refer-To: <{TARGET}>", f"Referred-By: <{TARGET}>")),
    ("REFER", (f"Refer-To: <{TARGET}?Replaces=nobodys-call%3Bto-tag%3D1%3Bfrom-tag%3D2>",)),
    ("INFO", ("Content-Type: application/dtmf-relay",)),
    ("INFO", ("Record: on",)),
    ("NOTIFY", ("Event: talk", "Subscription-State: active")),
    ("MESSAGE", ("Content-Type: text/plain",)),
    ("UPDATE", (f"Contact: <{TARGET}>", f"P-Asserted-Identity: <{TARGET}>")),
)
