"""The ports of a stack: free before it starts, and held by its own processes before it reports ready."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from agi.trunks.asterisk_config import TCP
from warroom.config.apply.trunks import applied_trunks
from warroom.config.broker_certificate import ports_of_tls
from warroom.config.folders import read_file
from warroom.config.paths import DataDirectory
from warroom.services.stack.processes import StackError
from warroom.services.stack.sockets import bound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warroom.config.settings import Settings

Kind = Literal["udp", "tcp"]

_TYPES: Final = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
_ANY: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - to be recognised, not to be bound


@dataclass(frozen=True, slots=True)
class Port:
    """One port that a part of the stack listens on.

    Attributes:
        part: Which process.
        what: The protocol or purpose.
        host: Address or name.
        number: The port.
        kind: `udp` or `tcp`.
        setting: Where an admin sets it.
    """

    part: str
    what: str
    host: str
    number: int
    kind: Kind
    setting: str

    def __str__(self) -> str:
        return f"{self.part}: {self.what} on {self.host}:{self.number} ({self.kind.upper()})"


def ports_of(data: Path, settings: Settings) -> list[Port]:
    """Return all ports of a prepared stack."""
    calls, broker, api, board = settings.calls, settings.router.broker, settings.api, settings.board
    tls = applied_trunks(data).tls
    by_tcp = read_file(DataDirectory(data).asterisk_config.parent / "generated" / TCP).strip()
    return [
        Port("broker", "MQTT", broker.host, broker.port, "tcp", "router.broker.port"),
        *(
            Port("broker", "MQTT over TLS", broker.tls.bind, port, "tcp", "router.broker.tls")
            for port in ports_of_tls(broker.tls)
        ),
        Port("asterisk", "SIP", calls.sip_bind, calls.sip_port, "udp", "calls.sip_port"),
        *([Port("asterisk", "SIP", calls.sip_bind, calls.sip_port, "tcp", "calls.sip_port")] if by_tcp else []),
        *(
            [Port("asterisk", "SIP over TLS", calls.sip_bind, tls.port, "tcp", "tls.port in trunks.toml")]
            if tls
            else []
        ),
        Port("asterisk", "its manager", calls.ami_host, calls.ami_port, "tcp", "calls.ami_port"),
        Port("asterisk", "metrics", "127.0.0.1", calls.http_port, "tcp", "calls.http_port"),
        Port("serve", "FastAGI", calls.agi_host, calls.agi_port, "tcp", "calls.agi_port"),
        Port("api", "HTTP", api.host, api.port, "tcp", "api.port"),
        Port("board", "screens", board.host, board.port, "tcp", "board.port"),
    ]


def check_free(ports: Iterable[Port]) -> None:
    """See that each can be bound now.

    Raises:
        StackError: One cannot; the text names the port, the part and what to do.
    """
    for port in ports:
        for family, _, _, _, address in _addresses(port):
            with socket.socket(family, _TYPES[port.kind]) as trial:
                if port.kind == "tcp":  # as the parts do: connections that have just ended do not count
                    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    trial.bind(address)
                except OSError as error:
                    raise StackError(_why(port, error)) from None


def _addresses(port: Port) -> list[tuple[socket.AddressFamily, int, int, str, tuple[str, int]]]:
    try:
        return socket.getaddrinfo(port.host, port.number, type=_TYPES[port.kind], flags=socket.AI_PASSIVE)  # type: ignore[return-value]
    except socket.gaierror as error:
        raise StackError(f"{port}: {error.strerror}; see the setting {port.setting}") from None


def _why(port: Port, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{port} is taken by {_holder(port)}; end it, or set {port.setting}"
    return f"{port}: {os.strerror(error.errno or 0)}; see the setting {port.setting}"


def _holder(port: Port) -> str:
    """Return the program that holds a port, with its process id."""
    hosts = {*_hosts(port), *_ANY}
    inodes = {
        inode for kind, host, number, inode in bound() if (kind, number) == (port.kind, port.number) and host in hosts
    }
    for folder in Path("/proc").glob("[0-9]*"):
        if not inodes.isdisjoint(_sockets(int(folder.name))):
            try:
                name = (folder / "comm").read_text("utf-8", "replace").strip()
            except OSError:
                continue  # ended meanwhile
            return f"{name} (process {folder.name})"
    return f"another program (`ss -{'lun' if port.kind == 'udp' else 'ltn'}p` names it)"


def not_held(ports: Iterable[Port], holders: Iterable[int]) -> list[Port]:
    """Return the ports on which none of these processes listens."""
    ours = {inode for process in holders for inode in _sockets(process)}
    held = {(kind, host, number) for kind, host, number, inode in bound() if inode in ours}
    return [port for port in ports if not any(_is_bound(port, host, held) for host in _hosts(port))]


def _hosts(port: Port) -> set[str]:
    return {address[0] for *_, address in _addresses(port)}


def _is_bound(port: Port, host: str, held: set[tuple[str, str, int]]) -> bool:
    return any((port.kind, one, port.number) in held for one in (host, *_ANY))


def _sockets(process: int) -> Iterator[str]:
    """Yield the inodes of a process's sockets."""
    try:
        for entry in Path(f"/proc/{process}/fd").iterdir():
            target = str(entry.readlink())
            if target.startswith("socket:["):
                yield target[8:-1]
    except OSError:
        return  # ended meanwhile
