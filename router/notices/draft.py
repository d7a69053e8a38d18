"""Words of a notice as a person gives them, checked and made into its content."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from router.bounds import Line, Moment  # noqa: TC001 - pydantic reads them
from router.model.notice import Category, Certainty, NoticeContent, Severity, Urgency
from router.notices.refusals import refusal
from router.outside_text import clean

if TYPE_CHECKING:
    from datetime import datetime

    from router.geo import Places
    from router.notices.settings import NoticeSettings

MAX_DAYS: Final = 31
"""A notice holds no longer: who hears the same each day stops to listen."""
MAX_TEXT_CHARS: Final = 1_000
"""Characters of a text: a strip on a screen, a message; a page of print is no notice."""

EVENT: Final = "Public notice"
EVENT_HI: Final = "जन सूचना"

Words = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
Districts = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)]


class NoticeWords(BaseModel):
    """What a person may say of a notice; what is left out is as it was, or the default."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    text: Words | None = None
    """As it is read, in English."""
    text_hi: Words | None = None
    """In Hindi."""
    spoken: Words | None = None
    """As callers hear it in English, where that differs from the text."""
    spoken_hi: Words | None = None
    event: Line | None = None
    """What it is about, a few words, in English; else "Public notice"."""
    event_hi: Line | None = None
    districts: Districts | None = None
    """Ids of districts; an empty list: the whole state."""
    category: Category | None = None
    urgency: Urgency | None = None
    severity: Severity | None = None
    certainty: Certainty | None = None
    starts: Moment | None = None
    """From when it holds; else from now."""
    ends: Moment | None = None
    """Until when."""
    exercise: bool | None = None
    """Whether it only tries the ways."""


def make_content(
    words: NoticeWords, before: NoticeContent | None, places: Places, settings: NoticeSettings, now: datetime
) -> NoticeContent:
    """Return the content of a new revision.

    Args:
        words: What a person says of it.
        before: The content of the revision before.
        places: The districts.
        settings: Knows the name of the state.
        now: Aware.

    Raises:
        CommandRefusedError: it is not complete, or its times make no sense.
    """
    given = words.model_dump(exclude_none=True)
    first: dict[str, Any] = {"event": EVENT, "event_hi": EVENT_HI, "starts": now}
    values = (before.model_dump(include=set(NoticeContent.model_fields)) if before else first) | given
    if before and not words.model_fields_set & {"spoken", "spoken_hi"}:
        # an old spoken form must not go on beside a new text
        values |= {f"spoken{end}": "" for end in ("", "_hi") if f"text{end}" in given}
    for name in ("text", "text_hi", "spoken", "spoken_hi", "event", "event_hi"):
        values[name] = clean(values.get(name, ""))
        if not values[name] and not name.startswith("spoken"):
            raise refusal("empty", name=name)
    if "ends" not in values:
        raise refusal("empty", name="ends")
    _check_times(values["starts"], values["ends"], now)
    districts = tuple(dict.fromkeys(values.get("districts") or ()))
    if unknown := next((one for one in districts if one not in places.districts), None):
        raise refusal("no-district", name=unknown)
    known = [places.districts[one] for one in districts]
    return NoticeContent.model_validate(
        values
        | {
            "districts": districts,
            "area": ", ".join(one.name for one in known) or settings.state,
            "area_hi": ", ".join(one.name_hi for one in known) or settings.state_hi,
        }
    )


def _check_times(starts: datetime, ends: datetime, now: datetime) -> None:
    if ends <= now:
        raise refusal("ends-past")
    if ends <= starts:
        raise refusal("ends-first")
    if ends - max(starts, now) > timedelta(days=MAX_DAYS):
        raise refusal("too-long", days=MAX_DAYS)
