"""The UDP port range for RTP of a stack, distinct from all other stacks on the machine.

Asterisk takes a random even port of its range and, where a program holds it, the next one; with none left it refuses
the call with 488. Two stacks of one range each count on all of it. So each stack that runs says which is its own, by
the name of an abstract Unix socket (unix(7)): all who share these ports, being of one network namespace, can read it in
``/proc/net/unix``, and it goes with the process that holds it, however that ends.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from router.errors import UserError
from warroom.config.folders import SERVICE_USER, read_file, replace_file
from warroom.config.paths import DataDirectory
from warroom.config.settings import same_address
from warroom.services.stack.sockets import bound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warroom.config.settings import Settings

SOUND: Final = "rtp_ports.conf"
"""The generated file."""

_LOWEST: Final = 10000  # below lie the ports that programs are known by
_ROOMY: Final = 5000  # default number of ports: twice what the calls need, so that single occupied ports do not matter
_STEP: Final = 500  # ranges begin and end at round numbers, which are copied into firewalls by hand
_KERNEL: Final = Path("/proc/sys/net/ipv4")
_NAME: Final = "warroom-sound"
_TAIL: Final = 35  # of a data directory's name: the rest of a name's 107 bytes, behind the longest address
_CHOOSING: Final = f"\0{_NAME}-choosing"
_CHOOSE_TIMEOUT_S: Final = 10.0  # a choice takes milliseconds; this many starts at once do not happen
_CHOOSE_LOOK_S: Final = 0.02

_log = logging.getLogger(__name__)


class RtpPortsError(UserError):
    """There are no ports for this stack's sound; the text says which program has them and the remedy."""


class SoundPorts(NamedTuple):
    """A range of UDP ports, whole pairs; written ``10000-14999``.

    Attributes:
        first: Even, of RTP.
        last: Odd, of RTCP.
    """

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    @property
    def size(self) -> int:
        """How many ports."""
        return self.last - self.first + 1

    @property
    def conf(self) -> str:
        """The text of `SOUND`."""
        return f"rtpstart = {self.first}\nrtpend = {self.last}\n"

    def meets(self, other: SoundPorts) -> bool:
        """Tell whether a port is in both."""
        return self.first <= other.last and other.first <= self.last


class Held(NamedTuple):
    """The port range of a running stack.

    Attributes:
        ports: Its range.
        host: Address of its sound.
        data: Its data directory; of a very long name the end.
    """

    ports: SoundPorts
    host: str
    data: str


def held_ranges() -> list[Held]:
    """Return the ranges of all stacks that run on this machine's network."""
    names = [line.split(f"@{_NAME} ", 1) for line in Path("/proc/net/unix").read_text("utf-8", "replace").splitlines()]
    return [held for _, *rest in names for held in map(_parsed, rest) if held]


def _parsed(name: str) -> Held | None:
    ports, _, rest = name.partition(" ")
    host, _, data = rest.partition(" ")
    found = _range(ports)
    return Held(found, host, data) if found and data else None


def _range(text: str) -> SoundPorts | None:
    first, _, last = text.strip().partition("-")
    if not (first.isdecimal() and last.isdecimal()):
        return None
    found = SoundPorts(int(first), int(last))
    return found if found.first < found.last <= 65535 and found.first % 2 < found.last % 2 else None  # noqa: PLR2004


def own_ports_of_linux() -> list[SoundPorts]:
    """Return the ranges from which Linux takes ephemeral ports, without those an admin has reserved.

    The sysctl ``net.ipv4.ip_local_port_range`` less ``ip_local_reserved_ports``; nothing where they cannot be read.
    """
    try:
        low, high = map(int, (_KERNEL / "ip_local_port_range").read_text("ascii").split())
        reserved = (_KERNEL / "ip_local_reserved_ports").read_text("ascii").strip()
    except (OSError, ValueError):
        return []
    found = []
    for part in sorted(tuple(map(int, (one.split("-") * 2)[:2])) for one in reserved.split(",") if one):
        kept_first, kept_last = part
        if kept_first > low:
            found.append(SoundPorts(low, min(high, kept_first - 1)))
        low = max(low, kept_last + 1)
        if low > high:
            break
    return [*found, SoundPorts(low, high)] if low <= high else found


def sound_of(data: Path, settings: Settings) -> SoundPorts:
    """Return the range that was named, or chosen by an earlier start; else the one that a start would choose now."""
    if settings.calls.sound_named:
        return SoundPorts(*settings.calls.sound_named)
    kept = _kept(data)
    return kept if kept and kept.size >= settings.calls.ports_needed else next(_candidates(settings))


def others(data: Path, settings: Settings) -> list[Held]:
    """Return the ranges of other stacks that run where this one's sound goes."""
    mine = _tail(data)
    return [held for held in held_ranges() if held.data != mine and same_address(held.host, settings.calls.sip_bind)]


class SoundClaim:
    """The range of a stack, held while it runs.

    Args:
        data: Its data directory, prepared.
        settings: Its settings.
    """

    def __init__(self, data: Path, settings: Settings) -> None:
        self._data = data
        self._settings = settings
        self._held: socket.socket | None = None

    def take(self, *, in_use: bool = False) -> SoundPorts:
        """Hold the range that was named; else the one of the last start while it is free, or another that is.

        The choice is kept for the next start, and written to Asterisk's file.

        Args:
            in_use: Our own Asterisk runs with the range of the last start: that one, whatever is free of it.

        Raises:
            RtpPortsError: Another stack has the named range, or nothing is free.
        """
        with _alone():
            ports = sound_of(self._data, self._settings) if in_use else self._choose()
            held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            held.bind(_name(self._data, ports, self._settings.calls.sip_bind))
            self._held = held
        if self._settings.calls.sound_named is None:
            self._keep(ports)
        replace_file(DataDirectory(self._data).asterisk_config.parent / "generated" / SOUND, ports.conf)
        return ports

    def fileno(self) -> int:
        """Return the descriptor that holds the range, for another process to inherit."""
        assert self._held is not None  # noqa: S101 - it was taken
        return self._held.fileno()

    def release(self) -> None:
        """Let go."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def _choose(self) -> SoundPorts:
        taken = others(self._data, self._settings)
        wanted = sound_of(self._data, self._settings)
        if self._settings.calls.sound_named:
            if in_the_way := next((held for held in taken if held.ports.meets(wanted)), None):
                raise RtpPortsError(said_of(wanted, in_the_way))
            return wanted
        held = _ports_held(self._settings.calls.sip_bind)
        for ports in itertools.chain([wanted], _candidates(self._settings)):
            if any(other.ports.meets(ports) for other in taken):
                continue
            if _free(ports, held) >= self._settings.calls.ports_needed:
                return ports
        raise RtpPortsError(
            f"sound: no {self._settings.calls.ports_needed} UDP ports in a row are free for it from {_LOWEST} on "
            f"(stacks that run: {', '.join(f'{one.data} {one.ports}' for one in taken) or 'none'}); name others by "
            f"calls.rtp_first and calls.rtp_last, or lower calls.max_calls"
        )

    def _keep(self, ports: SoundPorts) -> None:
        kept = _kept(self._data)
        if kept == ports:
            return
        if kept:
            _log.warning("sound moves from UDP ports %s to %s: open these in the firewall", kept, ports)
        replace_file(DataDirectory(self._data).sound_ports, f"{ports}\n", SERVICE_USER)


def said_of(ports: SoundPorts, other: Held) -> str:
    """Return why a range that was named cannot be used."""
    return (
        f"sound: calls.rtp_first..rtp_last, UDP ports {ports}, are in part those of the stack of {other.data}, which "
        f"runs with {other.ports}: name others in settings.toml, or neither, and a free range is taken"
    )


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the machine-wide lock for choosing."""
    until = time.monotonic() + _CHOOSE_TIMEOUT_S
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as choosing:
        while True:
            try:
                choosing.bind(_CHOOSING)
                break
            except OSError:
                if time.monotonic() > until:
                    raise RtpPortsError(
                        f"sound: another start has been choosing ports for {_CHOOSE_TIMEOUT_S:.0f} s; "
                        f"`ss -xlp | grep {_NAME}` names it"
                    ) from None
                time.sleep(_CHOOSE_LOOK_S)
        yield


def _candidates(settings: Settings) -> Iterator[SoundPorts]:
    """Yield the possible ranges, roomy ones first, and those of Linux's ephemeral ports last."""
    needed = settings.calls.ports_needed
    roomy = _rounded(max(needed, min(2 * needed, _ROOMY)))
    listening = [port for _, _, port in settings.listening]
    possible = [
        ports
        for size in (roomy, needed)
        for first in range(_LOWEST, 65536 - size, size)
        if (ports := SoundPorts(first, first + size - 1))
        and not any(ports.first <= port <= ports.last for port in listening)
    ]
    linux = own_ports_of_linux()
    yield from sorted(possible, key=lambda ports: any(ports.meets(one) for one in linux))


def _rounded(count: int) -> int:
    return -(-count // _STEP) * _STEP


def _kept(data: Path) -> SoundPorts | None:
    try:
        return _range(read_file(DataDirectory(data).sound_ports))
    except (OSError, UserError, UnicodeDecodeError):
        return None


def _ports_held(host: str) -> set[int]:
    return {port for kind, other, port, _ in bound() if kind == "udp" and same_address(host, other)}


def _free(ports: SoundPorts, held: Iterable[int]) -> int:
    """Return how many ports of a range are in pairs of which none is held."""
    pairs = {port & ~1 for port in held if ports.first <= port <= ports.last}
    return ports.size - 2 * len(pairs)


def _name(data: Path, ports: SoundPorts, host: str) -> str:
    return f"\0{_NAME} {ports} {host} {_tail(data)}"


def _tail(data: Path) -> str:
    return str(data.resolve())[-_TAIL:]
