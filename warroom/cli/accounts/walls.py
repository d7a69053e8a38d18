"""`warroom walls add | list | revoke`: screens on walls, which are never signed out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from router.india import short
from warroom.cli.accounts.console import administer
from warroom.cli.common import Json, console, data_of, errors, show
from warroom.config.settings import load_settings

app = typer.Typer(no_args_is_help=True)
Wall = Annotated[str, typer.Argument(help="The wall's name, such as hall.")]


@app.command()
def add(context: typer.Context, wall: Wall) -> None:
    """Make the address that a screen opens at its first visit, and print it once; each is for one screen."""
    data = data_of(context)
    token = administer(data, lambda one: one.add_wall(wall))
    typer.echo(f"{load_settings(data).board.address}/wall/{wall}/begin?token={token}")
    errors.print("Open it at the screen: it works once, and cannot be shown again.")


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the screens of all walls."""
    rows = [
        {
            "id": one.id,
            "wall": one.wall,
            "made": one.made.isoformat(timespec="seconds"),
            "by": one.by,
            "begun": one.exchanged.isoformat(timespec="seconds") if one.exchanged else None,
        }
        for one in administer(data_of(context), lambda one: one.list_walls())
    ]
    if not as_json:
        rows = [
            {
                **row,
                "made": short(datetime.fromisoformat(str(row["made"]))),
                "begun": short(datetime.fromisoformat(row["begun"])) if row["begun"] else "not yet",
            }
            for row in rows
        ]
    columns = {"id": "Screen", "wall": "Wall", "made": "Made (IST)", "by": "By", "begun": "First visit"}
    show(rows, columns, as_json=as_json, empty="no walls; make one: warroom walls add hall")


@app.command()
def revoke(
    context: typer.Context,
    wall: Wall,
    screen: Annotated[str, typer.Option(help="Only this one, as in `walls list`.")] = "",
) -> None:
    """Let the screens of a wall show it no more; takes effect within five seconds."""
    console.print(f"{administer(data_of(context), lambda one: one.revoke_walls(wall, screen))} revoked")
