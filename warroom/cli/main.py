"""The `warroom` command: one entry for admins, rooms and scripts.

Exit codes: 0 done; 1 it could not be done, or something is wrong (one line says what and what to do);
2 the command was typed wrongly; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from router.errors import WarroomError
from warroom.cli.common import (
    FAILED,
    USAGE,
    CliContext,
    CommandError,
    UnknownNameError,
    data_in_use,
    errors,
    name_commands,
)
from warroom.cli.hints import DATA_VARIABLE, Hints, default_data
from warroom.config.log_format import log_to_stderr

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "up": ("stack.up:up", ""),
        "status": ("stack.status:status", ""),
        "stop": ("stack.stop:stop", ""),
        "restart": ("stack.restart:restart", ""),
        "drain": ("stack.drain:drain", ""),
        "logs": ("stack.logs:logs", ""),
        "service": ("stack.systemd:app", "Run by systemd: starts with the machine."),
        "serve": ("stack.processes:serve", ""),
        "api": ("stack.processes:api", ""),
        "board": ("stack.processes:board", ""),
        "transcribe": ("stack.processes:transcribe", ""),
        "demo": ("telephony.test_call:demo", ""),
        "sim": ("stack.sim:sim", ""),
        "test-call": ("telephony.test_call:call", ""),
        "apply": ("system.apply:apply", ""),
        "recover": ("system.recover:recover", ""),
        "backup": ("system.backup:backup", ""),
        "restore": ("system.backup:restore", ""),
        "doctor": ("doctor.doctor:doctor", ""),
        "nlu": ("speech.nlu:understand", ""),
        "rooms": (
            "rooms.credentials:rooms_app",
            "Control rooms; their accounts at the broker and voicemail PINs.",
        ),
        "room": ("rooms.room_tasks:room_app", "Act as one control room, over MQTT."),
        "tickets": ("tickets.tickets:app", "List, show and export tickets."),
        "import": (
            "imports.app:app",
            "Import lists: requests for help, places that serve, officers' answers.",
        ),
        "stranded": ("stranded.app:app", "People far from home: the register, and lists for other states' officers."),
        "citizen": ("tickets.citizen:app", "Show or erase the data stored about a telephone number."),
        "routes": ("tickets.routes:app", "Routing rules: which room gets a ticket."),
        "alerts": ("tickets.alerts:app", "List active alerts; send a test message."),
        "users": ("accounts.users:app", "Accounts of the screens, and their sessions."),
        "walls": ("accounts.walls:app", "Screens on walls, which are never signed out."),
        "audit": ("accounts.audit:app", "Who saw or did what at the screens."),
        "api-keys": ("system.api_keys:app", "API keys of other programs."),
        "whatsapp": ("messaging.whatsapp:app", "WhatsApp: its secrets, its state, and a conversation to try."),
        "sms": ("messaging.sms:app", "SMS: the provider, its secrets, the queue, and a message to try."),
        "task": ("rooms.task:app", "Tasks that the war room gives to control rooms."),
        "notice": ("rooms.notice:app", "Notices to the public."),
        "facilities": ("rooms.facilities:app", "List ration shops, kitchens, chemists and water points."),
        "shortage": ("rooms.shortage:shortage", ""),
        "calls": ("calls.app:app", "Calls that go on, and every call that was."),
        "stats": ("telephony.stats:figures", ""),
        "capacity": ("telephony.capacity:plan", ""),
        "call-control": ("telephony.call_control:app", "Transfer, conference and end calls in progress."),
        "call-recording": ("telephony.call_recording:app", "Pause and resume the recording of a call."),
        "blocklist": ("telephony.blocklist:app", "Numbers that get urgent help only."),
        "helplines": ("telephony.helplines:app", "Helplines, their numbers and destinations."),
        "trunks": ("telephony.trunks:app", "SIP trunks to the telephone network."),
        "operators": ("telephony.operators:app", "Operators and their telephones."),
        "queues": ("telephony.queues:queues", ""),
        "recordings": ("speech.recordings:app", "Recordings and their transcripts."),
        "model": ("model.app:app", "Speech recognition models: install, check, compare."),
        "prompts": ("speech.prompts:app", "Voice prompts."),
        "voice": ("speech.voice:app", "The voices that speak prompts."),
        "settings": ("system.settings:app", "Show the settings in force."),
    }
)
"""Where each command is: module and name in it; and the subject of each group of commands."""


_GLOBAL: Final = ("--data", "--log")
_COMPLETION: Final = "_WARROOM_COMPLETE"  # set by the shell's script, which `--install-completion` writes
_SERVICES: Final = frozenset(
    {"serve", "api", "board", "transcribe"}
)  # their output is the log, which keeps a fault whole
_INTERRUPTED: Final = 130  # 128 and the number of SIGINT, as shells count
_STREAMS: Final = 3  # standard input, output and error
_OF_DISK: Final = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of a disk, or of the file that the output goes to; all of them are the admin's to mend."""


def make_app(words: Collection[str]) -> typer.Typer:
    """Return the command with those of its sub-commands that are among these words, or with all when none is.

    To load what all of them rest on takes a second and more, for which nobody who types one should wait.
    """
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # a help text has brackets: `[alerts]` of the settings
        help="Telephone exchange and ticketing of a state's emergency war room.",
    )
    app.callback()(_root)
    named = [name for name in COMMANDS if name in words]
    if not named and _COMPLETION in os.environ:
        for name, (_, about) in COMMANDS.items():
            app.command(name, help=about)(_name_alone)
        return app
    for name in named or COMMANDS:
        where, about = COMMANDS[name]
        module, _, attribute = where.partition(":")
        found = getattr(import_module(f"warroom.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=about)
        else:
            app.command(name)(found)
    return app


def _root(
    context: typer.Context,
    data: Annotated[
        Path | None,
        typer.Option(
            envvar=DATA_VARIABLE, show_default=str(default_data()), help="The data directory: all state of this stack."
        ),
    ] = None,
    log: Annotated[str, typer.Option(envvar="WARROOM_LOG", help="debug, info, warning or error.")] = "info",
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    level = logging.getLevelNamesMapping().get(log.upper())
    if level is None:
        raise CommandError(f"--log: unknown level {log!r}; expected debug, info, warning or error")
    log_to_stderr(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it names its every plugin
    place = (data or default_data()).resolve()
    name_commands(Hints(place, COMMANDS))
    context.obj = CliContext(place)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"warroom {version('warroom')} (Python {platform.python_version()})")
        raise typer.Exit


def _name_alone() -> None:
    """Stand for a command while its name is completed: to load all of them takes a second."""


def global_options_first(words: Sequence[str]) -> list[str]:
    """Return the words of a command line with `--data` and `--log` before the command, wherever they were typed."""
    first: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            return [*first, *rest, word, *left]
        if word in _GLOBAL:
            first += [word, *[value for value in [next(left, None)] if value is not None]]
        elif word.startswith(tuple(f"{name}=" for name in _GLOBAL)):
            first.append(word)
        else:
            rest.append(word)
    return [*first, *rest]


def main() -> None:
    """Run the command; expected errors end in one clear line, never in a stack trace."""
    _open_streams()
    try:
        try:
            words = global_options_first(sys.argv[1:])
            make_app(_completed() if _COMPLETION in os.environ else words)(words, prog_name="warroom")
        finally:
            sys.stdout.flush()  # here, where it can be said that the disk is full
    except UnknownNameError as error:
        _end(str(error), code=USAGE)
    except WarroomError as error:
        _end(*str(error).splitlines())
    except PermissionError as error:
        _end(f"{error.filename}: no permission; run this as root")
    except FileNotFoundError as error:
        _missing(error)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:  # a file as data directory, or in it
        _end(f"{error.filename}: {error.strerror}; see --data")
    except OSError as error:
        if error.errno not in _OF_DISK:
            _fault(error)
        _end(f"{error.filename or 'the output'}: {error.strerror}")
    except KeyboardInterrupt:  # while the command's modules were loaded; click ends with the same later
        sys.exit(_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - an admin gets a line, a programmer the trace
        _fault(error)


def _completed() -> list[str]:
    """Return the words that the shell has so far: bash names them otherwise than zsh and fish."""
    return (os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")).split()[1:]


def _missing(error: FileNotFoundError) -> NoReturn:
    """End with a file that is not there: one of the data directory comes with the first start."""
    data = data_in_use()
    if data is None or error.filename is None or not Path(os.fsdecode(error.filename)).is_relative_to(data):
        _fault(error)
    _end(f"{os.fsdecode(error.filename)} is not there; start the stack once: warroom up")


def _fault(error: Exception) -> NoReturn:
    """End with an unexpected error. Raises it where its trace is wanted: for a log, and for `--log debug`."""
    if _SERVICES & set(sys.argv) or logging.getLogger().isEnabledFor(logging.DEBUG):
        raise error
    said = " ".join(str(error).split())
    _end(f"a fault of this program: {type(error).__name__}: {said}; its trace: the same command with --log debug")


def _open_streams() -> None:
    """See that there is an output, and that it holds any text.

    Where a caller has closed it (`>&-`), the next file that is opened, such as the store, would have its number, and
    whatever a child process writes would go there. What the terminal's encoding has no sign for is spelt out.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < _STREAMS:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _end(*lines: str, code: int = FAILED) -> NoReturn:
    """Print the error, and end. Output that could not be written is dropped: Python would try it again."""
    with contextlib.suppress(OSError):
        for line in lines:
            errors.print(f"warroom: {line}", markup=False, highlight=False, soft_wrap=True)
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
