"""Writes generated files, has Asterisk reload them and verifies it, or rolls back: what `warroom apply` rests on."""

from __future__ import annotations

import difflib
import fcntl
import logging
import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from router.errors import ConfigError
from warroom.config.asterisk.config_files import AsteriskError
from warroom.config.broker_accounts import BrokerError
from warroom.config.folders import SERVICE_USER, lock_file, read_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from warroom.config.asterisk.console import AsteriskConsole

T = TypeVar("T")

READ_BACK_S: Final = 20.0
"""Asterisk's reload is done when its command returns; the service of the calls reads the conversations again, which
takes a second, and several on a machine under load."""
_POLL_INTERVAL_S: Final = 0.2
_PARAMETER: Final = re.compile(r"^ (\S+)\s+: ?(.*?)\s*$", re.MULTILINE)

_log = logging.getLogger(__name__)


class DesiredState(NamedTuple):
    """The configuration Asterisk is to have, and how to verify it.

    Attributes:
        texts: Generated files by name.
        lacking: Returns the differences between Asterisk, or another program, and the desired state.
        also: Notifies other programs, before Asterisk.
    """

    texts: Mapping[str, str]
    lacking: Callable[[], Iterable[str]]
    also: Callable[[], None] = lambda: None


def read_generated(data: Path, names: Iterable[str]) -> dict[str, str]:
    """Return generated files as they are; empty before the first start."""
    paths = {name: _path(data, name) for name in names}
    return {name: read_file(path) if path.exists() else "" for name, path in paths.items()}


def differences(data: Path, texts: Mapping[str, str], without_secrets: Callable[[str], str]) -> list[str]:
    """Return lines of a unified diff from the generated files as they are to these, without passwords."""
    lines: list[str] = []
    for name, before in read_generated(data, texts).items():
        old, new = (without_secrets(text).splitlines() for text in (before, texts[name]))
        lines += difflib.unified_diff(old, new, name, name, lineterm="")
    return lines


def to_start_with(
    what: str,
    data: Path,
    copy: Path,
    names: Iterable[str],
    *,
    check: Callable[[], T],
    before: Callable[[str, Mapping[str, str]], T],
) -> T:
    """Return the content of an admin's file; after a mistake in it, the content in force before.

    A machine that restarts at night must take calls, whatever stands in a file half edited.

    Args:
        what: ``trunks``, ``operators`` or ``helplines``.
        data: The data directory.
        copy: Of the admin's file, as last applied to Asterisk.
        names: Of the generated files.
        check: Reads the admin's file and all that it rests on.
        before: Makes the same of the copy's text and the generated files by name.

    Raises:
        ConfigError: There is a mistake, and nothing was in force before.
    """
    try:
        return check()
    except ConfigError as error:
        kept = read_generated(data, names)
        if not copy.exists() or not all(_path(data, name).exists() for name in kept):
            raise
        for problem in error.problems:
            _log.error("%s not taken, those in force before stay: %s", what, problem)
        return before(read_file(copy), kept)


def save_applied(copy: Path, source: str) -> None:
    """Keep a copy of the admin's file that was put in force, for the services and for a start after a mistake in it."""
    if source:
        replace_file(copy, source, SERVICE_USER)
    else:
        copy.unlink(missing_ok=True)


def apply_or_rollback(
    data: Path, new: DesiredState, old: DesiredState, *, reloads: Iterable[str], console: AsteriskConsole
) -> None:
    """Have Asterisk take the new state, or the old one again.

    Raises:
        AsteriskError: The new one was not taken; the old one is in force again, or the text says that it is not.
    """
    reloads = tuple(reloads)
    problems = _try(data, new, reloads, console)
    if not problems:
        return
    left = _try(data, old, reloads, console)
    end = f"; going back failed too: {'; '.join(left)}; restart the stack" if left else "; all is as it was before"
    raise AsteriskError(f"apply: it was not taken: {'; '.join(problems)}{end}")


def endpoint_mismatches(name: str, endpoint: str, wanted: Mapping[str, str], console: AsteriskConsole) -> Iterator[str]:
    """What Asterisk says of an endpoint's parameters otherwise than wanted, under the name that people know."""
    said = dict(_PARAMETER.findall(console.ask(f"pjsip show endpoint {endpoint}")))
    for parameter, value in wanted.items():
        if said.get(parameter) != value:
            yield f"{name}: {parameter} is {said.get(parameter, 'not there')}, not {value}"


def lingering_endpoint(name: str, endpoint: str, console: AsteriskConsole) -> Iterator[str]:
    """Yield a message if a removed endpoint still exists."""
    if "Unable to find" not in console.ask(f"pjsip show endpoint {endpoint}"):
        yield f"{name}: is still there"


@contextmanager
def apply_lock(data: Path) -> Iterator[None]:
    """Let only one admin at a time apply.

    Raises:
        AsteriskError: Somebody else is at it, or the stack was never started.
    """
    try:
        handle = lock_file(data / "run" / "apply.lock")
    except FileNotFoundError:
        raise AsteriskError(f"{data} was never started; start the stack: warroom up") from None
    with os.fdopen(handle, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AsteriskError("apply: somebody else is applying just now; try again in a moment") from None
        yield


def _try(data: Path, state: DesiredState, reloads: Iterable[str], console: AsteriskConsole) -> list[str]:
    """Write, reload, read back until all is there; returns what is missing.

    An Asterisk or a broker that does not answer, or a full disk, is a problem like any other.
    """
    try:
        for name, text in state.texts.items():
            replace_file(_path(data, name), text)
        state.also()
        for command in reloads:
            console.ask(command)
        end = time.monotonic() + READ_BACK_S
        while problems := list(state.lacking()):
            if time.monotonic() > end:
                break
            time.sleep(_POLL_INTERVAL_S)
    except (AsteriskError, BrokerError, OSError) as error:
        return [str(error)]
    return problems


def _path(data: Path, name: str) -> Path:
    return data / "asterisk" / "generated" / name
