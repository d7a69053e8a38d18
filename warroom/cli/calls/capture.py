"""`warroom calls capture start | stop`: records the SIP messages of a number's calls."""

from __future__ import annotations

from typing import Annotated

import typer

from warroom.cli.calls import signalling
from warroom.cli.common import CommandError, console, data_of
from warroom.cli.values import telephone_number
from warroom.config.settings import load_settings

app = typer.Typer(no_args_is_help=True)

MAX_MINUTES = 60


@app.command()
def start(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The caller's telephone, in any form.")],
    minutes: Annotated[int, typer.Option(min=1, max=MAX_MINUTES, help="It ends by itself after so many.")] = 10,
) -> None:
    """Record the SIP messages that name a number, for some minutes; no sound, and no other number's."""
    phone = telephone_number(number)
    data = data_of(context)
    capture = signalling.start(data, phone, load_settings(data).calls.sip_port, minutes)
    console.print(f"recording the SIP messages of {phone} until {capture.end}: have it call now,", soft_wrap=True)
    console.print(f"then: warroom calls capture stop, and: warroom calls show {phone} --sip", soft_wrap=True)


@app.command()
def stop(context: typer.Context) -> None:
    """End it, and say where the messages are."""
    capture = signalling.stop(data_of(context))
    if capture is None:
        raise CommandError("nothing is recorded; see: warroom calls capture start --help")
    console.print(
        f"the SIP messages of {capture.phone} are in {capture.file} (for sngrep or Wireshark)", soft_wrap=True
    )
