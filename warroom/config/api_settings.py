"""Settings of the HTTP interface."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agi.settings import Host, Port
from router.errors import UserError


class HttpApiError(UserError):
    """The interface cannot be opened; the text says where and what to do."""


class ApiSettings(BaseModel):
    """Where the `api` process listens. TLS and the public name belong to a reverse proxy."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: Host = "127.0.0.1"
    """Address to listen on."""
    port: Port = 8311
    """TCP port to listen on."""
    connections: Annotated[int, Field(ge=1, le=10_000)] = 200
    """Connections at once. A further one replaces the connection that has waited longest for its client."""
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Addresses or networks of reverse proxies. Their X-Forwarded-For gives the client's address, read from the
    right; from any other peer the header is ignored."""
