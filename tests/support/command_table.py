"""Every command of `warroom` with real arguments, in an order in which they can be typed one after the other.

Two tests type them: on a running stack, where each must do its work, and where nothing runs, where each must say why
it cannot. A command without a row, or with one for a command that is gone, fails both.
"""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import pytest
import typer
from typer.models import ParamMeta
from typer.utils import get_params_from_function

from warroom.cli.main import main, make_app

ROOM = "district-bhopal"


class Row(NamedTuple):
    """A command line and how it ends on a running stack.

    Attributes:
        line: As typed; words in braces are put in: tickets `{a}`, `{b}`, `{c}`, files, a task.
        code: Its exit code: 1 where the thing it is about is not there, such as a call.
    """

    line: str
    code: int = 0


ROWS = (
    Row("doctor --json", 1),
    Row("status", 3),
    Row("service status", 1),
    Row("apply --dry-run"),
    Row("recover --dry-run", 1),
    Row("settings show"),
    Row("nlu 'भोपाल में राशन चाहिए'"),
    Row("capacity --calls-per-hour 300 --handle-time 90"),
    Row("rooms list"),
    Row(f"rooms pin {ROOM}"),
    Row(f"rooms unlock {ROOM}"),
    Row(f"rooms credentials {ROOM}"),
    Row("rooms reload-certificate", 1),
    Row("backup {backup}"),
    Row("restore {backup}", 1),
    Row("import tickets {tickets}"),
    Row("tickets list --room district-bhopal"),
    Row("tickets show {a}"),
    Row("tickets history {a}"),
    Row("tickets clusters"),
    Row("tickets export --since 2026-01-01"),
    Row(f"room ack {ROOM} {{a}} --by 'पहली मेज़'"),
    Row(f"room start {ROOM} {{a}}"),
    Row(f"room note {ROOM} {{a}} --note x"),
    Row(f"room correct {ROOM} {{a}} people=4"),
    Row(f"room call-citizen {ROOM} {{a}}"),
    Row(f"room merge {ROOM} {{b}} {{a}}"),
    Row(f"room unmerge {ROOM} {{b}}"),
    Row(f"room reroute {ROOM} {{b}} --to district-indore --note 'lives there'"),
    Row(f"room propose-reject {ROOM} {{a}} --note x"),
    Row("room refuse-reject state {a}"),
    Row(f"room propose-reject {ROOM} {{c}} --note x"),
    Row("room accept-reject state {c}"),
    Row(f"room resolve {ROOM} {{a}}"),
    Row("room reopen state {c}"),
    Row("room withdraw state {c}"),
    Row(f"task create --rooms {ROOM} --text 'count the rice' --by +6h"),
    Row("task transfer --item rice --from district-bhopal --to district-indore --quantity 5 --by +6h"),
    Row("task list"),
    Row("task show {task}"),
    Row(f"room ack-task {ROOM} {{task}}"),
    Row(f"room finish-task {ROOM} {{task}} --note done"),
    Row("task cancel {task}", 1),
    Row("notice add --text 'Rain' --text-hi 'बारिश होगी' --districts bhopal,sehore --until +6h"),
    Row("notice list"),
    Row("notice show {notice}"),
    Row("notice hear {notice} --out {wav} --yes"),
    Row("notice update {notice} --until +9h"),
    Row("notice publish {notice}", 1),
    Row("notice withdraw {notice}"),
    Row("whatsapp status"),
    Row("whatsapp inbox"),
    Row("whatsapp secret token", 1),
    Row("whatsapp simulate"),
    Row("sms status"),
    Row("sms addresses"),
    Row("sms inbox"),
    Row("sms test 9812345678", 1),
    Row("routes explain --need ration --pin 462001"),
    Row("routes list"),
    Row("routes check {routes}"),
    Row("alerts list"),
    Row("alerts test", 1),
    Row("api-keys add portal"),
    Row("api-keys list"),
    Row("api-keys remove portal"),
    Row(f"users add bhopal-1 --role room --room {ROOM} --name 'पहली मेज़'"),
    Row("users list"),
    Row("users show bhopal-1"),
    Row("users password bhopal-1"),
    Row("users sessions bhopal-1"),
    Row("users end-sessions bhopal-1"),
    Row("users link bhopal-1 --issuer https://id.example --subject 7"),
    Row("users disable bhopal-1"),
    Row("users enable bhopal-1"),
    Row("walls add hall"),
    Row("walls list"),
    Row("walls revoke hall"),
    Row("audit list"),
    Row("audit export {audit}"),
    Row("audit verify"),
    Row("stranded list"),
    Row("stranded counts"),
    Row("stranded show 1", 1),
    Row("stranded set 1 home", 1),
    Row("stranded export --state kerala", 1),
    Row("stranded lists --state kerala"),
    Row("import stranded {tickets}", 1),
    Row("import facilities {facilities}"),
    Row("facilities list --pin 462001"),
    Row("shortage"),
    Row("stats"),
    Row("queues"),
    Row("calls live"),
    Row("calls list"),
    Row("calls show 1700000000.1", 1),
    Row("call-control list"),
    Row("call-control consult {a} line-104", 1),
    Row("call-control conference {a}", 1),
    Row("call-control complete {a}", 1),
    Row("call-control blind-transfer {a} line-104", 1),
    Row("call-control merge {a} {b}", 1),
    Row("call-control invite {a} line-104", 1),
    Row("call-control drop {a} citizen", 1),
    Row("call-recording pause {a}", 1),
    Row("call-recording resume {a}", 1),
    Row("blocklist add 9812345678 --why test"),
    Row("blocklist list"),
    Row("blocklist remove 9812345678"),
    Row("helplines list"),
    Row("trunks list"),
    Row("trunks show loopback"),
    Row("trunks check"),
    Row("operators list"),
    Row("operators check"),
    Row("operators login 201"),
    Row("operators pause 201 --reason meal"),
    Row("operators unpause 201"),
    Row("operators logout 201"),
    Row("operators password 201"),
    Row("recordings list"),
    Row("recordings backlog"),
    Row("recordings corrections"),
    Row("recordings play {a}", 1),
    Row("recordings verify"),
    Row("recordings purge --dry-run"),
    Row("model list"),
    Row("model back", 1),
    Row("prompts list"),
    Row("prompts missing"),
    Row("voice list"),
    Row("backup {backup}"),
    Row("restore {backup}", 1),
    Row("citizen show 9812301001"),
    Row("citizen forget 9812301001 --yes"),
)

ELSEWHERE = {
    "up": "tests/live/test_supervision.py",
    "stop": "tests/live/test_supervision.py",
    "restart": "tests/live/test_supervision.py",
    "drain": "tests/live/test_supervision.py",
    "logs": "tests/live/test_supervision.py",
    "serve": "tests/live/test_faults_commands.py",
    "api": "tests/live/conftest.py",
    "board": "tests/live/conftest.py",
    "transcribe": "tests/live/conftest.py",
    "demo": "tests/live/test_readme.py",
    "sim": "tests/live/test_sim.py",
    "sms secret": "tests/live/api/test_sms.py",
    "test-call": "tests/live/test_faults_commands.py",
    "room watch": "tests/live/test_faults_commands.py",
    "calls capture start": "tests/live/test_call_log.py",
    "calls capture stop": "tests/live/test_call_log.py",
    "trunks test-call": "tests/live/test_trunks.py",
    "service install": "tests/unit/warroom/services/systemd",
    "service uninstall": "tests/unit/warroom/services/systemd",
    "service hold": "tests/unit/warroom/services/systemd",
    "model check": "tests/unit/warroom/cli",
    "model install": "tests/unit/warroom/cli",
    "model score": "tests/unit/warroom/cli",
    "prompts build": "tests/unit/agi/prompts",
    "voice install": "tests/unit/recordings/kokoro",
}
"""Commands that run until they are stopped, start or end a stack, change the machine or take long: where they run."""


def commands() -> Iterator[str]:
    """Yield the name of every command there is, with the group it is in."""

    def walk(command: object, path: tuple[str, ...]) -> Iterator[str]:
        inner = getattr(command, "commands", None)
        if not inner:
            yield " ".join(path)
            return
        for name, one in inner.items():
            yield from walk(one, (*path, name))

    return walk(typer.main.get_command(make_app([])), ())


def unlisted() -> set[str]:
    """Return the commands without a row, and the rows without a command."""
    there = set(commands())
    rows = {_command(row.line, there) for row in ROWS}
    return there ^ (rows | ELSEWHERE.keys())


def _command(line: str, there: set[str]) -> str:
    words = line.split()
    return next((" ".join(words[:n]) for n in (3, 2, 1) if " ".join(words[:n]) in there), line)


def type_in(
    data: object, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str = ""
) -> tuple[int, str, str]:
    """Run a command in this process, and return its exit code, its output, and what it said of errors.

    ``typed`` is its standard input.
    """
    monkeypatch.setattr("warroom.cli.main._open_streams", lambda: None)
    monkeypatch.setattr("typer.main.get_params_from_function", _parameters)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    monkeypatch.setattr(sys, "argv", ["warroom", *shlex.split(line), "--data", str(data)])
    capsys.readouterr()
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    told = capsys.readouterr()
    return code, told.out, told.err


@cache
def _parameters(function: Callable[..., object]) -> dict[str, ParamMeta]:
    """Return what a command takes; Typer finds it out anew for each command that is typed."""
    return get_params_from_function(function)


def fault_in(told: str) -> bool:
    """Tell whether an admin would see a fault of the program: a stack trace, or that there was one."""
    return "Traceback" in told or "a fault of this program" in told
