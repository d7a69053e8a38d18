"""A citizen who reached nobody and is to be called back by a person: the ``data`` of ``callbacks/<uniqueid>``."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

CallbackReason = Literal["silent", "abandoned"]
"""No key was pressed and nothing said; the caller hung up in the menu or in the line, without a ticket."""


class AttendedCallback(BaseModel):
    """One number to call back, whatever how often it has called."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    callback: str
    """Names it: the unique id of the first such call."""
    phone: str
    """E.164."""
    helpline: str
    language: str = "hi"
    reason: CallbackReason
    """Of the newest call."""
    since: AwareDatetime
    """When the first such call ended: the oldest are called first."""
    last: AwareDatetime
    """When the newest ended."""
    calls: int = Field(default=1, ge=1)
    """How often the citizen has called so."""
    attempts: int = 0
    """How often we have called in vain."""
    expires: AwareDatetime
    """When nobody calls any more."""
    taken_by: str = ""
    """The operator who calls just now; empty: nobody."""
