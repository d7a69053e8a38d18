"""The text of the units: one of each part, one that prepares the data directory, and the target that wants them all.

See systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.resource-control(5); written for systemd 252, which
Debian 12 has.
"""

from __future__ import annotations

import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from router.india import TIME_ZONE
from warroom.config.folders import ASTERISK_USER, BROKER_USER, SERVICE_USER
from warroom.config.open_files import FILES_WANTED
from warroom.config.paths import PROMPT_CACHE
from warroom.services.stack.processes import SERVICES, processes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from warroom.services.stack.processes import Process

TARGET: Final = "warroom.target"
PREPARE: Final = "warroom-prepare.service"
ENVIRONMENT: Final = "/etc/default/warroom"
"""Settings as variables, WARROOM_…, for admins who want them there; need not exist."""
WATCHDOG_S: Final = 30
"""An event loop that hangs for so long has lost its callers; one under the worst load seen was late by two seconds."""
START_S: Final = 300
"""A service waits for the store's gate; a first start speaks some 550 prompts."""
STOP_S: Final = 20
"""Calls in progress get 5 s; a request, as long."""
MAX_BACKOFF_S: Final = 30
GRADUAL: Final = 254
"""The version of systemd from which on restarts may come more and more slowly."""


class Share(NamedTuple):
    """Who comes first on a full machine, and who is ended last when memory runs out.

    Attributes:
        cpu: CPUWeight. `serve` needs little and all calls wait for it; Asterisk, late, plays more slowly.
            `api` answers WhatsApp, which delivers again what is not answered at once.
        oom: OOMScoreAdjust.
    """

    cpu: int
    oom: int


SHARES: Final[Mapping[str, Share]] = MappingProxyType(
    {
        "broker": Share(300, -700),
        "asterisk": Share(500, -900),
        "serve": Share(1000, -800),
        "api": Share(200, 0),
        "board": Share(200, -100),
        "transcribe": Share(10, 500),
    }
)

_HARDENING: Final = """\
UMask=0027
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
KeyringMode=private
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
DevicePolicy=closed
LimitCORE=0
"""


def unit_name(part: str) -> str:
    """Return the name of a part's unit."""
    return f"warroom-{part}.service"


def render_units(data: Path, version: int) -> dict[str, str]:
    """Return all units by file name.

    Args:
        data: The data directory, absolute.
        version: Of systemd.
    """
    parts = {process.name: process for process in processes(data)}
    return {
        TARGET: _target(parts),
        PREPARE: _prepare(data, parts),
        **{unit_name(name): _part(process, data, version) for name, process in parts.items()},
    }


def _target(parts: Mapping[str, Process]) -> str:
    wanted = " ".join(unit_name(name) for name in parts)
    return f"""\
[Unit]
Description=war room: telephone exchange
Wants={PREPARE} {wanted}

[Install]
WantedBy=multi-user.target
"""


def _prepare(data: Path, parts: Mapping[str, Process]) -> str:
    """It holds the lock of the data directory and its ports for sound, so that it stays while the parts run."""
    before = " ".join(unit_name(name) for name in parts)
    return f"""\
[Unit]
Description=war room: data directory
PartOf={TARGET}
Before={before}
Wants=network-online.target
After=network-online.target postgresql.service
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={_ours(data)} service hold
EnvironmentFile=-{ENVIRONMENT}
Restart=always
RestartSec=5
TimeoutStartSec={START_S}
CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_SETUID CAP_SETGID
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
ReadWritePaths={data} -{PROMPT_CACHE.parent}
LimitNOFILE={FILES_WANTED}
{_HARDENING}SystemCallFilter=~@resources
"""


def _part(process: Process, data: Path, version: int) -> str:
    name, share = process.name, SHARES[process.name]
    ours = name in SERVICES
    command = f"{_ours(data)} {name}" if ours else " ".join(process.program)
    user, group = {"broker": (BROKER_USER, BROKER_USER), "asterisk": (ASTERISK_USER, "warroom")}.get(
        name, (SERVICE_USER, "warroom")
    )
    after = " ".join((PREPARE, *(unit_name(one) for one in ("broker", "asterisk") if ours)))
    gradual = f"RestartSteps=8\nRestartMaxDelaySec={MAX_BACKOFF_S}\n" if version >= GRADUAL else ""
    watchdog = f"WatchdogSec={WATCHDOG_S}\nEnvironmentFile=-{ENVIRONMENT}\n" if ours else ""
    netlink = " AF_NETLINK" if name == "asterisk" else ""  # it lists the machine's addresses
    return f"""\
[Unit]
Description=war room: {name}
PartOf={TARGET}
After={after}
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command}
User={user}
Group={group}
WorkingDirectory={data}
Environment=TZ={TIME_ZONE}
Restart=always
RestartSec=1
{gradual}{watchdog}TimeoutStartSec={START_S}
TimeoutStopSec={STOP_S}
KillMode=mixed
CPUWeight={share.cpu}
OOMScoreAdjust={share.oom}
LimitNOFILE={FILES_WANTED}
CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6{netlink}
ReadWritePaths={data}
{_HARDENING}"""


def _ours(data: Path) -> str:
    return f"{sys.executable} -P -m warroom --data {data}"


def render_tmpfiles(data: Path) -> str:
    """Return the file for tmpfiles.d(5): folders that must be there, and are never cleaned."""
    return f"""\
# Written by `warroom service install`.
d {PROMPT_CACHE.parent} 0755 root root -
d {PROMPT_CACHE} 0755 root root -
d {data} 0755 root root -
x {data}
"""


def render_logrotate(data: Path, asterisk: str) -> str:
    """Return the file for logrotate(8): Asterisk's logs. The journal bounds the output of the parts.

    The service too begins a log of 64 MB anew, as .1: so these have the day in their names.
    """
    log, config = data / "asterisk-log", data / "asterisk" / "asterisk.conf"
    return f"""\
# Written by `warroom service install`. CDR and CEL are rotated by the service.
{log}/messages {log}/security {{
    su {ASTERISK_USER} warroom
    daily
    rotate 14
    dateext
    dateformat -%Y%m%d-%s
    compress
    delaycompress
    missingok
    notifempty
    sharedscripts
    postrotate
        {asterisk} -C {config} -rx "logger reload" >/dev/null 2>&1 || true
    endscript
}}
"""
