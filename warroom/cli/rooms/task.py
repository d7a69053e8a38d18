"""`warroom task create | transfer | cancel | list | show`: instructions of the war room to rooms."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from router.bounds import MAX_QUANTITY, moment
from router.geo import load_places
from router.india import local, short
from router.model.rooms.task import Transfer
from router.outside_text import clean
from router.stock.items import load_items
from router.tasks.service import TaskService, describe_transfer
from warroom.cli.common import CommandError, Json, console, data_of, open_storage, print_json, show
from warroom.cli.names import known_name
from warroom.cli.values import Limit
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from router.model.rooms.task import Part, Task

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True)

_ALL = "all"
_MAX_TEXT_CHARS = 2_000  # characters: a page
_FROM_NOW = re.compile(r"\+([1-9][0-9]{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_TIME = "Expected '+6h', '+2d', '18:00' (today, India's time) or '2020-04-07 18:00'."
_COLUMNS = {"id": "Task", "text": "What", "rooms": "Rooms", "due": "By (IST)", "done": "Done", "late": "Escalated"}

By = Annotated[str, typer.Option("--by", help=f"Deadline. {_TIME}")]


@app.command()
def create(
    context: typer.Context,
    rooms: Annotated[str, typer.Option(help="Room ids separated by commas, or 'all'.")],
    text: Annotated[str, typer.Option(help="What to do.")],
    by: By,
    *,
    as_json: Json = False,
) -> None:
    """Give a task to one, several or all rooms."""
    given = _given(context, _rooms(rooms), _text(text), by)
    _say(given, as_json=as_json)


@app.command()
def transfer(
    context: typer.Context,
    item: Annotated[str, typer.Option(help="The item's id, as in items.csv.")],
    source: Annotated[str, typer.Option("--from", help="The room that sends.")],
    target: Annotated[str, typer.Option("--to", help="The room that receives.")],
    quantity: Annotated[float, typer.Option(help="In the item's unit.")],
    by: By,
    text: Annotated[str, typer.Option(help="Further instructions.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Have stock moved from one room to another; both get the task, and each reports its part as done."""
    items = load_items(load_places().needs).by_id
    known_name("--item", item, items)
    if not 0 < quantity <= MAX_QUANTITY:  # NaN is neither
        raise CommandError(f"--quantity: {quantity:g}; expected more than 0 and at most 10^12")
    sends, receives = _room("--from", source), _room("--to", target)
    if sends == receives:
        raise CommandError(f"--to: {target} is the room that sends; expected another one")
    moved = Transfer(item=item, quantity=quantity, unit=items[item].unit, source=sends, target=receives)
    said = _text(describe_transfer(moved, items[item].name, text))
    _say(_given(context, [sends, receives], said, by, moved), as_json=as_json)


@app.command()
def cancel(context: typer.Context, task_id: str) -> None:
    """Cancel a task for the rooms that have not done it yet."""
    left = _with_board(context, lambda board: board.cancel(task_id))
    if not left:
        raise CommandError(f"no open task {task_id!r}; see: warroom task list")
    console.print(f"task {task_id} taken back from {left} room{'s' * (left > 1)}", highlight=False)


@app.command("list")
def list_(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also finished tasks.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List tasks, newest first."""
    found = _with_board(context, lambda board: board.tasks(open_only=not everything, limit=limit))
    rows = [_row(task, parts) for task, parts in found]
    if not as_json:
        for row, (task, _) in zip(rows, found, strict=True):
            row["rooms"] = ", ".join(task.rooms[:3]) + (f" and {len(task.rooms) - 3} more" if task.rooms[3:] else "")
            row["due"] = short(task.due)
            row["done"] = f"{row['done']} of {len(task.rooms)}"
    show(rows, _COLUMNS, as_json=as_json, empty="no tasks")


@app.command("show")
def show_(context: typer.Context, task_id: str) -> None:
    """Print a task with each room's assignment and its history, as JSON."""
    found = _with_board(context, lambda board: board.task(task_id))
    if found is None:
        raise CommandError(f"no task {task_id!r}; see: warroom task list --all")
    task, parts, history = found
    print_json(
        task.model_dump(mode="json")
        | {
            "parts": [part.model_dump(mode="json", include=_PART) for part in parts],
            "history": [line._asdict() for line in history],
        }
    )


_PART = {"room", "version", "stage", "level", "role", "updated", "note"}


def _row(task: Task, parts: list[Part]) -> dict[str, Any]:
    return task.model_dump(mode="json") | {
        "done": sum(not part.is_open for part in parts),
        "late": sum(part.is_open and part.level > 1 for part in parts),
        "parts": [part.model_dump(mode="json", include=_PART) for part in parts],
    }


def _say(task: Task, *, as_json: bool) -> None:
    if as_json:
        print_json(task.model_dump(mode="json"))
        return
    rooms = f"{len(task.rooms)} rooms" if task.rooms[1:] else task.rooms[0]
    console.print(f"task {task.id} given to {rooms}, by {short(task.due)} IST", highlight=False)


def _given(context: typer.Context, rooms: list[str], text: str, by: str, moved: Transfer | None = None) -> Task:
    due = read_due(by, datetime.now(UTC))
    return _with_board(context, lambda board: board.give(text, rooms, due, moved))


def _room(option: str, text: str) -> str:
    rooms = _rooms(text)
    if rooms[1:]:
        raise CommandError(f"{option}: {text!r} is more than one room; expected one")
    return rooms[0]


def _rooms(text: str) -> list[str]:
    known = [room.id for room in load_places().rooms]
    if text == _ALL:
        return known
    asked = list(dict.fromkeys(part.strip() for part in text.split(",")))
    return [known_name("room", room, known, see="warroom rooms list") for room in asked]


def _text(text: str) -> str:
    line = " ".join(clean(text).split())
    if not line or len(line) > _MAX_TEXT_CHARS:
        raise CommandError(f"--text: expected 1 to {_MAX_TEXT_CHARS} characters that can be seen")
    return line


def read_due(text: str, now: datetime, option: str = "--by") -> datetime:
    """Return the time that an option names.

    Args:
        text: See the option's help.
        now: Aware.
        option: Its name.

    Raises:
        CommandError: it is none, or it is over.
    """
    found = _FROM_NOW.fullmatch(text.strip())
    try:
        if found:
            due = now + timedelta(**{_UNITS[found[2]]: int(found[1])})
        elif re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text.strip()):
            hour, minute = map(int, text.strip().split(":"))
            due = local(now).replace(hour=hour, minute=minute, second=0, microsecond=0)
        else:
            due = datetime.fromisoformat(text.strip())
            due = due if due.tzinfo else local(due)
    except ValueError:
        raise CommandError(f"{option}: {text!r} is no time. {_TIME}") from None
    if due <= now:
        raise CommandError(f"{option}: {text!r} is over. {_TIME}")
    try:
        return moment(due)
    except ValueError as error:
        raise CommandError(f"{option}: {text!r}: {error}") from None


def _with_board(context: typer.Context, ask: Callable[[TaskService], Awaitable[T]]) -> T:
    return asyncio.run(_asked(data_of(context), ask))


async def _asked(data: Path, ask: Callable[[TaskService], Awaitable[T]]) -> T:
    async with open_storage(data) as store:
        return await ask(TaskService(store, load_places(), node=load_settings(data).router.node))
