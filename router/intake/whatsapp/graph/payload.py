"""A message of ours as the Graph API takes it (`POST /<phone_number_id>/messages`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from router.intake.whatsapp.dialogue.replies import Buttons, ContactRequest, LocationRequest, ReplyBody, Rows, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.model.messaging.person import ChatPerson

MAX_VALUE: Final = 1024
"""Characters of a value in a template's body (Cloud API, "template"); line breaks are not allowed in one."""


class Template(BaseModel):
    """A template that Meta has approved, the only message outside the 24-hour window.

    Attributes:
        name: Its name at Meta.
        values: Of `{{1}}`, `{{2}}` … in its text.
        payloads: The ids of its quick-reply buttons, in their order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["template"] = "template"
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    values: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    payloads: tuple[Annotated[str, Field(min_length=1, max_length=256)], ...] = ()


READ_BODY: Final[TypeAdapter[ReplyBody]] = TypeAdapter(ReplyBody)
"""Reads the body of a message in the queue."""


def make_payload(person: ChatPerson, body: ReplyBody | Template) -> dict[str, Any]:
    """Return the JSON of a message to a person."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient_of(person),
        **_content(body, person.language),
    }


def recipient_of(person: ChatPerson) -> Mapping[str, str]:
    """Return the field that names a person: their business-scoped user id where it is known.

    It is theirs for certain; a telephone number may be one that they only told us.
    """
    if "." in person.user:
        return {"recipient": person.user}
    return {"to": person.user}


def _content(body: ReplyBody | Template, language: str) -> dict[str, Any]:
    match body:
        case Text():
            return {"type": "text", "text": {"preview_url": False, "body": body.text}}
        case Template():
            return {"type": "template", "template": _template(body, language)}
        case Buttons():
            buttons = [{"type": "reply", "reply": {"id": one.id, "title": one.title}} for one in body.buttons]
            return _interactive("button", body.text, {"buttons": buttons})
        case Rows():
            rows = [
                {"id": row.id, "title": row.title, **({"description": row.description} if row.description else {})}
                for row in body.rows
            ]
            return _interactive("list", body.text, {"button": body.open, "sections": [{"rows": rows}]})
        case LocationRequest():
            return _interactive("location_request_message", body.text, {"name": "send_location"})
        case ContactRequest():
            return _interactive("request_contact_info", body.text, {"name": "request_contact_info"})
        case _:
            assert_never(body)


def _interactive(kind: str, text: str, action: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": dict(action)}}


def _template(body: Template, language: str) -> dict[str, Any]:
    components: list[dict[str, Any]] = []
    if body.values:
        values = [{"type": "text", "text": " ".join(value.split())[:MAX_VALUE]} for value in body.values]
        components.append({"type": "body", "parameters": values})
    for index, payload in enumerate(body.payloads):
        parameters = [{"type": "payload", "payload": payload}]
        components.append({"type": "button", "sub_type": "quick_reply", "index": str(index), "parameters": parameters})
    return {"name": body.name, "language": {"code": language}, **({"components": components} if components else {})}
