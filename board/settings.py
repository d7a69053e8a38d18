"""Settings of the screens."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network  # noqa: TC003  (pydantic reads them)
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from board.accounts.oidc.settings import OidcSettings
from board.accounts.settings import AccountSettings

Origin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$", max_length=300)]


class BoardSettings(BaseModel):
    """Where the `board` process listens. TLS and the public name belong to a reverse proxy."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: str = Field(default="127.0.0.1", pattern=r"^[A-Za-z0-9._:%-]+$", max_length=253)
    """Address to listen on."""
    port: int = Field(default=8312, ge=1, le=65535)
    """TCP port to listen on."""
    connections: Annotated[int, Field(ge=10, le=20_000)] = 4000
    """Connections at once; each open page holds one."""
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Addresses or networks of reverse proxies. Their X-Forwarded-For and X-Forwarded-Proto are believed; those of
    any other peer are ignored."""
    origins: tuple[Origin, ...] = ()
    """Public addresses of the screens, such as `https://screens.example.org`, where a reverse proxy does not hand on
    the Host header. A page from any other origin can neither send nor open a WebSocket."""
    tabs_per_user: Annotated[int, Field(ge=1, le=1000)] = 50
    """Pages that one user may have open at once."""
    accounts: AccountSettings = AccountSettings()
    oidc: OidcSettings = OidcSettings()

    @property
    def address(self) -> str:
        """Where people open the screens: the first public address, or the one listened on."""
        return self.origins[0] if self.origins else f"http://{self.host}:{self.port}"
