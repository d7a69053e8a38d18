"""Settings of recordings: transcription, playback, retention."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

OWN_MODEL = Path(__file__).parent / "models" / "hi-600"
"""The small Hindi model that comes with the program; `hi-2000` beside it hears more words."""


class RecordingRetentionDays(BaseModel):
    """Days a recording is kept after it came to its ticket; recordings of an open ticket are kept in any case."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    transcribed: int = Field(default=90, ge=1)
    """Days for recordings whose words are on their ticket."""
    untranscribed: int = Field(default=180, ge=1)
    """Days for recordings that only a person can understand."""
    call: Literal[7, 30, 90, 180, 365] = 90
    """Days for recorded calls (``calls.recording``). A prompt announces this number to callers, so the recording is
    deleted then even while its ticket is open."""


class RecordingSettings(BaseModel):
    """Transcription, playback and retention."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    workers: int = Field(default=0, ge=0, le=64)
    """Transcription processes; 0: one fewer than the machine has cores, at least one."""
    models: dict[str, Path] = Field(default_factory=lambda: {"hi": OWN_MODEL})
    """Folder of the Vosk model of each language, in the place of one that `warroom model install` has put in force.
    Messages in a language without a model are left to a person."""
    min_confidence: float = Field(default=0.6, ge=0, le=1)
    """Confidence (0 to 1) below which rooms see that the transcript is uncertain."""
    public_url: str = Field(default="", pattern=r"^(https?://[^\s/]+(/[^\s]*[^\s/])?)?$")
    """Address under which rooms reach `api`, such as https://warroom.example.org; empty: the address it listens
    on."""
    link_ttl_days: int = Field(default=30, ge=1, le=366)
    """Days for which the link to a recording works, from the version of the ticket that holds it."""
    retention_days: RecordingRetentionDays = RecordingRetentionDays()
    low_space_alert_mb: int = Field(default=5_000, ge=0)
    """Megabytes of free disk space in the spool below which the war room is alerted."""
    min_free_mb: int = Field(default=1_000, ge=0)
    """Megabytes of free disk space below which the oldest transcribed recordings are deleted; about 17 hours of
    messages."""
