"""The war room's actions on notices to the public: the same as ``warroom notice``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol

from pydantic import Field

from router.bounds import Line  # noqa: TC001 - pydantic reads it
from router.model.notice import NOTICE_PATTERN
from router.mqtt.operator_messages import OperatorCommand
from router.mqtt.topics import WARROOM_OPERATOR
from router.notices.draft import NoticeWords
from router.notices.refusals import refusal

if TYPE_CHECKING:
    from router.localized import LocalizedMessage
    from router.model.notice import Notice
    from router.mqtt.commands.operator_commands import OperatorCommands
    from router.notices.service import NoticeService

NoticeId = Annotated[str, Field(pattern=NOTICE_PATTERN)]
Revision = Annotated[int, Field(ge=1)]
_WORDS: Final = frozenset(NoticeWords.model_fields)


class Sounds(Protocol):
    """Knows what callers will hear: `agi.notices.component`."""

    def trouble(self, notice: Notice) -> LocalizedMessage | None:
        """Return why a revision cannot be heard yet; None when it can."""
        ...

    def changed(self) -> None:
        """Look at the notices at once."""


class AddNoticeCommand(OperatorCommand, NoticeWords):
    """Write a notice, a draft."""

    action: Literal["notice-add"]


class UpdateNoticeCommand(OperatorCommand, NoticeWords):
    """Write the next revision of a notice, a draft."""

    action: Literal["notice-update"]
    notice: NoticeId


class _OfRevision(OperatorCommand):
    notice: NoticeId
    revision: Revision
    """The one that the person has before them."""


class HearNoticeCommand(_OfRevision):
    """Say that a person has heard a revision and found it right."""

    action: Literal["notice-hear"]


class PublishNoticeCommand(_OfRevision):
    """Publish a revision that was heard."""

    action: Literal["notice-publish"]


class WithdrawNoticeCommand(OperatorCommand):
    """Take a notice back."""

    action: Literal["notice-withdraw"]
    notice: NoticeId
    reason: Line = ""


class NoticeCommands:
    """Does the actions, for the war room alone.

    Args:
        notices: Takes the steps.
        sounds: Knows what callers will hear.
    """

    def __init__(self, notices: NoticeService, sounds: Sounds) -> None:
        self._notices = notices
        self._sounds = sounds

    def register(self, commands: OperatorCommands) -> None:
        """Have the actions done."""
        commands.on("notice-add", AddNoticeCommand, self._add)
        commands.on("notice-update", UpdateNoticeCommand, self._update)
        commands.on("notice-hear", HearNoticeCommand, self._hear)
        commands.on("notice-publish", PublishNoticeCommand, self._publish)
        commands.on("notice-withdraw", WithdrawNoticeCommand, self._withdraw)

    async def _add(self, operator: str, command: AddNoticeCommand) -> dict[str, Any]:
        _check_warroom(operator)
        return self._told(await self._notices.add(_words(command), by=command.by, key=command.command_id))

    async def _update(self, operator: str, command: UpdateNoticeCommand) -> dict[str, Any]:
        _check_warroom(operator)
        words = _words(command)
        return self._told(await self._notices.update(command.notice, words, by=command.by, key=command.command_id))

    async def _hear(self, operator: str, command: HearNoticeCommand) -> dict[str, Any]:
        _check_warroom(operator)
        found = [one for one in await self._notices.revisions(command.notice) if one.revision == command.revision]
        if found and (why := self._sounds.trouble(found[0])):
            raise refusal("no-sound", name=command.notice, why=why)
        return self._told(await self._notices.hear(command.notice, command.revision, by=command.by))

    async def _publish(self, operator: str, command: PublishNoticeCommand) -> dict[str, Any]:
        _check_warroom(operator)
        return self._told(await self._notices.publish(command.notice, command.revision, by=command.by))

    async def _withdraw(self, operator: str, command: WithdrawNoticeCommand) -> dict[str, Any]:
        _check_warroom(operator)
        return self._told(await self._notices.withdraw(command.notice, by=command.by, reason=command.reason))

    def _told(self, notice: Notice) -> dict[str, Any]:
        self._sounds.changed()
        return {"notice": notice.id, "revision": notice.revision, "status": notice.status.value}


def _words(command: NoticeWords) -> NoticeWords:
    return NoticeWords.model_validate(command.model_dump(include=set(_WORDS), exclude_unset=True))


def _check_warroom(operator: str) -> None:
    if operator != WARROOM_OPERATOR:
        raise refusal("warroom-only")
