"""What of a browser's SIP is passed on to Asterisk."""

from __future__ import annotations

import pytest

from board.telephone import sip_guard
from board.telephone.account import make_account
from board.telephone.sip_guard import SipFloodError, SipGuard, SipRefusedError

OURS = "operator-101"


def request(
    method: str = "REGISTER",
    *,
    sender: str = f"<sip:{OURS}@warroom>;tag=a",
    addressee: str = f"<sip:{OURS}@warroom>",
    more: str = "",
) -> str:
    return (
        f"{method} sip:warroom SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n"
        f"From: {sender}\r\nTo: {addressee}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n{more}Content-Length: 0\r\n\r\n"
    )


def guard() -> SipGuard:
    return SipGuard(OURS, clock=lambda: 0.0)


@pytest.mark.parametrize(
    "message",
    [
        request(),
        request(sender=f'"General desk" <sip:{OURS}@warroom>;tag=a'),
        request("INVITE", addressee="<sip:*1101@warroom>"),
        # within a call the names are Asterisk's
        request("BYE", sender="<sip:k2j3h4@x.invalid>;tag=a", addressee="<sip:9811600001@warroom>;tag=b"),
        request().replace("From:", "f :").replace("To:", "t:"),
        request().replace("From: ", "From:\r\n "),
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/WS x.invalid\r\nFrom: <sip:9811600001@warroom>;tag=a\r\n\r\n",
        "SIP/2.0 486 Busy Here\r\n\r\n",
    ],
)
def test_a_telephones_own_messages_are_passed_on(message: str) -> None:
    assert guard().check(message)


@pytest.mark.parametrize("message", ["\r\n\r\n", "\r\n"])
def test_keep_alive_ends_at_the_relay(message: str) -> None:
    assert not guard().check(message)


OTHER = "<sip:operator-102@warroom>"


@pytest.mark.parametrize(
    "message",
    [
        request(sender=f"{OTHER};tag=a"),
        request(addressee=OTHER),
        request(sender=f"{OTHER};tag=a", addressee=f"{OTHER};tag=b"),  # no call has a REGISTER
        request("INVITE", sender=f"{OTHER};tag=a"),
        request("OPTIONS", sender=f"{OTHER};tag=a"),
        # a tag that is part of the address, or of a name, is no tag
        request("INVITE", sender=f"{OTHER};tag=a", addressee="<sip:1@warroom;tag=b>"),
        request("INVITE", sender=f"{OTHER};tag=a", addressee='";tag=b" <sip:1@warroom>'),
        # read one way here and another there
        request(sender=f"sip:operator-102@warroom;x=<sip:{OURS}@warroom>;tag=a"),
        request(sender=f'"\\" <sip:operator-102@warroom> <sip:{OURS}@warroom>;tag=a'),
        request(more=f"From: {OTHER};tag=a\r\n"),
        request(more=f"f: {OTHER};tag=a\r\n"),
        request(sender=f"<sip:{OURS}%00@warroom>;tag=a"),
        request("REFER"),
        request("MESSAGE"),
        request("SUBSCRIBE"),
        request("register"),
        request().replace(" SIP/2.0", " SIP/3.0", 1),
        request().replace("\r\n", "\n"),
        request(more="X: a\nFrom: b\r\n"),
        request(more="X: a\0\r\n"),
        request(more="X: " + "a" * sip_guard.MAX_MESSAGE + "\r\n"),
        request(more="X: " + "अ" * (sip_guard.MAX_MESSAGE // 3) + "\r\n"),
        "",
        "hello",
        "GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_anything_else_is_refused(message: str) -> None:
    with pytest.raises(SipRefusedError):
        guard().check(message)


def test_too_many_messages_are_refused_and_time_brings_room() -> None:
    now = 0.0
    watched = SipGuard(OURS, clock=lambda: now)
    for _ in range(sip_guard.BURST):
        watched.check(request())
    with pytest.raises(SipFloodError):
        watched.check(request())
    now = 1.0
    for _ in range(int(sip_guard.RATE_PER_S)):
        watched.check(request())
    with pytest.raises(SipFloodError):
        watched.check("\r\n")


def test_account_has_no_password_but_what_digest_needs_of_it() -> None:
    account = make_account("bob", "biloxi.com", "zanzibar")  # RFC 2617's rule on the example of RFC 3665 2.1
    assert account.ha1 == "12af60467a33e8518da5c68bbff12b11"
    assert "zanzibar" not in repr(account)
