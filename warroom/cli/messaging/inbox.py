"""`warroom whatsapp inbox`, `warroom sms inbox`: messages that were set aside, since the program failed on them."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from router.clock import utc_now
from router.india import local
from warroom.cli.common import Json, UnknownNameError, console, data_of, open_storage, show

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from router.model.messaging.incoming import IncomingMessage, StoredMessage
    from router.model.messaging.person import MessageChannel
    from router.storage.unit_of_work import UnitOfWork

_COLUMNS = {
    "id": "Message",
    "received": "Received (IST)",
    "kind": "Kind",
    "attempts": "Attempts",
    "note": "Why",
    "content": "What it says",
}


def inbox(
    context: typer.Context,
    message: Annotated[int | None, typer.Argument(help="Only this one.", show_default=False)] = None,
    *,
    retry: Annotated[bool, typer.Option("--retry", help="Have them tried again.")] = False,
    as_json: Json = False,
) -> None:
    """List messages of people that were set aside: the program failed on each of them four times.

    What they say has become a ticket all the same, unless "Why" says "not saved". With --retry they are tried again,
    such as after an update of the program.
    """
    channel: MessageChannel = "sms" if "sms" in context.command_path.split() else "whatsapp"
    found = asyncio.run(_find(data_of(context), channel, message, retry=retry))
    if message is not None and not found:
        raise UnknownNameError(f"{message}: no message with this number is set aside: warroom {channel} inbox")
    show([_row(one, as_json=as_json) for one in found], _COLUMNS, as_json=as_json, empty="no message is set aside")
    if retry and found and not as_json:
        console.print(f"{len(found)} to be tried again")


async def _find(data: Path, channel: MessageChannel, message: int | None, *, retry: bool) -> list[StoredMessage]:
    async with open_storage(data) as store:
        found = await store.read(lambda uow: uow.chat_in.list_set_aside(channel))
        if message is not None:
            found = [one for one in found if one.id == message]
        if retry:
            for one in found:
                await store.write(partial(_take_back, channel=channel, row=one.id))
        return found


def _take_back(uow: UnitOfWork, *, channel: MessageChannel, row: int) -> None:
    uow.chat_in.take_back(channel, utc_now(), row)


def _words(message: IncomingMessage) -> str:
    """Return what a person wrote; of other messages, all that was read of them."""
    content = message.content.get(message.kind)
    body = content.get("body") if isinstance(content, dict) else None
    return body if isinstance(body, str) else json.dumps(dict(message.content), ensure_ascii=False)


def _row(one: StoredMessage, *, as_json: bool) -> dict[str, Any]:
    return {
        "id": one.id,
        "received": one.received if as_json else f"{local(one.received):%d %b %Y %H:%M:%S}",
        "kind": one.message.kind,
        "attempts": one.attempts,
        "note": one.note,
        "content": one.message.content if as_json else _words(one.message),
    }
