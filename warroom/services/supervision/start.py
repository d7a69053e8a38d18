"""Starts a stack under supervisord, or takes over the parts of one whose supervisor was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.india import TIME_ZONE
from warroom.config.environment import environment_of
from warroom.config.folders import append_to
from warroom.config.paths import DataDirectory
from warroom.services.stack.ports import check_free, ports_of
from warroom.services.stack.processes import prepare
from warroom.services.stack.rtp_ports import SoundClaim
from warroom.services.stack.running_stack import StackLock
from warroom.services.supervision.parts import SupervisionError
from warroom.services.supervision.plan import write_plan
from warroom.services.supervision.supervisord_client import SupervisordClient
from warroom.services.supervision.supervisord_config import LOG, write_config
from warroom.services.supervision.unsupervised import Unsupervised

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.config.settings import Settings
    from warroom.services.stack.processes import Progress
    from warroom.services.stack.rtp_ports import SoundPorts

ANSWER_TIMEOUT_S: Final = 20.0
"""For supervisord to answer: it takes half a second; on a machine under load, several."""
_POLL_INTERVAL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class StartedStack:
    """A stack that was started just now.

    Attributes:
        supervisor: The process of its supervisor.
        sound: Its ports for sound.
        taken_over: Parts that ran already, with their process ids.
    """

    supervisor: subprocess.Popen[bytes]
    sound: SoundPorts
    taken_over: dict[str, int]


def start(data: Path, settings: Settings, progress: Progress) -> StartedStack:
    """Prepare the data directory and start all parts; return as soon as their supervisor answers.

    The lock of the data directory and the claim on its ports for sound are handed to the supervisor: it holds them
    while it lives, whatever becomes of this process.

    Raises:
        UserError: It runs already, a port is taken, or a stage of the preparation failed; the text says which.
    """
    lock = StackLock(data)
    lock.take()
    sound = SoundClaim(data, settings)
    try:
        running = Unsupervised(data).pids()
        prepare(data, settings, progress, running=running)
        DataDirectory(data).draining.unlink(missing_ok=True)
        ports = ports_of(data, settings)
        check_free(port for port in ports if port.part not in running)
        range_of_sound = sound.take(in_use="asterisk" in running)
        write_plan(data, ports)
        supervisor = _supervise(data, lock, sound)
    finally:
        sound.release()
        lock.release()
    return StartedStack(supervisor, range_of_sound, running)


def _supervise(data: Path, lock: StackLock, sound: SoundClaim) -> subprocess.Popen[bytes]:
    """Start supervisord in a session of its own: no terminal that is closed, and no Ctrl-C, reaches it."""
    config = write_config(data)
    with os.fdopen(append_to(data / "log" / f"{LOG}.log", 0o640), "ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            [sys.executable, "-P", "-m", "warroom.services.supervision.run_supervisord", str(config)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=data, start_new_session=True,
            env={**environment_of(os.environ), "TZ": TIME_ZONE}, pass_fds=(lock.fileno(), sound.fileno()),
        )  # fmt: skip
    try:
        _wait_for_answer(data, process)
    except BaseException:  # Ctrl-C too
        process.terminate()
        raise
    return process


def _wait_for_answer(data: Path, process: subprocess.Popen[bytes]) -> None:
    client, until = SupervisordClient(data), time.monotonic() + ANSWER_TIMEOUT_S
    while not client.answers():
        if process.poll() is not None or time.monotonic() > until:
            raise SupervisionError(f"the supervisor did not start; see {data}/log/{LOG}.log")
        time.sleep(_POLL_INTERVAL_S)
