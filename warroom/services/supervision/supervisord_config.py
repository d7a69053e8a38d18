"""The configuration of supervisord: which parts it runs, its own log and its own socket."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Final

from warroom.config.folders import ROOT, replace_file
from warroom.config.paths import DataDirectory
from warroom.services.supervision import launch
from warroom.services.supervision.plan import NAMES, PARTS

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: Final = "supervisord.conf"
SOCKET: Final = "sock"
"""A short name: supervisord adds its process id to it for a moment, and a socket's name has 107 bytes."""
LOG: Final = "supervisor"
"""Name of supervisord's own log, beside those of the parts."""
LOG_BYTES: Final = 1024 * 1024
LOG_BACKUPS: Final = 4
"""Years of ordinary work. The output of the parts goes to files of their own: see `launch`."""
START_S: Final = 5
"""A part that ends within this time failed to start: the next try waits, longer each time."""
MAX_BACKOFF_S: Final = 30
"""The longest of these waits: a part whose trouble is mended is back within this time."""
STOP_S: Final = 15
"""For a part to end by itself, then it is killed: calls in progress get 5 s, Asterisk needs one."""


def write_config(data: Path) -> Path:
    """Write the file, and return its path."""
    path = DataDirectory(data).supervisor / CONFIG
    replace_file(path, render(data), ROOT)
    return path


def render(data: Path) -> str:
    """Return its text. No TCP port is opened: the socket is the only way in, and root's alone."""
    folder, log = DataDirectory(data).supervisor, data / "log"
    user = "user = root\n" if os.geteuid() == 0 else ""
    head = f"""\
; Written at each start of `warroom up`.
[supervisord]
nodaemon = true
silent = true
identifier = warroom
umask = 027
{user}pidfile = {folder}/pid
logfile = {log}/{LOG}.log
logfile_maxbytes = {LOG_BYTES}
logfile_backups = {LOG_BACKUPS}

[unix_http_server]
file = {folder}/{SOCKET}
chmod = 0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_program(name, number, data) for number, name in enumerate(NAMES, 1))


def _program(name: str, number: int, data: Path) -> str:
    parts = DataDirectory(data).supervisor / PARTS
    command = shlex.join([sys.executable, "-I", launch.__file__, str(parts), name]).replace("%", "%%")
    return f"""
[program:{name}]
command = {command}
directory = {data}
priority = {number}
autorestart = true
startsecs = {START_S}
startretries = {2 * MAX_BACKOFF_S}
stopwaitsecs = {STOP_S}
redirect_stderr = true
stdout_logfile = NONE
"""
