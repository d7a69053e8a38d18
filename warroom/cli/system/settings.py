"""`warroom settings show`."""

from __future__ import annotations

import typer

from warroom.cli.common import data_of, print_json
from warroom.config.settings import load_settings

app = typer.Typer(no_args_is_help=True)


@app.command()
def show(context: typer.Context) -> None:
    """Print every setting in force, as JSON. Secrets are not settings and never appear here."""
    print_json(load_settings(data_of(context)).model_dump(mode="json"))
