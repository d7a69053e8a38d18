"""The supervisor of a stack: prepares the data directory, and defines the processes."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from agi.trunks.asterisk_config import TCP, TCP_TEXT, uses_tcp
from router.errors import UserError
from router.geo import load_places
from router.india import TIME_ZONE
from warroom.config.apply.helplines import initial_helplines
from warroom.config.apply.in_force import flatten, write_running
from warroom.config.apply.operators import applied_operators, initial_operators
from warroom.config.apply.packet_filter import write_networks
from warroom.config.apply.routes import initial_routes
from warroom.config.apply.transaction import save_applied
from warroom.config.apply.trunks import applied_trunks, initial_trunks
from warroom.config.asterisk.config_files import Secrets, find_asterisk, write_asterisk
from warroom.config.broker_accounts import BrokerAccounts
from warroom.config.environment import environment_of
from warroom.config.folders import ASTERISK_USER, BROKER_USER, SERVICE_USER, own_files
from warroom.config.open_files import open_files
from warroom.config.paths import PROJECT, PROMPT_CACHE, DataDirectory, acting_as, as_user, may_enter
from warroom.config.secrets import (
    AGI,
    AMI,
    BOARD_ADMIN,
    GENERATED,
    METRICS,
    ensure_pin,
    ensure_secret,
)
from warroom.services.readiness.ready_file import READY_FILE
from warroom.services.stack.rtp_ports import SOUND, sound_of
from warroom.services.store.presence import see_not_lost, store_location

if TYPE_CHECKING:
    from warroom.config.settings import Settings

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called as progress(what, done, total) while a long job goes on."""

SERVICES = ("serve", "api", "board", "transcribe")
"""Our own processes, which say when they are ready."""

NICENESS: Mapping[str, int] = MappingProxyType({"asterisk": -10, "serve": -15, "broker": -12, "board": -5, "api": -5})
"""Who comes first on a full machine. `serve` needs little and all calls wait for it: a question that begins late loses
the key a caller presses. The broker needs next to nothing, and every ticket and command passes it. Asterisk, late,
plays more slowly, which callers can hear and answer. `board` shows an operator who is calling; `api` answers WhatsApp,
which delivers again what is not answered at once. What a message says can wait: but it is the worker of `transcribe`
alone that is behind all (``recordings.transcription.worker``), for `transcribe` itself writes to the store. Were it
behind, it would be held up in the middle of a write, and all who take calls with it."""

_log = logging.getLogger(__name__)


class StackError(UserError):
    """The stack cannot be prepared or started; the text names the stage and what to do."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the stack.

    Attributes:
        name: `broker`, `asterisk` or one of `SERVICES`.
        prefix: The command before the program: user, limits, niceness.
        program: The program and its arguments.
        mark: The last words of the program's command line, by which it is found among all processes: they name the
            data directory.
    """

    name: str
    prefix: tuple[str, ...]
    program: tuple[str, ...]
    mark: tuple[str, ...]

    @property
    def argv(self) -> tuple[str, ...]:
        """The whole command, the change of user included."""
        return (*self.prefix, *self.program)


def prepare(data: Path, settings: Settings, progress: Progress, *, running: Container[str] = ()) -> None:
    """Bring a data directory into the state from which the processes can start. Repeating it changes nothing.

    Args:
        data: The data directory.
        settings: Its settings.
        progress: Told how far it is.
        running: Parts that run already: their configuration stays as they have read it.

    Raises:
        StackError: A program is missing, a folder cannot be written, or the service users cannot reach it.
        AsteriskError, HelplinesError, PlacesError, PromptError, TrunksError: As the parts raise them.
    """
    stages = (
        ("data directory", "", _prepare_folders),
        ("telephone configuration", "asterisk", _prepare_asterisk),
        ("broker configuration", "broker", _prepare_broker),
        ("store", "", _prepare_store),
        ("prompts", "", _prepare_prompts),
    )
    for done, (stage, part, work) in enumerate(stages):
        progress("preparing", done, len(stages))
        if part in running:
            continue
        try:
            work(data, settings, progress)
        except OSError as error:
            raise StackError(f"{stage}: {error.filename or data}: {error.strerror or error}") from error
    progress("preparing", len(stages), len(stages))


def prepare_part(data: Path, settings: Settings, part: str) -> None:
    """Write the configuration of one part anew, before it is started again. Raises as `prepare`."""
    work = {"asterisk": _prepare_asterisk, "broker": _prepare_broker}.get(part)
    if work is not None:
        work(data, settings, lambda *_: None)


def _prepare_folders(data: Path, _settings: Settings, _progress: Progress) -> None:
    DataDirectory(data).make()
    for name in GENERATED:
        ensure_secret(data, name)
    for room in load_places().rooms_on_the_telephone:
        ensure_pin(data, room)
    for folder in (data, PROJECT, Path(sys.executable).parent):
        if not may_enter(SERVICE_USER, folder):
            raise StackError(
                f"data directory: user {SERVICE_USER} cannot reach {folder}, because a folder above it is closed to "
                f"others; start with deploy/reach (as make does) or choose another place with --data"
            )


def _prepare_broker(data: Path, settings: Settings, _progress: Progress) -> None:
    accounts = BrokerAccounts(data, settings.router.broker)
    accounts.make_local()
    accounts.copy_certificate()
    accounts.write(accounts.texts([one.id for one in applied_operators(data).operator]))
    write_running(data, "broker", dict(flatten(settings)))


def _prepare_asterisk(data: Path, settings: Settings, _progress: Progress) -> None:
    chosen = initial_trunks(data, settings.calls)
    staff = initial_operators(data, chosen.trunks)
    by_tcp = uses_tcp(chosen.trunks) or any(one.transport == "any" for one in staff.operators.operator)
    write_asterisk(
        data=data,
        settings=settings.calls,
        parts={
            **chosen.texts,
            **staff.texts,
            TCP: TCP_TEXT if by_tcp else "",
            SOUND: sound_of(data, settings).conf,  # until the start, which holds the range and may choose another
        },
        secrets=Secrets(**{name: ensure_secret(data, name) for name in (AGI, AMI, METRICS)}),
        asterisk=find_asterisk(),
        recording_days=settings.recordings.retention_days.call,
    )
    save_applied(DataDirectory(data).trunks_in_force, chosen.source)
    write_networks(data, chosen.trunks)
    save_applied(DataDirectory(data).operators_in_force, staff.source)
    save_applied(DataDirectory(data).helplines_in_force, initial_helplines(data).source)
    save_applied(DataDirectory(data).routes_in_force, initial_routes(data))
    write_running(data, "asterisk", dict(flatten(settings)))


def _prepare_store(data: Path, settings: Settings, _progress: Progress) -> None:
    from board.accounts.administration import make_first_admin
    from router.mqtt.retained.messages import RetainedMessages
    from router.storage.migrate import migrate, run_job
    from router.storage.repositories import identity_repository  # here, as the voice: no command need wait for them
    from warroom.services.store.gate import compare_with_file

    store = store_location(data)
    see_not_lost(data)
    own_files(DataDirectory(data).store.parent, SERVICE_USER, 0o600)
    with acting_as(SERVICE_USER):
        migrate(store)
        compare_with_file(data, identity_repository.of_database(store, settings.router.node))
        has_users = run_job(store, RetainedMessages(), lambda uow: bool(uow.users.list_users()))
    if not has_users:
        password = ensure_secret(data, BOARD_ADMIN)
        with acting_as(SERVICE_USER):
            run_job(store, RetainedMessages(), partial(make_first_admin, password))


def prepare_to_recover(data: Path, settings: Settings) -> None:
    """Do the part of `prepare` that the broker needs.

    Raises:
        StackError: As `prepare`.
    """
    for stage, work in (("data directory", _prepare_folders), ("broker configuration", _prepare_broker)):
        try:
            work(data, settings, lambda *_: None)
        except OSError as error:
            raise StackError(f"{stage}: {error.filename or data}: {error.strerror or error}") from error


def _prepare_prompts(data: Path, settings: Settings, progress: Progress) -> None:
    from agi.ivr.menus import spoken_menus
    from agi.prompts.build import build
    from agi.prompts.voices import Voices

    report = build(
        load_places(),
        spoken_menus(),
        data=data,
        cache=PROMPT_CACHE,
        voices=Voices(settings.prompts.voices),
        progress=lambda done, total: progress("prompts", done, total),
    )
    for problem in report.problems:
        _log.warning("prompts: %s", problem)


def processes(data: Path) -> list[Process]:
    """Return what to start, in this order."""
    mosquitto = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if mosquitto is None:
        raise StackError("broker: mosquitto is not installed; run deploy/install.sh")
    layout = DataDirectory(data)
    files = ("prlimit", f"--nofile={open_files()}:", "--")  # the others raise their limits themselves
    broker = ("-c", str(layout.broker / "mosquitto.conf"))
    asterisk = ("-f", "-C", str(layout.asterisk_config))
    ours = ("-m", "warroom", "--data", str(data))
    python = (sys.executable, "-P")  # nothing is imported from where it runs
    return [
        Process("broker", (*_started("broker"), *as_user(BROKER_USER), *files), (mosquitto, *broker), broker),
        Process(
            "asterisk",
            (*_started("asterisk"), *as_user(ASTERISK_USER)),
            (str(find_asterisk().command), *asterisk),
            asterisk,
        ),
        *(
            Process(name, (*_started(name), *as_user(SERVICE_USER)), (*python, *ours, name), (*ours, name))
            for name in SERVICES
        ),
    ]


def _started(name: str) -> list[str]:
    """Return the command prefix that gives a process what each of ours has, and its place on a full machine.

    What it writes is closed to others, and it leaves no core, in which a citizen's words would lie; it cannot change
    that again. Each process has a session of its own, and where the kernel groups processes by session (sched(7),
    autogroup) niceness counts only within a group: the group's own niceness is what tells it from the others.
    """
    nice = NICENESS.get(name, 0) if os.geteuid() == 0 else 0
    script = 'umask 0027; ulimit -c 0; { echo "$0" >/proc/self/autogroup; } 2>/dev/null; exec nice -n "$0" "$@"'
    return ["sh", "-c", script, str(nice)]


def environment(data: Path, name: str) -> dict[str, str]:
    """Return the environment of a process: India's time and, for our own services, settings and where to say ready.

    NOTIFY_SOCKET is kept from all, Asterisk and Mosquitto among them: each would say ready for the whole stack.
    """
    if name not in SERVICES:
        return {**environment_of(os.environ), "TZ": TIME_ZONE}
    passwords = {one.registration.password_env for one in applied_trunks(data).trunk if one.registration}
    ours = environment_of(os.environ, settings=True, without=passwords)
    return {**ours, "TZ": TIME_ZONE, READY_FILE: str(DataDirectory(data).ready(name))}
