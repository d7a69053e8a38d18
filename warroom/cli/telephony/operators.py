"""`warroom operators list | check | login | logout | pause | unpause | password`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.india import short
from router.outside_text import clean
from router.tickets.operator_presence import OperatorPresence
from warroom.cli.common import CommandError, Json, console, data_of, open_storage, show
from warroom.cli.names import known_name
from warroom.config.apply.operators import applied_operators, check_operators, password_of
from warroom.config.apply.trunks import applied_trunks
from warroom.config.asterisk.config_files import AsteriskError
from warroom.config.asterisk.console import AsteriskConsole
from warroom.config.paths import DataDirectory
from warroom.config.secrets import operator_password
from warroom.monitoring.operator_status import calls_in_hand
from warroom.monitoring.queue_status import telephones

if TYPE_CHECKING:
    from router.tickets.operator_presence import OperatorAttendance

app = typer.Typer(no_args_is_help=True)

_COLUMNS = {
    "id": "Operator",
    "name": "Name",
    "state": "State",
    "since": "Since (IST)",
    "telephone": "Telephone",
    "call": "Call",
    "queues": "Queues",
    "penalty": "Penalty",
    "supervisor": "Supervisor",
}


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the operators: logged in or not, pause reason, telephone registered or not, call, queues."""
    data = data_of(context)
    presences = asyncio.run(_presences(data))
    operators = applied_operators(data)
    asterisk = AsteriskConsole(DataDirectory(data))
    try:
        known, calls = telephones(operators, asterisk), calls_in_hand(operators, asterisk)
    except AsteriskError:
        known, calls = {}, {}  # who is at work can be listed all the same
    rows: list[dict[str, Any]] = [
        {
            **one.model_dump(mode="json"),
            "kind": "browser" if one.in_browser else one.kind,
            "state": _state(presences.get(one.id)),
            "since": presences[one.id].since.isoformat(timespec="seconds") if one.id in presences else None,
            "telephone": known.get(one.id, "unknown"),
            "call": asdict(calls[one.id]) if one.id in calls else None,
            "queues": list(one.queues),
        }
        for one in operators.operator
    ]
    if not as_json:
        yes = {True: "yes", False: ""}
        rows = [
            {
                **row,
                "call": str(calls.get(row["id"], "-")),
                "queues": ", ".join(row["queues"]),
                "since": short(datetime.fromisoformat(row["since"])) if row["since"] else "-",
                "supervisor": yes[row["supervisor"]],
            }
            for row in rows
        ]
    show(rows, _COLUMNS, as_json=as_json, empty="no operators; write operators.toml, then: warroom apply")


@app.command()
def check(context: typer.Context, file: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Check operators.toml or another file in its format."""
    data = data_of(context)
    if file is not None and not file.exists():
        raise CommandError(f"{file}: is not there")
    chosen = check_operators(data, applied_trunks(data), file)
    where = file or (DataDirectory(data).operators if chosen.source else "no operators.toml")
    count = len(chosen.operators.operator)
    text = f"{where}: no mistakes; {count} operators; queues: {', '.join(chosen.operators.queues)}"
    console.print(text, markup=False, highlight=False, soft_wrap=True)


@app.command()
def login(context: typer.Context, operator: str) -> None:
    """Log an operator in: queues ring the telephone from the next second on."""
    _known(data_of(context), operator)
    data = data_of(context)
    asyncio.run(_write(data, operator, come=True))
    telephone = _telephone(data, operator)
    if telephone in _RUNG:
        console.print(f"{operator} takes calls", highlight=False)
    else:
        hint = f"its account: operator-{operator}, warroom operators password {operator}"
        console.print(f"{operator} is at work, but cannot be rung: the telephone {telephone}; {hint}", soft_wrap=True)


@app.command()
def logout(context: typer.Context, operator: str) -> None:
    """Log an operator out; a call in progress continues."""
    _known(data_of(context), operator)
    asyncio.run(_write(data_of(context), operator, come=False))
    console.print(f"{operator} takes no more calls", highlight=False)


@app.command()
def pause(
    context: typer.Context,
    operator: str,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Reason shown in the list, such as meal or training.")],
) -> None:
    """Pause an operator: no calls until `unpause`."""
    why = " ".join(clean(reason).split())[:_MAX_CHARS]
    if not why:
        raise CommandError("--reason: say in a word or two why, such as: meal")
    _pause(data_of(context), operator, why)
    console.print(f"{operator} takes no calls: {why}", markup=False, highlight=False)


@app.command()
def unpause(context: typer.Context, operator: str) -> None:
    """End a pause; also the automatic one after an unanswered call."""
    _pause(data_of(context), operator, "")
    console.print(f"{operator} takes calls", highlight=False)


@app.command()
def password(
    context: typer.Context,
    operator: str,
    *,
    new: Annotated[bool, typer.Option("--new", help="Make a new one; then run `warroom apply`.")] = False,
) -> None:
    """Show the SIP password of an operator's telephone; the user is operator-<id>."""
    data = data_of(context)
    if not (data / "secrets").is_dir():
        raise CommandError(f"{data} has no passwords yet; start the stack once: warroom up")
    there = (one.id for one in check_operators(data, applied_trunks(data)).operators.operator)
    known_name("operator", operator, there, see="warroom operators list")
    if new:
        (data / "secrets" / operator_password(operator)).unlink(missing_ok=True)
    typer.echo(password_of(data, operator))


_RUNG = ("there", "signed in")
"""States of a telephone that can be rung."""
_MAX_CHARS = 40  # characters of a reason: a word or two, in a column of the list


def _known(data: Path, operator: str) -> None:
    there = (one.id for one in applied_operators(data).operator)
    known_name("operator", operator, there, see="warroom operators list; new ones: warroom apply")


def _telephone(data: Path, operator: str) -> str:
    """How an operator's telephone is, as the end of a sentence."""
    try:
        said = telephones(applied_operators(data), AsteriskConsole(DataDirectory(data))).get(operator, "unknown")
    except AsteriskError:
        return "cannot be asked for: Asterisk does not run"
    return {"not signed in": "is not signed in", "unknown": "is not known"}.get(said, said)


def _pause(data: Path, operator: str, why: str) -> None:
    _known(data, operator)

    async def write() -> bool:
        async with open_storage(data) as store:
            return await OperatorPresence(store).pause(operator, why)

    if not asyncio.run(write()):
        raise CommandError(f"{operator} is not at work: warroom operators login {operator}")


async def _write(data: Path, operator: str, *, come: bool) -> None:
    async with open_storage(data) as store:
        presence = OperatorPresence(store)
        await (presence.login(operator) if come else presence.logout(operator))


async def _presences(data: Path) -> dict[str, OperatorAttendance]:
    async with open_storage(data) as store:
        return await OperatorPresence(store).all()


def _state(presence: OperatorAttendance | None) -> str:
    if presence is None or not presence.present:
        return "away"
    return f"paused: {presence.paused}" if presence.paused else "takes calls"
