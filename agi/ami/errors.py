"""Errors of the AMI connection, as one tree.

::

    AmiError                      the AMI connection could not do what was asked
    ├── AmiNotConnectedError      no connection now, or it was lost before the answer came
    ├── AmiTimeoutError           no answer in time; whether the action was done is unknown
    ├── AmiRefusedError           Asterisk answered with an error
    └── AmiBadValueError          a key or value that would break the protocol; nothing was sent

No message holds a telephone number or a secret: each can go to the log as it is.
"""

from __future__ import annotations

from router.errors import UserError


class AmiError(UserError):
    """The AMI connection could not do what was asked."""


class AmiNotConnectedError(AmiError):
    """There is no link to Asterisk now, or it was lost before the answer came.

    An action that was already sent is never sent again: it may or may not have been done.
    """


class AmiTimeoutError(AmiError):
    """Asterisk did not answer an action in time; it may or may not have been done."""


class AmiRefusedError(AmiError):
    """Asterisk answered an action with an error.

    Attributes:
        action: The action's name.
        message: Asterisk's own words.
    """

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"{action}: {message}")
        self.action = action
        self.message = message


class AmiBadValueError(AmiError, ValueError):
    """A key or value holds CR, LF or NUL, which would start another action; nothing was sent."""
