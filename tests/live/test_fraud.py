"""Strangers, guessed passwords, broken requests; and that nobody is called whom the rules do not name."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack
from tests.support.brokers import WAIT_S
from tests.support.citizen import FIRST_MENU, answer
from tests.support.faults import all_lines_free, in_bridge
from tests.support.provider import Provider, digest, provider_at
from tests.support.tricks import IN_CALL, INVITES, PREMIUM, REQUESTS, TARGET, Trick
from tests.support.trunk_files import FAR_END, FAR_PORT
from warroom.sip_test_client import CallRefusedError, sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AT_ONCE = 12
ANSWER_S = 2.0  # of who is mostly answered by silence
MUTATIONS = 600


class Stranger(asyncio.DatagramProtocol):
    """Sends what it likes and keeps the last answer."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[sip.SipMessage] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.SipMessage.parse(data)
        if message.status:  # it is also asked whether it is there, once it has registered
            self.answers.put_nowait(message)


@contextlib.asynccontextmanager
async def stranger_at(host: str) -> AsyncIterator[tuple[Stranger, asyncio.DatagramTransport]]:
    transport, stranger = await asyncio.get_running_loop().create_datagram_endpoint(Stranger, local_addr=(host, 0))
    try:
        yield stranger, transport
    finally:
        transport.close()


def request(
    stack: LiveStack, local: tuple[str, int], method: str, *lines: str, user: str = "181", cseq: int = 1
) -> bytes:
    """A request outside any call."""
    uri = f"sip:{stack.sip[0]}:{stack.sip[1]}" if method == "REGISTER" else f"sip:{user}@{stack.sip[0]}:{stack.sip[1]}"
    at = f"{local[0]}:{local[1]}"
    head = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP {at};branch=z9hG4bK{sip.token()}",
        "Max-Forwards: 70",
        f"From: <sip:{user}@{stack.sip[0]}>;tag={sip.token()}",
        f"To: <sip:{user}@{stack.sip[0]}>",
        f"Call-ID: {sip.token()}",
        f"CSeq: {cseq} {method}",
        *([] if any(line.startswith("Contact:") for line in lines) else [f"Contact: <sip:{user}@{at}>"]),
        *lines,
        "Content-Length: 0",
    ]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


@pytest.mark.long
async def test_no_trick_makes_us_call_whom_the_rules_do_not_name(lines: LiveStack) -> None:
    assert len(INVITES) + len(REQUESTS) + len(IN_CALL) >= 80
    gate = asyncio.Semaphore(AT_ONCE)
    async with provider_at(FAR_END, FAR_PORT) as provider, asyncio.timeout(100):
        await asyncio.gather(*(_try(lines, trick, number, gate) for number, trick in enumerate(INVITES)))
        await _outside_a_call(lines)
        await _within_a_call(lines)
        await _while_bridged_and_by_the_callee(lines, provider)
        await all_lines_free(lines)
        # the one call to 108 that a caller may have, and the one that was redirected: nothing else ever left
        called = {invite.start.split()[1].partition("@")[0] for invite in provider.invites}
        assert called == {"sip:108"}
        assert len(provider.invites) == 2
    books = (lines.data / "asterisk-log" / "cdr-csv" / "Master.csv").read_text()
    far_ends = set(re.findall(r'"PJSIP/[^"]*","(PJSIP/[a-z0-9-]+)-[0-9a-f]+"', books))
    assert far_ends <= {"PJSIP/bsnl"}
    assert f"0{PREMIUM}@" not in books


async def test_stranger_is_answered_by_nobody_and_named_in_the_security_log(lines: LiveStack) -> None:
    for _ in range(6):
        with pytest.raises(CallRefusedError) as refused:
            async with lines.call(local_ip="127.0.9.9", caller="9811492001"):
                pass
        assert refused.value.status == 401
    assert "127.0.9.9" in (lines.data / "asterisk-log" / "security").read_text()
    assert "9811492001" not in (lines.data / "asterisk-log" / "messages").read_text()


async def test_wrong_password_many_times_lets_nobody_in_and_the_right_one_still_does(lines: LiveStack) -> None:
    async with stranger_at("127.0.9.10") as (stranger, line):
        for attempt in range(60):
            assert await _register(lines, stranger, line, f"guess-{attempt}") in (401, 403)
        assert "operator-1/sip" not in lines.asterisk("pjsip show contacts")
        assert await _register(lines, stranger, line, "the-right-one") == 200
        assert "operator-1/sip" in lines.asterisk("pjsip show contacts")
    security = (lines.data / "asterisk-log" / "security").read_text()
    assert len(re.findall(r'ChallengeResponseFailed.*"operator-1"|InvalidPassword.*"operator-1"', security)) >= 50
    assert "the-right-one" not in security
    async with lines.call(caller="9811492002") as call:
        await call.hear("hi/greeting-181")


@pytest.mark.long
async def test_mutated_requests_change_nothing(own_stack: LiveStack) -> None:
    """From a trunk's own address, where Asterisk listens best."""
    stack, chance = own_stack, random.Random(20200401)  # the same requests each time
    before = {name: stack.processes.pid(name) for name in ("asterisk", "serve", "broker")}
    async with stranger_at("127.0.1.66") as (_, line):
        local: tuple[str, int] = line.get_extra_info("sockname")
        for _ in range(MUTATIONS):
            line.sendto(_mutated(stack, local, chance), stack.sip)
            await asyncio.sleep(0.005)  # 200 a second: Asterisk's own queue for UDP is not the thing tried
        await asyncio.sleep(0)
        async with stack.call(caller="9811492003") as call:
            await answer(call, ((FIRST_MENU, "1"),))
            await call.hear("hi/food-menu")
    assert stack.processes.all_alive()
    assert {name: stack.processes.pid(name) for name in before} == before


async def _try(stack: LiveStack, trick: Trick, number: int, gate: asyncio.Semaphore) -> None:
    """Whether the call is refused, answered or ignored does not matter: who is called does."""
    async with gate:
        caller = trick.caller or f"98114930{number:02}"
        with contextlib.suppress(CallRefusedError, TimeoutError, ValueError):
            async with stack.call(
                trick.did, caller=caller, display=trick.display, extra=trick.extra, answer_limit_s=5
            ) as call:
                for keys in trick.keys:
                    await call.press(keys)
                if trick.keys:
                    await call.hear("hi/wrong-key", "hi/place-ask", "hi/human-none", "hi/leave-message", within_s=15)


async def _outside_a_call(stack: LiveStack) -> None:
    """Each from a telephone of its own, at the same time: many are answered by silence."""

    async def ask(address: str, user: str) -> None:
        async with stranger_at(address) as (stranger, line):
            local: tuple[str, int] = line.get_extra_info("sockname")
            for method, extra in REQUESTS:
                line.sendto(request(stack, local, method, *extra, user=user), stack.sip)
                with contextlib.suppress(TimeoutError):
                    answered = await asyncio.wait_for(stranger.answers.get(), ANSWER_S)
                    assert answered.status not in (200, 202) or method == "OPTIONS", (method, user, answered.start)

    users = ("181", "bsnl", "operator-1")
    await asyncio.gather(*(ask(address, user) for address in ("127.0.1.67", "127.0.9.67") for user in users))


async def _within_a_call(stack: LiveStack) -> None:
    async with stack.call(caller="9811492004") as call:
        await call.hear("hi/greeting-181")
        for method, extra in IN_CALL:
            call._dialog.cseq += 1
            call._send(call._dialog._request(method, call._dialog.cseq, f"z9hG4bK{sip.token()}", extra))
        await answer(call, (("danger", "1"),))
        await call.hear("hi/food-menu")  # and the conversation has noticed nothing


async def _while_bridged_and_by_the_callee(stack: LiveStack, provider: Provider) -> None:
    async with stack.call(caller="9811492005") as call:
        await answer(call, ((FIRST_MENU, "9"),))
        async with provider.lifts(await provider.rings("108"), stack.sip, stack.matcher) as ambulance:
            await in_bridge(stack)
            for one in (call, ambulance):
                for keys in ("##", "*1", "*2", "#1", f"*8{PREMIUM}#"):
                    await one.press(keys)
                one._dialog.cseq += 1
                refer = (f"Refer-To: <{TARGET}>", f"Referred-By: <{TARGET}>")
                one._send(one._dialog._request("REFER", one._dialog.cseq, f"z9hG4bK{sip.token()}", refer))
            assert not call.over.is_set()
            await ambulance.hang_up()
        await call.ended()
    async with stack.call(caller="9811492006") as call:
        await answer(call, ((FIRST_MENU, "9"),))
        await provider.redirects("108", TARGET.replace("127.0.3.10", f"{FAR_END}:{FAR_PORT}"), stack.sip)
        await call.hear("hi/leave-message")


async def _register(stack: LiveStack, stranger: Stranger, line: asyncio.DatagramTransport, password: str) -> int:
    """Register as the operator; returns the status of the answer to the challenge."""
    local: tuple[str, int] = line.get_extra_info("sockname")
    line.sendto(request(stack, local, "REGISTER", "Expires: 60", user="operator-1"), stack.sip)
    challenge = await asyncio.wait_for(stranger.answers.get(), WAIT_S)
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge.get("www-authenticate")))
    uri = f"sip:{stack.sip[0]}:{stack.sip[1]}"
    count, own = "00000001", sip.token()
    response = digest(
        "operator-1", password, "REGISTER", uri, realm=asked["realm"], nonce=f"{asked['nonce']}:{count}:{own}:auth"
    )
    header = (
        f'Authorization: Digest username="operator-1", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc={count}, cnonce="{own}", '
        f'opaque="{asked.get("opaque", "")}"'
    )
    line.sendto(request(stack, local, "REGISTER", header, "Expires: 60", user="operator-1", cseq=2), stack.sip)
    return (await asyncio.wait_for(stranger.answers.get(), WAIT_S)).status


def _mutated(stack: LiveStack, local: tuple[str, int], chance: random.Random) -> bytes:
    """A request with some of its bytes changed, left out, repeated, or a line or a length that is not right."""
    method = chance.choice(("INVITE", "REGISTER", "OPTIONS", "BYE", "CANCEL", "ACK", "SUBSCRIBE", "REFER", "INFO"))
    if method == "INVITE":
        dialog = sip.Dialog(local, stack.sip, "181", "9811492003")
        data = bytearray(dialog.invite(sip.offer(local[0], 40000)))
    else:
        data = bytearray(request(stack, local, method))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data))
        match chance.randrange(6):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 40)]
            case 2:
                data[at:at] = data[at : at + 40] * chance.randint(1, 30)
            case 3:
                data[at:at] = chance.randbytes(chance.randint(1, 60))
            case 4:
                data = data.replace(b"Content-Length: ", f"Content-Length: {chance.randint(-9, 10**12)}".encode())
            case _:
                data[at:at] = chance.choice((b"\r\n\r\n", b"\0", b"%00", b"\xff\xfe", b"${SHELL(id)}", b"<<<>>>;;;"))
        data = data or bytearray(b"x")
    return bytes(data[:60_000])
