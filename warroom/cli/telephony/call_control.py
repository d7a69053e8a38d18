"""`warroom call-control …`: transfers and conferences of live calls, on behalf of the war room."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.mqtt.commands.operator_client import command_as_operator
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from warroom.cli.common import FAILED, CommandError, Json, confirm, console, data_of, print_json, show
from warroom.config.secrets import MQTT_ROUTER, read_secret
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from router.mqtt.operator_messages import OperatorReply

TIMEOUT_S = 20.0
"""Seconds to wait for a reply: a service that starts again takes commands within this time."""

app = typer.Typer(no_args_is_help=True)

Call = Annotated[str, typer.Argument(help="The number of the ticket the call is about, or a unique id of `list`.")]
DestinationName = Annotated[str, typer.Argument(help="line-104, line-181, room-district-bhopal …: never a number.")]
Leg = Annotated[
    str | None, typer.Option(help="The acting leg, if there are several candidates: a leg or a name of `list`.")
]


@app.command("list")
def calls(context: typer.Context, *, as_json: Json = False) -> None:
    """List the calls in which two or more people are talking."""
    reply = say(context, action="calls")
    if not reply.accepted:
        raise CommandError(f"refused: {reply.reason}")
    found = reply.data["calls"]
    rows = [{**call, "who": ", ".join(_party(party) for party in call["parties"])} for call in found]
    heads = {"call": "Call", "ticket": "Ticket", "helpline": "Helpline", "who": "Who (leg)"}
    show(found if as_json else rows, heads, as_json=as_json, empty="nobody speaks with anybody")


@app.command()
def consult(
    context: typer.Context, call: Call, destination: DestinationName, *, leg: Leg = None, as_json: Json = False
) -> None:
    """Start an attended transfer: the operator talks to a destination first, and the citizen is put on hold."""
    _done(context, as_json=as_json, action="consult", call=call, destination=destination, leg=leg)


@app.command("conference")
def conference(context: typer.Context, call: Call, *, as_json: Json = False) -> None:
    """Join citizen, operator and third party in a conference."""
    _done(context, as_json=as_json, action="conference", call=call)


@app.command("complete")
def complete_transfer(context: typer.Context, call: Call, *, leg: Leg = None, as_json: Json = False) -> None:
    """Complete an attended transfer: the operator leaves, the others go on talking."""
    _done(context, as_json=as_json, action="complete", call=call, leg=leg)


@app.command("blind-transfer")
def blind_transfer(
    context: typer.Context, call: Call, destination: DestinationName, *, leg: Leg = None, as_json: Json = False
) -> None:
    """Blind transfer of the citizen; without an answer the citizen returns to the operator."""
    _done(context, as_json=as_json, action="blind-transfer", call=call, destination=destination, leg=leg)


@app.command("merge")
def merge(
    context: typer.Context, call: Call, other: Annotated[str, typer.Argument(help="The other call.")], *,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Merge two calls about the same problem into one conference."""
    _done(context, as_json=as_json, action="merge", call=call, other=other)


@app.command("invite")
def invite(context: typer.Context, call: Call, destination: DestinationName, *, as_json: Json = False) -> None:
    """Call a control room or helpline and add it to a call when it answers."""
    _done(context, as_json=as_json, action="invite", call=call, destination=destination)


@app.command()
def drop(
    context: typer.Context, call: Call, leg: Annotated[str, typer.Argument(help="A leg or a name of `list`.")], *,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Hang up one leg of a call."""
    _done(context, as_json=as_json, action="drop", call=call, leg=leg)


def say(context: typer.Context, **words: Any) -> OperatorReply:
    """Say a command as the war room and return the reply.

    Raises:
        CommandError: nobody answered.
    """
    data = data_of(context)
    broker = load_settings(data).router.broker
    given = {name: value for name, value in words.items() if value is not None}
    try:
        password = read_secret(data, MQTT_ROUTER)
    except FileNotFoundError:
        raise CommandError(f"{data} has no account for the broker; start the stack once: warroom up") from None
    command = command_as_operator(
        broker, ROUTER_ACCOUNT, password, given, client=f"cli-{os.getpid()}", limit_s=TIMEOUT_S
    )  # fmt: skip
    return confirm(command, broker, ROUTER_ACCOUNT, limit_s=TIMEOUT_S)


def _done(context: typer.Context, *, as_json: bool, **words: Any) -> None:
    reply = say(context, **words)
    if as_json:
        print_json(reply.model_dump(mode="json"))
        if not reply.accepted:
            raise typer.Exit(FAILED)
        return
    if not reply.accepted:
        raise CommandError(f"refused: {reply.reason} / {reply.reason_hi}")
    told = "  ".join(f"{name} {value}" for name, value in reply.data.items() if value)
    console.print(f"{reply.action}: {told}", markup=False, highlight=False, soft_wrap=True)


def _party(party: dict[str, Any]) -> str:
    return f"{party['who']} ({party['leg']}{'' if party['speaks'] else ', waits'})"
