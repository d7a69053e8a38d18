"""What an admin may set about tickets and the broker."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class BrokerSettings(BaseModel):
    """Where the MQTT broker listens and under which root our topics lie."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", pattern=r"^[A-Za-z0-9._:%-]+$", max_length=253)
    port: int = Field(default=1883, ge=1, le=65535)
    topic_root: str = Field(default="warroom/1", pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)*$")


class Open311Settings(BaseModel):
    """What other programs are told of the Open311 interface, and how much each may ask.

    Attributes:
        public_url: Where clients reach it, when that is not where we listen: the reverse proxy's address.
        contact: Whom to ask about it.
        public: Whether who has no key sees requests and counts. Of private needs only counts in any case.
        anonymous_per_minute: Requests a minute from one address without a key.
        key_per_minute: Requests a minute with one key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_url: str = Field(default="", pattern=r"^(https?://[^\s/]+)?$")
    contact: str = "The state's war room, telephone 181"
    public: bool = True
    anonymous_per_minute: int = Field(default=300, ge=1)
    key_per_minute: int = Field(default=3000, ge=1)


class RouterSettings(BaseModel):
    """This node's tickets: the digit their numbers begin with, the broker, patience with the database."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: int = Field(default=1, ge=1, le=9)
    broker: BrokerSettings = BrokerSettings()
    open311: Open311Settings = Open311Settings()
    busy_limit_s: float = Field(default=5.0, gt=0, le=30)
    """Seconds a ticket may wait for a locked database while its caller listens to nothing."""
