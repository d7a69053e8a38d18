"""`warroom import tickets | facilities | stranded FILE`."""

from __future__ import annotations

import typer

from warroom.cli.imports.facilities import import_facilities
from warroom.cli.imports.stranded import import_stranded
from warroom.cli.imports.tickets import import_tickets

app = typer.Typer(no_args_is_help=True)
app.command("tickets")(import_tickets)
app.command("facilities")(import_facilities)
app.command("stranded")(import_stranded)
