"""Errors of building and playing prompts.

PromptError
├── TextsError           a text file is missing, broken, or lacks a name the other language has
├── VoiceMissingError    no speech engine or no voice for a language: nothing can be spoken
├── SpeechFailedError    one text could not be spoken, tried twice
└── InvalidAudioError    a sound file is not usable: which, what is wrong, what is expected
"""

from __future__ import annotations

from router.errors import UserError


class PromptError(UserError):
    """Base of all errors about prompts; the message says what to do."""


class TextsError(PromptError):
    """The prompt texts cannot be used."""


class VoiceMissingError(PromptError):
    """No speech engine, or no voice for a language."""


class SpeechFailedError(PromptError):
    """One text could not be spoken."""


class InvalidAudioError(PromptError):
    """A sound file or sound is not usable."""
