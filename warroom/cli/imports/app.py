"""`warroom import tickets | facilities FILE`."""

from __future__ import annotations

import typer

from warroom.cli.imports.facilities import import_facilities
from warroom.cli.imports.tickets import import_tickets

app = typer.Typer(no_args_is_help=True)
app.command("tickets")(import_tickets)
app.command("facilities")(import_facilities)
