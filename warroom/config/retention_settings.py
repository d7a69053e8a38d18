"""Settings of how long personal data is stored."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RetentionDays(BaseModel):
    """Days after which personal data is removed; for recordings see ``recordings.retention_days``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    tickets: int = Field(default=730, ge=1, le=36_500)
    """Days from the last change of a closed ticket, and from a call. The ticket remains, without its person."""
    cdr: int = Field(default=730, ge=2, le=36_500)
    """Days for Asterisk's CDR and CEL files, and for the figures made of them."""
    calls: int = Field(default=60, ge=2, le=36_500)
    """Days for the log of calls (`warroom calls list`): who called, what was heard and pressed; some 3 KB a call."""
    messages: int = Field(default=60, ge=10, le=36_500)
    """Days for messages by WhatsApp and SMS, from people and to them; what came of them is in their tickets. Not less
    than ten: WhatsApp delivers the same message again for a week."""
    audit: int = Field(default=400, ge=180, le=36_500)
    """Days for the audit log of the screens. CERT-In's directions of 2022 ask for 180, the DPDP Rules for a year."""
