"""Placing many calls with SIPp, taking many, and what came of them. The callers' sound is `send_sound`'s."""

from __future__ import annotations

import asyncio
import contextlib
import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

SDP = """v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio {port} RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20"""
_SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
  <send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:[field2]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]>;tag=[call_number]
To: <sip:[field2]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:load@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

{sdp}
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="486" optional="true" next="refused"/>
  <recv response="503" optional="true" next="refused"/>
  <recv response="200" rtd="1" rrs="true"><action>
    <ereg regexp="m=audio ([0-9]+)" search_in="msg" check_it="true" assign_to="line,port"/>
  </action></recv>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]>;tag=[call_number]
To: <sip:[field2]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <nop><action><log message="answered [field0] [field1] [$port] [timestamp]"/></action></nop>
  <recv request="BYE" timeout="{limit_ms}"/>
  <nop><action><log message="ended [field0] [field1] [timestamp]"/></action></nop>
  <send next="over"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <label id="refused"/>
  <nop><action><log message="refused [field0] [field1] [timestamp]"/></action></nop>
  <send><![CDATA[
ACK sip:[field2]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <label id="over"/>
  <Reference variables="line"/>
</scenario>
"""
START_LIMIT_S = 15.0  # SIPp and a stopped SIPp need about one second


class SippError(Exception):
    """SIPp did not run; the text says why."""


@dataclass(slots=True)
class CallLog:
    """What SIPp's log tells of each call, by caller's number; times in seconds since the epoch."""

    ringing: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    refused: dict[str, float] = field(default_factory=dict)

    def __or__(self, other: CallLog) -> CallLog:
        """Both logs as one."""
        return CallLog(
            self.ringing | other.ringing, self.answered | other.answered, self.ended | other.ended,
            self.refused | other.refused,
        )  # fmt: skip

    @property
    def up(self) -> int:
        """Calls answered and not over."""
        return len(self.answered) - len(self.ended)

    def most_at_once(self) -> int:
        """Return how many calls were really up at the same time."""
        steps = sorted([(at, 1) for at in self.answered.values()] + [(at, -1) for at in self.ended.values()])
        most = up = 0
        for _, step in steps:
            up += step
            most = max(most, up)
        return most

    def length_s(self) -> float:
        """Return the mean length of the calls that ended."""
        lengths = [at - self.answered[caller] for caller, at in self.ended.items() if caller in self.answered]
        return sum(lengths) / len(lengths) if lengths else 0.0


@dataclass(frozen=True, slots=True)
class SippResult:
    """What a run of SIPp counted.

    Attributes:
        placed: Calls begun.
        failed: Calls that ended otherwise than the scenario says.
        log: Each call's times.
        answer_ms: For each answered call, from INVITE to 200.
    """

    placed: int
    failed: int
    log: CallLog
    answer_ms: list[float]


@contextlib.asynccontextmanager
async def sipp(
    work: Path,
    *,
    calls: Sequence[tuple[str, int, str]],
    ip: str,
    remote: tuple[str, int],
    per_s: float,
    at_once: int,
    limit_s: float,
    run_s: float,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Begin to place calls, `per_s` a second; yields the process, which is ended with the block.

    At SIGUSR1 it places no more and ends with the last of those that are up.

    Args:
        work: A folder of its own; SIPp's files go there.
        calls: Each caller's number, its RTP port and the number it dials, in this order.
        ip: The callers' address.
        remote: (host, port) of the exchange's SIP.
        per_s: Calls a second.
        at_once: No more than so many are up at the same time: the next one waits until one is over.
        limit_s: The longest a call may last.
        run_s: The longest all may take.
    """
    (work / "caller.xml").write_text(
        _SCENARIO.format(limit_ms=round(limit_s * 1000), sdp=SDP.format(port="[field1]")), encoding="utf-8"
    )
    lines = "".join(f"{caller};{port};{did};\n" for caller, port, did in calls)
    (work / "callers.csv").write_text(f"SEQUENTIAL\n{lines}", encoding="utf-8")
    async with running(
        work, f"{remote[0]}:{remote[1]}", "-i", ip, "-sf", "caller.xml", "-inf", "callers.csv",
        "-m", str(len(calls)), "-l", str(at_once), "-r", str(per_s), "-timeout", f"{run_s:.0f}s",
        "-trace_rtt", "-rtt_freq", "1", "-trace_stat", "-stf", "stat.csv", "-fd", "5",
    ) as process:  # fmt: skip
        yield process


@contextlib.asynccontextmanager
async def running(work: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run SIPp in a folder, its log in ``calls.log`` there; yields the process, which is ended with the block."""
    process = await asyncio.create_subprocess_exec(
        "sipp", *options, "-nostdin",
        "-trace_logs", "-log_file", "calls.log", "-trace_err", "-error_file", "errors.log",
        cwd=work, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def read_log(file: Path) -> CallLog:
    """Read what has been logged so far; a half line at its end is left out."""
    log = CallLog()
    for line in file.read_text(encoding="utf-8").split("\n")[:-1]:
        event, caller, *_, epoch = line.split()
        getattr(log, event)[caller] = float(epoch)
    return log


def read_result(work: Path) -> SippResult:
    """Read SIPp's files after its end.

    Raises:
        SippError: It placed no calls.
    """
    try:
        with (work / "stat.csv").open(encoding="utf-8") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
    except (OSError, IndexError):
        raise SippError(f"SIPp placed no calls: {_errors(work) or 'it said nothing'}") from None
    return SippResult(
        int(last["TotalCallCreated"]), int(last["FailedCall(C)"]), read_log(work / "calls.log"), list(_answers(work))
    )


def _answers(work: Path) -> Iterator[float]:
    for path in work.glob("*_rtt.csv"):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            yield float(line.split(";")[1])


def _errors(work: Path) -> str:
    file = work / "errors.log"
    return " ".join(file.read_text(encoding="utf-8", errors="replace").split())[:500] if file.exists() else ""
