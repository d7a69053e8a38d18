"""`warroom call-recording pause | resume`: leaves a private part out of a recorded call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from warroom.cli.common import FAILED, CommandError, Json, console, print_json
from warroom.cli.telephony.call_control import say

if TYPE_CHECKING:
    from router.mqtt.operator_messages import OperatorReply

app = typer.Typer(no_args_is_help=True)

Call = Annotated[
    str, typer.Argument(help="The number of the ticket the call is about, or a unique id of `call-control list`.")
]


@app.command()
def pause(context: typer.Context, call: Call, *, as_json: Json = False) -> None:
    """Record silence from now on; the conversation is not affected."""
    _show(say(context, action="record-pause", call=call), "paused", as_json=as_json)


@app.command()
def resume(context: typer.Context, call: Call, *, as_json: Json = False) -> None:
    """Record the conversation again."""
    _show(say(context, action="record-resume", call=call), "resumed", as_json=as_json)


def _show(reply: OperatorReply, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(reply.model_dump(mode="json"))
    if not reply.accepted:
        if as_json:
            raise typer.Exit(FAILED)
        raise CommandError(f"refused: {reply.reason} / {reply.reason_hi}")
    if not as_json:
        console.print(f"{done}; on ticket {reply.data['ticket'] or '(none yet)'}", highlight=False)
