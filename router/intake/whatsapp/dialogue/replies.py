"""What the dialogue answers with: WhatsApp's kinds of messages, within its limits, as the queue keeps them (JSON)."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

MAX_TEXT = 1024
"""Characters of the text of a message with buttons or a list (Cloud API, "interactive"); plain ones may have 4,096."""

MAX_TITLE = 20
"""Characters of a button's title, and of the button that opens a list."""

MAX_ROW = 24
"""Characters of the title of a list's row."""

MAX_DESCRIPTION = 72
"""Characters of the smaller line below it."""

MAX_BUTTONS = 3
MAX_ROWS = 10
MAX_ID = 200
"""Characters of the id of a button or row: what is allowed of both."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Body):
    """Words alone."""

    kind: Literal["text"] = "text"
    text: Annotated[str, Field(min_length=1, max_length=4096)]


class Button(_Body):
    """A button; its id comes back when it is pressed, and its title is shown as the person's answer."""

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID)]
    title: Annotated[str, Field(min_length=1, max_length=MAX_TITLE)]


class Buttons(_Body):
    """A question with at most three answers."""

    kind: Literal["buttons"] = "buttons"
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    buttons: Annotated[tuple[Button, ...], Field(min_length=1, max_length=MAX_BUTTONS)]


class Row(_Body):
    """A row of a list."""

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID)]
    title: Annotated[str, Field(min_length=1, max_length=MAX_ROW)]
    description: Annotated[str, Field(max_length=MAX_DESCRIPTION)] = ""


class Rows(_Body):
    """A question with at most ten answers, in a list that a button opens."""

    kind: Literal["list"] = "list"
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    open: Annotated[str, Field(min_length=1, max_length=MAX_TITLE)]
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=MAX_ROWS)]


class LocationRequest(_Body):
    """A question with a button that sends where the person is."""

    kind: Literal["location_request"] = "location_request"
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class ContactRequest(_Body):
    """A question with a button that sends the person's own telephone number."""

    kind: Literal["contact_request"] = "contact_request"
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


ReplyBody: TypeAlias = Annotated[Text | Buttons | Rows | LocationRequest | ContactRequest, Field(discriminator="kind")]
