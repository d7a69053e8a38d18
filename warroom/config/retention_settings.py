"""How long personal data is kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RetentionDays(BaseModel):
    """Days after which the person is taken out of what is kept; sound has days of its own, ``recordings.keep_days``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tickets: int = Field(default=730, ge=1, le=36_500)
    """From the last thing done to a closed ticket, and from a call. The ticket stays, without its person."""
    books: int = Field(default=730, ge=2, le=36_500)
    """Asterisk's books of calls, the files and what the figures are made of."""
