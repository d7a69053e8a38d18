"""`warroom model`: the models that recordings are transcribed by."""

import typer

from warroom.cli.model.check import check, list_
from warroom.cli.model.install import back, install
from warroom.cli.model.score import score

app = typer.Typer(no_args_is_help=True)
app.command("list")(list_)
app.command()(check)
app.command()(install)
app.command()(back)
app.command()(score)
