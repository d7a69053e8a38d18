"""The SIP messages a calling client needs (RFC 3261), as plain text over UDP."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warroom.sip_test_client.codecs import ALAW

if TYPE_CHECKING:
    from warroom.sip_test_client.codecs import Codec

_BRANCH_COOKIE = "z9hG4bK"  # RFC 3261 8.1.1.7
ANSWER_TAG = "telephone"
"""Of the To header of our answers: of whoever is called."""


def token() -> str:
    """Return a fresh random token for branches, tags and Call-IDs."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class SipMessage:
    """One received request or response.

    Attributes:
        start: The first line, e.g. `SIP/2.0 200 OK` or `BYE sip:… SIP/2.0`.
        headers: Header lines in order, as (lower-case name, value).
        body: The text after the empty line.
    """

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> SipMessage:
        """Read one datagram. Raises ValueError when it holds no start line."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        if not start:
            raise ValueError("empty SIP message")
        pairs = (line.partition(":") for line in lines)
        return cls(start, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)

    @property
    def status(self) -> int:
        """The response's status code, or 0 for a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The request's method, or for a response the method it answers."""
        return self.get("cseq").split()[-1] if self.status else self.start.split(" ", 1)[0]

    def get(self, name: str) -> str:
        """Return the first header of this (lower-case) name, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        """Return every header of this (lower-case) name, in order."""
        return [value for key, value in self.headers if key == name]


@dataclass(slots=True)
class Dialog:
    """One call as this telephone sees it: addresses, tags, sequence numbers.

    Attributes:
        local: Our (host, port) for SIP.
        remote: The exchange's (host, port).
        did: The number dialled.
        caller: The text before the @ of our From header (may be any text, for tests of bad input).
        display: The From display name, with its quotes if it has any.
        extra: Further header lines for the INVITE, complete, without line ends.
        uri_options: The text after the exchange's address in the request line, such as ``;line=abc``.
        to: The To header; left empty: the request line's address.
    """

    local: tuple[str, int]
    remote: tuple[str, int]
    did: str
    caller: str
    display: str = ""
    extra: tuple[str, ...] = ()
    uri_options: str = ""
    to: str = ""
    call_id: str = field(default_factory=token)
    tag: str = field(default_factory=token)
    branch: str = field(default_factory=lambda: _BRANCH_COOKIE + token())
    target: str = ""
    cseq: int = 1

    def __post_init__(self) -> None:
        """Address the exchange until its Contact is known."""
        self.target = f"sip:{self.did}@{self.remote[0]}:{self.remote[1]}{self.uri_options}"
        self.to = self.to or f"<{self.target}>"

    def invite(self, sdp: str) -> bytes:
        """Return the INVITE with this session description."""
        contact = f"Contact: <sip:{self.local[0]}:{self.local[1]}>"
        return self._request("INVITE", self.cseq, self.branch, (contact, *self.extra), sdp)

    def ack(self, response: SipMessage) -> bytes:
        """Return the ACK for a final response; a 2xx gets a branch of its own (RFC 3261 13.2.2.4)."""
        self.to = response.get("to")
        if response.status < 300:  # noqa: PLR2004 - SIP's class of success
            self.target = response.get("contact").partition("<")[2].partition(">")[0] or self.target
            return self._request("ACK", self.cseq, _BRANCH_COOKIE + token())
        return self._request("ACK", self.cseq, self.branch)

    def cancel(self) -> bytes:
        """Return the CANCEL of an INVITE not yet answered."""
        return self._request("CANCEL", self.cseq, self.branch)

    def bye(self) -> bytes:
        """Return the BYE that hangs up."""
        self.cseq += 1
        return self._request("BYE", self.cseq, _BRANCH_COOKIE + token())

    def ok(self, request: SipMessage) -> bytes:
        """Return 200 OK to a request of the exchange's."""
        copied = [f"Via: {via}" for via in request.all("via")]
        copied += [f"{name}: {request.get(name.lower())}" for name in ("From", "To", "Call-ID", "CSeq")]
        return _message("SIP/2.0 200 OK", copied, "")

    def _request(self, method: str, cseq: int, branch: str, extra: tuple[str, ...] = (), body: str = "") -> bytes:
        host, port = self.local
        lines = [
            f"Via: SIP/2.0/UDP {host}:{port};branch={branch}",
            "Max-Forwards: 70",
            f"From: {self.display}<sip:{self.caller}@{host}>;tag={self.tag}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            *extra,
        ]
        return _message(f"{method} {self.target} SIP/2.0", lines, body)


def offer(host: str, port: int, codec: Codec = ALAW, *, direction: str = "sendrecv", keys: bool = True) -> str:
    """Return the SDP of a telephone.

    Args:
        host: Where it hears,
        port: and on which UDP port.
        codec: How it speaks.
        direction: Which way sound goes: ``sendonly`` is hold (RFC 3264 8.4).
        keys: Whether it sends keys as RFC 4733 events.
    """
    kinds = f"{codec.payload_type} 101" if keys else str(codec.payload_type)
    events = ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"] if keys else []
    lines = [
        "v=0",
        f"o=- 1 1 IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {kinds}",
        f"a=rtpmap:{codec.payload_type} {codec.name}",
        *events,
        "a=ptime:20",
        f"a={direction}",
    ]
    return "\r\n".join(lines) + "\r\n"


def dialled(invite: SipMessage) -> str:
    """Return the number in the request line of an INVITE."""
    return invite.start.partition("sip:")[2].partition("@")[0]


def answer(request: SipMessage, status: str, contact: tuple[str, int] | None = None, body: str = "") -> bytes:
    """Return our answer to a request.

    Args:
        request: The exchange's.
        status: The code and its words, such as ``180 Ringing``.
        contact: Our (host, port), in an answer that has a body.
        body: Our SDP.
    """
    lines = [f"Via: {via}" for via in request.all("via")]
    lines += [f"{name}: {request.get(name.lower())}" for name in ("From", "Call-ID", "CSeq")]
    lines.append(f"To: {request.get('to')};tag={ANSWER_TAG}")
    if contact:
        lines.append(f"Contact: <sip:{contact[0]}:{contact[1]}>")
    return _message(f"SIP/2.0 {status}", lines, body)


def media_address(sdp: str) -> tuple[str, int]:
    """Return the (host, port) an answer wants sound sent to. Raises ValueError when it names none."""
    host, port = "", 0
    for line in sdp.splitlines():
        if line.startswith("c="):
            host = line.split()[-1]
        elif line.startswith("m=audio "):
            port = int(line.split()[1])
    if not host or not port:
        raise ValueError("the answer's SDP names no audio address")
    return host, port


def _message(start: str, lines: list[str], body: str) -> bytes:
    data = body.encode()
    if data and not any(line.startswith("Content-Type:") for line in lines):
        lines = [*lines, "Content-Type: application/sdp"]
    head = "\r\n".join([start, *lines, f"Content-Length: {len(data)}"])
    return head.encode() + b"\r\n\r\n" + data
