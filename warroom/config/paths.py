"""The data directory: the path, owner and mode of every file of a stack."""

from __future__ import annotations

import contextlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

from warroom.config.folders import (
    ASTERISK_USER,
    BROKER_USER,
    ROOT,
    SERVICE_USER,
    close_to_others,
    folder,
    own_files,
    own_folder,
)

PROJECT = Path(__file__).resolve().parents[2]
PROMPT_CACHE = Path("/var/cache/warroom/prompts")  # spoken once, linked into every data directory

_ADMINS = ("settings.toml", "trunks.toml", "operators.toml", "helplines.toml", "routes.toml", "sms.toml")
"""The admin's own files: they name people, lines and telephones."""
_OF_PROMPTS = ("hi", "en", "own", "own/hi", "own/en")
"""Folders below the prompts, into which root writes."""


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Paths of all folders and files in one data directory; `data` is absolute."""

    data: Path

    @property
    def store(self) -> Path:
        """The database file."""
        return self.data / "store" / "warroom.sqlite"

    @property
    def store_mark(self) -> Path:
        """The store's high-water mark, kept outside its folder: it shows that a store was lost or put back."""
        return self.data / "run" / "store-mark.json"

    @property
    def broker_memory(self) -> Path:
        """The broker's database: retained messages and those that wait for its clients."""
        return self.broker / "mosquitto.db"

    @property
    def prompts(self) -> Path:
        """Prompts in native formats, by language."""
        return self.data / "prompts"

    @property
    def notices(self) -> Path:
        """Sounds of notices to the public, by language; the services make them, Asterisk plays them."""
        return self.data / "notices"

    @property
    def spoken_texts(self) -> Path:
        """Sounds of texts spoken when they were needed, by language: names of places, words of officers to citizens."""
        return self.data / "spoken"

    @property
    def models(self) -> Path:
        """Speech models that were installed, and which are in force; root's, for all to read."""
        return self.data / "models"

    @property
    def incoming(self) -> Path:
        """Where Asterisk writes recordings."""
        return self.data / "spool" / "incoming"

    @property
    def kept(self) -> Path:
        """Recordings taken over."""
        return self.data / "spool" / "kept"

    @property
    def answers(self) -> Path:
        """Where Asterisk records what callers answer to a question, for the moment until it is heard."""
        return self.data / "spool" / "answers"

    @property
    def routes(self) -> Path:
        """The admin's own rules, in the place of those that come with the program; need not exist."""
        return self.data / "routes.toml"

    @property
    def helplines(self) -> Path:
        """The admin's own helplines, in the place of those that come with the program; need not exist."""
        return self.data / "helplines.toml"

    @property
    def routes_in_force(self) -> Path:
        """Copy of the admin's rules as they were applied last; not there while those of the program hold."""
        return self.data / "run" / "routes-in-force.toml"

    @property
    def helplines_in_force(self) -> Path:
        """Copy of the admin's helplines as they were applied last; not there while those of the program hold."""
        return self.data / "run" / "helplines-in-force.toml"

    @property
    def sms(self) -> Path:
        """The admin's map of the SMS provider; need not exist. In force as soon as it is saved."""
        return self.data / "sms.toml"

    @property
    def applied(self) -> Path:
        """Requests of `warroom apply` to the service of the calls."""
        return self.data / "run" / "applied.json"

    @property
    def trunks(self) -> Path:
        """The admin's lines to the telephone network; need not exist."""
        return self.data / "trunks.toml"

    @property
    def trunks_in_force(self) -> Path:
        """Copy of the admin's file as last applied to Asterisk; not there while there is no such file."""
        return self.data / "run" / "trunks-in-force.toml"

    @property
    def sound_ports(self) -> Path:
        """The range of ports for sound that a start chose, for the next one; see `warroom.services.stack.rtp_ports`."""
        return self.data / "run" / "sound-ports"

    @property
    def operators(self) -> Path:
        """The admin's operators and queues; need not exist."""
        return self.data / "operators.toml"

    @property
    def operators_in_force(self) -> Path:
        """Copy of the admin's file as last applied to Asterisk; not there while there is no such file."""
        return self.data / "run" / "operators-in-force.toml"

    @property
    def played(self) -> Path:
        """Copies of recordings, transcoded for listening."""
        return self.data / "spool" / "played"

    @property
    def pictures(self) -> Path:
        """Photographs that citizens sent."""
        return self.data / "pictures"

    @property
    def known(self) -> Path:
        """A file for each telephone that waits for urgent help: Asterisk looks here when lines run short."""
        return self.data / "run" / "known"

    @property
    def broker(self) -> Path:
        """The broker's configuration and persistence."""
        return self.data / "mosquitto"

    @property
    def asterisk_log(self) -> Path:
        """Where Asterisk writes its logs, CDR and CEL."""
        return self.data / "asterisk-log"

    @property
    def captures(self) -> Path:
        """SIP messages that an admin had recorded; root's alone, and there since the first of them."""
        return self.data / "captures"

    @property
    def asterisk_config(self) -> Path:
        """The file Asterisk is started with."""
        return self.data / "asterisk" / "asterisk.conf"

    @property
    def asterisk_socket(self) -> Path:
        """Asterisk's console."""
        return self.data / "asterisk-run" / "asterisk.ctl"

    @property
    def supervisor(self) -> Path:
        """Configuration of the supervisor of `warroom up`, and its socket; root's alone."""
        return self.data / "supervisor"

    @property
    def part_ends(self) -> Path:
        """How often each part ended by itself since `warroom up`, and when it did last; the services may read it."""
        return self.data / "run" / "part-ends.json"

    @property
    def draining(self) -> Path:
        """While this file is there, Asterisk takes no new calls and the service places none."""
        return self.data / "run" / "draining"

    @property
    def whatsapp_simulator(self) -> Path:
        """Unix socket of `warroom whatsapp simulate`; there while it runs."""
        return self.data / "run" / "whatsapp-simulator.sock"

    def ready(self, service: str) -> Path:
        """File in which a service (`serve`, `api`) says that it is ready."""
        return self.data / "run" / f"ready-{service}"

    def make(self) -> None:
        """Create the folders that are not a part's own to make, with their owners and modes.

        Where nobody but root makes anything, the folder is root's. One that lies in another stands behind it.

        Raises:
            PermissionError: The folder of the data directory cannot be written.
            UnsafePathError: Somebody has put something else in the place of one of them.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        for path, user, mode in (
            (self.data / "secrets", SERVICE_USER, 0o700),
            (self.data / "run", SERVICE_USER, 0o755),
            (self.data / "log", SERVICE_USER, 0o750),  # it begins large logs anew
            (self.supervisor, ROOT, 0o700),
            (self.store.parent, SERVICE_USER, 0o700),
            (self.prompts, ROOT, 0o755),
            (self.models, ROOT, 0o755),
            (self.notices, SERVICE_USER, 0o755),
            (self.spoken_texts, SERVICE_USER, 0o2750),  # group warroom: Asterisk plays
            (self.data / "spool", ROOT, 0o755),
            (self.incoming, ASTERISK_USER, 0o2770),  # group warroom: Asterisk writes, the services take over
            (self.answers, ASTERISK_USER, 0o2770),  # as incoming
            (self.kept, SERVICE_USER, 0o2750),
            (self.played, SERVICE_USER, 0o700),
            (self.pictures, SERVICE_USER, 0o2750),
            (self.known, SERVICE_USER, 0o2750),  # group warroom: Asterisk looks
            (self.broker, BROKER_USER, 0o700),
        ):
            own_folder(path, user, mode)
        for name in _OF_PROMPTS:
            with contextlib.suppress(FileNotFoundError), folder(self.prompts / name):
                pass  # a link that was put there while the folder of prompts was a service's own
        own_files(self.data / "log", ROOT, 0o660)
        for name in _ADMINS:
            close_to_others(self.data / name)


def as_user(user: str) -> list[str]:
    """Return the command prefix that runs the rest as this user; empty without root.

    `setpriv` replaces itself by the command, so signals and exit codes reach it; its children cannot gain rights.
    """
    if os.geteuid() != 0:
        return []
    group = pwd.getpwnam(user).pw_gid
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--no-new-privs", "--"]


@contextlib.contextmanager
def acting_as(user: str) -> Iterator[None]:
    """Act as a user for a while, this whole process: files made then are the user's; without root, change nothing."""
    if os.geteuid() != 0:
        yield
        return
    entry, groups = pwd.getpwnam(user), os.getgroups()
    os.setgroups(os.getgrouplist(user, entry.pw_gid))
    os.setegid(entry.pw_gid)
    os.seteuid(entry.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def may_enter(user: str, folder: Path) -> bool:
    """Tell whether this user can reach the folder through all its parents (`others` may search each of them)."""
    if os.geteuid() != 0:
        return True
    owner = pwd.getpwnam(user).pw_uid
    return all(parent.stat().st_mode & 0o001 or parent.stat().st_uid == owner for parent in (folder, *folder.parents))


def may_read(user: str, path: Path) -> bool:
    """Tell whether this user can reach and read the file."""
    if os.geteuid() != 0:
        return os.access(path, os.R_OK)
    owner, stat = pwd.getpwnam(user), path.stat()
    groups = os.getgrouplist(user, owner.pw_gid)
    bit = 0o400 if stat.st_uid == owner.pw_uid else 0o040 if stat.st_gid in groups else 0o004
    return bool(stat.st_mode & bit) and may_enter(user, path.parent)
