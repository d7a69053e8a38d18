"""All errors between us and Asterisk, as one tree.

::

    CallError                     one call's FastAGI session
    ├── CallerGoneError           the caller hung up
    ├── CallMovedError            an AMI Redirect took the channel elsewhere
    ├── AgiCommandError           Asterisk refused a command, or it could not be done
    │   └── PromptMissingError    a prompt has no sound file
    ├── AgiTimeoutError           Asterisk did not answer within the command's limit
    └── BadRequestError           the connection is not a sound FastAGI request
    AmiError                      the AMI connection
    ├── AmiNotConnectedError      no connection now, or it was lost before the answer came
    ├── AmiTimeoutError           no answer in time; whether the action was done is unknown
    ├── AmiRefusedError           Asterisk answered with an error
    └── AmiBadValueError          a key or value that would break the protocol; nothing was sent

No message holds a telephone number or a secret: each can go to the log as it is.
"""

from __future__ import annotations

from router.errors import UserError, WarroomError


class CallError(WarroomError):
    """One call's FastAGI session cannot go on as asked."""


class CallerGoneError(CallError):
    """The caller hung up: told by the ``HANGUP`` line, by reply 511 or by end of file."""

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
        reply: What Asterisk answered, or what is wrong with the command.
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


class AmiError(UserError):
    """The AMI link could not do what was asked."""


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
