"""Settings of sign-in and sessions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator


class AccountSettings(BaseModel):
    """Sign-in at the screens, and how long it lasts."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    idle_hours: float = Field(default=12, gt=0, le=168)
    """Hours after which a session that nobody used ends; 12: a night shift."""
    session_hours: float = Field(default=24, gt=0, le=720)
    """Hours after which every session ends, used or not. Walls are never signed out."""

    @model_validator(mode="after")
    def _in_order(self) -> AccountSettings:
        if self.idle_hours > self.session_hours:
            raise ValueError("idle_hours must not be above session_hours")
        return self
