"""Errors of the voice Kokoro.

KokoroError
├── NotInstalledError    a part of it is missing
├── InstallError         it could not be fetched, or is not what it should be
├── NoPhonemesError      espeak-ng, which knows how texts are pronounced, is missing or failed
└── UnspeakableError     a text has no sign that the voice knows, or too many
"""

from router.errors import UserError


class KokoroError(UserError):
    """The reason, with what to do about it."""


class NotInstalledError(KokoroError):
    """A part of the voice is missing."""


class InstallError(KokoroError):
    """The voice could not be put in place."""


class NoPhonemesError(KokoroError):
    """espeak-ng is missing or failed."""


class UnspeakableError(KokoroError):
    """A text cannot be spoken as one piece."""
