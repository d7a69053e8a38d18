"""Settings of notices to the public."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

NO_SENDER: Final = "warroom.invalid"
"""Nobody's name (RFC 2606): what goes out under it is an exercise."""


class NoticeSettings(BaseModel):
    """Who publishes notices to the public, as messages of the Common Alerting Protocol (CAP) say it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    sender: str = Field(default=NO_SENDER, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{2,79}$")
    """Name of the sender that no other has, such as a domain or mail address of the department; until it is set, CAP
    messages have the status Exercise."""
    sender_name: str = Field(default="State War Room", min_length=1, max_length=200)
    """The sender as people read it, in English."""
    sender_name_hi: str = Field(default="राज्य वॉर रूम", min_length=1, max_length=200)
    """The same in Hindi."""
    contact: str = Field(default="181", max_length=200)
    """How people reach the sender."""
    state: str = Field(default="Madhya Pradesh", min_length=1, max_length=100)
    """Name of the state, for notices that are for all of it, in English."""
    state_hi: str = Field(default="मध्यप्रदेश", min_length=1, max_length=100)
    """The same in Hindi."""
    exercise: bool = False
    """Whether all that is published by CAP is an exercise."""

    @property
    def cap_exercise(self) -> bool:
        """Whether CAP messages say that they are an exercise."""
        return self.exercise or self.sender == NO_SENDER
