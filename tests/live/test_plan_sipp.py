"""The lines that `warroom capacity` says are enough, tried with real calls: as many are refused as the formula says."""

from __future__ import annotations

import heapq
import json
import random
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from agi.ami.rtp_watchdog import SILENT_S
from agi.capacity.erlang import erlang_b
from tests.live.conftest import open_stack
from tests.load.sipp import SDP, read_log, running
from tests.support.commands import warroom

if TYPE_CHECKING:
    from pathlib import Path

CALLS = 450
AN_HOUR = 14_400  # four a second: the calls take two minutes
BLOCKED = 0.2  # enough of them to count
RUNS = 500
BAND = 0.995
CALLER_IP = "127.0.1.181"

SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller with a time of its own">
  <nop><action>
    <assignstr assign_to="start" value="[field1]"/><todouble assign_to="start_ms" variable="start"/>
    <assignstr assign_to="hold" value="[field2]"/><todouble assign_to="hold_ms" variable="hold"/>
  </action></nop>
  <pause variable="start_ms"/>
  <send retrans="500"><![CDATA[
INVITE sip:181@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]>;tag=[call_number]
To: <sip:181@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:plan@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

{sdp}
]]></send>
  <recv response="100" optional="true"/>
  <recv response="486" optional="true" next="refused"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]>;tag=[call_number]
To: <sip:181@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <nop><action><log message="answered [field0] [timestamp]"/></action></nop>
  <pause variable="hold_ms"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]>;tag=[call_number]
To: <sip:181@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200" next="over"/>
  <label id="refused"/>
  <nop><action><log message="refused [field0] [timestamp]"/></action></nop>
  <send><![CDATA[
ACK sip:181@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <label id="over"/>
</scenario>
"""


@pytest.mark.long
@pytest.mark.timeout(420)
async def test_plan_lines_refuse_as_many_calls_as_erlang_says(tmp_path: Path) -> None:
    words = ("--calls-per-hour", str(AN_HOUR), "--handle-time", "1", "--menu-time", "0.5", "--bridged", "0")
    needed = json.loads((await warroom(tmp_path, "capacity", *words, "--blocking", str(BLOCKED), "--json")).out)
    lines = needed["trunk_channels"]
    hold_s = needed["demand"]["menu_s"] + needed["waiting"]["mean_wait_s"] + needed["demand"]["handle_s"]
    formula = erlang_b(lines, hold_s * AN_HOUR / 3600)
    assert erlang_b(lines - 1, hold_s * AN_HOUR / 3600) > BLOCKED >= formula
    assert 2 * hold_s < SILENT_S  # these callers send no sound, and expect no question
    with open_stack(max_calls=lines) as stack:
        refused = await _refused(stack.sip, tmp_path, _sample(random.Random(1917), hold_s))
    low, high = _band(lines, hold_s)
    assert low < formula < high
    assert low <= refused <= high, f"refused {refused:.3f}, formula {formula:.3f}, band {low:.3f} to {high:.3f}"


async def _refused(sip: tuple[str, int], work: Path, calls: list[tuple[float, float]]) -> float:
    """Place the calls; return the share that was refused. Each has a time to begin and a length, in seconds."""
    (work / "caller.xml").write_text(SCENARIO.format(sdp=SDP.format(port="[media_port]")))
    rows = (f"98115{which:05};{start * 1000:.0f};{hold * 1000:.0f};\n" for which, (start, hold) in enumerate(calls))
    (work / "calls.csv").write_text("SEQUENTIAL\n" + "".join(rows))
    count = str(len(calls))
    async with running(
        work, f"{sip[0]}:{sip[1]}", "-i", CALLER_IP, "-sf", "caller.xml", "-inf", "calls.csv",
        "-m", count, "-l", count, "-r", "2000",
    ) as process:  # fmt: skip
        assert await process.wait() == 0
    log = read_log(work / "calls.log")
    assert len(log.answered) + len(log.refused) == len(calls)
    return len(log.refused) / len(calls)


def _sample(chance: random.Random, hold_s: float) -> list[tuple[float, float]]:
    """Calls that come by chance, after exponential pauses, and last by chance: only the mean length counts."""
    starts = accumulate(chance.expovariate(AN_HOUR / 3600) for _ in range(CALLS))
    return [(start, chance.uniform(0, 2 * hold_s)) for start in starts]


def _band(lines: int, hold_s: float) -> tuple[float, float]:
    """Between which shares so many calls' refused ones lie, but for one time in two hundred: the model, run again."""
    shares = sorted(_lost(_sample(random.Random(run), hold_s), lines) for run in range(RUNS))
    outside = round(RUNS * (1 - BAND) / 2)
    return shares[outside], shares[-1 - outside]


def _lost(calls: list[tuple[float, float]], lines: int) -> float:
    """The share of the calls that find all lines busy."""
    busy: list[float] = []
    lost = 0
    for start, hold in calls:
        while busy and busy[0] <= start:
            heapq.heappop(busy)
        if len(busy) < lines:
            heapq.heappush(busy, start + hold)
        else:
            lost += 1
    return lost / len(calls)
