"""Reads ``trunks.toml`` and reports all mistakes at once, each with its line and the expected value."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, get_args

from agi.trunks.schema import LOOPBACK, Service, Tls, Trunk, Trunks
from router.config.toml_models import parse_table
from router.config.toml_table import TomlFile, text_if_there
from router.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from router.config.toml_table import Table


class TrunksError(ConfigError):
    """The file of trunks cannot be used."""


def read_trunks(path: Path) -> Trunks:
    """Read a file of trunks; a missing one means the loopback trunk.

    Raises:
        TrunksError: it cannot be read, or has mistakes.
    """
    text = text_if_there(path, TrunksError)
    return LOOPBACK if text is None else parse_trunks(text, str(path))


def parse_trunks(text: str, source: str) -> Trunks:
    """Check the text of a file of trunks.

    Args:
        text: TOML.
        source: Its name, for the messages.

    Raises:
        TrunksError: With every mistake.
    """
    toml = TomlFile(text, source, TrunksError)
    toml.only(("trunk", "tls"))
    tables = toml.tables("trunk")
    if not tables and not toml.problems:
        toml.problems.append(f"{source}: no trunk; write [[trunk]] and below it name, server, channels and dids")
    trunks = [trunk for table in tables if (trunk := parse_table(table, Trunk, _EXPECTED, _ELSEWHERE))]
    tls = parse_table(toml.table("tls"), Tls, _EXPECTED) if "tls" in toml.values else None
    if not toml.problems:
        _fit_together(tables, trunks, tls)
    toml.check()
    return Trunks(trunk=tuple(trunks), tls=tls)


_ELSEWHERE = "; what has no key here is said in Asterisk's own words: docs/trunks.md, What has no key"
_EXPECTED = {
    "name": "write two to 31 of a-z, 0-9 and -, a letter first",
    "dids": "write the number as the trunk delivers it: 2 to 15 digits, + before them where it sends one",
    "dials.[key]": f"not a service; known: {', '.join(get_args(Service))}",
    "dials": "write the number as it is dialled: 2 to 15 digits, + before them where the provider wants one",
    "username": "write the account as the provider gave it, without blanks",
    "caller_id": "write 2 to 15 digits, as in dids",
}


def _fit_together(tables: Sequence[Table], trunks: Sequence[Trunk], tls: Tls | None) -> None:
    """Report conflicts between a trunk and another."""
    names: dict[str, int] = {}
    networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]] = []
    for table, trunk in zip(tables, trunks, strict=True):
        if names.setdefault(trunk.name, table.line) != table.line:
            table.bad(f"the name {trunk.name!r} is taken in line {names[trunk.name]}", "name")
        if trunk.transport == "tls" and tls is None:
            table.bad('transport = "tls" needs a certificate: write [tls] with certificate and key', "transport")
        for source in trunk.sources:
            network = ipaddress.ip_network(source, strict=False)
            for other, owner in networks:
                if owner != trunk.name and network.version == other.version and network.overlaps(other):
                    key = "match" if trunk.match else "server"
                    table.bad(f"{source} is {owner}'s too ({other}): nobody could tell whose call it is", key)
            networks.append((network, trunk.name))
