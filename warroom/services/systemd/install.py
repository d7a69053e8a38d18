"""Installs and removes the files by which systemd runs a stack."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from router.errors import UserError
from warroom.config.asterisk.config_files import find_asterisk
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import PROJECT, may_enter
from warroom.services.systemd.units import PREPARE, TARGET, render_logrotate, render_tmpfiles, render_units

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNITS: Final = Path("/etc/systemd/system")
TMPFILES: Final = Path("/etc/tmpfiles.d/warroom.conf")
LOGROTATE: Final = Path("/etc/logrotate.d/warroom")
RUNNING: Final = Path("/run/systemd/system")
"""There while systemd runs the machine (sd_booted(3))."""
CLOSED: Final = ("/root", "/home", "/run/user")
"""What ProtectHome=yes closes to our units."""
_DATA: Final = re.compile(r"^ExecStart=.* --data (\S+) service hold$", re.MULTILINE)
_TIMEOUT_S: Final = 300.0
"""As long as a part may take to start or stop."""


class SystemdError(UserError):
    """systemd refused or failed; the text says why."""


def systemctl(*words: str) -> str:
    """Run systemctl and return its output.

    Raises:
        SystemdError: There is none, or it fails.
    """
    command = shutil.which("systemctl")
    if command is None:
        raise SystemdError("systemctl: not found; this machine has no systemd: use warroom up")
    done = subprocess.run(  # noqa: S603 - its words are ours
        [command, *words], capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
    )
    if done.returncode:
        raise SystemdError(f"systemctl {' '.join(words)}: {done.stderr.strip() or f'code {done.returncode}'}")
    return done.stdout


def version() -> int:
    """Return the version of systemd; raises as `systemctl`."""
    found = re.match(r"systemd (\d+)", systemctl("--version"))
    return int(found[1]) if found else 0


def files(data: Path, version: int) -> dict[Path, str]:
    """Return the installed files of a data directory: the text of each file by its path."""
    units = {UNITS / name: text for name, text in render_units(data, version).items()}
    asterisk = str(find_asterisk().command)
    return {**units, TMPFILES: render_tmpfiles(data), LOGROTATE: render_logrotate(data, asterisk)}


def installed_for(root: Path = Path("/")) -> Path | None:
    """Return the data directory of the stack that is installed; None when none is."""
    try:
        found = _DATA.search(_below(root, UNITS / PREPARE).read_text("utf-8"))
    except OSError:
        return None
    return Path(found[1]) if found else None


def check_places(data: Path) -> None:
    """See that the units will reach the program and the data.

    Raises:
        SystemdError: One lies where they may not go.
    """
    for what, path in (("the program", PROJECT), ("the data directory", data)):
        if any(path.is_relative_to(closed) for closed in CLOSED) or (
            path.exists() and not may_enter(SERVICE_USER, path)
        ):
            raise SystemdError(
                f"{what} lies in {path}, where services may not go; move it, say to /opt/warroom or /srv/warroom"
            )


def install(data: Path, contents: Mapping[Path, str], root: Path = Path("/")) -> list[Path]:
    """Write the files; return those that changed. Systemd is not reloaded.

    Raises:
        SystemdError: The stack of another data directory is installed.
        OSError: A file cannot be written.
    """
    other = installed_for(root)
    if other not in (None, data):
        raise SystemdError(
            f"the stack of {other} is installed on this machine: warroom --data {other} service uninstall"
        )
    changed = []
    for path, text in contents.items():
        place = _below(root, path)
        if not place.exists() or place.read_text("utf-8") != text:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
            place.chmod(0o644)
            changed.append(path)
    return changed


def differing(contents: Mapping[Path, str], root: Path = Path("/")) -> list[Path]:
    """Return the files that are missing or say something else: of an older version, or changed by an admin."""
    places = {path: _below(root, path) for path in contents}
    return [path for path, place in places.items() if not place.exists() or place.read_text("utf-8") != contents[path]]


def uninstall(contents: Mapping[Path, str], root: Path = Path("/")) -> None:
    """Remove the files. The data directory stays as it is."""
    for path in contents:
        _below(root, path).unlink(missing_ok=True)


def enable(run: Callable[..., str] = systemctl) -> None:
    """Have the stack start with the machine; raises `SystemdError`."""
    if RUNNING.exists():
        run("daemon-reload")
    run("enable", TARGET)


def _below(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")
