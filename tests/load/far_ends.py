"""Whom callers are put through to: SIPp as operators' telephones and as 104, who answer, talk and hang up."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from tests.load.sipp import SDP, read_log, running
from tests.support.brokers import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from tests.load.sipp import CallLog

RING_S = 1.0
_MEDIA_PORT = 15010  # between Asterisk's and the callers'

_SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="answers">
  <recv request="OPTIONS" optional="true" next="asked"/>
  <recv request="INVITE" rrs="true"><action>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="far"/>
    <ereg regexp=".*" search_in="hdr" header="To:" assign_to="near"/>
    <ereg regexp="operator-([0-9]+)" search_in="hdr" header="To:" assign_to="account,operator"/>
    <log message="ringing [call_number] [$operator] [timestamp]"/>
  </action></recv>
  <send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=far[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <pause milliseconds="{ring_ms}"/>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=far[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{sdp}
]]></send>
  <recv request="ACK"/>
  <nop><action><log message="answered [call_number] [timestamp]"/></action></nop>
  <recv request="BYE" timeout="{talk_ms}" ontimeout="hangup"/>
  <nop><action><log message="ended [call_number] [timestamp]"/></action></nop>
  <send next="over"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <label id="hangup"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From:[$near];tag=far[call_number]
To:[$far]
[last_Call-ID:]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
  <nop next="over"><action><log message="ended [call_number] [timestamp]"/></action></nop>
  <label id="asked"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=far[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <label id="over"/>
  <Reference variables="account"/>
</scenario>
"""


class FarEnd:
    """A far end that runs: `log` tells of its calls, each under a number of its own."""

    def __init__(self, work: Path) -> None:
        self._file = work / "calls.log"

    @property
    def log(self) -> CallLog:
        """The calls until now."""
        return read_log(self._file)

    @property
    def rings(self) -> list[tuple[str, float]]:
        """Each time an operator's telephone got an INVITE: the operator, and when, in seconds since the epoch."""
        lines = [line.split() for line in self._file.read_text(encoding="utf-8").split("\n")[:-1]]
        return [(words[2], float(words[-1])) for words in lines if words[0] == "ringing"]


def sign_in_for_others(operators: Iterable[str]) -> str:
    """What local/pjsip_wizard.conf needs so that telephones at one address can be signed in from another.

    Else Asterisk calls back whoever has signed in, as is right for telephones behind a router.
    """
    return "".join(f"[operator-{one}](+)\nendpoint/rewrite_contact = no\n" for one in operators)


@contextlib.asynccontextmanager
async def answering(work: Path, at: tuple[str, int], *, talk_s: float, which: int = 0) -> AsyncIterator[FarEnd]:
    """Answer every call after `RING_S`, send back the sound that comes, and hang up; say that we are there.

    Args:
        work: A folder yet to be made.
        at: (host, port) of its SIP.
        talk_s: So long after the answer.
        which: Another one for each far end: its port for sound.
    """
    work.mkdir()
    (work / "calls.log").touch()
    scenario = _SCENARIO.format(
        sdp=SDP.format(port="[media_port]"), ring_ms=round(RING_S * 1000), talk_ms=round(talk_s * 1000)
    )
    (work / "far.xml").write_text(scenario, encoding="utf-8")
    media = str(_MEDIA_PORT + 10 * which)
    async with running(work, "-i", at[0], "-p", str(at[1]), "-sf", "far.xml", "-rtp_echo", "-mp", media):
        await until(lambda: _bound(at))
        yield FarEnd(work)


def _bound(at: tuple[str, int]) -> bool:
    """Whether something has the port: then we cannot."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(at)
        except OSError:
            return True
    return False
