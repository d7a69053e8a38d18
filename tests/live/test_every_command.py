"""Every command once on a running stack, with real arguments, and every one where nothing runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.live.conftest import open_stack
from tests.support.command_table import ROWS, fault_in, type_in, unlisted
from warroom.config.paths import PROJECT

pytestmark = pytest.mark.long

OPERATORS = '[[operator]]\nid = "201"\nname = "सीमा वर्मा"\nskills = ["general"]\n'
TICKETS = (
    "key,need,text,phone,district,pin,people\n"
    "A-1,water,,9812301001,Bhopal,462001,2\n"
    "A-2,ration,,9812301002,Bhopal,462001,2\n"
    "A-3,water,,9812301003,Bhopal,462001,2\n"
)
FACILITIES = "kind,code,name,district,pin,phone,hours\npds,S1,Fair price shop 1,Bhopal,462001,,\n"


def test_every_command_has_a_row() -> None:
    assert unlisted() == set()


def test_every_command_does_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {
        "backup": str(tmp_path / "kept.tar.gz"),
        "routes": str(PROJECT / "router" / "tickets" / "routing" / "routes.toml"),
    }
    for name, text in {"tickets": TICKETS, "facilities": FACILITIES}.items():
        (tmp_path / name).write_text(text)
        known[name] = str(tmp_path / name)
    known |= {
        "backup": str(tmp_path / "backup.tar.gz"),
        "audit": str(tmp_path / "audit.jsonl"),
        "wav": str(tmp_path / "n.wav"),
    }
    wrong = []
    with open_stack(operators=OPERATORS) as stack:
        for row in ROWS:
            code, out, err = type_in(stack.data, row.line.format(**known), monkeypatch, capsys)
            if code != row.code or fault_in(out + err):
                wrong.append((row.line, code, (err or out)[-300:]))
            if row.line.startswith("import tickets"):
                _, out, _ = type_in(stack.data, "tickets list --json", monkeypatch, capsys)
                numbers = sorted(ticket["service_request_id"] for ticket in json.loads(out))
                known |= dict(zip("abc", numbers, strict=True))
            if row.line.startswith("task create"):
                known["task"] = out.split()[1]
            if row.line.startswith("notice add"):
                known["notice"] = out.split()[1].strip(",")
    assert not wrong, "\n".join(map(repr, wrong))
