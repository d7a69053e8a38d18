"""What the Graph API takes as a message: names, lengths and numbers as Meta's reference has them.

Meta, "Cloud API, Messages" (text, interactive, template objects); `recipient` and `request_contact_info` as in
"Business-scoped user IDs", 2026. Lengths are counted in characters (code points).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MAX_ROWS = 10  # in all sections of a list together

Id256: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=256, strict=True)]
Id200: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200, strict=True)]
Title: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=20, strict=True)]
RowTitle: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=24, strict=True)]
Description: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=72, strict=True)]
Body: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=1024, strict=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextObject(_Strict):
    """The words of a plain message."""

    body: Annotated[str, StringConstraints(min_length=1, max_length=4096, strict=True)]
    preview_url: bool = False


class BodyObject(_Strict):
    """The words of an interactive message."""

    text: Body


class Reply(_Strict):
    """A button's id and title."""

    id: Id256
    title: Title


class ReplyButton(_Strict):
    """A button."""

    type: Literal["reply"]
    reply: Reply


class ButtonAction(_Strict):
    """At most three buttons."""

    buttons: Annotated[tuple[ReplyButton, ...], Field(min_length=1, max_length=3)]

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if len({one.reply.id for one in self.buttons}) != len(self.buttons):
            raise ValueError("ids of buttons must differ")
        if len({one.reply.title for one in self.buttons}) != len(self.buttons):
            raise ValueError("titles of buttons must differ")
        return self


class Row(_Strict):
    """A row of a list."""

    id: Id200
    title: RowTitle
    description: Description | None = None


class Section(_Strict):
    """A part of a list; several need titles."""

    title: RowTitle | None = None
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=MAX_ROWS)]


class ListAction(_Strict):
    """A button that opens rows."""

    button: Title
    sections: Annotated[tuple[Section, ...], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _few(self) -> Self:
        rows = [row for section in self.sections for row in section.rows]
        if len(rows) > MAX_ROWS:
            raise ValueError("a list has at most ten rows")
        if len({row.id for row in rows}) != len(rows):
            raise ValueError("ids of rows must differ")
        if len(self.sections) > 1 and not all(section.title for section in self.sections):
            raise ValueError("several sections need titles")
        return self


class LocationAction(_Strict):
    """The only action of a request for a location."""

    name: Literal["send_location"]


class ContactAction(_Strict):
    """The only action of a request for the person's own number."""

    name: Literal["request_contact_info"]


class ButtonsMessage(_Strict):
    """A question with buttons."""

    type: Literal["button"]
    body: BodyObject
    action: ButtonAction


class ListMessage(_Strict):
    """A question with a list."""

    type: Literal["list"]
    body: BodyObject
    action: ListAction


class LocationRequestMessage(_Strict):
    """Asks for a location."""

    type: Literal["location_request_message"]
    body: BodyObject
    action: LocationAction


class ContactRequestMessage(_Strict):
    """Asks for the person's own number."""

    type: Literal["request_contact_info"]
    body: BodyObject
    action: ContactAction


Interactive: TypeAlias = Annotated[
    ButtonsMessage | ListMessage | LocationRequestMessage | ContactRequestMessage, Field(discriminator="type")
]


class TextParameter(_Strict):
    """A value of a template's body: no line breaks, no tabs, no four spaces (Meta's error 132018)."""

    type: Literal["text"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=1024, strict=True, pattern=r"^[^\n\t]+$")]

    @model_validator(mode="after")
    def _no_gaps(self) -> Self:
        if "    " in self.text:
            raise ValueError("more than three spaces in a row")
        return self


class PayloadParameter(_Strict):
    """What a quick-reply button sends back."""

    type: Literal["payload"]
    payload: Id256


class BodyComponent(_Strict):
    """The values of a template's text."""

    type: Literal["body"]
    parameters: Annotated[tuple[TextParameter, ...], Field(min_length=1)]


class ButtonComponent(_Strict):
    """A quick-reply button of a template."""

    type: Literal["button"]
    sub_type: Literal["quick_reply"]
    index: Annotated[str, StringConstraints(pattern=r"^[0-9]$", strict=True)]
    parameters: Annotated[tuple[PayloadParameter, ...], Field(min_length=1, max_length=1)]


class Language(_Strict):
    """A template's language."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$", strict=True)]


class TemplateObject(_Strict):
    """A template and what is filled in."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,512}$", strict=True)]
    language: Language
    components: tuple[Annotated[BodyComponent | ButtonComponent, Field(discriminator="type")], ...] = ()


class _Message(_Strict):
    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"] = "individual"
    to: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{6,15}$", strict=True)] | None = None
    recipient: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\.[A-Za-z0-9.]{1,128}$", strict=True)] | None = None

    @model_validator(mode="after")
    def _is_to_somebody(self) -> Self:
        if self.to is None and self.recipient is None:
            raise ValueError("to or recipient is needed")
        return self


class TextMessage(_Message):
    """Words alone."""

    type: Literal["text"]
    text: TextObject


class InteractiveMessage(_Message):
    """A question with something to press."""

    type: Literal["interactive"]
    interactive: Interactive


class TemplateMessage(_Message):
    """A template."""

    type: Literal["template"]
    template: TemplateObject


AnyMessage: TypeAlias = Annotated[TextMessage | InteractiveMessage | TemplateMessage, Field(discriminator="type")]
