"""`warroom trunks list | show | check | test-call`."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from agi.trunks.asr import TrunkTraffic, read_traffic
from agi.trunks.probe import probe_trunk
from agi.trunks.schema import Trunk
from warroom.cli.common import CommandError, Json, console, data_of, print_json, show
from warroom.cli.names import known_name
from warroom.config.apply.dead_ends import dead_ends
from warroom.config.apply.trunks import applied_trunks, check_trunks, own_addresses
from warroom.config.asterisk.config_files import AsteriskError
from warroom.config.asterisk.console import AsteriskConsole
from warroom.config.certificates import troubles_in_files
from warroom.config.paths import DataDirectory
from warroom.config.secrets import AMI, read_secret
from warroom.config.settings import load_settings
from warroom.monitoring.trunk_status import TrunkStatus, read_status

app = typer.Typer(no_args_is_help=True)

Window = Annotated[
    float, typer.Option("--hours", min=0.01, max=24 * 31, help="Count the calls of the last so many hours.")
]

_AWAY = TrunkStatus(registration="", reachable="unknown", qualify_ms=None, channels=0, callers=0)
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
    """Print a trunk's settings and current state, as JSON."""
    data = data_of(context)
    trunk = _named(data, name)
    (row,) = (row for row in _rows(data, hours) if row["name"] == name)
    print_json({"set": trunk.model_dump(mode="json"), "now": row})


@app.command()
def check(context: typer.Context, file: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Check trunks.toml or another file in its format, with passwords and certificates."""
    data = data_of(context)
    if file is not None and not file.exists():
        raise CommandError(f"{file}: is not there")
    settings = load_settings(data)
    chosen = check_trunks(data, settings.calls, file)
    names = ", ".join(trunk.name for trunk in chosen.trunks.trunk)
    where = file or (DataDirectory(data).trunks if chosen.source else "no trunks.toml")
    console.print(f"{where}: no mistakes; trunks: {names}", markup=False, highlight=False, soft_wrap=True)
    tls = chosen.trunks.tls
    troubles = [f"[tls]: {trouble}" for trouble in troubles_in_files(tls, data)] if tls is not None else []
    troubles += own_addresses(chosen.trunks, settings.calls)
    troubles += [f"{one.what}: {one.mend}" for one in dead_ends(data, settings.calls, chosen.trunks)]
    for trouble in troubles:
        console.print(f"but: {trouble}", markup=False, highlight=False, soft_wrap=True)


@app.command("test-call")
def call(
    context: typer.Context,
    name: str,
    number: Annotated[str, typer.Argument(help="A service such as 104, or an Indian number.")],
    *,
    as_json: Json = False,
) -> None:
    """Place a real, charged call through a trunk; the called party hears our greeting."""
    data = data_of(context)
    trunk = _named(data, name)
    dialled = trunk.dialled(number)
    if dialled is None:
        raise CommandError(
            f"{number}: neither a service in dials of trunk {name} ({', '.join(trunk.dials) or 'none'}) "
            f"nor an Indian number of ten digits"
        )
    calls = load_settings(data).calls
    secret = read_secret(data, AMI)
    logging.getLogger("agi.ami").setLevel(logging.WARNING)  # that it is linked to Asterisk is no news here
    result = asyncio.run(probe_trunk((calls.ami_host, calls.ami_port), secret, dialled, name, shown=trunk.shown))
    if as_json:
        print_json({"trunk": name, "dialled": dialled, "shown": trunk.shown, **asdict(result)})
    if not result.answered:
        raise CommandError(f"{dialled} by trunk {name}: {result.what}; its state: warroom trunks show {name}")
    if not as_json:
        console.print(f"{dialled} by trunk {name}: answered after {result.seconds:.1f} s", highlight=False)


def _rows(data: Path, hours: float) -> list[dict[str, Any]]:
    trunks = applied_trunks(data)
    try:
        now = read_status(trunks, AsteriskConsole(DataDirectory(data)))
    except AsteriskError:
        now = {}  # the settings can be listed all the same
    cdr_log = data / "asterisk-log" / "cdr-csv" / "Master.csv"
    counted = read_traffic(cdr_log, datetime.now(UTC) - timedelta(hours=hours))
    return [
        _row(trunk, now.get(trunk.name, _AWAY), counted.get(trunk.name, TrunkTraffic()), hours)
        for trunk in trunks.trunk
    ]


def _row(trunk: Trunk, state: TrunkStatus, counted: TrunkTraffic, hours: float) -> dict[str, Any]:
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


def _registration(word: str, counted: TrunkTraffic) -> str:
    """A refused registration is no trouble where calls are taken all the same: `auth` is that trunk's way."""
    return f"{word}, calls work" if word == "Rejected" and counted.outgoing.answered else word


def _named(data: Path, name: str) -> Trunk:
    trunks = applied_trunks(data)
    known_name("trunk", name, (each.name for each in trunks.trunk), see="warroom trunks list")
    return next(trunk for trunk in trunks.trunk if trunk.name == name)
