"""The command line on a live stack, and on one with faults: what is wrong is said in one line, and never by a trace."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.live.conftest import LiveStack, open_stack
from tests.support.commands import assert_one_clear_line, started, warroom
from tests.support.stores import places
from warroom.config.paths import PROJECT
from warroom.services.stack.processes import SERVICES

CALLER = "9811460001"
NOBODY = "reachability"  # the trunk of these stacks dials nobody, which the doctor calls wrong
APART = {"HTTP (api)", "screens (board)", NOBODY}  # the first two are not started in a stack that runs `serve` alone
A_WHOLE_CALL = "1 1 462001# 1 1 # 2"


@pytest.mark.long
async def test_commands_call_watch_list_and_show_one_ticket(tmp_path: Path) -> None:
    with open_stack(services=SERVICES) as stack:
        soundfile.write(tmp_path / "voice.wav", np.sin(np.arange(8000) / 3) / 4, 8000)
        await _call_watch_list_and_show(stack, tmp_path / "voice.wav")


async def _call_watch_list_and_show(stack: LiveStack, voice: Path) -> None:
    async with started(stack.data, "room", "watch", "district-bhopal", "--json") as watch:
        call = await warroom(stack.data, "test-call", "--caller", CALLER, "--say", str(voice), A_WHOLE_CALL)
        assert call.code == 0, call
        lines = [line.split(None, 2)[2] for line in call.out.splitlines()]
        assert lines[0].split(None, 1) == ["answer", "181, by trunk loopback"]
        assert any(line.startswith("heard   hi/greeting-181  ") and "181" in line for line in lines)
        assert lines.index("said    1.0 s of sound") < lines.index("pressed #")
        assert lines[-1] == "over    the exchange hung up: cause 16, normal clearing"
        assert watch.stdout
        received = json.loads(await asyncio.wait_for(watch.stdout.readline(), 10))
        while not received["event"]["data"]["status_notes"]:  # that no word was understood is its next version
            received = json.loads(await asyncio.wait_for(watch.stdout.readline(), 60))
        watch.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(watch.wait(), 30) == 130  # a goodbye to the broker may take ten
    number = received["number"]
    assert received["event"]["data"]["phone"] == f"+91{CALLER}"
    listed, shown, spaced, doctor = await asyncio.gather(
        warroom(stack.data, "tickets", "list", "--json"),
        warroom(stack.data, "tickets", "show", number, "--json"),
        warroom(stack.data, "tickets", "show", f"{number[:3]} {number[3:6]}-{number[6:]}", "--json"),
        warroom(stack.data, "doctor", "--json"),
    )
    assert [ticket["service_request_id"] for ticket in json.loads(listed.out)] == [number]
    assert json.loads(shown.out) == json.loads(spaced.out) == received["event"]["data"]
    assert doctor.code == 1
    found = {finding["part"]: finding["state"] for finding in json.loads(doctor.out)}
    assert found.pop("Asterisk release", "ok") in {"ok", "warning"}  # how old this machine's copy is
    assert found.pop(NOBODY) == "wrong"
    assert set(found.values()) == {"ok"}, found
    assert {"reach of SIP", "logs", "broker limits"} <= found.keys()


async def test_commands_list_what_there_is_and_show_no_secret(stack: LiveStack) -> None:
    rooms, settings, missing, prompts = await asyncio.gather(
        warroom(stack.data, "rooms", "list", "--json"),
        warroom(stack.data, "settings", "show", "--json"),
        warroom(stack.data, "prompts", "missing"),
        warroom(stack.data, "prompts", "list", "--json"),
    )
    assert {"district-bhopal", "state"} < {room["id"] for room in json.loads(rooms.out)}
    assert {room["id"] for room in json.loads(rooms.out)} == {
        room.id for room in (*places().rooms, *places().overseers)
    }
    shown = {row["setting"]: row["file"] for row in json.loads(settings.out)}
    assert shown["calls.sip_port"] == stack.settings.calls.sip_port
    for secret in (stack.data / "secrets").iterdir():
        assert secret.read_text().strip() not in settings.out
    assert missing.code == 0
    assert {"greeting-181", "district-bhopal"} < {prompt["name"] for prompt in json.loads(prompts.out)}


async def test_commands_unknown_room_ticket_helpline_and_address(stack: LiveStack) -> None:
    room, ticket, did, address = await asyncio.gather(
        warroom(stack.data, "room", "watch", "district-atlantis"),
        warroom(stack.data, "tickets", "show", "999999999"),
        warroom(stack.data, "test-call", "--did", "999"),
        warroom(stack.data, "test-call", "--from", "192.0.2.1"),
    )
    assert_one_clear_line(room, "district-atlantis", "warroom rooms list", code=2)
    assert_one_clear_line(ticket, "999999999", "warroom tickets list")
    assert_one_clear_line(did, "999", "404")
    assert_one_clear_line(address, "181")


async def test_doctor_names_the_broker_and_asterisk_that_are_away(own_stack: LiveStack) -> None:
    stack = own_stack
    stack.processes.stop("broker")
    without_broker = await warroom(stack.data, "doctor", "--json")
    stack.processes.stop("asterisk")
    without_both = await warroom(stack.data, "doctor")
    assert without_broker.code == without_both.code == 1
    wrong = {finding["part"]: finding for finding in json.loads(without_broker.out) if finding["state"] != "ok"}
    assert wrong.keys() == {"MQTT broker", "MQTT accounts", *APART}
    assert all(finding["mend"] for finding in wrong.values())
    for part in ("SIP", "AMI", "Asterisk metrics", "MQTT broker"):
        (line,) = (line for line in without_both.out.splitlines() if line.startswith(f"{part}  "))
        assert "wrong" in line


BROKEN_SETTINGS = {
    "[calls]\nsip_prot = 5060\n": ("calls.sip_prot", "unknown setting"),
    "[calls]\nsip_port = 'many'\n": ("calls.sip_port", "integer"),
    "[calls\n": ("not valid TOML",),
    "[calls]\nmax_calls = -1\n": ("calls.max_calls",),
}


async def test_commands_broken_settings(tmp_path: Path) -> None:
    for index, text in enumerate(BROKEN_SETTINGS):
        (tmp_path / str(index)).mkdir()
        (tmp_path / str(index) / "settings.toml").write_text(text)
    shows = (warroom(tmp_path / str(index), "settings", "show") for index in range(len(BROKEN_SETTINGS)))
    *shown, served = await asyncio.gather(*shows, warroom(tmp_path / "0", "serve"))
    for index, (ended, words) in enumerate(zip(shown, BROKEN_SETTINGS.values(), strict=True)):
        assert_one_clear_line(ended, f"{tmp_path}/{index}/settings.toml", *words)
    assert_one_clear_line(served, "calls.sip_prot")


async def test_commands_without_a_data_directory(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    for ended in await asyncio.gather(
        warroom(nowhere, "tickets", "list"),
        warroom(nowhere, "room", "watch", "state"),
        warroom(nowhere, "serve"),
    ):
        assert_one_clear_line(ended, "warroom up")


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "before", "after", "words"),
    [
        ("router/geo/data/districts.csv", ",bhopal,", ",bhopl,", ("districts.csv line ", "bhopl")),
        ("agi/ivr/flow.toml", 'next = "health"', 'next = "helth"', ("flow.toml", "helth")),
        ("agi/ivr/flow.toml", "[steps.main]", "[steps.main", ("flow.toml", "line ")),
    ],
)
async def test_commands_broken_data_files(
    stack: LiveStack, own_stack: LiveStack, tmp_path: Path, file: str, before: str, after: str, words: tuple[str, ...]
) -> None:
    """An admin's slip in a table: file and line, from `serve` too."""
    for package in ("agi", "board", "recordings", "router", "warroom"):
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    text = (tmp_path / file).read_text()
    assert before in text
    (tmp_path / file).write_text(text.replace(before, after, 1))
    program = (sys.executable, "-m", "warroom")
    own_stack.processes.stop("serve")  # beside a running one another is refused before it has read anything
    served, looked_at = await asyncio.gather(
        warroom(own_stack.data, "serve", program=program, cwd=tmp_path),
        warroom(stack.data, "doctor", "--json", program=program, cwd=tmp_path),
    )
    assert_one_clear_line(served, *words)
    assert looked_at.code == 1
    found = json.loads(looked_at.out)
    apart = {*APART, "in force"}  # the conversations that run are those without the slip
    wrong = [finding["what"] for finding in found if finding["state"] != "ok" and finding["part"] not in apart]
    assert len(wrong) == 1, wrong
    assert all(word in wrong[0] for word in words)
