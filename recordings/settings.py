"""What an admin may set about sound."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

OWN_MODEL = Path(__file__).parent / "models" / "hi"
"""The small Hindi model that comes with the program."""


class RecordingRetentionDays(BaseModel):
    """Days a recording is kept after its ticket got it; the sound of an open ticket is kept in any case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    transcribed: int = Field(default=90, ge=1)
    """Sound whose words are on its ticket."""
    listen: int = Field(default=180, ge=1)
    """Sound that only a person can understand."""
    conversation: Literal[7, 30, 90, 180, 365] = 90
    """Recorded calls (``calls.recording``). Callers are told this number, by a prompt of its own, and that the sound is
    deleted then: so it is, whether the ticket is open or not."""


class RecordingSettings(BaseModel):
    """Transcription, listening and retention."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int = Field(default=0, ge=0, le=64)
    """Processes that transcribe; 0: one less than the machine has cores, at least one."""
    models: dict[str, Path] = Field(default_factory=lambda: {"hi": OWN_MODEL})
    """Language -> folder of its Vosk model. A message in a language without one is listened to by a person."""
    low_confidence: float = Field(default=0.6, ge=0, le=1)
    """Below this the room is told that the transcript is uncertain."""
    public_url: str = Field(default="", pattern=r"^(https?://[^\s/]+(/[^\s]*[^\s/])?)?$")
    """Where rooms reach `api`, such as https://warroom.example.org; empty: the address it listens on."""
    link_days: int = Field(default=30, ge=1, le=366)
    """Days the address of a recording works after the version of the ticket that names it."""
    keep_days: RecordingRetentionDays = RecordingRetentionDays()
    free_alert_mb: int = Field(default=5_000, ge=0)
    """Megabytes free on the disk of the spool below which the war room is alerted."""
    free_least_mb: int = Field(default=1_000, ge=0)
    """Megabytes free below which the oldest transcribed sound is deleted; about 17 hours of messages."""
