"""Fetches a file that a person sent, in two steps: the medium's address, then the file itself.

The address comes from outside, so it leads nowhere but to the hosts of the settings, by HTTPS, to no private address of
ours, and by no redirection. The size is taken from the header and counted besides; the checksum must be Meta's.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import socket
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from router.errors import UserError
from router.intake.whatsapp.graph.errors import ErrorKind, GraphError
from router.settings_messaging import SIMULATOR, is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from urllib.parse import SplitResult

    from router.intake.whatsapp.graph.accounts import GraphAccounts

FETCH_S: Final = 60.0
"""For both steps: 16 MB at 3 Mbit/s, the slowest link of an office."""


class MediaRefusedError(UserError, ValueError):
    """A file is not taken, now or later; the text says why, for a room."""


class MediaFetcher:
    """Fetches files.

    Args:
        accounts: A client for each of our numbers.
        hosts: From which files are taken, ``host`` or ``host:port``.
    """

    def __init__(self, accounts: GraphAccounts, hosts: Iterable[str]) -> None:
        self._accounts = accounts
        self._hosts = frozenset(host.lower() for host in hosts)

    async def fetch(self, account: str, media_id: str, limit: int) -> bytes:
        """Return a file.

        Args:
            account: Of ours, to which it was sent.
            media_id: Meta's.
            limit: Bytes that it may have.

        Raises:
            MediaRefusedError: it is too large, or its address leads elsewhere.
            GraphError: not now.
        """
        client = self._accounts.client(account)
        try:
            async with asyncio.timeout(FETCH_S):
                facts = await client.media(account, media_id)
                url = facts.get("url")
                if not isinstance(url, str):
                    raise GraphError(ErrorKind.RETRY, "a medium without an address")
                size = facts.get("file_size")
                if isinstance(size, int) and size > limit:
                    raise MediaRefusedError(f"it has {size:,} bytes; at most {limit:,} are taken")
                await self._see_allowed(account, url)
                data = await client.download(url, limit)
        except TimeoutError:
            raise GraphError(ErrorKind.RETRY, f"not fetched within {FETCH_S:g} s") from None
        if data is None:
            raise MediaRefusedError(f"it has more than {limit:,} bytes")
        if not _is_whole(data, facts):
            raise GraphError(ErrorKind.RETRY, "the file's checksum is not the one that was announced")
        return data

    async def _see_allowed(self, account: str, url: str) -> None:
        """Raise MediaRefusedError for an address that is not to be asked."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise MediaRefusedError("its address cannot be read") from None
        if account == SIMULATOR:
            if host != SIMULATOR:
                raise MediaRefusedError("its address is not the simulator's")
            return
        if not {host, f"{host}:{port}"} & self._hosts or parts.username is not None:
            raise MediaRefusedError(f"its address is on {host[:100]}, which media_hosts of [whatsapp] does not name")
        if parts.scheme == "http" and is_loopback(host):
            return  # a stand-in on this machine, which an admin has named
        await _see_public(parts, host)


async def _see_public(parts: SplitResult, host: str) -> None:
    """Raise unless a host is reached by HTTPS and has public addresses alone.

    Between this and the request its name could be made to lead elsewhere; what answers there has no certificate for it.
    """
    if parts.scheme != "https":
        raise MediaRefusedError("its address is not encrypted")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise GraphError(ErrorKind.RETRY, f"{host}: {error.strerror or error}") from None
    if not all(ipaddress.ip_address(address[4][0]).is_global for address in found):
        raise MediaRefusedError(f"{host} leads to an address of a private network")


def _is_whole(data: bytes, facts: Mapping[str, object]) -> bool:
    """Tell whether a file has its checksum, which Meta writes in hexadecimal here and in base 64 elsewhere."""
    told = facts.get("sha256")
    if not isinstance(told, str) or not told:
        return True
    digest = hashlib.sha256(data)
    return told in (digest.hexdigest(), base64.b64encode(digest.digest()).decode())
