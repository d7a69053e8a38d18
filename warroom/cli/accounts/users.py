"""`warroom users add | list | show | disable | enable | password | sessions | end-sessions | link`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from board.accounts.administration import Administration
from board.accounts.identity import Role
from router.geo import load_places
from router.india import short
from router.model.accounts.account import Account
from router.model.accounts.session import Session
from warroom.cli.accounts.console import administer
from warroom.cli.common import Json, console, data_of, errors, print_json, show

app = typer.Typer(no_args_is_help=True)

_ROLES = ", ".join(role.value for role in Role if role is not Role.WALL)
_FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the input, in place of making one.")
]
User = Annotated[str, typer.Argument(help="The user name, as in `users list`.")]


@app.command()
def add(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="The name typed to sign in, such as bhopal-1.")],
    role: Annotated[str, typer.Option(help=f"{_ROLES}.")],
    name: Annotated[str, typer.Option(help="The person's name, as screens show it.")] = "",
    room: Annotated[str | None, typer.Option(help="The room of role `room`.")] = None,
    operator: Annotated[str | None, typer.Option(help="The id of an operator or supervisor.")] = None,
    *,
    from_input: _FromInput = False,
) -> None:
    """Make an account of the screens, and print its password once."""
    places = load_places()
    rooms = {one.id for one in (*places.rooms, *places.overseers)}
    given = _given_password() if from_input else None

    async def work(administration: Administration) -> str:
        return await administration.add(
            user, role, name=name, room=room, operator=operator, rooms=rooms, password=given
        )

    _tell(administer(data_of(context), work), given)


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the accounts."""

    async def work(administration: Administration) -> list[Account]:
        return await administration.list_users()

    rows = [_row(one) for one in administer(data_of(context), work)]
    columns = {"user": "User", "name": "Name", "role": "Role", "of": "Of", "state": "State", "signs_in": "Signs in by"}
    show(rows, columns, as_json=as_json, empty="no accounts; the first start makes one")


@app.command("show")
def show_(context: typer.Context, user: User, *, as_json: Json = False) -> None:
    """Show an account and its sessions."""

    async def work(administration: Administration) -> tuple[Account, list[Session]]:
        return await administration.find(user), await administration.sessions_of(user)

    account, sessions = administer(data_of(context), work)
    row = _row(account)
    if as_json:
        print_json({**row, "sessions": [_session_row(one) for one in sessions]})
        return
    for key, heading in {
        "user": "User",
        "name": "Name",
        "role": "Role",
        "of": "Of",
        "state": "State",
        "signs_in": "Signs in by",
        "subject": "Subject",
        "last_address": "Last from",
    }.items():
        if row[key]:
            console.print(f"{heading:<12} {row[key]}")
    console.print(f"{'Made':<12} {short(datetime.fromisoformat(row['made']))}")
    console.print(f"{'Sessions':<12} {len(sessions)}")


@app.command()
def disable(context: typer.Context, user: User) -> None:
    """Let an account sign in no more, and end its sessions."""
    administer(data_of(context), lambda one: one.set_disabled(user, disabled=True))


@app.command()
def enable(context: typer.Context, user: User) -> None:
    """Let an account sign in again."""
    administer(data_of(context), lambda one: one.set_disabled(user, disabled=False))


@app.command()
def password(context: typer.Context, user: User, *, from_input: _FromInput = False) -> None:
    """Give an account another password, print it once, and end its sessions."""
    given = _given_password() if from_input else None
    _tell(administer(data_of(context), lambda one: one.set_password(user, given)), given)


@app.command()
def sessions(context: typer.Context, user: User, *, as_json: Json = False) -> None:
    """List where an account is signed in."""
    rows = [_session_row(one) for one in administer(data_of(context), lambda one: one.sessions_of(user))]
    if not as_json:
        times = ("made", "seen", "expires")
        rows = [{**row, **{key: short(datetime.fromisoformat(row[key])) for key in times}} for row in rows]
    columns = {
        "id": "Session",
        "address": "From",
        "made": "Since (IST)",
        "seen": "Used",
        "expires": "Ends",
        "agent": "Browser",
    }
    show(rows, columns, as_json=as_json, empty="not signed in")


@app.command("end-sessions")
def end_sessions(
    context: typer.Context,
    user: User,
    session: Annotated[str, typer.Option(help="Only this one, as in `users sessions`.")] = "",
) -> None:
    """End the sessions of an account; its pages ask to sign in again within five seconds."""
    count = administer(data_of(context), lambda one: one.end_sessions(user, session))
    console.print(f"{count} ended")


@app.command()
def link(
    context: typer.Context,
    user: User,
    issuer: Annotated[str, typer.Option(help="The provider's issuer, as in its tokens.")] = "",
    subject: Annotated[str, typer.Option(help="The person's subject there; empty: take the link away.")] = "",
) -> None:
    """Let a person sign in by an OpenID Connect provider."""
    if bool(issuer) != bool(subject):
        raise typer.BadParameter("--issuer and --subject belong together")
    linked = f"{issuer} {subject}" if subject else None
    administer(data_of(context), lambda one: one.link(user, linked))


def _given_password() -> str:
    return sys.stdin.readline().rstrip("\n")


def _tell(made: str, given: str | None) -> None:
    if given is None:
        typer.echo(made)
        errors.print("Hand it over now: it cannot be shown again.")


def _row(account: Account) -> dict[str, Any]:
    row = {key: value for key, value in asdict(account).items() if key != "password_hash"}
    ways = ("password" * bool(account.password_hash), "provider" * bool(account.subject))
    return {
        **row,
        "of": account.room or account.operator or "",
        "state": "disabled" if account.disabled else "",
        "signs_in": ", ".join(filter(None, ways)),
    }


def _session_row(session: Session) -> dict[str, Any]:
    times = {key: getattr(session, key).isoformat(timespec="seconds") for key in ("made", "seen", "expires")}
    return {"id": session.id, "address": session.address, "agent": session.agent, **times}
