"""What an admin may set about the HTTP interface."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agi.settings import Host, Port
from router.errors import UserError


class HttpApiError(UserError):
    """The interface cannot be opened; the text says where and what to do."""


class ApiSettings(BaseModel):
    """Where the `api` process listens. TLS and the public name are a reverse proxy's.

    Attributes:
        host: Address to listen on.
        port: Port to listen on.
        connections: Connections at once. For one more, the one that has waited longest for its client is closed.
        proxies: Addresses or networks of reverse proxies: who asks is then what they say in X-Forwarded-For, read
            from the right. From anybody else that header is not believed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host = "127.0.0.1"
    port: Port = 8311
    connections: Annotated[int, Field(ge=1, le=10_000)] = 200
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
