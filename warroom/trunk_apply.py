"""Putting trunks in force on a running Asterisk: written, reloaded, read back; or all as it was before."""

from __future__ import annotations

import fcntl
import ipaddress
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agi.trunks.conf import FILES, GLOBALS, TLS, WAYS, expected
from warroom.asterisk_files import AsteriskProblem, replace_file
from warroom.trunk_files import keep_in_force, trunks_in_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agi.trunks.model import Trunk, Trunks
    from warroom.asterisk_console import AsteriskConsole
    from warroom.trunk_files import TrunkSet

READ_BACK_S: Final = 5.0
"""A reload is done when its command returns; on a machine under load an object may follow a moment later."""
_LOOK_S: Final = 0.2
_RELOADS: Final = ("dialplan reload", "module reload res_pjsip.so")
"""The numbers before the lines that deliver them."""

_PARAMETER: Final = re.compile(r"^ (\S+)\s+: ?(.*?)\s*$", re.MULTILINE)
_MATCH: Final = re.compile(r"^\s+Match: ([0-9a-f][0-9a-f.:/]*)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """What would be, or was, changed.

    Attributes:
        added, removed, changed: Names of trunks.
        ways: Whether it changes how helplines, rooms, emergency services or citizens are dialled.
        restart: Whether it can only be put in force by a restart of Asterisk: its transports do not reload.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    ways: bool
    restart: bool

    @property
    def nothing(self) -> bool:
        """Whether all is in force already."""
        return not (self.added or self.removed or self.changed or self.ways or self.restart)


def planned(data: Path, chosen: TrunkSet) -> Change:
    """Say what putting these in force would change."""
    present = _read(data)
    before, after = _sections(present), _sections(chosen.texts)
    return Change(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(name for name in after if name in before and before[name] != after[name]),
        ways=any(present[name] != chosen.texts[name] for name in (GLOBALS, WAYS)),
        restart=present[TLS] != chosen.texts[TLS],
    )


def put_in_force(data: Path, chosen: TrunkSet, console: AsteriskConsole) -> None:
    """Write the files, have Asterisk read them, and make sure that it has. Calls in progress go on.

    Raises:
        AsteriskProblem: It was not taken; what was in force before is in force again, or the text says that it is not.
    """
    with alone(data, "trunks"):
        _put_in_force(data, chosen, console)


def _put_in_force(data: Path, chosen: TrunkSet, console: AsteriskConsole) -> None:
    if planned(data, chosen).restart:
        raise AsteriskProblem(
            "trunks: [tls] has changed, and Asterisk reads its transports at a start only: nothing applied; "
            "restart the stack when no call is lost by it (warroom up), which takes trunks.toml as it is then"
        )
    console.ask("core show uptime seconds")
    before, known = _read(data), trunks_in_force(data)
    problems = _try(data, chosen.texts, chosen.trunks, known, console)
    if not problems:
        keep_in_force(data, chosen)
        return
    left = _try(data, before, known, chosen.trunks, console)
    end = f"; going back failed too: {'; '.join(left)}; restart the stack" if left else "; all is as it was before"
    raise AsteriskProblem(f"trunks: Asterisk did not take them: {'; '.join(problems)}{end}")


def _try(data: Path, texts: Mapping[str, str], trunks: Trunks, others: Trunks, console: AsteriskConsole) -> list[str]:
    """As `_load`; an Asterisk that does not answer, or a full disk, is a problem like any other."""
    try:
        return _load(data, texts, trunks, others, console)
    except (AsteriskProblem, OSError) as error:
        return [str(error)]


def _load(data: Path, texts: Mapping[str, str], trunks: Trunks, others: Trunks, console: AsteriskConsole) -> list[str]:
    """Write, reload, read back until all is there; returns what is not."""
    for name in FILES:
        replace_file(data / "asterisk" / "generated" / name, texts[name])
    for command in _RELOADS:
        console.ask(command)
    gone = [trunk.name for trunk in others.trunk if trunks.named(trunk.name) is None]
    end = time.monotonic() + READ_BACK_S
    while problems := [*_lacking(trunks, console), *_left(gone, console)]:
        if time.monotonic() > end:
            break
        time.sleep(_LOOK_S)
    return problems


def _lacking(trunks: Trunks, console: AsteriskConsole) -> Iterator[str]:
    """What Asterisk says otherwise than it should."""
    registered = console.ask("pjsip show registrations") if any(trunk.registration for trunk in trunks.trunk) else ""
    for trunk in trunks.trunk:
        said = dict(_PARAMETER.findall(console.ask(f"pjsip show endpoint {trunk.name}")))
        for name, value in {"WR_TRUNK": trunk.name, **expected(trunk)}.items():
            if said.get(name) != value:
                yield f"{trunk.name}: {name} is {said.get(name, 'not there')}, not {value}"
        if not _same_sources(trunk, console):
            yield f"{trunk.name}: its calls are not known by {', '.join(trunk.sources)}"
        if trunk.registration and f" {trunk.name}-reg-0/" not in registered:
            yield f"{trunk.name}: does not register"
        numbers = console.ask(f"dialplan show did-{trunk.name}")
        for did in trunk.dids:
            if f"'{did}' =>" not in numbers:
                yield f"{trunk.name}: number {did} leads nowhere"


def _same_sources(trunk: Trunk, console: AsteriskConsole) -> bool:
    if not trunk.sources:
        return True
    said = _MATCH.findall(console.ask(f"pjsip show identify {trunk.name}-identify"))
    networks = [{ipaddress.ip_network(one, strict=False) for one in each} for each in (said, trunk.sources)]
    return networks[0] == networks[1]


def _left(gone: list[str], console: AsteriskConsole) -> Iterator[str]:
    for name in gone:
        if "Unable to find" not in console.ask(f"pjsip show endpoint {name}"):
            yield f"{name}: is still there"


def _read(data: Path) -> dict[str, str]:
    """The generated files as they are; empty before the first start."""
    paths = {name: data / "asterisk" / "generated" / name for name in FILES}
    return {name: path.read_text("utf-8") if path.exists() else "" for name, path in paths.items()}


def _sections(texts: Mapping[str, str]) -> dict[str, str]:
    """What is written of each trunk, by its name."""
    found: dict[str, str] = {}
    for name, text in texts.items():
        for part in re.split(r"^(?=\[)", text, flags=re.MULTILINE) if name not in (TLS, WAYS) else ():
            if header := re.match(r"\[(?:did-)?([a-z0-9-]+)\]", part):
                found[header[1]] = found.get(header[1], "") + part.strip()
    return found


@contextmanager
def alone(data: Path, what: str) -> Iterator[None]:
    """Let only one admin at a time apply ``trunks``, or ``operators``.

    Raises:
        AsteriskProblem: Somebody else is at it.
    """
    with (data / "run" / f"{what}.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AsteriskProblem(f"{what}: somebody else is applying {what} just now; try again in a moment") from None
        yield
