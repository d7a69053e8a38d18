"""`warroom operators list | check | apply | login | logout | pause | unpause | password`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agi.queues.conf import without_secrets
from router.outside_text import clean
from router.tickets.operators import AttendanceBook
from warroom.asterisk_console import AsteriskConsole
from warroom.asterisk_files import AsteriskProblem
from warroom.broker_accounts import BrokerAccounts
from warroom.commands.applying import tell
from warroom.commands.common import CommandProblem, DryRun, Json, console, data_of, opened_store, show
from warroom.layout import Layout
from warroom.operator_apply import planned, put_in_force
from warroom.operator_files import check_operators, operators_in_force, password_of
from warroom.putting_in_force import differences
from warroom.queue_state import telephones
from warroom.secret_files import operator_password
from warroom.settings import load_settings
from warroom.trunk_files import trunks_in_force

if TYPE_CHECKING:
    from router.tickets.operators import Presence

app = typer.Typer(no_args_is_help=True)

_COLUMNS = {
    "id": "Operator",
    "name": "Name",
    "state": "State",
    "since": "Since",
    "telephone": "Telephone",
    "queues": "Queues",
    "penalty": "Penalty",
    "supervisor": "Supervisor",
}


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the operators in force: at work or not, paused and why, whether the telephone is there, the queues."""
    data = data_of(context)
    presences = asyncio.run(_presences(data))
    operators = operators_in_force(data)
    try:
        known = telephones(operators, AsteriskConsole(Layout(data)))
    except AsteriskProblem:
        known = {}  # who is at work can be listed all the same
    rows: list[dict[str, Any]] = [
        {
            **one.model_dump(mode="json"),
            "state": _state(presences.get(one.id)),
            "since": presences[one.id].since.isoformat(timespec="seconds") if one.id in presences else None,
            "telephone": known.get(one.id, "unknown"),
            "queues": list(one.queues),
        }
        for one in operators.operator
    ]
    if not as_json:
        yes = {True: "yes", False: ""}
        rows = [
            {
                **row,
                "queues": ", ".join(row["queues"]),
                "since": row["since"] or "-",
                "supervisor": yes[row["supervisor"]],
            }
            for row in rows
        ]
    show(rows, _COLUMNS, as_json=as_json, empty="no operators; write operators.toml, then: warroom operators apply")


@app.command()
def check(context: typer.Context, file: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Check operators.toml, or another file before it takes its place."""
    data = data_of(context)
    if file is not None and not file.exists():
        raise CommandProblem(f"{file}: is not there")
    chosen = check_operators(data, trunks_in_force(data), file)
    where = file or (Layout(data).operators if chosen.source else "no operators.toml")
    count = len(chosen.operators.operator)
    text = f"{where}: no mistakes; {count} operators; queues: {', '.join(chosen.operators.queues)}"
    console.print(text, markup=False, highlight=False, soft_wrap=True)


@app.command()
def apply(
    context: typer.Context,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put operators.toml in force on the running stack; calls go on, callers keep waiting. All of it, or nothing."""
    data = data_of(context)
    chosen = check_operators(data, trunks_in_force(data))
    change = planned(data, chosen)
    if not dry_run:
        accounts = BrokerAccounts(data, load_settings(data).router.broker)
        put_in_force(data, chosen, AsteriskConsole(Layout(data)), accounts)
    also = ["changed: the queues or their rules"] if change.queues else []
    changes = differences(data, chosen.texts, without_secrets) if dry_run else []
    tell(change, changes, also=also, dry_run=dry_run, as_json=as_json)


@app.command()
def login(context: typer.Context, operator: str) -> None:
    """Somebody begins to work: the telephone is rung from the next second on."""
    _known(data_of(context), operator)
    asyncio.run(_write(data_of(context), operator, come=True))
    console.print(f"{operator} takes calls", highlight=False)


@app.command()
def logout(context: typer.Context, operator: str) -> None:
    """Somebody goes home; a call in hand goes on."""
    _known(data_of(context), operator)
    asyncio.run(_write(data_of(context), operator, come=False))
    console.print(f"{operator} takes no more calls", highlight=False)


@app.command()
def pause(
    context: typer.Context,
    operator: str,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Such as meal, training; for the list.")],
) -> None:
    """Somebody takes no calls for a while."""
    why = " ".join(clean(reason).split())[:_LONGEST]
    if not why:
        raise CommandProblem("--reason: say in a word or two why, such as: meal")
    _pause(data_of(context), operator, why)
    console.print(f"{operator} takes no calls: {why}", markup=False, highlight=False)


@app.command()
def unpause(context: typer.Context, operator: str) -> None:
    """Somebody takes calls again; also after an unanswered one, which pauses by itself."""
    _pause(data_of(context), operator, "")
    console.print(f"{operator} takes calls", highlight=False)


@app.command()
def password(
    context: typer.Context,
    operator: str,
    *,
    new: Annotated[bool, typer.Option("--new", help="Make another one; then: warroom operators apply.")] = False,
) -> None:
    """Show the password with which an operator's telephone signs in, as user operator-<id>."""
    data = data_of(context)
    if not (data / "secrets").is_dir():
        raise CommandProblem(f"{data} has no passwords yet; start the stack once: warroom up")
    if check_operators(data, trunks_in_force(data)).operators.named(operator) is None:
        raise CommandProblem(f"no operator {operator!r} in {Layout(data).operators}")
    if new:
        (data / "secrets" / operator_password(operator)).unlink(missing_ok=True)
    typer.echo(password_of(data, operator))


_LONGEST = 40  # characters of a reason: a word or two, in a column of the list


def _known(data: Path, operator: str) -> None:
    operators = operators_in_force(data)
    if operators.named(operator) is None:
        known = ", ".join(one.id for one in operators.operator) or "none"
        raise CommandProblem(f"no operator {operator!r} is in force (known: {known}); new: warroom operators apply")


def _pause(data: Path, operator: str, why: str) -> None:
    _known(data, operator)

    async def write() -> bool:
        async with opened_store(data) as store:
            return await AttendanceBook(store).pause(operator, why)

    if not asyncio.run(write()):
        raise CommandProblem(f"{operator} is not at work: warroom operators login {operator}")


async def _write(data: Path, operator: str, *, come: bool) -> None:
    async with opened_store(data) as store:
        book = AttendanceBook(store)
        await (book.come(operator) if come else book.go(operator))


async def _presences(data: Path) -> dict[str, Presence]:
    async with opened_store(data) as store:
        return await AttendanceBook(store).all()


def _state(presence: Presence | None) -> str:
    if presence is None or not presence.present:
        return "away"
    return f"paused: {presence.paused}" if presence.paused else "takes calls"
