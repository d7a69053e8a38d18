"""SIP messages of one telephone number, recorded for a while by dumpcap and tshark.

dumpcap takes what goes through our SIP port, no sound; tshark keeps of it the messages that name the number, and
forgets the others. Both end by themselves. What is encrypted (TLS) cannot be read.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from router.clock import MICROSECONDS
from router.india import local
from router.storage.repositories.citizen_repository import digits_of
from warroom.cli.common import CommandError
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from router.storage.repositories.calls.call_log_repository import LoggedCall

MAX_BYTES: Final = 20_000_000
"""Of one file: some 20,000 messages, which no caller sends in an hour unless he means harm."""
MAX_FILES: Final = 10
"""Kept: the oldest goes when another is begun."""
START_TIMEOUT_S: Final = 10.0
"""Until dumpcap says that it captures; it needs a second on a busy machine."""
STOP_TIMEOUT_S: Final = 10.0
"""Until tshark has written its last message."""
READ_TIMEOUT_S: Final = 60.0
"""To read a file of the largest size."""
POLL_INTERVAL_S: Final = 0.1
AROUND_S: Final = 5.0
"""What belongs to a call before the channel was there and after it was gone: INVITE, BYE and their answers."""
_STARTED: Final = "File: -"
_FIELDS: Final = ("frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "sip.Request-Line", "sip.Status-Line")


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture that was begun.

    Attributes:
        phone: The number, E.164.
        until: When it ends by itself, ISO 8601 in UTC.
        file: Where the messages are.
        dumpcap: Its process.
        tshark: Its process.
    """

    phone: str
    until: str
    file: str
    dumpcap: int
    tshark: int

    @property
    def runs(self) -> bool:
        """Whether it goes on."""
        return _is(self.dumpcap, "dumpcap") or _is(self.tshark, "tshark")

    @property
    def end(self) -> str:
        """When it ends, as people read it."""
        return f"{local(datetime.fromisoformat(self.until)):%H:%M IST}"


def start(data: Path, phone: str, port: int, minutes: int) -> Capture:
    """Begin to record the messages that name a number; returns once they are recorded.

    Args:
        data: The data directory.
        phone: E.164.
        port: Our SIP port.
        minutes: After which it ends.

    Raises:
        CommandError: it cannot be; the text says why and what to do.
    """
    if os.geteuid() != 0:
        raise CommandError("capture: only root may read the network; run this as root")
    running = current(data)
    if running and running.runs:
        raise CommandError(f"{running.phone} is recorded until {running.end}; first: warroom calls capture stop")
    programs = [_program("dumpcap"), _program("tshark")]
    folder = DataDirectory(data).captures
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in sorted(folder.glob("*.pcapng"), key=lambda path: path.stat().st_mtime)[: -MAX_FILES + 1]:
        old.unlink()
    now = datetime.now(UTC)
    file = folder / f"{phone.removeprefix('+')}-{now:%Y%m%dT%H%M%SZ}.pcapng"
    log = folder / "log"
    ends = f"duration:{minutes * 60}"
    take = [programs[0], "-i", "any", "-q", "-f", f"port {port}", "-a", ends, "-w", "-"]
    names = f'sip && frame contains "{digits_of(phone)}"'
    sift = [programs[1], "-n", "-r", "-", *_as_sip(port), "-Y", names, "-w", str(file)]
    os.umask(0o077)
    with log.open("wb") as told:
        dumpcap = subprocess.Popen(  # noqa: S603
            take, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told, start_new_session=True
        )
        tshark = subprocess.Popen(  # noqa: S603
            sift, stdin=dumpcap.stdout, stdout=told, stderr=told, start_new_session=True
        )
    resource.prlimit(tshark.pid, resource.RLIMIT_FSIZE, (MAX_BYTES, MAX_BYTES))
    until = datetime.fromtimestamp(now.timestamp() + minutes * 60, UTC)
    capture = Capture(phone, until.isoformat(), str(file), dumpcap.pid, tshark.pid)
    deadline = time.monotonic() + START_TIMEOUT_S
    while _STARTED not in log.read_text("utf-8", "replace"):
        if dumpcap.poll() is not None or tshark.poll() is not None or time.monotonic() > deadline:
            dumpcap.kill()
            why = " ".join(log.read_text("utf-8", "replace").split()[-30:])
            raise CommandError(f"capture: dumpcap does not record: {why or 'no word in time'}")
        time.sleep(POLL_INTERVAL_S)
    _note(data).write_text(json.dumps(asdict(capture)), "utf-8")
    return capture


def stop(data: Path) -> Capture | None:
    """End the capture; return it, or None when none was begun.

    Raises:
        CommandError: it does not end.
    """
    capture = current(data)
    if capture is None:
        return None
    deadline = time.monotonic() + STOP_TIMEOUT_S
    if _is(capture.dumpcap, "dumpcap"):
        os.kill(capture.dumpcap, signal.SIGTERM)
    while capture.runs:
        if time.monotonic() > deadline:
            raise CommandError(f"capture: tshark (process {capture.tshark}) does not end; see: ps -fp {capture.tshark}")
        time.sleep(POLL_INTERVAL_S)
    _note(data).unlink()
    return capture


def current(data: Path) -> Capture | None:
    """Return the capture begun last, if it was not stopped."""
    try:
        return Capture(**json.loads(_note(data).read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def messages_of(data: Path, call: LoggedCall, port: int) -> list[str]:
    """Return the SIP messages of a call that were recorded, one a line, oldest first.

    Raises:
        CommandError: tshark is not there, or cannot read a file.
    """
    digits = digits_of(call.caller or "")
    found: list[str] = []
    for file in sorted(DataDirectory(data).captures.glob("*.pcapng")):
        if digits and digits in file.name.partition("-")[0]:
            found += _read(file, call, port)
    return found


def forget(data: Path, phone: str) -> int:
    """Delete the recorded messages of a number; return how many files."""
    files = list(DataDirectory(data).captures.glob(f"{phone.removeprefix('+')}-*.pcapng"))
    for file in files:
        file.unlink()
    return len(files)


def _read(file: Path, call: LoggedCall, port: int) -> list[str]:
    last = call.ended / MICROSECONDS if call.ended is not None else time.time()
    span = f"frame.time_epoch >= {call.arrived / MICROSECONDS - AROUND_S} && frame.time_epoch <= {last + AROUND_S}"
    fields = [word for field in _FIELDS for word in ("-e", field)]
    wanted = [_program("tshark"), "-n", "-r", str(file), *_as_sip(port), "-Y", span, "-T", "fields", *fields]
    ended = subprocess.run(wanted, capture_output=True, text=True, timeout=READ_TIMEOUT_S, check=False)  # noqa: S603
    lines = [line.split("\t") for line in ended.stdout.splitlines()]
    return [_message(*values) for values in lines if len(values) == len(_FIELDS)]


def _message(at: str, source: str, source6: str, to: str, to6: str, request: str, status: str) -> str:
    clock = local(datetime.fromtimestamp(float(at), UTC))
    return f"{clock:%H:%M:%S.%f} {source or source6} -> {to or to6} {request or status}"


def _as_sip(port: int) -> list[str]:
    return ["-d", f"udp.port=={port},sip", "-d", f"tcp.port=={port},sip"]


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise CommandError(f"{name} is not installed; as root: apt-get install tshark")
    return path


def _is(process: int, name: str) -> bool:
    with contextlib.suppress(OSError):
        comm = Path(f"/proc/{process}/comm").read_text("utf-8").strip()
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
        return comm == name and state != "Z"
    return False


def _note(data: Path) -> Path:
    return DataDirectory(data).captures / "running.json"
