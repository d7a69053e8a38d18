"""`warroom whatsapp status | secret | inbox | simulate`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from warroom.cli.common import CommandError, data_of, errors
from warroom.cli.messaging.inbox import inbox
from warroom.cli.messaging.simulate import simulate
from warroom.cli.messaging.status import status
from warroom.config.secrets import WHATSAPP_APP, WHATSAPP_APP_PREVIOUS, WHATSAPP_TOKEN, read_secret, write_secret

app = typer.Typer(no_args_is_help=True)
app.command()(status)
app.command()(inbox)
app.command()(simulate)

_MAX_SECRET = 4096  # Meta's access tokens have some 200 characters, and no promised length


class Secret(StrEnum):
    """The secrets that Meta gives an admin."""

    TOKEN = "token"  # noqa: S105 - the name of a secret
    APP = "app"
    APP_PREVIOUS = "app-previous"


_FILES = {
    Secret.TOKEN: WHATSAPP_TOKEN,
    Secret.APP: WHATSAPP_APP,
    Secret.APP_PREVIOUS: WHATSAPP_APP_PREVIOUS,
}


@app.command()
def secret(context: typer.Context, name: Annotated[Secret, typer.Argument(help="Which of them.")]) -> None:
    """Keep a secret that Meta shows: read from standard input, hidden while typed, in force at once.

    A new app secret keeps the one before as app-previous: Meta signs with either while it is being changed.
    """
    data = data_of(context)
    if not (data / "secrets").is_dir():
        raise CommandError(f"{data}: no data directory yet: warroom up")
    value = _typed(name)
    if name is Secret.APP and (before := _kept(context, WHATSAPP_APP)) and before != value:
        write_secret(data, WHATSAPP_APP_PREVIOUS, before)
    write_secret(data, _FILES[name], value)
    errors.print(f"kept in {data}/secrets/{_FILES[name]}, readable by the services alone")


def _typed(name: Secret) -> str:
    text = typer.prompt(f"{name}", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read(_MAX_SECRET + 2)
    value = text.strip()
    if not value:
        raise CommandError(f"nothing came on standard input: warroom whatsapp secret {name} < FILE, or type it")
    if len(value) > _MAX_SECRET or not value.isascii() or not value.isprintable() or " " in value:
        raise CommandError(f"this is no {name} of Meta's: letters, digits and signs in one line, without spaces")
    return value


def _kept(context: typer.Context, name: str) -> str:
    try:
        return read_secret(data_of(context), name)
    except FileNotFoundError:
        return ""
