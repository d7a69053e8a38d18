"""Bodies as Meta posts them to the webhook, and their signature."""

from __future__ import annotations

import hmac
import json
from itertools import count
from typing import Any

ACCOUNT = "106540352242922"
SECRET = "app-secret"
SENT_AT = 1_775_037_600  # 2026-04-01T10:00:00Z

_ids = count(1)


def wamid() -> str:
    """A new id of a message."""
    return f"wamid.HBgM{next(_ids):020d}"


def text(body: str, *, number: str = "919812343210", **changes: Any) -> dict[str, Any]:
    """A text message."""
    return message("text", {"body": body}, number=number, **changes)


def message(kind: str, content: Any, *, number: str | None = "919812343210", **changes: Any) -> dict[str, Any]:
    """A message of a kind; a change to None leaves a field out."""
    given = {"from": number, "id": wamid(), "timestamp": str(SENT_AT), "type": kind, kind: content, **changes}
    return {name: value for name, value in given.items() if value is not None}


def status(of: str, state: str, **changes: Any) -> dict[str, Any]:
    """What became of a message of ours."""
    return {"id": of, "status": state, "timestamp": str(SENT_AT), "recipient_id": "919812343210", **changes}


def value(
    *messages: dict[str, Any],
    statuses: tuple[dict[str, Any], ...] = (),
    contacts: list[dict[str, Any]] | None = None,
    account: str = ACCOUNT,
) -> dict[str, Any]:
    """A value of one change."""
    whole: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "918989011180", "phone_number_id": account},
    }
    if messages:
        default = [{"profile": {"name": "Asha"}, "wa_id": one["from"]} for one in messages if "from" in one]
        whole |= {"contacts": default if contacts is None else contacts, "messages": list(messages)}
    if statuses:
        whole["statuses"] = list(statuses)
    return whole


def body_of(*values: dict[str, Any], field: str = "messages") -> bytes:
    """A body with an entry for each value; not ASCII is escaped, as Meta does."""
    entries = [{"id": "102290129340398", "changes": [{"value": one, "field": field}]} for one in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a body."""
    signature = hmac.new(secret.encode(), body, "sha256").hexdigest()
    return {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}
