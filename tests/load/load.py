"""One load: N callers through one number of the exchange, and what was measured meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import resource
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.load.probe import Capture, ProbeResult, fields, measure
from tests.load.sipp import SippResult, read_log, read_result, run_limit_s, sipp
from tests.load.usage import cpu_s, machine_s, peak_mb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.live.conftest import House
    from tests.load.caller_sound import CallerSound

_PARTS = ("asterisk", "serve", "broker")
_CALLERS_IP, _PROBE_IP = "127.0.1.181", "127.0.1.99"  # both are the test trunk
_TELL_EVERY_S = 10.0
_LATER_S = 30.0  # what helpers of a load may outlast it, before they end by themselves


@dataclass(frozen=True, slots=True)
class Callers:
    """Who calls, and how.

    Attributes:
        numbers: A number for each caller.
        sound: What each of them sends.
        per_s: New calls a second.
        limit_s: The longest a call may last.
    """

    numbers: list[str]
    sound: CallerSound
    per_s: float
    limit_s: float

    @property
    def all_s(self) -> float:
        """The longest all calls may take together."""
        return run_limit_s(len(self.numbers), self.per_s, self.limit_s)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the callers' sound came to.

    Attributes:
        late_p99_ms: How late packets left.
        last_key_at: Caller's number -> when its last key ended, in seconds since the epoch.
        packets: Number of packets each caller heard.
    """

    late_p99_ms: float
    last_key_at: dict[str, float]
    packets: list[int]


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured.

    Attributes:
        sipp: The calls.
        heard: Their sound.
        probe: The quiet call beside them.
        cpu: Part -> CPU seconds it used.
        memory: Part -> its largest resident memory so far, in MB.
        tools_cpu_s: CPU seconds of SIPp, the callers' sound and the capture.
        others_cpu_s: CPU seconds of all else on the machine: if it is much, measure again.
        busiest: Largest busy share of all cores in ten seconds, 0 to 1.
        agi_commands: FastAGI commands of all calls.
    """

    sipp: SippResult
    heard: Heard
    probe: ProbeResult
    cpu: dict[str, float]
    memory: dict[str, float]
    tools_cpu_s: float
    others_cpu_s: float
    busiest: float
    agi_commands: int


async def run_load(
    house: House, work: Path, did: str, callers: Callers, probe_did: str, say: Callable[[str], None]
) -> Load:
    """Place the calls, wait until all are over, and measure.

    Raises:
        SippProblem, RuntimeError, TimeoutError: A part of the load did not run.
    """
    work.mkdir()
    pids = {name: house.stack.pid(name) for name in _PARTS}
    capture = work / "capture.pcapng"
    agi = f"tcp src port {house.settings.calls.agi_port}"
    async with contextlib.AsyncExitStack() as stack:
        sender, ports = await stack.enter_async_context(_sound(work, house.sip[0], callers))
        quiet = await stack.enter_async_context(house.call(probe_did, local_ip=_PROBE_IP))
        before = {name: cpu_s(pid) for name, pid in pids.items()}
        (busy, _), own, tools = machine_s(), time.process_time(), _children_s()
        async with (
            Capture(capture, f"udp dst port {quiet.rtp_port} or {agi}", callers.all_s + _LATER_S),
            sipp(
                work, did=did, callers=ports, ip=_CALLERS_IP, remote=house.sip, per_s=callers.per_s,
                limit_s=callers.limit_s,
            ) as process,
        ):  # fmt: skip
            busiest = await _wait(process, work / "calls.log", callers, say)
        cpu = {name: cpu_s(pid) - before[name] for name, pid in pids.items()}
        heard = await _heard(sender, ports)
        tools = _children_s() - tools
        others = machine_s()[0] - busy - sum(cpu.values()) - tools - (time.process_time() - own)
        return Load(
            sipp=read_result(work), heard=heard, probe=await measure(capture, quiet.rtp_port), cpu=cpu,
            memory={name: peak_mb(pid) for name, pid in pids.items()}, tools_cpu_s=tools, others_cpu_s=others,
            busiest=busiest, agi_commands=await _agi_commands(capture, house.settings.calls.agi_port),
        )  # fmt: skip


@contextlib.asynccontextmanager
async def _sound(work: Path, host: str, callers: Callers) -> AsyncIterator[tuple[asyncio.subprocess.Process, Any]]:
    """Run `send_sound`; yields it and caller's number -> RTP port."""
    (work / "sound").write_bytes(pickle.dumps(callers.sound))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.send_sound", _CALLERS_IP, str(len(callers.numbers)), host,
        str(work / "sound"), str(work / "calls.log"), str(callers.all_s + _LATER_S),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_LATER_S):
            ports = (await process.stdout.readline()).split()
        if len(ports) != len(callers.numbers):
            raise RuntimeError("the callers' sound did not start; what it said is above")
        yield process, dict(zip(callers.numbers, map(int, ports), strict=True))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _heard(sender: asyncio.subprocess.Process, ports: dict[str, int]) -> Heard:
    """Stop the callers' sound and read what it tells."""
    with contextlib.suppress(ProcessLookupError):
        sender.terminate()
    async with asyncio.timeout(_LATER_S):
        output, _ = await sender.communicate()
    told = json.loads(output)
    rows = {caller: told["callers"][str(port)] for caller, port in ports.items()}
    last_keys = {caller: last_key_at for caller, (_, _, last_key_at) in rows.items() if last_key_at}
    return Heard(told["late_p99_ms"], last_keys, [heard for _, heard, _ in rows.values()])


async def _wait(process: asyncio.subprocess.Process, log: Path, callers: Callers, say: Callable[[str], None]) -> float:
    """Wait until SIPp ends, telling how far it is; return the busiest ten seconds' share of all cores."""
    waiting = asyncio.create_task(process.wait())
    began, busiest = time.monotonic(), 0.0
    busy, there = machine_s()
    try:
        async with asyncio.timeout(callers.all_s + _LATER_S):
            while not waiting.done():
                await asyncio.wait([waiting], timeout=_TELL_EVERY_S)
                (busy_now, there_now), calls = machine_s(), read_log(log)
                share = (busy_now - busy) / max(there_now - there, 0.01)
                busy, there = busy_now, there_now
                busiest = max(busiest, share)
                at_s = time.monotonic() - began
                say(f"  {at_s:4.0f} s: {calls.up} up, {len(calls.ended)} over, cores {share:.0%} busy")
    finally:
        waiting.cancel()
    return busiest


async def _agi_commands(capture: Path, port: int) -> int:
    """Count the commands the service sent: each is one line."""
    rows = await fields(capture, f"tcp.srcport == {port} && tcp.len > 0", "tcp.payload")
    return sum(bytes.fromhex(payload.replace(":", "")).count(b"\n") for (payload,) in rows)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
