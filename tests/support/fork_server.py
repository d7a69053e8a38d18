"""Runs `warroom` as a fork of a process that has imported what its commands and services need.

A command or a service that a test starts so is the program itself, in a process of its own with its own user, files,
environment and exit code; only the second of CPU for its imports is spent once instead of each time. What is about the
start itself (`warroom up`, the wheel, users and limits of the services) is tested under `real_starts`, or with
`python -m warroom`, which is always started anew.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import inspect
import json
import os
import pwd
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMAND: Final = str(Path(sys.executable).with_name("warroom"))
_PROJECT: Final = Path(__file__).parents[2]
_IMPORTED: Final = (
    "warroom.services.calls", "warroom.services.http", "warroom.services.transcription",
    "warroom.services.intake_channels", "typer", "rich.console", "rich.progress", "rich.table", "rich.text",
)  # fmt: skip
"""Not `warroom.cli`: it looks at its environment when it is imported."""
_AS_SERVICE: Final = ["-P", "-m", "warroom"]
"""How `warroom.services.stack.processes` starts a service, behind the prefix that gives it its user and limits."""
_REQUEST_BYTES: Final = 1 << 17
_DUMPABLE, _SUBREAPER, _NO_NEW_PRIVS = 4, 36, 38  # prctl(2)
_POPEN: Final = subprocess.Popen
_PARAMETERS: Final = tuple(inspect.signature(_POPEN._execute_child).parameters)[1:]  # type: ignore[attr-defined]


class _State:
    """What this process has of it."""

    lock = threading.Lock()
    line: socket.socket | None = None
    real = False


def install() -> None:
    """From now on `subprocess` and asyncio fork for `warroom`, and start every other program as ever."""
    subprocess.Popen = _ForkingPopen  # type: ignore[misc]


@contextlib.contextmanager
def real_starts() -> Iterator[None]:
    """Start all programs anew for the time of the block."""
    _State.real = True
    try:
        yield
    finally:
        _State.real = False


class _ForkingPopen(_POPEN):  # type: ignore[type-arg]
    def _execute_child(self, *how: Any) -> None:
        named = dict(zip(_PARAMETERS, how, strict=True))
        argv = [os.fspath(word) for word in named["args"]] if isinstance(named["args"], (list, tuple)) else []
        service = argv[:1] == ["sh"] and argv[-6:-3] == _AS_SERVICE
        if _State.real or not (service or (argv[:1] == [COMMAND] and named["cwd"] is None)):
            super()._execute_child(*how)  # type: ignore[misc]
            return
        cwd, env = os.fspath(named["cwd"] or Path.cwd()), dict(named["env"] or os.environ)
        wanted = (named["p2cread"], 0), (named["c2pwrite"], 1), (named["errwrite"], 2)
        try:
            files = [own if file == -1 else file for file, own in wanted]
            self.pid = _fork({"argv": argv, "service": service, "cwd": cwd, "env": env}, files)
            self._child_created = True
        finally:
            self._close_pipe_fds(*how[_PARAMETERS.index("p2cread") : _PARAMETERS.index("errwrite") + 1])  # type: ignore[attr-defined]


def _fork(request: dict[str, object], files: Sequence[int]) -> int:
    """Return the id of a new process, a child of this one."""
    with _State.lock:
        line = _State.line = _State.line or _start_server()
        socket.send_fds(line, [json.dumps(request).encode()], files)
        return int(line.recv(64))


def _start_server() -> socket.socket:
    _prctl(_SUBREAPER)  # a process whose parent has ended becomes ours, and we can wait for it
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _REQUEST_BYTES)
    with theirs:
        server = _POPEN(
            [sys.executable, "-P", "-m", "tests.support.fork_server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(_PROJECT)},
        )
    atexit.register(server.wait)
    atexit.register(ours.close)  # at which it ends
    return ours


def _serve(line: socket.socket) -> None:
    """Fork for each request, until the other side ends."""
    gc.disable()
    for module in _IMPORTED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what is shared by all is never written to
    gc.enable()
    while True:
        request, files, _, _ = socket.recv_fds(line, _REQUEST_BYTES, 3)
        if not request:
            return
        told, tell = os.pipe()
        if (between := os.fork()) == 0:
            if (child := os.fork()) == 0:
                line.close()
                os.close(told)
                os.close(tell)
                _run(json.loads(request), files)
            os.write(tell, str(child).encode())
            os._exit(0)
        os.close(tell)
        for file in files:
            os.close(file)
        os.waitpid(between, 0)  # now the child is pytest's
        line.send(os.read(told, 64))
        os.close(told)


def _run(request: dict[str, Any], files: Sequence[int]) -> NoReturn:
    """Be the program."""
    code: object = 1
    try:
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
        for file in files:
            if file > len(files) - 1:
                os.close(file)
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
            for number, mode in enumerate(("r", "w", "w"))
        )
        sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        time.tzset()
        argv = request["argv"]
        if request["service"]:
            _become_service(argv)
            argv = argv[argv.index("warroom") :]
        sys.argv = argv
        from warroom.cli.main import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:  # noqa: BLE001 - whatever it is, as Python does it
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def _become_service(argv: list[str]) -> None:
    """Do what the prefix of a service's command does."""
    nice = argv[3]
    os.umask(0o027)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(nice, encoding="ascii")
    os.nice(int(nice))
    users = [word.partition("=")[2] for word in argv if word.startswith("--reuid=")]
    for user in users:
        entry = pwd.getpwnam(user)
        os.setgroups(os.getgrouplist(user, entry.pw_gid))
        os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
        os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
        _prctl(_NO_NEW_PRIVS)
        _prctl(_DUMPABLE)  # as after an exec


def _prctl(option: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, 1, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
