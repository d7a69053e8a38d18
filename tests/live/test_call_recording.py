"""Calls that are recorded: announced, both sides in it but what is paused, on the ticket, deleted in time."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
import soundfile

from agi.destinations.loader import HELPLINES_FILE
from agi.prompts.sound.g711 import to_alaw
from tests.live.conftest import LiveStack, open_stack
from tests.live.test_chain import DOCTOR
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, answer
from tests.support.commands import warroom
from tests.support.faults import in_bridge, query, settled, shorten
from tests.support.operators import at_work, has
from tests.support.ports import free_ports
from tests.support.provider import Provider, provider_at
from tests.support.speech import level, tone
from tests.support.trunk_files import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from warroom.sip_test_client import TestCall

FAR_END = "127.0.3.105"
(PORT,) = free_ports(1)
TRUNK = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{PORT}"
channels = 30
dids = {{ 07554000181 = "181", 07554001077 = "district-bhopal" }}
dials = {{ 104 = "0755104" }}
headers = true
qualify_s = 0
"""
ROOM = "07552540001"
HELPLINES = HELPLINES_FILE.read_text("utf-8") + f'district-bhopal = "PJSIP/{ROOM}@far"\n'
OPERATORS = """[queue]
ring_s = 5
retry_s = 1

[[operator]]
id = "101"
name = "Asha"
"""
RECORDING = '{ enabled = true, legal_basis = "Order of the test", destinations = ["line-104", "queue"] }'
HEARD, UNHEARD = 4000, 400
"""Of 32,767: a tone is said at 16,000, and what a telephone line adds of another frequency is below 200."""

pytestmark = pytest.mark.xdist_group("call-recording")  # one stack for all of them


@pytest.fixture(scope="module")
def recorded() -> Iterator[LiveStack]:
    """A stack that records what is said with 104 and with operators, and nothing else."""
    with open_stack(
        trunks=LOOPBACK + TRUNK,
        operators=OPERATORS,
        helplines=HELPLINES,
        services=("serve", "api"),
        recording=RECORDING,
    ) as stack:
        shorten(stack, "hi/doctor-wait", "hi/nobody-there", "hi/connecting-room", "hi/human-wait")
        shorten(stack, "hi/recording-help", "hi/recording-kept-90")
        yield stack


@pytest.fixture
async def far_end() -> AsyncIterator[Provider]:
    async with provider_at(FAR_END, PORT) as there:
        yield there


@pytest.mark.long
async def test_call_to_104_is_recorded_from_its_announcement_to_its_deletion(
    recorded: LiveStack, far_end: Provider
) -> None:
    async with recorded.room("state") as state, recorded.call(caller="9811700001") as call:
        await answer(call, DOCTOR)
        for said in ("hi/recording-help", "hi/recording-kept-90"):
            await call.hear(said)
            assert not far_end.times_called("0755104")
        ticket = await state.ticket(phone="+919811700001")
        number = ticket["service_request_id"]
        async with far_end.lifts(await far_end.rings("0755104"), recorded.sip, recorded.matcher) as doctor:
            await doctor.hear("hi/whisper-recorded")
            await in_bridge(recorded)
            await asyncio.gather(_say(call, 440), _say(doctor, 1000))
            paused = await warroom(recorded.data, "call-recording", "pause", number)
            await asyncio.gather(_say(call, 1700), _say(doctor, 2300))
            resumed = await warroom(recorded.data, "call-recording", "resume", number)
            await _say(call, 700)
            await call.hang_up()
            await doctor.ended()
        assert (paused.code, resumed.code) == (0, 0), paused.err + resumed.err
        await settled(recorded)
        (told,) = await _tickets(recorded, "+919811700001")
    assert [note.split(" of call")[0] for note in told["notes"]] == [
        "warroom: paused the recording",
        "warroom: resumed the recording",
    ]
    (name,) = told["recordings"]
    assert name.endswith("-hi.talk.wav")
    sound = await _played(told["media_url"])
    assert sound is not None
    levels = {hertz: level(sound, hertz) for hertz in (440, 1000, 1700, 2300, 700)}
    assert [level > HEARD for level in levels.values()] == [True, True, False, False, True], levels
    assert max(levels[1700], levels[2300]) < UNHEARD, levels
    assert query(recorded, "SELECT state, transcript FROM recordings") == [("call", "")]
    assert query(recorded, "SELECT count(*) FROM jobs WHERE kind = 'transcribe'") == [(0,)]

    await asyncio.to_thread(_age, recorded)  # the ticket is open: who was recorded was told 90 days all the same
    (gone,) = json.loads((await warroom(recorded.data, "recordings", "purge", "--json")).out)
    assert (gone["name"], gone["why"]) == (name, "call, older than 90 days")
    assert not list(recorded.layout.kept.iterdir())
    assert await _played(told["media_url"]) is None


@pytest.mark.long
async def test_room_is_not_recorded_between_two_that_are(recorded: LiveStack, far_end: Provider) -> None:
    caller = "9811700002"
    async with recorded.room() as room, recorded.call("07554001077", local_ip=FAR_END, caller=caller) as call:
        await answer(call, (("greeting-district|danger", "2"), *DOCTOR[1:]))
        await far_end.busy("0755104", recorded.sip)
        async with far_end.lifts(await far_end.rings(ROOM), recorded.sip, recorded.matcher) as officer:
            await in_bridge(recorded)
            await asyncio.gather(_say(call, 440), _say(officer, 1000))
            ticket = await room.ticket(phone=f"+91{caller}")
            number = ticket["service_request_id"]
            refused = await warroom(recorded.data, "call-recording", "pause", number)
            assert (refused.code, "this call is not recorded" in refused.err) == (1, True), refused
            assert "hi/whisper-recorded" not in officer.heard
            handed = await warroom(recorded.data, "call-control", "blind-transfer", number, "line-104")
            assert handed.code == 0, handed.err
            async with far_end.lifts(await far_end.rings("0755104"), recorded.sip, recorded.matcher) as doctor:
                await doctor.hear("hi/whisper-recorded")
                await officer.ended()
                await in_bridge(recorded)
                await _say(call, 700)
                await call.hang_up()
                await doctor.ended()
        assert call.heard.count("hi/recording-help") == 1
    await settled(recorded)
    (told,) = await _tickets(recorded, f"+91{caller}")
    (name,) = told["recordings"]  # the second; in the first nobody spoke, and none is made of it
    sound = soundfile.read(recorded.layout.kept / name, dtype="int16")[0]
    assert [level(sound, hertz) > HEARD for hertz in (440, 1000, 700)] == [False, False, True]


@pytest.mark.long
async def test_recording_goes_on_after_a_consultation_and_the_ticket_tells_when_a_third_ends_it(
    recorded: LiveStack, far_end: Provider
) -> None:
    caller = "9811700004"
    async with recorded.room("state") as state, recorded.call(caller=caller) as call:
        await answer(call, DOCTOR)
        number = (await state.ticket(phone=f"+91{caller}"))["service_request_id"]
        async with far_end.lifts(await far_end.rings("0755104"), recorded.sip, recorded.matcher) as doctor:
            await in_bridge(recorded)
            await asyncio.gather(_say(call, 440), _say(doctor, 1000))
            async with _consulted(recorded, far_end, number) as officer:
                await asyncio.gather(_say(officer, 1700), _say(doctor, 2300))
                await officer.hang_up()
            await until(lambda: "!Up!Bridge!" in recorded.asterisk("core show channels concise"))
            await in_bridge(recorded)
            await asyncio.gather(_say(call, 700), _say(doctor, 3000))
            async with _consulted(recorded, far_end, number) as officer:
                three = await warroom(recorded.data, "call-control", "conference", number)
                assert three.code == 0, three.err
                await until(lambda: " 4 " in recorded.asterisk("bridge show all"))  # and the announcer
                await _say(call, 2000)
                await call.hang_up()
                await asyncio.gather(doctor.hang_up(), officer.hang_up())
    await settled(recorded)
    (told,) = await _tickets(recorded, f"+91{caller}")
    (name,) = told["recordings"]
    sound = soundfile.read(recorded.layout.kept / name, dtype="int16")[0]
    levels = {hertz: level(sound, hertz) for hertz in (440, 1000, 700, 3000, 1700, 2300, 2000)}
    assert [loud > HEARD for loud in levels.values()] == [True] * 4 + [False] * 3, levels
    assert max(levels[1700], levels[2300], levels[2000]) < UNHEARD, levels
    assert [note for note in told["notes"] if "the recording stopped, for another came" in note], told["notes"]


@asynccontextmanager
async def _consulted(stack: LiveStack, far_end: Provider, number: str) -> AsyncIterator[TestCall]:
    """The control room, which the doctor speaks to while the citizen waits."""
    asked = await warroom(stack.data, "call-control", "consult", number, "room-district-bhopal")
    assert asked.code == 0, asked.err
    async with far_end.lifts(await far_end.rings(ROOM), stack.sip, stack.matcher) as officer:
        await in_bridge(stack)
        yield officer


@pytest.mark.long
async def test_operator_pauses_the_recording_of_a_call_from_the_queue(recorded: LiveStack) -> None:
    caller = "9811700003"
    async with at_work(recorded, o101="127.0.2.111") as (operator,), recorded.call(caller=caller) as call:
        await has(recorded, "general-hi", free=1)
        await answer(call, ((FIRST_MENU, "0"),))
        await call.hear("hi/recording-kept-90")
        assert not operator.times_rung
        async with operator.takes() as taken:
            await taken.hear("hi/whisper-recorded")
            await in_bridge(recorded)
            await asyncio.gather(_say(call, 440), _say(taken, 1000))
            (in_hand,) = (await operator.says("calls")).data["calls"]
            assert (await operator.says("record-pause", call=in_hand["call"])).accepted
            await asyncio.gather(_say(call, 1700), _say(taken, 2300))
            await asyncio.gather(_say(call, 0), _say(taken, 0))  # Asterisk may be behind with what was said before
            assert (await operator.says("record-resume", call=in_hand["call"])).accepted
            await asyncio.gather(_say(call, 700), _say(taken, 3000))
            await call.hang_up()
            await taken.ended()
    await settled(recorded)
    (told,) = await _tickets(recorded, f"+91{caller}")
    (name,) = told["recordings"]
    sound = soundfile.read(recorded.layout.kept / name, dtype="int16")[0]
    levels = {hertz: level(sound, hertz) for hertz in (440, 1000, 1700, 2300, 700, 3000)}
    assert [loud > HEARD for loud in levels.values()] == [True, True, False, False, True, True], levels
    assert max(levels[1700], levels[2300]) < UNHEARD, levels


async def _say(call: TestCall, hertz: float) -> None:
    await call.speak(to_alaw(tone(1.0, hertz)))


async def _tickets(stack: LiveStack, phone: str) -> list[dict[str, Any]]:
    rows = query(stack, "SELECT document FROM tickets WHERE phone = ?", phone)
    return [json.loads(document) for (document,) in rows]


async def _played(url: str) -> np.ndarray | None:
    """What a room hears at an address; None when there is nothing."""
    async with httpx.AsyncClient() as browser:
        answered = await browser.get(url)
    if answered.status_code == httpx.codes.NOT_FOUND:
        return None
    sound, rate = soundfile.read(io.BytesIO(answered.content), dtype="int16")
    assert rate == 8000
    return np.asarray(sound)


def _age(stack: LiveStack) -> None:
    """Let every recording be older than 90 days."""
    with closing(sqlite3.connect(stack.layout.store, timeout=10)) as connection, connection:
        connection.execute("UPDATE recordings SET taken = '2020-04-01T00:00:00+00:00'")
