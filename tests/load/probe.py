"""One quiet call beside the load, measured packet by packet on the wire with tshark."""

from __future__ import annotations

import asyncio
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CLOCK = 8000  # RTP ticks a second of A-law
_START_LIMIT_S = 30.0  # tshark starts in about two seconds on an idle machine
_STOP_LIMIT_S = 15.0


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """How the exchange's sound reached one caller.

    Attributes:
        packets: Packets received.
        lost: Sequence numbers that never came.
        jitter_mean_ms: Mean of the running interarrival jitter of RFC 3550 6.4.1.
        gap_p99_ms: 99th percentile of the time between two packets.
    """

    packets: int
    lost: int
    jitter_mean_ms: float
    gap_p99_ms: float


class Capture:
    """tshark on the loopback for what a filter lets through; used as `async with Capture(file, filter, limit_s)`."""

    def __init__(self, file: Path, what: str, limit_s: float) -> None:
        self._file = file
        self._options = ("-i", "lo", "-f", what, "-a", f"duration:{limit_s:.0f}", "-w", str(file))

    async def __aenter__(self) -> None:
        """Start, and wait until tshark says that it captures."""
        self._process = await asyncio.create_subprocess_exec(
            "tshark", *self._options,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert self._process.stderr is not None
            async with asyncio.timeout(_START_LIMIT_S):
                said = b""
                while b"Capturing on" not in said:
                    said = await self._process.stderr.readuntil()
        except asyncio.IncompleteReadError as error:
            await self.__aexit__()
            raise RuntimeError(f"tshark does not capture: {error.partial.decode()}") from None
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Stop and let tshark write its file."""
        if self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_LIMIT_S):
                await self._process.communicate()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def measure(file: Path, port: int) -> ProbeResult:
    """Read a capture and compute loss, jitter and gaps of the sound to a UDP port."""
    rows = await fields(
        file, f"rtp && udp.dstport == {port}", "frame.time_epoch", "rtp.seq", "rtp.timestamp",
        options=("-d", f"udp.port=={port},rtp"),
    )  # fmt: skip
    return compute([(float(at), int(sequence), int(stamp)) for at, sequence, stamp in rows])


async def fields(file: Path, what: str, *names: str, options: tuple[str, ...] = ()) -> list[list[str]]:
    """Return some fields of the packets of a capture that a display filter lets through."""
    process = await asyncio.create_subprocess_exec(
        "tshark", "-r", str(file), *options, "-Y", what, "-T", "fields", *(f"-e{name}" for name in names),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    output, _ = await process.communicate()
    return [line.split("\t") for line in output.decode().splitlines()]


def compute(rows: list[tuple[float, int, int]]) -> ProbeResult:
    """Compute from (arrival in s, sequence number, RTP timestamp), in order of arrival."""
    if len(rows) < 2:
        raise ValueError("the probe call received no sound")
    jitter, jitters, gaps = 0.0, [], []
    seen = {rows[0][1]}
    for (before, _, stamp_before), (at, sequence, stamp) in itertools.pairwise(rows):
        gaps.append((at - before) * 1000)
        difference = abs((at - before) - (stamp - stamp_before) / _CLOCK)
        jitter += (difference - jitter) / 16
        jitters.append(jitter * 1000)
        seen.add(sequence)
    expected = (rows[-1][1] - rows[0][1]) % 65536 + 1
    return ProbeResult(len(rows), max(0, expected - len(seen)), sum(jitters) / len(jitters), percentile(gaps, 99))


def percentile(values: list[float], percent: float) -> float:
    """Return the nearest-rank percentile; 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
