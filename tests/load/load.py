"""One load: N callers through one number of the exchange, and what was measured meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import resource
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tests.load.probe import Capture, ProbeResult, fields, measure
from tests.load.sipp import START_LIMIT_S, CallLog, SippResult, read_log, read_result, sipp
from tests.load.usage import as_other_machines, cpu_s, machine_s, peak_mb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.live.conftest import LiveStack
    from tests.load.caller_sound import CallerSound

_PARTS = ("asterisk", "serve", "broker", "board")  # the last one only where a bench has screens
_CALLERS_IP, _PROBE_IP = "127.0.1.181", "127.0.1.99"  # both are the test trunk
_TELL_EVERY_S = 10.0
_LATER_S = 30.0  # what helpers of a load may outlast it, before they end by themselves


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, which number, and what is to be heard from there."""

    number: str
    did: str
    sound: CallerSound


@dataclass(frozen=True, slots=True)
class Callers:
    """Calls that are placed one after the other.

    Attributes:
        calls: The callers.
        per_s: New calls a second.
        limit_s: The longest a call may last.
        at_once: So many are up at the same time, and the next one waits until one is over; None: all of them.
        hold_s: Seconds after which no more are placed; None: when all have been.
    """

    calls: list[Caller]
    per_s: float
    limit_s: float
    at_once: int | None = None
    hold_s: float | None = None

    @property
    def all_s(self) -> float:
        """The longest all calls may take together."""
        placing = len(self.calls) / self.per_s if self.hold_s is None else self.hold_s
        return placing + self.limit_s + START_LIMIT_S


@dataclass(frozen=True, slots=True)
class Heard:
    """What the callers' sound came to.

    Attributes:
        late_p99_ms: How late packets left.
        last_key_at: Caller's number -> when its last key ended, in seconds since the epoch.
        packets: Caller's number -> packets heard, of those who spoke.
    """

    late_p99_ms: float
    last_key_at: dict[str, float]
    packets: dict[str, int]


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured.

    Attributes:
        sipp: The calls.
        storm: Those of the storm, if there was one.
        heard: Their sound.
        probe: The quiet call beside them.
        cpu: Part -> CPU seconds it used.
        memory: Part -> its largest resident memory so far, in MB.
        tools_cpu_s: CPU seconds of SIPp, the callers' sound and the capture.
        others_cpu_s: CPU seconds of all else on the machine: if it is much, measure again.
        busiest: Largest busy share of all cores in ten seconds, 0 to 1.
        agi_commands: FastAGI commands of all calls.
        channels: Most channels of Asterisk at a time.
    """

    sipp: SippResult
    storm: SippResult | None
    heard: Heard
    probe: ProbeResult
    cpu: dict[str, float]
    memory: dict[str, float]
    tools_cpu_s: float
    others_cpu_s: float
    busiest: float
    agi_commands: int
    channels: int

    @property
    def log(self) -> CallLog:
        """All calls, the storm's too."""
        return self.sipp.log | self.storm.log if self.storm else self.sipp.log

    @property
    def answered(self) -> dict[str, float]:
        """All callers who were answered, and when."""
        return self.log.answered

    @property
    def placed(self) -> int:
        """All calls begun."""
        return self.sipp.placed + (self.storm.placed if self.storm else 0)

    @property
    def failed(self) -> int:
        """All calls that ended otherwise than they should."""
        return self.sipp.failed + (self.storm.failed if self.storm else 0)


async def run_load(
    stack: LiveStack,
    work: Path,
    callers: Callers,
    probe_did: str,
    say: Callable[[str], None],
    storm: Callers | None = None,
) -> Load:
    """Place the calls, wait until all are over, and measure.

    Args:
        stack: The exchange.
        work: A folder yet to be made, for what is written.
        callers: The calls.
        probe_did: The number that plays a long sound.
        say: Told how far it is.
        storm: Calls that come on top, once no more of the others are placed.

    Raises:
        SippError, RuntimeError, TimeoutError: A part of the load did not run.
    """
    waves = [wave for wave in (callers, storm) if wave is not None]
    folders = [work / f"wave-{which}" for which in range(len(waves))]
    for folder in folders:
        folder.mkdir(parents=True)
    all_s = sum(wave.all_s for wave in waves)
    pids = {name: stack.processes.pid(name) for name in _PARTS if stack.processes.runs(name)}
    capture = work / "capture.pcapng"
    agi = f"tcp src port {stack.settings.calls.agi_port}"
    async with contextlib.AsyncExitStack() as exits:
        exits.enter_context(as_other_machines())
        sender, ports = await exits.enter_async_context(_sound(work, stack.sip[0], waves, folders, all_s))
        quiet = await exits.enter_async_context(stack.call(probe_did, local_ip=_PROBE_IP))
        before = {name: cpu_s(pid) for name, pid in pids.items()}
        (busy, _), own, tools = machine_s(), time.process_time(), _children_s()
        async with Capture(capture, f"udp dst port {quiet.rtp_port} or {agi}", all_s + _LATER_S):
            watch = Watch(stack, [folder / "calls.log" for folder in folders], say)
            async with asyncio.timeout(all_s + _LATER_S), watch:
                await _place(stack, waves, folders, ports)
        cpu = {name: cpu_s(pid) - before[name] for name, pid in pids.items()}
        heard = await _heard(sender, ports)
        tools = _children_s() - tools
        others = machine_s()[0] - busy - sum(cpu.values()) - tools - (time.process_time() - own)
        results = [read_result(folder) for folder in folders]
        return Load(
            sipp=results[0], storm=results[1] if storm else None, heard=heard,
            probe=await measure(capture, quiet.rtp_port), cpu=cpu,
            memory={name: peak_mb(pid) for name, pid in pids.items()}, tools_cpu_s=tools, others_cpu_s=others,
            busiest=watch.busiest, agi_commands=await _agi_commands(capture, stack.settings.calls.agi_port),
            channels=watch.channels,
        )  # fmt: skip


async def _place(stack: LiveStack, waves: list[Callers], folders: list[Path], ports: dict[str, int]) -> None:
    """Place each wave when the one before has had its time; return when all calls are over."""
    async with contextlib.AsyncExitStack() as exits:
        placing = []
        for wave, folder in zip(waves, folders, strict=True):
            calls = [(caller.number, ports[caller.number], caller.did) for caller in wave.calls]
            process = await exits.enter_async_context(sipp(
                folder, calls=calls, ip=_CALLERS_IP, remote=stack.sip, per_s=wave.per_s,
                at_once=wave.at_once or len(calls), limit_s=wave.limit_s, run_s=wave.all_s,
            ))  # fmt: skip
            placing.append(process)
            if wave.hold_s is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), wave.hold_s)
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGUSR1)  # SIPp: place no more, end with the last that is up
        for process in placing:
            await process.wait()


@contextlib.asynccontextmanager
async def _sound(
    work: Path, host: str, waves: list[Callers], folders: list[Path], all_s: float
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, int]]]:
    """Run `send_sound`; yields it and caller's number -> RTP port."""
    callers = [caller for wave in waves for caller in wave.calls]
    (work / "sounds").write_bytes(pickle.dumps([caller.sound for caller in callers]))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.send_sound", _CALLERS_IP, host, str(work / "sounds"), str(all_s + _LATER_S),
        *(str(folder / "calls.log") for folder in folders),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_LATER_S):
            ports = (await process.stdout.readline()).split()
        if len(ports) != len(callers):
            raise RuntimeError("the callers' sound did not start; what it said is above")
        yield process, {caller.number: int(port) for caller, port in zip(callers, ports, strict=True)}
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
    return Heard(told["late_p99_ms"], last_keys, {caller: heard for caller, (sent, heard, _) in rows.items() if sent})


class Watch:
    """Looks at the calls, the channels and the cores again and again while its block runs, and tells how far it is.

    Attributes:
        busiest: Largest busy share of all cores between two looks.
        channels: Most channels of Asterisk at a look.
    """

    def __init__(self, stack: LiveStack, logs: list[Path], say: Callable[[str], None]) -> None:
        self._stack = stack
        self._logs = logs
        self._say = say
        self.busiest = 0.0
        self.channels = 0

    async def __aenter__(self) -> Self:
        """Begin to look."""
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Look no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self) -> None:
        began = time.monotonic()
        busy, there = machine_s()
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            (busy_now, there_now), calls = machine_s(), [read_log(log) for log in self._logs if log.exists()]
            share = (busy_now - busy) / max(there_now - there, 0.01)
            busy, there = busy_now, there_now
            self.busiest = max(self.busiest, share)
            console = await asyncio.to_thread(self._stack.asterisk, "core show channels count")
            channels = int(console.split()[0])
            self.channels = max(self.channels, channels)
            up, over, refused = (sum(log.up for log in calls), sum(len(log.ended) for log in calls),
                                 sum(len(log.refused) for log in calls))  # fmt: skip
            self._say(
                f"  {time.monotonic() - began:4.0f} s: {up} up, {over} over, {refused} refused, {channels} channels, "
                f"cores {share:.0%} busy"
            )


async def _agi_commands(capture: Path, port: int) -> int:
    """Count the commands the service sent: each is one line."""
    rows = await fields(capture, f"tcp.srcport == {port} && tcp.len > 0", "tcp.payload")
    return sum(bytes.fromhex(payload.replace(":", "")).count(b"\n") for (payload,) in rows)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
