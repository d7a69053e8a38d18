"""Settings of tickets, broker and Open311."""

from __future__ import annotations

from typing import Self
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class BrokerTlsSettings(BaseModel):
    """MQTT over TLS for rooms outside this machine; without a certificate, the broker listens on loopback alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    bind: str = Field(default="0.0.0.0", pattern=r"^[0-9A-Fa-f.:]+$", max_length=45)  # noqa: S104 - rooms are outside
    """Address on which the broker takes MQTT over TLS, version 1.2 or newer."""
    port: int = Field(default=8883, ge=1, le=65535)
    """TCP port of MQTT over TLS."""
    websockets_port: int = Field(default=0, ge=0, le=65535)
    """TCP port of MQTT over WebSockets with TLS, for pages in a browser; 0: none."""
    certificate: str = ""
    """PEM file of the certificate with those of its issuers, below the data directory or absolute; empty: no TLS."""
    key: str = ""
    """PEM file of its private key, without a passphrase."""
    ca: str = ""
    """PEM file of the CA that rooms are to trust, when it is the state's own; empty: one that every system knows."""
    name: str = Field(default="", pattern=r"^[A-Za-z0-9.:-]*$", max_length=253)
    """Host name or address by which rooms reach it, as in the certificate; empty: the machine's host name."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.certificate) != bool(self.key):
            raise ValueError("certificate and key belong together: set both")
        if self.port == self.websockets_port:
            raise ValueError("port and websockets_port must differ")
        return self

    @property
    def enabled(self) -> bool:
        """Whether the broker is to be reached from outside."""
        return bool(self.certificate)

    @property
    def listening(self) -> tuple[tuple[str, int], ...]:
        """Name and port of each listener there is."""
        ports = (("port", self.port), ("websockets_port", self.websockets_port))
        return tuple((name, port) for name, port in ports if port) if self.enabled else ()


class BrokerSettings(BaseModel):
    """The MQTT broker, and the root of our topics."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: str = Field(default="127.0.0.1", pattern=r"^[A-Za-z0-9._:%-]+$", max_length=253)
    """Host name or address of the MQTT broker."""
    port: int = Field(default=1883, ge=1, le=65535)
    """TCP port of the broker."""
    topic_root: str = Field(default="warroom/1", pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)*$")
    """First levels of all our topics."""
    tls: BrokerTlsSettings = BrokerTlsSettings()


class StorageSettings(BaseModel):
    """Where tickets are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: str = Field(default="", pattern=r"^(postgresql\+psycopg://\S*/\S+)?$", max_length=1000)
    """PostgreSQL database, `postgresql+psycopg://user@host/database`; empty: a SQLite file in the data directory."""
    timeout_s: float = Field(default=5.0, gt=0, le=30)
    """Seconds that opening a ticket may wait for a locked or silent database while its caller hears nothing."""

    @field_validator("url")
    @classmethod
    def _has_no_password(cls, url: str) -> str:
        """The URL stands in logs and messages."""
        parts = urlsplit(url)
        if parts.password is not None or "password" in parse_qs(parts.query):
            raise ValueError("no password here: put it in a file of the service's user and add ?passfile=/that/file")
        return url


class Open311Settings(BaseModel):
    """The Open311 interface: its description, and how many requests each client may make."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    public_url: str = Field(default="", pattern=r"^(https?://[^\s/]+)?$")
    """Public address of the interface, if a reverse proxy serves it; empty: the address it listens on."""
    contact: str = "The state's war room, telephone 181"
    """Contact shown to users of the interface."""
    public: bool = True
    """Whether clients without a key may read requests and counts. Requests about private needs are only ever
    counted."""
    anonymous_per_minute: int = Field(default=300, ge=1)
    """Requests per minute from one address without a key."""
    key_per_minute: int = Field(default=3000, ge=1)
    """Requests per minute with one key."""


class RouterSettings(BaseModel):
    """Tickets of this node: numbering, broker, Open311, database."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    node: int = Field(default=1, ge=1, le=9)
    """First digit of this node's ticket numbers; different on each node."""
    broker: BrokerSettings = BrokerSettings()
    storage: StorageSettings = StorageSettings()
    open311: Open311Settings = Open311Settings()
