"""The addresses that trunks' calls come from, for the sets of deploy/nftables/warroom.nft."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from warroom.config.folders import ROOT, replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from agi.trunks.schema import Trunks

FILE: Final = "trunk-networks.nft"
"""Below the data directory, whose folder is root's: what is loaded into the packet filter, no service may write."""
TABLE: Final = "inet warroom"
SETS: Final = {4: "trunks", 6: "trunks_v6"}
_ANSWER_TIMEOUT_S: Final = 10.0


def write_networks(data: Path, trunks: Trunks) -> Path:
    """Write the addresses as commands of nft; the rules of deploy/nftables/ include it when the machine starts."""
    path = data / FILE
    replace_file(path, _commands(trunks), ROOT)
    return path


def load_networks(path: Path) -> str:
    """Have the packet filter take them, if it has our table; return what became of it, empty when it has none.

    All or nothing: nft takes a file as one transaction.
    """
    nft = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if nft is None or _run(nft, "list", "table", *TABLE.split()).returncode:
        return ""
    ended = _run(nft, "-f", str(path))
    if ended.returncode:
        return f"not taken: {(ended.stderr.strip().splitlines() or ['no reason given'])[0]}; see: nft -c -f {path}"
    return f"sets {' and '.join(SETS.values())} of table {TABLE} have the trunks' addresses"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=_ANSWER_TIMEOUT_S)  # noqa: S603


def _commands(trunks: Trunks) -> str:
    networks = [ipaddress.ip_network(source, strict=False) for trunk in trunks.trunk for source in trunk.sources]
    lines = ["# Written by the program; changes are lost."]
    for version, name in SETS.items():
        lines.append(f"flush set {TABLE} {name}")
        of_version = [one for one in networks if one.version == version]
        # collapsed, since nft refuses intervals that overlap
        elements = ", ".join(map(str, ipaddress.collapse_addresses(of_version)))  # type: ignore[type-var]
        if elements:
            lines.append(f"add element {TABLE} {name} {{ {elements} }}")
    return "\n".join(lines) + "\n"
