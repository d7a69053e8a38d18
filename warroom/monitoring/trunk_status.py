"""State of each trunk, from Asterisk's console."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agi.trunks.schema import Trunk, Trunks
    from warroom.config.asterisk.console import AsteriskConsole

_REGISTRATION: Final = re.compile(r"^ ([a-z0-9-]+)-reg-[0-9]+/\S*\s.*?(\w+)\s+(?:\(exp\. .*)?$", re.MULTILINE)
_CONTACT: Final = re.compile(r"^\s+Contact:\s+([a-z0-9-]+)/\S*\s+[0-9a-f]{10}\s+(\w+)\s+(\S+)\s*$", re.MULTILINE)
_CALLER: Final = re.compile(r"^PJSIP/([a-z0-9-]+)-[0-9a-f]{8}\s+callers\s+calls\s*$", re.MULTILINE)
_REACHABLE: Final = {"Avail": "yes", "Unavail": "no", "NonQual": "not asked"}


@dataclass(frozen=True, slots=True)
class TrunkLink:
    """Whether a trunk's far end is there.

    Attributes:
        registration: ``Registered``, ``Rejected`` …; empty for a trunk that does not register.
        reachable: Whether it answers OPTIONS: ``yes``, ``no``, ``not asked`` or ``unknown``.
        qualify_ms: How long its last answer took, milliseconds; None without one.
    """

    registration: str
    reachable: str
    qualify_ms: float | None


@dataclass(frozen=True, slots=True)
class TrunkStatus(TrunkLink):
    """One trunk now.

    Attributes:
        channels: In use now, both ways.
        callers: Of these, those of inbound callers.
    """

    channels: int
    callers: int


def read_status(trunks: Trunks, console: AsteriskConsole) -> dict[str, TrunkStatus]:
    """Return the state of each trunk by its name.

    Raises:
        AsteriskError: Asterisk does not run.
    """
    links = read_links(trunks, console)
    names = [line.partition("!")[0] for line in console.ask("core show channels concise").splitlines()]
    channels = Counter(name.removeprefix("PJSIP/").rpartition("-")[0] for name in names if name.startswith("PJSIP/"))
    callers = Counter(_CALLER.findall(console.ask("group show channels")))

    return {
        name: TrunkStatus(link.registration, link.reachable, link.qualify_ms, channels[name], callers[name])
        for name, link in links.items()
    }


def read_links(trunks: Trunks, console: AsteriskConsole) -> dict[str, TrunkLink]:
    """Return whether each trunk's far end is there, by the trunk's name.

    Raises:
        AsteriskError: Asterisk does not run.
    """
    contacts = {name: (word, rtt) for name, word, rtt in _CONTACT.findall(console.ask("pjsip show contacts"))}
    registrations = dict(_REGISTRATION.findall(console.ask("pjsip show registrations")))

    def link(trunk: Trunk) -> TrunkLink:
        word, rtt = contacts.get(trunk.name, ("", "nan"))
        delay = float(rtt) if word == "Avail" else math.nan
        return TrunkLink(
            registration=registrations.get(trunk.name, "not there") if trunk.registration else "",
            reachable=_REACHABLE.get(word, "unknown"),
            qualify_ms=None if math.isnan(delay) else delay,
        )

    return {trunk.name: link(trunk) for trunk in trunks.trunk}
