"""A stack started and stopped by a command, a test or a benchmark."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Self

from warroom.config.folders import append_to, folder, lock_file
from warroom.config.paths import DataDirectory
from warroom.config.settings import load_settings
from warroom.services.readiness.ready_file import ReadyFile
from warroom.services.stack.processes import SERVICES, Process, StackError, environment, processes
from warroom.services.stack.rtp_ports import SoundClaim

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import BufferedReader
    from pathlib import Path

READY_TIMEOUT_S = 60.0  # the slowest start seen took 12 s; a minute leaves room for a busy machine
_STOP_TIMEOUT_S = 10.0  # the service lets calls end for some seconds; then it is killed


class StackLock:
    """Lock of a data directory, held by whoever runs its stack or one of its services.

    Args:
        data: The data directory.
        service: Which one; empty: the whole stack.

    Raises:
        StackError: From `take`, when it runs already, or there can be no lock.
    """

    def __init__(self, data: Path, service: str = "") -> None:
        self._path = data / "run" / (f"lock-{service}" if service else "lock")
        self._what = f"`warroom {service}`" if service else "the stack"
        self._hint = "; stop it first" if service else ": see warroom status; end it with warroom stop"
        self._file: BufferedReader | None = None

    def take(self) -> None:
        """Take the lock; it falls when this process ends, however it ends."""
        try:
            self._path.parent.parent.mkdir(parents=True, exist_ok=True)
            with folder(self._path.parent, make=True):
                pass
            self._file = os.fdopen(lock_file(self._path), "rb")
        except OSError as error:
            where = self._path.parent.parent
            raise StackError(f"data directory: {where}: {error.strerror}; choose another with --data") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.release()
            raise StackError(f"{self._what} of {self._path.parent.parent} is already running{self._hint}") from None

    def fileno(self) -> int:
        """Return the descriptor that holds the lock, for another process to inherit."""
        assert self._file is not None  # noqa: S101 - it was taken
        return self._file.fileno()

    def release(self) -> None:
        """Let go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def taken(self) -> bool:
        """Tell whether somebody runs the stack."""
        if not self._path.exists():
            return False
        try:
            self.take()
        except StackError:
            return True
        self.release()
        return False


class RunningStack:
    """The processes of one data directory, used as `with RunningStack(data) as stack`; output in <data>/log/.

    Args:
        data: Prepared.
        services: Which of our own processes to start.
        ready_limit_s: Seconds each of them has to say that it is ready.

    Raises:
        StackError: On entry, when a process ends at once or the stack is not ready in time.
        RtpPortsError: On entry, when there are no ports for its sound.
    """

    def __init__(
        self, data: Path, *, services: Sequence[str] = SERVICES, ready_limit_s: float = READY_TIMEOUT_S
    ) -> None:
        self._data = data
        self._services = services
        self._limit_s = ready_limit_s
        self._known: dict[str, Process] = {process.name: process for process in processes(data)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = StackLock(data)
        self._sound = SoundClaim(data, load_settings(data))

    def __enter__(self) -> Self:
        """Start all and wait until each service says that it is ready."""
        self._lock.take()
        try:
            self._sound.take()
            for name in ("broker", "asterisk"):
                self.start(name)
            self.start_service(*self._services)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End all."""
        self.close()

    def close(self) -> None:
        """End what runs, the services first so that they can say goodbye to the others."""
        for name in reversed(list(self._running)):
            self.stop(name)
        self._sound.release()
        self._lock.release()

    def start(self, name: str) -> None:
        """Start one process; its output goes to <data>/log/<name>.log."""
        with os.fdopen(append_to(self._data / "log" / f"{name}.log", 0o660), "ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - the command is ours
                self._known[name].argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=environment(self._data, name), cwd=self._data, start_new_session=True,
            )  # fmt: skip

    def start_service(self, *names: str) -> None:
        """Start services, `serve` unless told, all at once, and wait until each says that it is ready."""
        ready = {name: ReadyFile(DataDirectory(self._data).ready(name)) for name in names or ("serve",)}
        for name, file in ready.items():
            file.clear()
            self.start(name)
        for name, file in ready.items():
            if not file.wait(self._limit_s, self.all_alive):
                raise StackError(self._why_not_ready(name))

    def all_alive(self) -> bool:
        """Tell whether no process of the stack has ended."""
        return all(process.poll() is None for process in self._running.values())

    def runs(self, name: str) -> bool:
        """Tell whether a part was started here and not ended."""
        return name in self._running

    def pid(self, name: str) -> int:
        """Return the process id of a running part."""
        return self._running[name].pid

    def send(self, name: str, what: signal.Signals) -> None:
        """Send a signal to one part (SIGSTOP freezes it, SIGCONT lets it go on)."""
        self._running[name].send_signal(what)

    def stop(self, name: str, what: signal.Signals = signal.SIGTERM) -> None:
        """End one part and wait for it; kill it when it does not go."""
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(what)
            process.send_signal(signal.SIGCONT)  # a frozen process must wake up to end
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self, name: str) -> str:
        """Return all output of one part so far."""
        return (self._data / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def _why_not_ready(self, waited_for: str) -> str:
        for name, process in self._running.items():
            if process.poll() is not None:
                last = (self.log(name).strip().splitlines() or ["no output"])[-1]
                return f"{name}: ended with code {process.returncode}: {last}; all of it: {self._data}/log/{name}.log"
        return f"{waited_for}: not ready within {self._limit_s:.0f} s; see {self._data}/log/, or run: warroom doctor"
