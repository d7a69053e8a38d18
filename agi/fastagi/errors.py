"""Errors of one call's FastAGI session, as one tree.

::

    CallError                     the session cannot go on as asked
    ├── CallerGoneError           the caller hung up
    ├── CallMovedError            an AMI Redirect took the channel elsewhere
    ├── AgiCommandError           Asterisk refused a command, or it could not be done
    │   └── PromptMissingError    a prompt has no sound file
    ├── AgiTimeoutError           Asterisk did not answer within the command's limit
    └── BadRequestError           the connection is not a sound FastAGI request

No message holds a telephone number or a secret: each can go to the log as it is.
"""

from __future__ import annotations

from router.errors import WarroomError


class CallError(WarroomError):
    """One call's FastAGI session cannot go on as asked."""


class CallerGoneError(CallError):
    """The caller hung up: reported by the ``HANGUP`` line, by reply 511 or by end of file."""

    def __init__(self) -> None:
        super().__init__("the caller hung up")


class CallMovedError(CallError):
    """The channel was taken elsewhere by an AMI Redirect (``session.moving`` was set before it).

    Not a `CallerGoneError`: the caller is still there and nothing is to be closed for them.
    """

    def __init__(self) -> None:
        super().__init__("the call was moved elsewhere")


class AgiCommandError(CallError):
    """Asterisk refused a command or could not do it, though the caller did not hang up.

    Attributes:
        command: The command's name, such as ``GET DATA``.
        reply: Asterisk's answer, or what is wrong with the command.
    """

    def __init__(self, command: str, reply: str) -> None:
        super().__init__(f"{command}: {reply}")
        self.command = command
        self.reply = reply


class PromptMissingError(AgiCommandError):
    """A prompt that was to be played has no sound file; ``warroom prompts missing`` lists them."""


class AgiTimeoutError(CallError):
    """Asterisk did not answer a command within its limit; the call's connection has been closed.

    Attributes:
        command: The command's name.
        limit_s: The limit that passed, in seconds.
    """

    def __init__(self, command: str, limit_s: float) -> None:
        super().__init__(f"{command}: no answer within {limit_s:.1f} s")
        self.command = command
        self.limit_s = limit_s


class BadRequestError(CallError):
    """A connection whose header is too big, too late, cut short, or not that of FastAGI."""
