"""Who may read what, who runs as whom, and what no log may hold."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support.citizen import answer
from tests.support.faults import TO_RATION, TO_THE_NUMBER
from tests.support.fork_server import real_starts
from tests.support.stores import places
from warroom.config.environment import ALLOWED, LOCALE, SETTINGS
from warroom.services.readiness.ready_file import READY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.long

CALLER = "9811470001"
DANGEROUS = ("9811470002", "+919811470003", "anonymous;phone=9811470004")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _passwords(stack: LiveStack) -> list[str]:
    """All secrets but the rooms' PINs: six digits stand in any time or sound by chance."""
    paths = (path for path in (stack.data / "secrets").iterdir() if not path.name.startswith("pin-"))
    return [path.read_text().strip() for path in paths]


def test_secrets_are_readable_by_their_owner_only(stack: LiveStack) -> None:
    secrets = list((stack.data / "secrets").iterdir())
    names = {path.name for path in secrets}
    assert {"ami", "mqtt-router", "media", *(f"mqtt-{room.id}" for room in places().rooms)} <= names
    assert _mode(stack.data / "secrets") == 0o700
    assert {_mode(path) for path in secrets} == {0o600}
    values = _passwords(stack)
    assert len(set(values)) == len(values)
    for path in stack.data.rglob("*"):  # wherever one of them stands in full: for its owner only
        if path.is_file() and _may_hold_a_secret(path.stat()) and any(v.encode() in path.read_bytes() for v in values):
            assert _mode(path) == 0o600, path


def _may_hold_a_secret(file: os.stat_result) -> bool:
    """Whether it is neither large nor a prompt, which is a link to that of every other data directory."""
    return file.st_size < 1_000_000 and file.st_nlink == 1


@pytest.fixture(scope="module")
def started_anew() -> Iterator[LiveStack]:
    """A stack whose services are started as in production: what they get and may do is looked at."""
    with real_starts(), open_stack() as running:
        yield running


def test_processes_do_not_run_as_root(started_anew: LiveStack) -> None:
    users = set()
    for name in ("broker", "asterisk", "serve"):
        status = Path(f"/proc/{started_anew.processes.pid(name)}/status").read_text()
        (ids,) = re.findall(r"^Uid:\s+(.+)$", status, re.MULTILINE)
        (groups,) = re.findall(r"^Groups:(.*)$", status, re.MULTILINE)
        (new_rights,) = re.findall(r"^NoNewPrivs:\s+(\d)$", status, re.MULTILINE)
        assert "0" not in ids.split()
        assert "0" not in groups.split()
        assert new_rights == "1"
        users.add(ids)
    assert len(users) == 3


def test_processes_get_what_they_need_and_leave_nothing_open(started_anew: LiveStack) -> None:
    for name in ("broker", "asterisk", "serve"):
        proc = Path(f"/proc/{started_anew.processes.pid(name)}")
        names = {one.partition("=")[0] for one in proc.joinpath("environ").read_text().split("\0") if one}
        settings = {READY_FILE} | {one for one in names if one.startswith(SETTINGS)} if name == "serve" else set()
        shell = {"PWD", "SHLVL", "_", "OLDPWD"}  # sh's own
        assert {one for one in names if not one.startswith(LOCALE)} <= ALLOWED | settings | shell
        assert re.search(r"^Umask:\s+0027$", proc.joinpath("status").read_text(), re.MULTILINE)
        assert re.search(r"^Max core file size\s+0\s+0 ", proc.joinpath("limits").read_text(), re.MULTILINE)


def test_nobody_else_reads_the_admins_files_and_logs(stack: LiveStack) -> None:
    names = [*(path for path in stack.data.glob("*.toml")), stack.data / "log", *(stack.data / "log").iterdir()]
    assert len(names) > 3
    assert [path for path in names if _mode(path) & 0o007] == []


async def test_logs_hold_no_callers_number_and_no_secret(own_stack: LiveStack) -> None:
    """The books of calls (CSV) hold numbers, which is what they are for, and are closed to others."""
    stack = own_stack
    await asyncio.gather(_call_to_the_number(stack), *(_ask_for_a_person(stack, caller) for caller in DANGEROUS))
    logs = [*(stack.data / "log").iterdir(), *(stack.data / "asterisk-log").rglob("*")]
    texts = {path: path.read_text(errors="replace") for path in logs if path.is_file()}
    assert "…0002" in "".join(texts.values())  # the caller is spoken of, by the last digits
    secrets = _passwords(stack)
    for path, text in texts.items():
        assert not any(secret in text for secret in secrets), path
        if path.suffix == ".csv":
            assert not _mode(path.parent) & 0o007, path
        else:
            assert not re.search(r"981147000\d", text), f"{path}: {text}"


async def _call_to_the_number(stack: LiveStack) -> None:
    async with stack.call(caller=CALLER) as call:
        await answer(call, TO_THE_NUMBER)
        await call.hear("hi/number-is")


async def _ask_for_a_person(stack: LiveStack, caller: str) -> None:
    async with stack.call(caller=caller) as call:
        await answer(call, TO_RATION)
        await call.press("0")
        await call.hear("hi/leave-message")
