"""`warroom settings show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from warroom.cli.common import Json, console, data_of, print_json
from warroom.config.apply.in_force import differences_of_settings, flatten, serve_runs
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from warroom.config.apply.in_force import Difference

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The settings."""


@app.command()
def show(context: typer.Context, *, as_json: Json = False) -> None:
    """Show every setting as the file says it, and mark those that run otherwise. Secrets are not settings."""
    data = data_of(context)
    settings = load_settings(data)
    differing = {one.setting: one for one in differences_of_settings(data, settings)}
    rows = [_row(name, value, differing.get(name)) for name, value in flatten(settings)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        mark = "!" if row["setting"] in differing else " "
        console.print(f"{mark} {row['setting']} = {row['file']}", soft_wrap=True)
    for one in differing.values():
        console.print(f"! {one.setting}: runs with {one.running}; needs: {' && '.join(one.needs)}", soft_wrap=True)
    if not serve_runs(data):
        console.print("nothing runs: the next start takes all of them")
    elif not differing:
        console.print("all of them are in force")


def _row(setting: str, value: object, differs: Difference | None) -> dict[str, object]:
    return {
        "setting": setting,
        "file": value,
        "running": differs.running if differs else value,
        "needs": list(differs.needs) if differs else [],
    }
