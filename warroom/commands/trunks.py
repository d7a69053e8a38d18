"""`warroom trunks list | show | check | apply | test-call`."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from agi.ami.test_call import place_test_call
from agi.trunks.conf import without_secrets
from agi.trunks.figures import Traffic, traffic
from agi.trunks.model import Trunk
from warroom.asterisk_console import AsteriskConsole
from warroom.asterisk_files import AsteriskProblem
from warroom.certificates import troubles_in_files
from warroom.commands.applying import tell
from warroom.commands.common import CommandProblem, DryRun, Json, console, data_of, print_json, show
from warroom.layout import Layout
from warroom.putting_in_force import differences
from warroom.secret_files import AMI, read_secret
from warroom.settings import load_settings
from warroom.trunk_apply import planned, put_in_force
from warroom.trunk_files import check_trunks, trunks_in_force
from warroom.trunk_state import LineState, states

app = typer.Typer(no_args_is_help=True)

Window = Annotated[float, typer.Option("--hours", min=0.01, max=24 * 31, help="Count the calls of the last so many.")]

_AWAY = LineState(registration="", reachable="unknown", qualify_ms=None, channels=0, callers=0)
_COLUMNS = {
    "name": "Trunk",
    "provider": "Provider",
    "server": "Server",
    "registration": "Registration",
    "reachable": "Reachable",
    "qualify_ms": "Answers in ms",
    "callers": "Callers",
    "in_use": "In use / bought",
    "asr_in": "ASR in %",
    "asr_out": "ASR out %",
}


@app.command("list")
def list_(context: typer.Context, *, hours: Window = 1.0, as_json: Json = False) -> None:
    """List the trunks in force: registration, reachability, lines in use, answer-seizure ratio (ITU-T E.411)."""
    rows = _rows(data_of(context), hours)
    if not as_json:
        rows = [{**row, **{key: "-" if row[key] in (None, "") else row[key] for key in _COLUMNS}} for row in rows]
    show(rows, _COLUMNS, as_json=as_json, empty="no trunks")
    if not as_json:
        console.print(f"ASR: answered calls of all calls that ended in the last {hours:g} hours", highlight=False)


@app.command("show")
def show_(context: typer.Context, name: str, *, hours: Window = 1.0) -> None:
    """Print one trunk, what is set and how it is now, as JSON."""
    data = data_of(context)
    trunk = _named(data, name)
    (row,) = (row for row in _rows(data, hours) if row["name"] == name)
    print_json({"set": trunk.model_dump(mode="json"), "now": row})


@app.command()
def check(context: typer.Context, file: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Check trunks.toml, or another file before it takes its place; passwords and certificates too."""
    data = data_of(context)
    if file is not None and not file.exists():
        raise CommandProblem(f"{file}: is not there")
    chosen = check_trunks(data, load_settings(data).calls, file)
    names = ", ".join(trunk.name for trunk in chosen.trunks.trunk)
    where = file or (Layout(data).trunks if chosen.source else "no trunks.toml")
    console.print(f"{where}: no mistakes; trunks: {names}", markup=False, highlight=False, soft_wrap=True)
    tls = chosen.trunks.tls
    for trouble in troubles_in_files(tls, data) if tls is not None else ():
        console.print(f"but: [tls]: {trouble}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def apply(
    context: typer.Context,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put trunks.toml in force on the running Asterisk; calls in progress go on. All of it, or nothing."""
    data = data_of(context)
    chosen = check_trunks(data, load_settings(data).calls)
    change = planned(data, chosen)
    if not dry_run:
        put_in_force(data, chosen, AsteriskConsole(Layout(data)))
    also = ["changed: how helplines, rooms, emergency services or citizens are dialled"] if change.ways else []
    also += ["[tls] has changed: that needs a restart of the stack"] if change.restart else []
    changes = differences(data, chosen.texts, without_secrets) if dry_run else []
    tell(change, changes, also=also, dry_run=dry_run, as_json=as_json)


@app.command("test-call")
def call(
    context: typer.Context,
    name: str,
    number: Annotated[str, typer.Argument(help="A service such as 104, or an Indian number.")],
    *,
    as_json: Json = False,
) -> None:
    """Place a real call through a trunk, which the provider charges; who answers hears our greeting."""
    data = data_of(context)
    trunk = _named(data, name)
    dialled = trunk.dialled(number)
    if dialled is None:
        raise CommandProblem(
            f"{number}: neither a service in dials of trunk {name} ({', '.join(trunk.dials) or 'none'}) "
            f"nor an Indian number of ten digits"
        )
    calls = load_settings(data).calls
    secret = read_secret(data, AMI)
    logging.getLogger("agi.ami").setLevel(logging.WARNING)  # that it is linked to Asterisk is no news here
    result = asyncio.run(place_test_call((calls.ami_host, calls.ami_port), secret, dialled, name, shown=trunk.shown))
    if as_json:
        print_json({"trunk": name, "dialled": dialled, "shown": trunk.shown, **asdict(result)})
    if not result.answered:
        raise CommandProblem(f"{dialled} by trunk {name}: {result.what}; its state: warroom trunks show {name}")
    if not as_json:
        console.print(f"{dialled} by trunk {name}: answered after {result.seconds:.1f} s", highlight=False)


def _rows(data: Path, hours: float) -> list[dict[str, Any]]:
    trunks = trunks_in_force(data)
    try:
        now = states(trunks, AsteriskConsole(Layout(data)))
    except AsteriskProblem:
        now = {}  # what is set can be listed all the same
    books = data / "asterisk-log" / "cdr-csv" / "Master.csv"
    counted = traffic(books, datetime.now(UTC) - timedelta(hours=hours))
    return [
        _row(trunk, now.get(trunk.name, _AWAY), counted.get(trunk.name, Traffic()), hours) for trunk in trunks.trunk
    ]


def _row(trunk: Trunk, state: LineState, counted: Traffic, hours: float) -> dict[str, Any]:
    return {
        "name": trunk.name,
        "provider": trunk.provider,
        "server": f"{trunk.server} {trunk.transport}{' srtp' if trunk.srtp else ''}",
        **asdict(state),
        "registration": _registration(state.registration, counted),
        "bought": trunk.channels,
        "in_use": f"{state.channels} / {trunk.channels}",
        "dids": trunk.dids,
        "window_hours": hours,
        "incoming": asdict(counted.incoming),
        "outgoing": asdict(counted.outgoing),
        "asr_in": counted.incoming.asr,
        "asr_out": counted.outgoing.asr,
    }


def _registration(word: str, counted: Traffic) -> str:
    """A refused registration is no trouble where calls are taken all the same: `auth` is that trunk's way."""
    return f"{word}, calls work" if word == "Rejected" and counted.outgoing.answered else word


def _named(data: Path, name: str) -> Trunk:
    trunks = trunks_in_force(data)
    trunk = trunks.named(name)
    if trunk is None:
        known = ", ".join(each.name for each in trunks.trunk)
        raise CommandProblem(f"no trunk {name!r} is in force (known: {known}); a new one: warroom trunks apply")
    return trunk
