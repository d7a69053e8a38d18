"""What a service puts in the place of our files and folders leads root nowhere: nothing elsewhere is touched."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agi.settings import CallSettings
from agi.trunks.asterisk_config import render
from agi.trunks.schema import LOOPBACK
from warroom.config.apply.transaction import apply_lock, save_applied
from warroom.config.asterisk.config_files import AsteriskInstall, Secrets, write_asterisk
from warroom.config.folders import UnsafePathError, append_to, own, own_files, own_folder, read_file, replace_file
from warroom.config.paths import DataDirectory
from warroom.config.secrets import ensure_pin, ensure_secret, read_secret
from warroom.services.readiness.ready_file import ReadyFile
from warroom.services.stack.running_stack import StackLock

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[[Path], object]

ROOTS = os.geteuid() == 0
SECRETS = Secrets("x" * 20, "y" * 20, "z" * 20)


class Victim:
    """A folder of somebody else with files in it, and what they were."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "victim"
        self.folder.mkdir(mode=0o710)
        self.file = self.folder / "resolv.conf"
        self.file.write_text("kept")
        self.file.chmod(0o604)
        self.before = self.now()

    def now(self) -> list[tuple[object, ...]]:
        paths = [self.folder, *sorted(self.folder.rglob("*"))]
        return [
            (path, *(getattr(path.lstat(), f"st_{name}") for name in ("mode", "uid", "gid", "ino", "size")))
            for path in paths
        ]


@pytest.fixture
def victim(tmp_path: Path) -> Victim:
    return Victim(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    prepared(folder)
    return folder


def prepared(data: Path) -> None:
    """Everything that a start does to names in the data directory before the first process runs."""
    lock = StackLock(data)
    lock.take()
    try:
        layout = DataDirectory(data)
        layout.make()
        ensure_secret(data, "ami")
        ensure_pin(data, "state")
        install = AsteriskInstall(data, data, data, "22.10.1")
        parts = render(LOOPBACK, {}, CallSettings(), {}, data)
        write_asterisk(data=data, settings=CallSettings(), parts=parts, secrets=SECRETS, asterisk=install)
        save_applied(layout.trunks_in_force, "text")
        save_applied(layout.operators_in_force, "")
        replace_file(layout.broker / "passwd", "text", "warroom-broker")
        own_files(layout.store.parent, "warroom", 0o600)
        ReadyFile(layout.ready("serve")).clear()
        with apply_lock(data):
            pass
        os.close(append_to(data / "log" / "serve.log", 0o660))
    finally:
        lock.release()


def put(name: Path, what: Callable[[Path], None]) -> None:
    """As the owner of the folder may: the old one is moved away, another thing takes its place."""
    if name.exists() or name.is_symlink():
        name.rename(name.with_name(f"{name.name}-was"))
    what(name)


FOLDERS = (
    *("spool/played", "spool/incoming", "spool/kept", "asterisk/generated", "asterisk/local", "run/known"),
    *("asterisk-log/cdr-csv", "asterisk-log/cel-custom", "prompts/own", "prompts/hi", "prompts/own/en"),
)
FILES = (
    *("store/x", "store/warroom.sqlite", "store/warroom.sqlite-wal", "secrets/ami", "secrets/pin-state"),
    *("log/serve.log", "run/lock", "run/apply.lock"),
)
REPLACED = ("asterisk/generated/globals.conf", "asterisk/rtp.conf", "mosquitto/passwd", "run/trunks-in-force.toml")
REMOVED = ("asterisk/generated/old.conf", "run/operators-in-force.toml", "run/ready-serve")


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("dangling", [False, True])
def test_link_in_the_place_of_a_folder_stops_the_start(data: Path, victim: Victim, name: str, dangling: bool) -> None:
    target = victim.folder / "new" if dangling else victim.folder
    (data / name).parent.mkdir(parents=True, exist_ok=True)
    put(data / name, lambda path: path.symlink_to(target))
    with pytest.raises(UnsafePathError, match=rf"{data / name} is a link.*take it away and start again"):
        prepared(data)
    assert victim.now() == victim.before


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["link", "dangling link", "hard link", "pipe"])
def test_another_thing_in_the_place_of_a_file_stops_the_start(data: Path, victim: Victim, name: str, kind: str) -> None:
    destinations: dict[str, Callable[[Path], None]] = {
        "link": lambda path: path.symlink_to(victim.file),
        "dangling link": lambda path: path.symlink_to(victim.folder / "new"),
        "hard link": lambda path: path.hardlink_to(victim.file),
        "pipe": lambda path: os.mkfifo(path),  # noqa: PLW0108 - the tables want one form
    }
    put(data / name, destinations[kind])
    with pytest.raises(UnsafePathError, match=str(data / name)):
        prepared(data)
    assert victim.now() == victim.before


@pytest.mark.parametrize("name", [*REPLACED, *REMOVED])
@pytest.mark.parametrize("hard", [False, True])
def test_what_is_replaced_or_removed_is_not_followed(data: Path, victim: Victim, name: str, hard: bool) -> None:
    put(
        data / name, (lambda path: path.hardlink_to(victim.file)) if hard else lambda path: path.symlink_to(victim.file)
    )
    prepared(data)
    assert victim.now() == victim.before
    assert not (data / name).is_symlink()
    assert (data / name).exists() == (name in REPLACED)


@pytest.mark.parametrize("name", ["secrets/ami", "run/trunks-in-force.toml", "asterisk/generated/globals.conf"])
def test_what_root_reads_there_is_never_anothers(data: Path, victim: Victim, name: str) -> None:
    put(data / name, lambda path: path.symlink_to(victim.file))
    with pytest.raises(UnsafePathError, match="is a link"):
        read_file(data / name)
    if name == "secrets/ami":
        with pytest.raises(UnsafePathError, match="is a link"):
            read_secret(data, "ami")


def test_links_swapped_while_the_start_goes_on_lead_nowhere(data: Path, victim: Victim) -> None:
    """A service that goes on changing a folder into a link and back, as fast as it can."""
    place, aside, ended = data / "asterisk" / "generated", data / "asterisk" / "aside", threading.Event()

    def swaps() -> None:
        steps: tuple[Callable[[], object], ...] = (
            lambda: place.rename(aside),
            lambda: place.symlink_to(victim.folder),
            place.unlink,
            lambda: aside.rename(place),
        )
        while not ended.is_set():
            for step in steps:
                with contextlib.suppress(OSError):  # root has made another one meanwhile
                    step()

    other = threading.Thread(target=swaps)
    other.start()
    try:
        for _ in range(60):
            try:
                own_folder(place, "warroom-asterisk", 0o700)
                replace_file(place / "x.conf", "text")
            except (UnsafePathError, OSError):
                continue
    finally:
        ended.set()
        other.join()
    assert victim.now() == victim.before


def test_a_second_start_changes_nothing_and_folders_have_their_owners(data: Path) -> None:
    prepared(data)
    found = {
        name: (stat.S_IMODE((data / name).stat().st_mode), pwd.getpwuid((data / name).stat().st_uid).pw_name)
        for name in ("log", "prompts", "spool", "spool/incoming", "secrets", "secrets/ami", "run/ready-serve"[:3])
    }
    me = pwd.getpwuid(os.geteuid()).pw_name
    wanted = {
        "log": (0o750, "warroom"),
        "prompts": (0o755, "root"),
        "spool": (0o755, "root"),
        "spool/incoming": (0o2770, "warroom-asterisk"),
        "secrets": (0o700, "warroom"),
        "secrets/ami": (0o600, "warroom"),
        "run": (0o755, "warroom"),
    }
    assert found == {name: (mode, user if ROOTS else me) for name, (mode, user) in wanted.items()}


@pytest.mark.parametrize("name", ["settings.toml", "trunks.toml", "operators.toml", "helplines.toml", "routes.toml"])
def test_admins_files_are_closed_to_others(data: Path, victim: Victim, name: str) -> None:
    (data / name).write_text("")
    (data / name).chmod(0o644)
    DataDirectory(data).make()
    assert stat.S_IMODE((data / name).stat().st_mode) == 0o640
    (data / name).unlink()
    (data / name).symlink_to(victim.file)  # an admin's own way of keeping it elsewhere
    DataDirectory(data).make()
    assert victim.now() == victim.before


def test_folder_of_somebody_else_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    if ROOTS:
        os.chown(tmp_path / "x", 12345, 12345)
        with pytest.raises(UnsafePathError, match="belongs to user number 12345"):
            own(tmp_path / "x", "warroom", 0o700)
        assert (tmp_path / "x").stat().st_uid == 12345
    else:
        own(tmp_path / "x", "warroom", 0o700)
