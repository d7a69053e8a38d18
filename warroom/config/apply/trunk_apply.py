"""What applying trunks changes, and what Asterisk says otherwise than it should."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agi.dialplan import TRUNK
from agi.trunks.asterisk_config import DESTINATIONS, FILES, GLOBALS, TCP, TLS, expected_settings, uses_tcp
from warroom.config.apply.transaction import endpoint_mismatches, lingering_endpoint, read_generated
from warroom.config.asterisk.config_files import AsteriskError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agi.trunks.schema import Trunk, Trunks
    from warroom.config.apply.trunks import TrunkSet
    from warroom.config.asterisk.console import AsteriskConsole

_MATCH: Final = re.compile(r"^\s+Match: ([0-9a-f][0-9a-f.:/]*)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TrunkChange:
    """The changes that were, or would be, made.

    Attributes:
        added, removed, changed: Names of trunks.
        destinations: Whether it changes how helplines, rooms, emergency services or citizens are dialled.
        restart: Whether it can only be put in force by a restart of Asterisk: its transports do not reload.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    destinations: bool
    restart: bool

    @property
    def nothing(self) -> bool:
        """Whether all is in force already."""
        return not (self.added or self.removed or self.changed or self.destinations or self.restart)


def plan_trunks(data: Path, chosen: TrunkSet) -> TrunkChange:
    """Say what putting these in force would change."""
    there = read_generated(data, FILES)
    before, after = _sections(there), _sections(chosen.texts)
    return TrunkChange(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(name for name in after if name in before and before[name] != after[name]),
        destinations=any(there[name] != chosen.texts[name] for name in (GLOBALS, DESTINATIONS)),
        restart=there[TLS] != chosen.texts[TLS] or (uses_tcp(chosen.trunks) and not read_generated(data, [TCP])[TCP]),
    )


def check_restart(change: TrunkChange) -> None:
    """Refuse what Asterisk reads at its start alone.

    Raises:
        AsteriskError: The transports change.
    """
    if change.restart:
        raise AsteriskError(
            "trunks: [tls] has changed, or the first trunk by TCP has come, and Asterisk reads its transports at a "
            "start only: nothing applied; "
            "restart Asterisk, which waits for the end of all calls and takes trunks.toml as it is then: "
            "warroom restart asterisk"
        )


def lacking_trunks(trunks: Trunks, others: Trunks, console: AsteriskConsole) -> Iterator[str]:
    """What Asterisk says otherwise than it should."""
    registered = console.ask("pjsip show registrations") if any(trunk.registration for trunk in trunks.trunk) else ""
    for trunk in trunks.trunk:
        yield from endpoint_mismatches(trunk.name, trunk.name, {TRUNK: trunk.name, **expected_settings(trunk)}, console)
        if not _same_sources(trunk, console):
            yield f"{trunk.name}: its calls are not known by {', '.join(trunk.sources)}"
        if trunk.registration and f" {trunk.name}-reg-0/" not in registered:
            yield f"{trunk.name}: does not register"
        numbers = console.ask(f"dialplan show did-{trunk.name}")
        for did in trunk.dids:
            if f"'{did}' =>" not in numbers:
                yield f"{trunk.name}: number {did} leads nowhere"
    for other in others.trunk:
        if trunks.named(other.name) is None:
            yield from lingering_endpoint(other.name, other.name, console)


def _same_sources(trunk: Trunk, console: AsteriskConsole) -> bool:
    if not trunk.sources:
        return True
    said = _MATCH.findall(console.ask(f"pjsip show identify {trunk.name}-identify"))
    networks = [{ipaddress.ip_network(one, strict=False) for one in each} for each in (said, trunk.sources)]
    return networks[0] == networks[1]


def _sections(texts: Mapping[str, str]) -> dict[str, str]:
    """The part of the files that concerns each trunk, by its name."""
    found: dict[str, str] = {}
    for name, text in texts.items():
        for part in re.split(r"^(?=\[)", text, flags=re.MULTILINE) if name not in (TLS, DESTINATIONS) else ():
            if header := re.match(r"\[(?:did-)?([a-z0-9-]+)\]", part):
                found[header[1]] = found.get(header[1], "") + part.strip()
    return found
