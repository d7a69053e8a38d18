"""`warroom rooms credentials` and `warroom rooms reload-certificate`."""

from __future__ import annotations

import os
import secrets
import shlex
import socket
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.geo import load_places
from warroom.cli.common import CommandError, Json, console, data_of, errors, print_json
from warroom.cli.names import known_name
from warroom.cli.rooms.rooms import rooms_app
from warroom.config.apply.operators import applied_operators
from warroom.config.broker_accounts import BrokerAccounts
from warroom.config.secrets import mqtt_room, read_secret
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.settings import BrokerSettings

_SYSTEMS_CAS = "/etc/ssl/certs/ca-certificates.crt"  # of Debian, where the room's program runs on such a system


@rooms_app.command()
def credentials(
    context: typer.Context,
    room: str,
    *,
    renew: Annotated[
        bool, typer.Option("--renew", help="Make a new password; whoever is signed in with the old one is signed out.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write them to this file, for the room's owner only, instead of printing them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a room needs to sign in at the broker: address, port, account, password, CA, a new client id."""
    data = data_of(context)
    broker = load_settings(data).router.broker
    places = load_places()
    known_name("room", room, (one.id for one in (*places.rooms, *places.overseers)), see="warroom rooms list")
    if not (data / "secrets" / mqtt_room(room)).exists():
        raise CommandError(f"{data} has no account for {room}; start the stack once: warroom up")
    if renew:
        BrokerAccounts(data, broker).renew_room(room, [one.id for one in applied_operators(data).operator])
    said = _credentials(broker, data, room, read_secret(data, mqtt_room(room)))
    if not broker.tls.enabled:
        errors.print("only from this machine: no TLS listener is set; see [router.broker.tls] in docs/settings.md")
    if out is not None:
        _write_private(out, _exports(said))
        typer.echo(f"{room}: written to {out}")
    elif as_json:
        print_json(said)
    else:
        typer.echo(_exports(said), nl=False)


@rooms_app.command("reload-certificate")
def reload_certificate(context: typer.Context) -> None:
    """Have the broker show a renewed certificate of [router.broker.tls]; no room is disconnected.

    For the hook of whatever renews it. Where the listener for WebSockets needs a restart of the broker, it says so.
    """
    data = data_of(context)
    broker = load_settings(data).router.broker
    if not broker.tls.enabled:
        raise CommandError("no certificate is set: see [router.broker.tls] in docs/settings.md")
    others = BrokerAccounts(data, broker).renew_certificate()
    typer.echo(f"port {broker.tls.port} shows the certificate in {data / broker.tls.certificate}")
    for port in others:
        console.print(f"port {port} (WebSockets) takes it with: warroom restart broker")


def _credentials(broker: BrokerSettings, data: Path, room: str, password: str) -> dict[str, str]:
    tls = broker.tls
    ca = str(data / tls.ca) if tls.ca else _SYSTEMS_CAS
    return {
        "HOST": (tls.name or socket.getfqdn()) if tls.enabled else broker.host,
        "PORT": str(tls.port if tls.enabled else broker.port),
        "WEBSOCKETS_PORT": str(tls.websockets_port or "") if tls.enabled else "",
        "ROOM": room,
        "PASSWORD": password,
        "CAFILE": ca if tls.enabled else "",
        "SCREEN": str(uuid.uuid4()),
    }


def _exports(said: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in said.items() if value)


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise CommandError(f"{path}: {error.strerror}") from None
