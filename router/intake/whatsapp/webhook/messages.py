"""The kinds of messages that WhatsApp people send, as far as we read them; whatever else Meta adds is ignored.

What is read keeps the names that it has at Meta (Cloud API, ``messages[]`` of the webhook), so that its own reference
describes it. Text is cleaned as all text from outside. A message of a kind that is not listed, or that lacks what its
kind needs, is ``unknown``; what was sent of it is stored beside it either way.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from router.outside_text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN: Final = "unknown"
TEXT_LIMIT: Final = 4096
"""Characters of a text that people may send (Cloud API, text messages); a longer one is cut."""
_FIELD_LIMIT: Final = 1000  # of names, captions, addresses
_MOST_ITEMS: Final = 100  # contacts or products in one message


def _cut(limit: int) -> AfterValidator:
    return AfterValidator(lambda text: clean(text)[:limit])


Body = Annotated[str, _cut(TEXT_LIMIT)]
Words = Annotated[str, _cut(_FIELD_LIMIT)]
Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,300}$")]
"""Of a message, a medium or a button: printable ASCII without blanks."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Text(_Model):
    """A text."""

    body: Body


class Media(_Model):
    """A voice note, picture, film, document or sticker; ``voice`` is true for what was spoken into WhatsApp."""

    id: Id
    mime_type: Words = ""
    sha256: Words = ""
    caption: Body = ""
    filename: Words = ""
    voice: bool = False
    animated: bool = False


class Location(_Model):
    """A place on the map; degrees."""

    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    name: Words = ""
    address: Words = ""


class Phone(_Model):
    """A number of a shared contact."""

    phone: Words = ""
    wa_id: Words = ""


class ContactName(_Model):
    """The name of a shared contact."""

    formatted_name: Words = ""


class SharedContact(_Model):
    """A contact that was shared."""

    name: ContactName = ContactName()
    phones: list[Phone] = Field(default=[], max_length=_MOST_ITEMS)
    vcard: Body = ""


class Choice(_Model):
    """A button or row that was chosen; the id is ours."""

    id: Id
    title: Words = ""
    description: Words = ""


class Form(_Model):
    """Fields of a form (a flow) that was filled in: JSON as text."""

    response_json: Body = ""


class Interactive(_Model):
    """An answer to buttons, a list or a form."""

    type: Words = ""
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: Form | None = None


class Button(_Model):
    """A button of a template that was pressed; the payload is ours."""

    payload: Words = ""
    text: Words = ""


class Reaction(_Model):
    """A sign set to a message; without an emoji it was taken back."""

    message_id: Id
    emoji: Words = ""


class Product(_Model):
    """An article of an order."""

    product_retailer_id: Words = ""
    quantity: float = Field(default=0, allow_inf_nan=False)


class Order(_Model):
    """An order from a catalogue."""

    catalog_id: Words = ""
    text: Body = ""
    product_items: list[Product] = Field(default=[], max_length=_MOST_ITEMS)


class Edit(_Model):
    """A message with other words than it had."""

    original_message_id: Id
    message: dict[str, Any]


class Revoke(_Model):
    """A message that was taken back."""

    original_message_id: Id


class System(_Model):
    """A change of number or user id: ``user_changed_number``, ``user_changed_user_id``."""

    type: Words
    body: Words = ""
    wa_id: Words = ""
    new_wa_id: Words = ""
    user_id: Words = ""
    previous_user_id: Words = ""
    customer: Words = ""


class Unsupported(_Model):
    """A kind of message that WhatsApp does not hand on."""

    type: Words = ""


class Context(_Model):
    """The message that this one answers, and whether it was forwarded."""

    id: Words = ""
    forwarded: bool = False
    frequently_forwarded: bool = False


class Referral(_Model):
    """The advertisement by which they came."""

    source_url: Words = ""
    headline: Words = ""
    body: Words = ""


MODELS: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {
        "text": Text,
        "audio": Media,
        "image": Media,
        "video": Media,
        "document": Media,
        "sticker": Media,
        "location": Location,
        "contacts": SharedContact,
        "interactive": Interactive,
        "button": Button,
        "reaction": Reaction,
        "order": Order,
        "edit": Edit,
        "revoke": Revoke,
        "system": System,
        "unsupported": Unsupported,
        "request_welcome": Unsupported,
    }
)
"""By ``type`` of the message, which is also the name of the field with its content."""
_OPTIONAL: Final = frozenset(("unsupported", "request_welcome"))
_BESIDE: Final[Mapping[str, type[BaseModel]]] = MappingProxyType({"context": Context, "referral": Referral})


def read_content(message: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    """Return the kind of a message and what it says: ``{"type": kind, kind: {…}, "context": {…}}``.

    Args:
        message: An object of ``messages[]``.
    """
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in MODELS:
        return UNKNOWN, {"type": UNKNOWN}
    try:
        content: dict[str, object] = {"type": kind, kind: _read(kind, message)}
    except ValidationError:
        return UNKNOWN, {"type": UNKNOWN}
    for name, model in _BESIDE.items():
        if isinstance(beside := message.get(name), dict):
            try:
                content[name] = model.model_validate(beside).model_dump(exclude_defaults=True)
            except ValidationError:
                continue
    if kind == "contacts" and isinstance(origin := message.get("origin"), str):
        content["origin"] = origin[:_FIELD_LIMIT].encode("utf-8", "replace").decode()
    return kind, content


def _read(kind: str, message: Mapping[str, Any]) -> object:
    given = message.get(kind, {} if kind in _OPTIONAL else None)
    if kind == "contacts":
        people = given if isinstance(given, list) else [given]
        return [SharedContact.model_validate(one).model_dump(exclude_defaults=True) for one in people[:_MOST_ITEMS]]
    found = MODELS[kind].model_validate(given)
    if isinstance(found, Edit):
        inner = {**found.message, "type": UNKNOWN} if found.message.get("type") == "edit" else found.message
        return {"original_message_id": found.original_message_id, "message": read_content(inner)[1]}
    return found.model_dump(exclude_defaults=True)
