"""People far from home call: where they are, what they lack, how many, where home is; the other state's own room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agi.destinations.loader import HELPLINES_FILE
from tests.live.conftest import LiveStack, open_stack
from tests.support.citizen import FIRST_MENU, answer, booked, give_details, number_spoken
from tests.support.faults import all_lines_free, in_bridge, query, shorten
from tests.support.ports import free_ports
from tests.support.provider import Provider, provider_at
from tests.support.trunk_files import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

FAR_END = "127.0.3.117"
(PORT,) = free_ports(1)
KERALA = "04710000000"
TRUNK = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{PORT}"
channels = 30
dids = {{ 07554000181 = "181" }}
qualify_s = 0
"""
HELPLINES = HELPLINES_FILE.read_text("utf-8").replace("\n[states]\n", f'\n[states]\nkerala = "PJSIP/{KERALA}@far"\n')
OUTSIDE = ((FIRST_MENU, "4"), ("stranded-menu|danger", "1"))
HOME = (("home-ask", "486001#"), ("home-is", "1"), ("callback-ask", "1"))

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stranded")]


@pytest.fixture(scope="module")
def kerala() -> Iterator[LiveStack]:
    """A stack that knows the telephone of Kerala's control room."""
    with open_stack(trunks=LOOPBACK + TRUNK, helplines=HELPLINES) as stack:
        shorten(stack, "hi/other-state-wait", "hi/whisper", "hi/stranded-place-ask", "hi/wants-ask")
        yield stack


@pytest.fixture
async def far_end(kerala: LiveStack) -> AsyncIterator[Provider]:
    """The control room of Kerala."""
    async with provider_at(FAR_END, PORT) as there:
        yield there


async def test_stranded_caller_tells_all_by_keys_and_is_in_the_register(kerala: LiveStack, far_end: Provider) -> None:
    del far_end
    steps = (*OUTSIDE, ("outside-ask", "695001#"), ("outside-is", "1"), ("wants-ask", "13#"), ("people-ask", "12#"))
    async with kerala.room("outside-kerala") as room, kerala.call(caller="9811100012") as call:
        await answer(call, steps)
        await give_details(call)
        await answer(call, HOME)
        number = await number_spoken(call)
        assert "hi/other-state-offer" in call.heard
        ticket = await room.ticket(service_request_id=number)
    assert (ticket["service_code"], ticket["state"], ticket["zipcode"]) == ("stranded", "kerala", "695001")
    assert (ticket["people"], len(ticket["recordings"]), ticket["copies"]) == (12, 1, ["state/travel"])
    assert ticket["stranded"] == {"home_district": "rewa", "home_state": None, "wants": ["food", "travel"], "place": ""}
    columns = "state, people, home_district, help"
    rows = query(kerala, f"SELECT {columns} FROM stranded_groups WHERE phone = ?", "+919811100012")
    assert rows == [("kerala", 12, "rewa", "waiting")]


async def test_stranded_caller_is_put_through_to_the_other_states_room(kerala: LiveStack, far_end: Provider) -> None:
    async with kerala.call(caller="9811100013") as call:
        await answer(call, (*OUTSIDE, ("outside-ask", "695001#"), ("outside-is", "1"), ("wants-ask", "#")))
        await answer(call, (("people-ask", "#"), ("stranded-place-ask", "#"), *HOME))
        await booked(call)
        await call.press("4")
        invite = await far_end.rings(KERALA)
        async with far_end.lifts(invite, kerala.sip, kerala.matcher) as officer:
            await in_bridge(kerala)
            await call.hang_up()
            await officer.ended()
    await all_lines_free(kerala)


async def test_caller_of_another_state_is_the_districts_where_they_are(kerala: LiveStack, far_end: Provider) -> None:
    del far_end
    async with kerala.room() as room, kerala.call(caller="9811100014") as call:
        await answer(call, ((FIRST_MENU, "4"), ("stranded-menu|danger", "2"), ("home-state-choose", "1")))
        await answer(call, (("home-state-is", "1"), ("place-ask", "462001#"), ("place-is", "1"), ("wants-ask", "2#")))
        await answer(call, (("people-ask", "5#"), ("stranded-place-ask", "#"), ("callback-ask", "1")))
        ticket = await room.ticket(phone="+919811100014")
    assert (ticket["service_code"], ticket["room"], ticket["desk"]) == ("stranded-here", "district-bhopal", "travel")
    assert ticket["stranded"]["home_state"] == "maharashtra"


async def test_state_is_chosen_by_its_spoken_name(kerala: LiveStack, far_end: Provider) -> None:
    del far_end
    async with kerala.room("outside-gujarat") as room, kerala.call(caller="9811100015") as call:
        await answer(call, (*OUTSIDE, ("outside-ask", "#")))
        await answer(call, (("state-gujarat", "2"), ("outside-is", "1"), ("wants-ask", "4#")))
        await call.hear("hi/people-ask")
        await call.hang_up()
        ticket = await room.ticket(phone="+919811100015")
    assert (ticket["state"], ticket["stranded"]["wants"]) == ("gujarat", ["medical"])
