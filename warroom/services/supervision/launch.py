"""Starts one part of a stack for the supervisor, or takes over the one that runs already.

    python -I launch.py PARTS NAME

PARTS is the file that `warroom.services.supervision.plan` writes. This process becomes the part, and its output goes to
the part's log by no way through the supervisor. Where an earlier supervisor was killed, its parts go on, Asterisk with
all its calls, and so do their logs: a part that is there is not started a second time. This process then stands for it:
it ends when the part ends, and hands SIGTERM on.

Next to nothing but Python's own library is imported, so that it costs a part no more than some 30 ms to begin.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from pathlib import Path

from warroom.config.folders import append_to

PROC = Path("/proc")


def find(marks: dict[str, list[str]]) -> dict[str, int]:
    """Return by name the process whose command line ends with the words of that name, the oldest of several."""
    found: dict[str, int] = {}
    for pid in sorted(int(name) for name in os.listdir(PROC) if name.isdecimal()):  # noqa: PTH208 - each call counts
        with contextlib.suppress(OSError):  # ended meanwhile
            words = (PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
            for name, mark in marks.items():
                if words[-len(mark) :] == mark:
                    found.setdefault(name, pid)
    return found


def stand_for(pid: int) -> None:
    """Wait until a process has ended; whoever ends us ends it."""
    handle = os.pidfd_open(pid)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: signal.pidfd_send_signal(handle, signal.SIGTERM))
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    waiting.poll()


def main() -> None:
    """Become the part, or stand for it."""
    parts, name = sys.argv[1:]
    part = json.loads(Path(parts).read_text("utf-8"))["parts"][name]
    log = append_to(Path(part["log"]), 0o660)
    os.dup2(log, 1)
    os.dup2(log, 2)
    while pid := find({name: part["mark"]}).get(name):
        sys.stderr.write(f"{name} runs already as process {pid}: taken over\n")
        sys.stderr.flush()
        with contextlib.suppress(ProcessLookupError):  # ended meanwhile
            stand_for(pid)
            return
    if part["ready"]:
        Path(part["ready"]).unlink(missing_ok=True)
    os.execvpe(part["argv"][0], part["argv"], part["environment"])  # noqa: S606 - root's own file says what


if __name__ == "__main__":
    main()
