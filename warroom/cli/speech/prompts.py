"""`warroom prompts build | list | missing`."""

from __future__ import annotations

import dataclasses

import typer

from agi.ivr.menus import spoken_menus
from agi.prompts import build as prompt_build
from router.geo import load_places
from warroom.cli.common import FAILED, Json, ProgressBar, console, data_of, show
from warroom.config.paths import PROMPT_CACHE, DataDirectory

app = typer.Typer(no_args_is_help=True)


@app.command()
def build(context: typer.Context) -> None:
    """Synthesise new and changed prompts; recordings in <data>/prompts/own/<language>/<name>.wav take precedence."""
    data = data_of(context)
    DataDirectory(data).make()
    with ProgressBar() as progress:
        report = prompt_build.build(
            load_places(),
            spoken_menus(),
            data=data,
            cache=PROMPT_CACHE,
            progress=lambda done, total: progress("prompts", done, total),
        )
    console.print(f"{report.built} made now, {report.linked} put in place, {report.own} own recordings in use")
    for problem in report.problems:
        console.print(problem, markup=False, highlight=False)
    if report.problems:
        raise typer.Exit(FAILED)


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List every prompt: text, duration, and whether it is synthesised or recorded."""
    rows = [
        dataclasses.asdict(info) for info in prompt_build.list_prompts(load_places(), spoken_menus(), data_of(context))
    ]
    columns = {"language": "", "name": "Prompt", "seconds": "Seconds", "source": "Source", "text": "Text"}
    show(rows, columns, as_json=as_json, empty="no prompts")


@app.command()
def missing(context: typer.Context, *, as_json: Json = False) -> None:
    """List the prompts without audio; exit code 1 if there are any."""
    names = prompt_build.list_missing(load_places(), spoken_menus(), data_of(context))
    show([{"name": name} for name in names], {"name": "Missing"}, as_json=as_json, empty="none is missing")
    if names:
        raise typer.Exit(FAILED)
