"""The packet filter's rules that come with the program, in force for the time of a test."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from warroom.config.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

NFT = "/usr/sbin/nft"
_SHIPPED, _OURS = "warroom_one_port", "warroom_test_one_port"
_EXAMPLE = "192.0.2.1"


@contextmanager
def one_port(host: str) -> Iterator[None]:
    """Have an address's sound come from one port (deploy/nftables/one-port.nft), by a table of the test's own."""
    if subprocess.run([NFT, "list", "tables"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets us filter no packets")
    rules = (PROJECT / "deploy" / "nftables" / "one-port.nft").read_text("utf-8")
    rules = rules.replace(_SHIPPED, _OURS).replace(_EXAMPLE, host)
    subprocess.run([NFT, "-f", "-"], check=True, input=rules, text=True, timeout=10)
    try:
        yield
    finally:
        subprocess.run([NFT, "delete", "table", "inet", _OURS], check=True, timeout=10)
