"""`warroom recordings list | backlog | play | verify | purge`."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recordings import retention
from recordings.spool import Spool, checksum
from router.masking import mask
from router.model.calls.recording_record import RecordingState
from router.model.job import TRANSCRIBE
from router.storage.unit_of_work import UnitOfWork
from router.tickets.ticket_number import valid
from warroom.cli.common import FAILED, CommandError, Json, console, data_of, open_storage, print_json, show
from warroom.cli.speech.nlu import corrections
from warroom.cli.ticket_number import plain_number
from warroom.cli.values import Limit
from warroom.config.paths import DataDirectory
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from router.model.calls.recording_record import RecordingRecord

app = typer.Typer(no_args_is_help=True)
app.command("corrections")(corrections)

_ALL = 10_000_000
_SUFFIX = ".wav"
_STEP = 500  # rows walked through at once
_PLAYERS = (("aplay", "-q"), ("play", "-q"), ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"))
_COLUMNS = {
    "name": "Recording",
    "number": "Ticket",
    "state": "State",
    "seconds": "Seconds",
    "confidence": "Sure",
    "text": "What it says",
}


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[RecordingState | None, typer.Option(help="Only this state.")] = None,
    limit: Limit = 100,
    *,
    as_json: Json = False,
) -> None:
    """List recordings, newest first: state, length, transcript, confidence."""
    found = asyncio.run(_listing(data_of(context), state, limit))
    rows = [asdict(recorded) for recorded in found]
    for row in rows:
        row["text"] = row["transcript"] or row["why"]
        if not as_json:
            row |= {key: "" for key in ("seconds", "confidence") if row[key] is None}
    show(rows, _COLUMNS, as_json=as_json, empty="no recordings")


@app.command()
def backlog(context: typer.Context, *, as_json: Json = False) -> None:
    """Show the transcription backlog: recordings waiting, since when, and those done in the last hour."""
    about = asyncio.run(_queue(data_of(context)))
    if as_json:
        print_json(about)
        return
    oldest = f", the oldest since {about['oldest_s']:.0f} s" if about["oldest_s"] is not None else ""
    console.print(f"{about['waiting']} waiting{oldest}")
    console.print(f"{about['last_hour']} in the last hour, {about['last_hour_audio_s']:.0f} s of sound")
    for name, count in about["states"].items():
        console.print(f"  {name}: {count}")
    for trouble in about["troubles"]:
        console.print(f"in the way: {trouble}", markup=False)


@app.command()
def play(
    context: typer.Context,
    which: Annotated[str, typer.Argument(help="A name of `recordings list`, or the number of its ticket.")],
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead of playing it.")] = None,
) -> None:
    """Play a recording on this machine, or copy it out."""
    source = _kept(data_of(context), which)
    if out is not None:
        shutil.copyfile(source, out)
        console.print(f"{out}", highlight=False)
        return
    player = next((command for command in _PLAYERS if shutil.which(command[0])), None)
    if player is None:
        raise CommandError("no player here (aplay, play or ffplay); use --out FILE, or the ticket's media_url")
    played = subprocess.run([*player, str(source)], check=False, capture_output=True)  # noqa: S603 - one of _PLAYERS
    if played.returncode or played.stderr:  # aplay ends with 0 where there is no sound card
        raise CommandError(
            f"{player[0]} cannot play here, most likely for want of a sound card; "
            f"copy it out: warroom recordings play {which} --out FILE, or use the ticket's media_url"
        )


def _kept(data: Path, which: str) -> Path:
    """Return the file of a recording, or the newest of a ticket's that is kept."""
    kept, number = DataDirectory(data).kept, plain_number(which)
    files = [kept / Path(which).name, kept / f"{Path(which).name}{_SUFFIX}"]
    if valid(number):
        files += [kept / one.name for one in reversed(asyncio.run(_of_ticket(data, number)))]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise CommandError(f"no recording {which} is kept; see: warroom recordings list")
    return found


async def _of_ticket(data: Path, number: str) -> list[RecordingRecord]:
    async with open_storage(data) as store:
        return await store.read(lambda uow: uow.recordings.of_ticket(number))


@app.command()
def verify(context: typer.Context, *, as_json: Json = False) -> None:
    """Compare every stored recording with its row and checksum; exit code 1 if anything is wrong."""
    wrong = asyncio.run(_verify(data_of(context)))
    show(wrong, {"name": "Recording", "wrong": "What is wrong"}, as_json=as_json, empty="every recording is as it was")
    if wrong:
        raise typer.Exit(FAILED)


@app.command()
def purge(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would be deleted.")] = False,
    as_json: Json = False,
) -> None:
    """Delete recordings older than recordings.retention_days now."""
    gone = asyncio.run(_purge(data_of(context), dry_run=dry_run))
    show(
        [each._asdict() for each in gone],
        {"name": "Would go" if dry_run else "Deleted", "number": "Ticket", "why": "Why"},
        as_json=as_json,
        empty="nothing is over its time",
    )


async def _listing(data: Path, state: RecordingState | None, limit: int) -> list[RecordingRecord]:
    async with open_storage(data) as store:
        return await store.read(lambda uow: uow.recordings.list_recordings(state=state, limit=limit))


async def _queue(data: Path) -> dict[str, Any]:
    now = datetime.now(UTC)
    async with open_storage(data) as store:
        oldest = await store.read(lambda uow: uow.recordings.oldest_waiting())
        done, seconds = await store.read(lambda uow: uow.recordings.heard_since(since=now - timedelta(hours=1)))
        waits = await store.read(lambda uow: uow.jobs.backlog(kind=TRANSCRIBE))
        return {
            "waiting": sum(waits.by_priority.values()),
            "by_priority": waits.by_priority,
            "oldest_s": (now - oldest).total_seconds() if oldest else None,
            "troubles": waits.troubles,
            "last_hour": done,
            "last_hour_audio_s": round(seconds, 1),
            "states": await store.read(lambda uow: uow.recordings.counts()),
        }


async def _verify(data: Path) -> list[dict[str, str]]:
    layout = DataDirectory(data)
    spool = Spool(layout.incoming, layout.kept)
    wrong = [{"name": name, "wrong": "nobody's name: left alone in incoming/"} for name in spool.strangers()]
    async with open_storage(data) as store:
        lost = await store.read(lambda uow: uow.recordings.unknown(names=spool.kept_names()))
        wrong += [{"name": name, "wrong": "no ticket has it: it gets one at the next start"} for name in lost]
        last = 0
        while rows := await store.read(partial(_after, last)):
            last = rows[-1][0]
            for _, recorded in rows:
                what = await asyncio.to_thread(_wrong, layout, recorded)
                if what:
                    wrong.append({"name": recorded.name, "wrong": what})
    return wrong


def _after(row: int, uow: UnitOfWork) -> list[tuple[int, RecordingRecord]]:
    return uow.recordings.after(row, _STEP)


def _wrong(layout: DataDirectory, recorded: RecordingRecord) -> str:
    path = layout.kept / recorded.name
    if recorded.state is RecordingState.DELETED:
        return "deleted, but the file is still there" if path.exists() else ""
    if not path.exists():
        waits = (layout.incoming / recorded.name).exists()
        return "" if waits else f"the file is missing (ticket {recorded.number}, {mask(recorded.phone)})"
    if recorded.sha256 is None:
        return ""  # nobody has read it yet
    return "" if checksum(path) == recorded.sha256 else "its checksum is another: the file was changed"


async def _purge(data: Path, *, dry_run: bool) -> list[retention.Gone]:
    layout = DataDirectory(data)
    async with open_storage(data) as store:
        gone = await retention.overdue(store, load_settings(data).recordings.retention_days, count=_ALL)
        if not dry_run:
            await retention.delete(store, (layout.kept, layout.played), gone)
        return gone
