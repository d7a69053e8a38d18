"""`warroom prompts build | list | missing`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import typer

from agi.ivr.menus import spoken_menus
from agi.prompts import build as prompt_build
from agi.prompts.voices import Voices
from router.geo import load_places
from warroom.cli.common import FAILED, Json, ProgressBar, console, data_of, show
from warroom.config.paths import PROMPT_CACHE, DataDirectory
from warroom.config.settings import load_settings

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
            voices=_voices(data),
            progress=lambda done, total: progress("prompts", done, total),
        )
    console.print(f"{report.built} made now, {report.linked} put in place, {report.own} own recordings in use")
    for problem in report.problems:
        console.print(problem, markup=False, highlight=False)
    if report.problems:
        raise typer.Exit(FAILED)


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List every prompt: text, duration, and whether it is recorded or spoken, and by which voice."""
    data = data_of(context)
    prompts = prompt_build.list_prompts(load_places(), spoken_menus(), data, _voices(data))
    rows = [dataclasses.asdict(info) for info in prompts]
    columns = {
        "language": "", "name": "Prompt", "seconds": "Seconds", "source": "Source", "engine": "Voice", "text": "Text",
    }  # fmt: skip
    show(rows, columns, as_json=as_json, empty="no prompts")


@app.command()
def missing(context: typer.Context, *, as_json: Json = False) -> None:
    """List the prompts without audio; exit code 1 if there are any."""
    data = data_of(context)
    names = prompt_build.list_missing(load_places(), spoken_menus(), data, _voices(data))
    show([{"name": name} for name in names], {"name": "Missing"}, as_json=as_json, empty="none is missing")
    if names:
        raise typer.Exit(FAILED)


def _voices(data: Path) -> Voices:
    """Return who speaks, by the settings."""
    return Voices(load_settings(data).prompts.voices)
