"""What Meta posts to the webhook when somebody writes, or when a message of ours has reached them."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from router.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNATURE: Final = "X-Hub-Signature-256"
NAME: Final = "अभ्यास SIMULATION"
"""The profile's name, by which a ticket is known to be none of a citizen's."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who writes.

    Attributes:
        account: The number of ours (`phone_number_id`) to which they write.
        user: Their business-scoped user id.
        number: Their number, digits alone; empty when WhatsApp keeps it back.
    """

    account: str
    user: str
    number: str = ""
    name: str = NAME
    ids: list[str] = field(default_factory=list)

    def message(self, kind: str, content: Any, **more: Any) -> dict[str, Any]:
        """Return the body of a webhook with one message."""
        wamid = f"wamid.{secrets.token_urlsafe(18)}"
        self.ids.append(wamid)
        sender = {"from": self.number} if self.number else {}
        message = {
            **sender,
            "from_user_id": self.user,
            "id": wamid,
            "timestamp": _now(),
            "type": kind,
            kind: content,
            **more,
        }
        profile = {"profile": {"name": self.name}, "user_id": self.user}
        contact = profile | ({"wa_id": self.number} if self.number else {})
        return self._body({"contacts": [contact], "messages": [message]})

    def status(self, wamid: str, status: str) -> dict[str, Any]:
        """Return the body of a webhook that says what became of a message of ours."""
        told = {"id": wamid, "status": status, "timestamp": _now(), "recipient_user_id": self.user}
        return self._body({"statuses": [told]})

    def _body(self, value: Mapping[str, Any]) -> dict[str, Any]:
        metadata = {"display_phone_number": "0", "phone_number_id": self.account}
        change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        return {"object": "whatsapp_business_account", "entry": [{"id": self.account, "changes": [change]}]}


def signed(body: Mapping[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    """Return a body's bytes and headers, as Meta sends them: ASCII alone, signed with the app's secret."""
    data = json.dumps(body).encode()
    digest = hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
    return data, {"Content-Type": "application/json", SIGNATURE: f"sha256={digest}"}


def _now() -> str:
    return str(int(utc_now().timestamp()))
