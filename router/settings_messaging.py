"""Settings of messages with citizens: WhatsApp."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

SIMULATOR: Final = "simulator"
"""The account (`phone_number_id`) of `warroom whatsapp simulate`: there beside the configured ones."""

PhoneNumberId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")]
MediaHost = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$", max_length=253)]
TemplateName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,512}$")]
Purpose = Literal["answer", "ticket-number", "confirm", "notice", "emergency"]
"""What a message of ours is for."""

_CLEAR: Final = "http"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, written as an address or as `localhost`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class WhatsAppSettings(BaseModel):
    """WhatsApp, by the Business Cloud API. Its secrets are files: see docs/whatsapp.md."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    phone_number_ids: tuple[PhoneNumberId, ...] = ()
    """Meta's ids of our numbers (`phone_number_id`, not the telephone numbers); none: WhatsApp is off, but for
    `warroom whatsapp simulate`."""
    graph_url: str = Field(default="https://graph.facebook.com", pattern=r"^https?://[^\s/@]+$", max_length=300)
    """Address of the Graph API."""
    graph_version: str = Field(default="v25.0", pattern=r"^v[0-9]{1,3}\.[0-9]{1,2}$")
    """Version of the Graph API. Meta switches one off about two years after its successor came out."""
    media_hosts: tuple[MediaHost, ...] = ("lookaside.fbsbx.com",)
    """Hosts from which photographs and voice notes are fetched; an address that Meta names on another is refused."""
    messages_per_second: int = Field(default=80, ge=1, le=1000)
    """Messages that one number of ours may send a second: 80 by default at Meta, 20 if it is used by the app too."""
    daily_budget: int = Field(default=20_000, ge=1, le=10_000_000)
    """Messages that may be sent in a day (India). Alarm at 80 per cent; beyond it only ticket numbers and answers
    about danger to life go out."""
    templates: dict[Purpose, TemplateName] = Field(default_factory=dict)
    """Names of the templates that Meta has approved, by what they are for: `{ confirm = "help_came" }`. Each in Hindi
    (`hi`) and English (`en`), worded as docs/whatsapp.md has it. Without one, people whose last message is older than
    24 hours are not written to, but called."""

    @field_validator("graph_url")
    @classmethod
    def _is_encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == _CLEAR and not is_loopback(parts.hostname or ""):
            raise ValueError("a token would go over the network readable by all: write https://")
        return url
