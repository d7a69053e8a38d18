"""Providers with wants of their own, as trunks of one stack: a number marked as one, a way by a proxy, a password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.ports import free_ports
from tests.support.provider import NONCE, REALM, Provider, digest
from tests.support.trunk_files import LOOPBACK
from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import Mapping

PHONE, PROXY, ASKS, ODD = "127.0.8.10", "127.0.8.20", "127.0.8.30", "127.0.8.40"
(PORT,) = free_ports(1)
DOMAIN = "ims.example.invalid"
PUBLIC, PRIVATE, USER = "+917553000104", f"private-104@{DOMAIN}", "user8"
PASSWORD = "a;password$of{theirs}"
SECRETS = {"ims": PASSWORD, "asks": PASSWORD, "odd": PASSWORD}


def _trunk(name: str, server: str, did: str, more: str) -> str:
    return f"""
[[trunk]]
name = "{name}"
server = "{server}"
channels = 30
dids = {{ "{did}" = "181" }}
{more}
"""


TRUNKS = (
    LOOPBACK
    + _trunk("phone", f"{PHONE}:{PORT}", "07553000181", 'user_phone = true\ndials = { 108 = "108" }\nqualify_s = 0')
    + _trunk(
        "ims",
        DOMAIN,
        PUBLIC,
        f"""
outbound_proxy = "{PROXY}:{PORT}"
from_domain = "{DOMAIN}"
prefix = "+91"
qualify_s = 1
[trunk.registration]
username = "{PUBLIC}"
auth_username = "{PRIVATE}"
realm = "{REALM}"
password_file = "secrets/ims"
""",
    )
    + _trunk(
        "asks",
        f"{ASKS}:{PORT}",
        "07553000102",
        f'qualify_s = 0\nfrom_user = "{USER}"\nauth = {{ username = "{USER}", password_file = "secrets/asks" }}',
    )
    + _trunk(
        "odd",
        f"{ODD}:{PORT}",
        "07553000103",
        f'qualify_s = 0\nregistration = {{ username = "{USER}", password_file = "secrets/odd" }}',
    )
)


class Particular(Provider):
    """The far end of a trunk that takes calls only as it wants them.

    Attributes:
        wants_phone: Whether a number without ``user=phone`` is none to it.
        wants_digest: The name that must stand in the digest of each INVITE; empty: it asks nobody.
        algorithm: By which that digest is made.
        takes_registrations: Whether it knows REGISTER at all.
        said: The headers of each REGISTER and OPTIONS.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wants_phone = False
        self.wants_digest = ""
        self.algorithm = "MD5"
        self.takes_registrations = True
        self.said: list[sip.SipMessage] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.SipMessage.parse(data)
        if message.status:
            super().datagram_received(data, addr)
        elif message.method in ("REGISTER", "OPTIONS"):
            self.said.append(message)
            if message.method == "REGISTER" and not self.takes_registrations:
                self.send(sip.answer(message, "405 Method Not Allowed"), addr)
            else:
                super().datagram_received(data, addr)
        elif message.method == "INVITE" and self.wants_phone and ";user=phone" not in message.start:
            self.send(sip.answer(message, "487 Request Terminated"), addr)
        elif message.method == "INVITE" and self.wants_digest and not self._proven(given(message)):
            ask = f'Proxy-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm={self.algorithm}'
            ask += "\r\nContent-Length"
            refusal = sip.answer(message, "407 Proxy Authentication Required")
            self.send(refusal.replace(b"Content-Length", ask.encode()), addr)
        elif message.method == "INVITE" and self.wants_digest:
            self.invites = [one for one in self.invites if sip.dialled(one) != sip.dialled(message)]
            super().datagram_received(data, addr)
        else:
            super().datagram_received(data, addr)

    def _proven(self, words: Mapping[str, str]) -> bool:
        by = self.algorithm.replace("-", "").lower()
        known = digest(self.wants_digest, PASSWORD, "INVITE", words.get("uri", ""), by=by)
        return (words.get("username"), words.get("response")) == (self.wants_digest, known)


def given(message: sip.SipMessage) -> dict[str, str]:
    """What a request says of who sends it."""
    words = message.get("proxy-authorization") or message.get("authorization")
    return dict(re.findall(r'(\w+)="([^"]*)"', words))
