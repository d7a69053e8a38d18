"""Shared by all commands: the data directory, output for people and for scripts, exit codes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from router.errors import UserError
from router.mqtt.retained.messages import RetainedMessages
from router.outside_text import in_json, shown
from warroom.cli.table import render

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
    from pathlib import Path

    from router.settings import BrokerSettings
    from router.storage.engine import Storage
    from warroom.cli.hints import Hints

T = TypeVar("T")

USAGE = 2
"""Exit code: the command was typed wrongly; typer's own."""
FAILED = 1  # exit code: the command could not be carried out, or a check failed


_hints: Hints | None = None


def name_commands(hints: Hints) -> None:
    """Have every command that a message names written so from now on."""
    global _hints  # noqa: PLW0603 - one command a process
    _hints = hints


def data_in_use() -> Path | None:
    """Return the data directory of this command; None before it is known."""
    return _hints.data if _hints else None


def _hinted(text: str) -> str:
    return _hints.complete(text) if _hints else text


class _PlainConsole(Console):
    """Lays out nothing and spells out what would steer a terminal: any text it prints may come from outside."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def render_str(self, text: str, **how: Any) -> Text:
        """Every text passes here, printed by itself or in a cell of a table."""
        return super().render_str(shown(_hinted(text)), **how)


console = _PlainConsole()
errors = _PlainConsole(stderr=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class CommandError(UserError):
    """Ends a command with one line and exit code 1."""


class UnknownNameError(CommandError):
    """A name was typed that there is not; exit code 2."""


@contextlib.asynccontextmanager
async def open_storage(data: Path) -> AsyncIterator[Storage]:
    """The store of a data directory, for the time of a command.

    Raises:
        StoreMissingError: there is none.
        StorageUnavailableError: it cannot be opened.
    """
    from router.storage.engine import Storage  # here, as the broker's: many a command needs neither
    from warroom.services.store.presence import store_there

    store = Storage(store_there(data), RetainedMessages())
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def confirm(question: Coroutine[Any, Any, T], broker: BrokerSettings, account: str, *, limit_s: float) -> T:
    """Ask the service something through the broker and return its answer.

    Raises:
        CommandError: nobody answers, or there is no way to the broker.
    """
    import aiomqtt

    try:
        return asyncio.run(question)
    except TimeoutError:
        raise CommandError(
            f"nobody answered within {limit_s:g} s: is `warroom serve` running and connected? see: warroom doctor"
        ) from None
    except aiomqtt.MqttError as error:
        raise CommandError(f"no way to the broker at {broker.host}:{broker.port} as {account}: {error}") from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@dataclass(frozen=True, slots=True)
class CliContext:
    """Where the commands work: typer's context object.

    Attributes:
        data: The data directory, absolute.
    """

    data: Path


def data_of(context: typer.Context) -> Path:
    """Return the data directory this command was started for."""
    place = context.find_object(CliContext)
    assert place is not None  # noqa: S101 - the root callback always sets it
    return place.data


def show(rows: Iterable[dict[str, Any]], columns: dict[str, str], *, as_json: bool, empty: str) -> None:
    """Print rows as a table with these columns (key to heading), or the whole rows as JSON."""
    rows = list(rows)
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print(empty)
        return
    rows = [{key: _hinted(cell) if isinstance(cell := row[key], str) else cell for key in columns} for row in rows]
    for line in render(rows, columns, console.width if console.is_terminal else None):
        console.print(line, soft_wrap=True)


def print_json(value: object) -> None:
    """Print JSON to standard output, untouched by colours or line folding."""
    typer.echo(in_json(json.dumps(value, ensure_ascii=False, default=_json, indent=2)))


def _json(value: object) -> str:
    """JSON has UTC alone; a person reads India's time."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


class ProgressBar:
    """A bar for the stages of a long job: `with Steps() as progress`, then progress(stage, done, total)."""

    def __init__(self) -> None:
        self.stage = "start"
        self._bar = Progress(
            TextColumn("{task.description:<26}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Callable[[str, int, int], None]:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state on the screen."""
        self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        self.stage = stage
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=total)
        self._bar.update(self._tasks[stage], completed=done, total=total)
