"""A citizen's call, from the keys to the room, over real SIP with sound."""

from __future__ import annotations

import asyncio
import wave

import pytest

from tests.live.conftest import LiveStack
from tests.support.brokers import until
from tests.support.citizen import (
    FIRST_MENU,
    RATION_IN_BHOPAL,
    answer,
    booked,
    give_details,
    number_spoken,
    skip_details,
)
from warroom.sip_test_client import CallRefusedError, TestCall


async def test_call_ration_in_bhopal_reaches_the_room(stack: LiveStack) -> None:
    async with stack.room() as room, stack.call(caller="9811100001") as call:
        await answer(call, RATION_IN_BHOPAL)
        await give_details(call)
        number = await number_spoken(call)
        ticket = await room.ticket(service_request_id=number)
    assert ticket["service_code"] == "ration"
    assert (ticket["district"], ticket["room"], ticket["desk"]) == ("bhopal", "district-bhopal", "food")
    assert (ticket["phone"], ticket["zipcode"], ticket["language"]) == ("+919811100001", "462001", "hi")
    (sound,) = ticket["recordings"]
    with wave.open(str(stack.layout.kept / sound)) as file:
        assert 0.5 < file.getnframes() / file.getframerate() < 5


@pytest.mark.long
async def test_call_in_english(stack: LiveStack) -> None:
    steps = (
        (FIRST_MENU, "2"),
        ("health-menu", "1"),
        ("place-ask", "452001#"),
        ("place-is", "1"),
        ("callback-ask", "1"),
    )
    async with stack.room("district-indore") as room, stack.call(caller="9811100002") as call:
        await answer(call, ((FIRST_MENU, "8"),))
        await answer(call, steps, "en")
        await skip_details(call, "en")
        number = await number_spoken(call, "en")
        ticket = await room.ticket(service_request_id=number)
    assert (ticket["service_code"], ticket["language"]) == ("medicine", "en")


@pytest.mark.long
async def test_call_place_by_spoken_menus(stack: LiveStack) -> None:
    async with stack.room("district-bhopal") as room, stack.call(caller="9811100003") as call:
        await answer(call, ((FIRST_MENU, "3"), ("fuel-menu", "1"), ("place-ask", "#")))
        await call.press(await _key_of(call, "hi/division-bhopal"))
        await call.press(await _key_of(call, "hi/district-bhopal"))
        await answer(call, (("place-is", "1"), ("callback-ask", "1")))
        await skip_details(call)
        await booked(call)
        ticket = await room.ticket(phone="+919811100003")
    assert (ticket["service_code"], ticket["district"]) == ("gas", "bhopal")


@pytest.mark.parametrize(("code", "caller"), [("755", "9811100041"), ("0755", "9811100042")])
async def test_call_place_by_std_code(stack: LiveStack, code: str, caller: str) -> None:
    steps = ((FIRST_MENU, "1"), ("food-menu", "4"), ("place-ask", f"{code}#"), ("place-is", "1"), ("callback-ask", "1"))
    async with stack.room() as room, stack.call(caller=caller) as call:
        await answer(call, steps)
        await skip_details(call)
        ticket = await room.ticket(phone=f"+91{caller}")
    assert (ticket["service_code"], ticket["district"]) == ("water", "bhopal")


@pytest.mark.long
async def test_call_pin_of_another_state_and_of_nowhere(stack: LiveStack) -> None:
    async with stack.call(caller="9811100005") as call:
        await answer(call, ((FIRST_MENU, "1"), ("food-menu", "1"), ("place-ask", "110001#")))
        await call.hear("hi/place-other-state")
        await call.hear("hi/state-delhi")
        await answer(call, (("place-try-again", "999999#"),))
        await call.hear("hi/place-unknown-pin")
        await answer(call, (("place-try-again", "462001#"),))
        await call.hear("hi/district-bhopal")


async def test_call_known_telephone_is_asked_for_its_last_place(stack: LiveStack) -> None:
    async with stack.room() as room:
        async with stack.call(caller="9811100006") as call:
            await answer(call, RATION_IN_BHOPAL)
            await skip_details(call)
            await room.ticket(phone="+919811100006", service_code="ration")
        async with stack.call(caller="9811100006") as call:
            steps = ((FIRST_MENU, "1"), ("food-menu", "2"), ("place-earlier", "1"), ("callback-ask", "1"))
            await answer(call, steps)
            await skip_details(call)
            ticket = await room.ticket(phone="+919811100006", service_code="cooked-food")
    assert ticket["district"] == "bhopal"


async def test_call_another_callback_number_and_a_second_ticket(stack: LiveStack) -> None:
    async with stack.room() as room, stack.call(caller="9811100007") as call:
        await answer(call, RATION_IN_BHOPAL[:-1])
        await answer(call, (("callback-ask", "2"), ("callback-key", "09822200008#"), ("callback-is", "1")))
        await skip_details(call)
        await booked(call)
        await call.press("1")
        await answer(call, ((FIRST_MENU, "1"), ("food-menu", "3")))
        await skip_details(call)
        tickets = [await room.ticket(phone="+919822200008", service_code=need) for need in ("ration", "fresh")]
    assert tickets[0]["service_request_id"] != tickets[1]["service_request_id"]
    assert tickets[0]["calls"] == tickets[1]["calls"]


@pytest.mark.parametrize(
    ("caller", "why", "keyed"),
    [("anonymous", "callback-none", "9822200045"), ("+971501234567", "callback-cannot", "9822200046")],
)
async def test_call_without_a_number_to_call_keys_one_and_the_room_has_it(
    stack: LiveStack, caller: str, why: str, keyed: str
) -> None:
    async with stack.room() as room, stack.call(caller=caller) as call:
        await answer(call, RATION_IN_BHOPAL[:-1])
        await call.hear(f"hi/{why}")
        await answer(call, (("callback-key", f"{keyed}#"), ("callback-is", "1")))
        await skip_details(call)
        number = await number_spoken(call)
        ticket = await room.ticket(service_request_id=number)
    assert (ticket["phone"], ticket["callback_wanted"]) == (f"+91{keyed}", True)


@pytest.mark.long
async def test_call_star_repeats_and_wrong_keys_end_in_a_message(stack: LiveStack) -> None:
    async with stack.room("state") as room, stack.call(caller="9811100009") as call:
        await answer(call, ((FIRST_MENU, "*"), (FIRST_MENU, "7"), ("wrong-key", "7"), ("wrong-key", "7")))
        await call.hear("hi/leave-message")
        await give_details(call)
        await call.hear("hi/message-kept")
        await call.ended()
        ticket = await room.ticket(phone="+919811100009")
    assert (ticket["service_code"], ticket["stage"]) == ("listen", "triage")
    await until((stack.layout.kept / ticket["recordings"][0]).exists)


@pytest.mark.long
async def test_call_zero_with_a_need_known_leaves_one_ticket_with_the_message(stack: LiveStack) -> None:
    async with stack.room("state") as room, stack.call(caller="9811100010") as call:
        await answer(call, ((FIRST_MENU, "1"), ("food-menu", "1"), ("place-ask", "0")))
        await call.hear("hi/leave-message")
        await give_details(call)
        await call.ended()
        first = await room.ticket(phone="+919811100010")
        ticket = await room.ticket(phone="+919811100010", version=2)
    assert (first["service_request_id"], first["service_code"]) == (ticket["service_request_id"], "ration")
    assert len(ticket["recordings"]) == 1


async def test_call_hash_after_a_full_pin_is_not_an_answer_to_the_next_question(stack: LiveStack) -> None:
    async with stack.call(caller="9811100011") as call:
        await answer(call, ((FIRST_MENU, "1"), ("food-menu", "1"), ("place-ask", "462001#")))
        await call.hear("hi/place-confirm")
        assert "hi/no-key" not in call.heard


async def test_call_to_a_number_that_is_no_helpline_is_refused(stack: LiveStack) -> None:
    with pytest.raises(CallRefusedError) as refused:
        async with stack.call("9999999999"):
            pass
    assert refused.value.status == 404


async def test_call_from_an_unknown_address_reaches_nothing(stack: LiveStack) -> None:
    with pytest.raises((CallRefusedError, TimeoutError)):
        async with stack.call(local_ip="127.0.9.9", answer_limit_s=2):
            pass


#: Prompt heard last -> the steps before it, and which room gets a ticket (None: there is no need yet).
HANG_UPS = {
    FIRST_MENU: ((), None),
    "food-menu": (RATION_IN_BHOPAL[:1], None),
    "place-ask": (RATION_IN_BHOPAL[:2], "state"),
    "place-is": (RATION_IN_BHOPAL[:3], "district-bhopal"),
    "callback-ask": (RATION_IN_BHOPAL[:4], "district-bhopal"),
    "details-ask": (RATION_IN_BHOPAL, "district-bhopal"),
    "beep": (RATION_IN_BHOPAL, "district-bhopal"),
    "number-is": ((*RATION_IN_BHOPAL, ("details-ask", "#")), "district-bhopal"),
    "again-ask": ((*RATION_IN_BHOPAL, ("details-ask", "#")), "district-bhopal"),
}


@pytest.mark.long
async def test_call_hang_up_in_every_state_in_both_languages_loses_nothing(stack: LiveStack) -> None:
    """Need with a district or a callable number is one ticket; without a need there is none."""

    async def hang_up(language: str, heard: str, caller: str) -> None:
        async with stack.call(caller=caller) as call:
            if language == "en":
                await answer(call, ((FIRST_MENU, "8"),))
            await answer(call, HANG_UPS[heard][0], language)
            await call.hear(*(f"{language}/{name}" for name in heard.split("|")), within_s=60)

    callers = {
        (language, heard): f"98112{number}{index:02}"
        for number, language in (("000", "hi"), ("001", "en"))
        for index, heard in enumerate(HANG_UPS)
    }
    async with stack.room("state", "s") as state, stack.room("district-bhopal", "b") as bhopal:
        await asyncio.gather(*(hang_up(*key, caller) for key, caller in callers.items()))
        for (language, heard), caller in callers.items():
            where = HANG_UPS[heard][1]
            if where is not None:
                ticket = await (state if where == "state" else bhopal).ticket(phone=f"+91{caller}")
                assert (ticket["service_code"], ticket["language"]) == ("ration", language), (language, heard)
    numbers: dict[str, set[str]] = {}
    for arrival in (*state.received, *bhopal.received):
        if arrival.event:
            numbers.setdefault(arrival.event["data"]["phone"], set()).add(arrival.number)
    for (_, heard), caller in callers.items():
        assert len(numbers.get(f"+91{caller}", ())) == (0 if HANG_UPS[heard][1] is None else 1), heard


@pytest.mark.parametrize(
    ("caller", "display", "phone"),
    [
        ("anonymous", '"Anonymous" ', None),
        ("+919811300001", "", "+919811300001"),
        ("00919811300002", "", "+919811300002"),
        ("09811300003", "", "+919811300003"),
        ("919811300004", "", "+919811300004"),
        ("98a11300005", "", None),
        ("9" * 400, "", None),
        ("%22%0d%0aX", "", None),
        ("9811300006", '"a\\"b; drop" ', "+919811300006"),
    ],
)
async def test_call_odd_caller_numbers(stack: LiveStack, caller: str, display: str, phone: str | None) -> None:
    """Whatever stands in From, the call works; a number that cannot be called is not offered for the call back."""
    async with stack.room() as room, stack.call(caller=caller, display=display) as call:
        await answer(call, RATION_IN_BHOPAL[:-1])
        if phone is None:
            await call.hear("hi/callback-none")
            return
        await answer(call, (("callback-ask", "1"),))
        await skip_details(call)
        assert (await room.ticket(phone=phone))["service_code"] == "ration"


async def _key_of(call: TestCall, name: str) -> str:
    """Listen to a menu of names; return the key said after this name."""
    await call.hear(name, within_s=60)
    heard = await call.hear(*(f"hi/press-{index}" for index in range(1, 9)))
    return heard.rpartition("-")[2]
