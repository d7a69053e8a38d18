"""`warroom calls live | list | show | capture`."""

from __future__ import annotations

import typer

from warroom.cli.calls.capture import app as capture
from warroom.cli.calls.find import list_
from warroom.cli.calls.live import live
from warroom.cli.calls.show import show

app = typer.Typer(no_args_is_help=True)
app.command("live")(live)
app.command("list")(list_)
app.command("show")(show)
app.add_typer(capture, name="capture", help="The SIP messages of one number, recorded for a while.")
