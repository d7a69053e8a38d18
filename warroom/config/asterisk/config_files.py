"""Writes Asterisk's configuration: copies ``asterisk_conf/``, and generates what depends on settings.

``<data>/asterisk/`` holds copies of ``asterisk_conf/*.conf``, ``asterisk.conf``, ``generated/`` (written anew each
time) and ``local/``, which is the admin's own and never touched. The files of ``asterisk_conf/`` say which generated
file stands where.
"""

from __future__ import annotations

import dataclasses
import hmac
import importlib.resources
import ipaddress
import os
import pwd
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agi import dialplan
from agi.trunks.did_patterns import dialled_patterns
from recordings.settings import RecordingRetentionDays
from router.errors import UserError
from warroom.config.folders import ASTERISK_USER, folder, names, own_folder, replace_file
from warroom.config.open_files import open_files
from warroom.config.paths import DataDirectory
from warroom.config.secrets import test_mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.settings import CallSettings

MIN_VERSION: Final = 20
"""Oldest Asterisk the configuration is written for."""

VERSION_TIMEOUT_S: Final = 10.0
"""`asterisk -V` takes milliseconds; on a machine that swaps, seconds."""

SOCKET_NAME_LIMIT: Final = 107
"""Bytes in the name of a Unix socket (sun_path of Linux, unix(7))."""

OPUS: Final = ("codec_opus_open_source.so", "codec_opus.so")
"""Modules that code Opus: Debian's, and the one of Asterisk's makers; an Asterisk has one of them or none."""

BACKSTOP: Final = 2
"""Asterisk's own limit is this many times ours: it counts whatever runs through the dialplan, calls placed by us and
ended ones being booked too, but no leg that is dialled..."""
STORM: Final = 200
"""...and calls that are just being rejected: five seconds of forty a second. Rejections of its own get a 503."""

MARK_LENGTH: Final = 16
"""Characters of the mark in our legs, by which one that comes back is known: no other exchange has the same."""

# Command and the folder its modules and data lie below; the last is what deploy/install.sh puts there when the
# machine has none.
_PLACES: Final = (
    (Path("/usr/sbin/asterisk"), Path("/usr")),
    (Path("/usr/local/sbin/asterisk"), Path("/usr/local")),
    (Path("/opt/warroom/bin/asterisk"), Path("/opt/warroom/asterisk/usr")),
)
GLOBALS_FILE: Final = "globals.conf"
"""In ``generated/``: what of the settings the dialplan reads."""
_GENERATED: Final = "; Written by the war room at each start: change settings.toml instead.\n"

# In the dialplan a comma, a dollar or a semicolon in a name would end it or start something else.
_SAFE_PATH: Final = re.compile(r"[A-Za-z0-9/._+@-]+")
_SAFE_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,}")
_SAFE_DIAL: Final = re.compile(r"PJSIP/[A-Za-z0-9@._:+/-]+")


class AsteriskError(UserError):
    """Asterisk is missing, or its configuration cannot be written; the text says what to do."""


@dataclass(frozen=True, slots=True)
class AsteriskInstall:
    """An installation of Asterisk on this machine.

    Attributes:
        command: What to run.
        modules: Its modules (astmoddir).
        data: Its own data, the documentation it reads at the start among it (astdatadir).
        version: As `asterisk -V` says it: "22.10.1".
    """

    command: Path
    modules: Path
    data: Path
    version: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secrets shared by Asterisk and the service.

    Attributes:
        agi: Shown to our FastAGI server in each call: see `agi.fastagi.request.access_token`.
        ami: Password of the manager user ``warroom``.
        metrics: Password of the user ``metrics`` of Asterisk's own web server.
    """

    agi: str
    ami: str
    metrics: str


def find_asterisk() -> AsteriskInstall:
    """Return this machine's Asterisk: the system's own if it is new enough, else the private one.

    Raises:
        AsteriskError: There is none, or none that is new enough.
    """
    seen: list[str] = []
    for command, base in _PLACES:
        version = _version(command)
        if version is None:
            continue
        modules, data = _modules(base), _own_data(base)
        if int(version.split(".")[0]) < MIN_VERSION:
            seen.append(f"{command} is {version}")
        elif modules is None or data is None:
            seen.append(f"{command} has no modules or documentation below {base}")
        else:
            return AsteriskInstall(command=command, modules=modules, data=data, version=version)
    found = "; ".join(seen) or "no Asterisk found"
    raise AsteriskError(f"asterisk: {found}; version {MIN_VERSION} or newer is needed: run deploy/install.sh as root")


def has_opus(asterisk: AsteriskInstall) -> bool:
    """Tell whether it can code Opus."""
    return any((asterisk.modules / module).exists() for module in OPUS)


def write_asterisk(
    *,
    data: Path,
    settings: CallSettings,
    parts: Mapping[str, str],
    secrets: Secrets,
    asterisk: AsteriskInstall,
    recording_days: int = RecordingRetentionDays().call,
) -> None:
    """Write ``<data>/asterisk/`` and make the folders Asterisk writes to. Repeating it changes nothing.

    As root, everything is given to the user Asterisk runs as; files are 0600 and replaced whole.

    Args:
        data: The data directory; must exist.
        settings: Asterisk's ports, and the emergency numbers.
        parts: The generated files of trunks, operators and sound: see `agi.trunks.asterisk_config.render`,
            `agi.queues.asterisk_config.render`, `warroom.services.stack.rtp_ports`.
        secrets: Of the ways between Asterisk and the service.
        asterisk: As `find_asterisk` found it.
        recording_days: How long recorded calls are kept, for the announcement to callers.

    Raises:
        AsteriskError: A value cannot stand in a configuration file, or the name of the folder is too long.
        UnsafePathError: Somebody has put something else in the place of a folder.
        OSError: A file cannot be written.
    """
    data = data.resolve()
    _check(data, settings, secrets)
    config = data / "asterisk"
    for path, mode in (
        (config, 0o700),
        (config / "generated", 0o700),
        (config / "local", 0o700),
        (data / "asterisk-run", 0o750),
        (data / "asterisk-log", 0o770),  # group warroom: the service moves large logs aside
        (data / "asterisk-log" / "cdr-csv", 0o770),  # group warroom: the service renames large files
        (data / "asterisk-log" / "cel-custom", 0o770),
        (data / "asterisk-db", 0o700),
        (data / "asterisk-spool", 0o750),
    ):
        own_folder(path, ASTERISK_USER, mode)

    _write_all(config, {**_packaged_files(), "asterisk.conf": _asterisk_conf(data, settings, asterisk)})
    _write_all(config / "generated", {**parts, **_generated(data, settings, secrets, asterisk, recording_days)})


def _packaged_files() -> dict[str, str]:
    files = importlib.resources.files("asterisk_conf").iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in files if file.name.endswith(".conf")}


def _version(command: Path) -> str | None:
    if not command.exists():
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - one of _PLACES
            [command, "-V"], capture_output=True, text=True, timeout=VERSION_TIMEOUT_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"Asterisk ([0-9]+(?:\.[0-9]+)*)", answer)
    return match and match[1]


def _modules(base: Path) -> Path | None:
    folders = [
        *sorted(base.glob("lib/*/asterisk/modules")),
        base / "lib/asterisk/modules",
        base / "lib64/asterisk/modules",
    ]
    return next((folder for folder in folders if (folder / "chan_pjsip.so").exists()), None)


def _own_data(base: Path) -> Path | None:
    folders = (base / "share/asterisk", base.parent / "var/lib/asterisk", Path("/var/lib/asterisk"))
    return next((folder for folder in folders if (folder / "documentation").is_dir()), None)


def _check(data: Path, settings: CallSettings, secrets: Secrets) -> None:
    """Refuse what could end a line, an argument or a section. The settings model checks too; this is the last gate."""
    socket = data / "asterisk-run" / "asterisk.ctl"
    if len(os.fsencode(socket)) > SOCKET_NAME_LIMIT:
        raise AsteriskError(f"data directory: {data} is too long a name; Asterisk's socket in it must fit in 107 bytes")
    _must(_SAFE_PATH, str(data), "data directory", "letters, digits and / . _ + @ - only; choose another with --data")
    for name, secret in dataclasses.asdict(secrets).items():
        remedy = "16 or more letters, digits, - and _; delete the file"
        _must(_SAFE_SECRET, secret, f"secrets/{name}", remedy, shown=False)
    for name, host in (("agi_host", settings.agi_host), ("ami_host", settings.ami_host)):
        if not ipaddress.ip_address(host).is_loopback:
            raise AsteriskError(f"settings: calls.{name} is {host}; it is for loopback only: write 127.0.0.1")
    for value in (destination for destination in settings.emergency if not destination.isdecimal()):
        _must(_SAFE_DIAL, value, "settings: calls.emergency", "write PJSIP/name")


def _must(pattern: re.Pattern[str], value: str, what: str, remedy: str, *, shown: bool = True) -> None:
    if not pattern.fullmatch(value):
        raise AsteriskError(f"{what}{f' {value!r}' if shown else ''} cannot stand in a configuration file: {remedy}")


def _asterisk_conf(data: Path, settings: CallSettings, asterisk: AsteriskInstall) -> str:
    return f"""{_GENERATED}
[directories]
astetcdir = {data}/asterisk
astmoddir = {asterisk.modules}
astdatadir = {asterisk.data}
astagidir = {asterisk.data}/agi-bin
astvarlibdir = {data}/asterisk-db
astdbdir = {data}/asterisk-db
astkeydir = {data}/asterisk-db
astcachedir = {data}/asterisk-spool
astspooldir = {data}/asterisk-spool
astrundir = {data}/asterisk-run
astlogdir = {data}/asterisk-log

[options]
defaultlanguage = hi
; {settings.max_calls} callers are let in by the dialplan; this is the backstop.
maxcalls = {settings.max_calls * BACKSTOP + STORM}
maxfiles = {open_files()}
; No function that reaches files or a shell from outside the dialplan, and no shell from a remote console.
live_dangerously = no
disable_remote_console_shell = yes
hideconnect = yes
nocolor = yes

[files]
astctlpermissions = 0660
"""


def _generated(
    data: Path, settings: CallSettings, secrets: Secrets, asterisk: AsteriskInstall, recording_days: int
) -> Mapping[str, str]:
    return {
        "modules.conf": _late_modules(asterisk),
        "extensions_dialled.conf": dialled_patterns(),
        GLOBALS_FILE: render_globals(data, settings, secrets, recording_days),
        "pjsip_bind.conf": f"bind = {_address(settings.sip_bind, settings.sip_port)}\n",
        "manager_bind.conf": f"bindaddr = {settings.ami_host}\nport = {settings.ami_port}\n",
        "manager_secret.conf": f"secret = {secrets.ami}\n",
        "prometheus_secret.conf": f"auth_password = {secrets.metrics}\n",
        "cli_users.conf": _console_users(),
        "http_port.conf": f"bindport = {settings.http_port}\n",
    }


def _late_modules(asterisk: AsteriskInstall) -> str:
    """Load what not every Asterisk has: what cel_custom and cdr_custom rest on from 22.8 on, and Opus."""
    wanted = ("res_cdrel_custom.so", "res_format_attr_opus.so", *OPUS)
    return "".join(f"load = {module}\n" for module in wanted if (asterisk.modules / module).exists())


def _console_users() -> str:
    """Without root all run as one user, the admin's own."""
    return "" if os.geteuid() == 0 else f"[{pwd.getpwuid(os.geteuid()).pw_name}]\npermit = all\n"


def render_globals(data: Path, settings: CallSettings, secrets: Secrets, recording_days: int) -> str:
    """Return the dialplan's variables that follow from the settings and secrets."""
    layout, recording = DataDirectory(data), settings.recording
    values = {
        dialplan.MARK: hmac.new(secrets.ami.encode(), b"X-Warroom-Leg", "sha256").hexdigest()[:MARK_LENGTH],
        dialplan.TEST_MARK: test_mark(secrets.ami),
        dialplan.AGI: _address(settings.agi_host, settings.agi_port),
        dialplan.AGI_SECRET: secrets.agi,
        dialplan.PROMPTS: str(layout.prompts),
        dialplan.NOTICES: str(layout.notices),
        dialplan.INCOMING: str(layout.incoming),
        dialplan.PRIORITY_DIR: str(layout.known),
        dialplan.DRAIN: str(layout.draining),
        dialplan.REGULAR_CAPACITY: str(settings.ordinary),
        dialplan.MAX_CALLS: str(settings.max_calls),
        dialplan.RECORD: "&".join(("", *recording.destinations, "")) if recording.enabled else "",
        dialplan.RECORD_PURPOSE: recording.purpose,
        dialplan.RECORD_DAYS: str(recording_days),
    }
    return "".join(f"{name} = {value}\n" for name, value in values.items())


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _write_all(path: Path, texts: Mapping[str, str]) -> None:
    """Make the folder's ``*.conf`` exactly these; what an older version left is removed."""
    for name, text in texts.items():
        replace_file(path / name, text)
    with folder(path) as here:
        for name in names(here):
            if name.endswith(".conf") and not name.startswith(".") and name not in texts:
                os.unlink(name, dir_fd=here)
