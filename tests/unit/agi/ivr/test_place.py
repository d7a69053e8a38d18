"""Where help is needed: codes, spoken names, the place of last time, another state."""

import asyncio

import pytest

from agi.ivr import persistence
from agi.ivr.context import NoValidInputError, OperatorRequestedError
from agi.ivr.steps.ticket.other_state import OtherStateStep
from agi.ivr.steps.ticket.place import PlaceStep
from router.storage.errors import StorageUnavailableError
from tests.support.ivr_fakes import FakeDesk, make_talk, places

PLACE = PlaceStep(kind="place", next="callback")
OUTSIDE = OtherStateStep(kind="other-state", next="callback")


async def settled(tmp_path, keys, step=PLACE, **options):
    talk = make_talk(tmp_path, keys, **options)
    assert await step.run(talk) == "callback"
    assert talk.call.place_known
    return talk


async def test_place_by_pin(tmp_path):
    talk = await settled(tmp_path, ["462001", "1"])
    assert (talk.call.district, talk.call.zipcode) == ("bhopal", "462001")
    assert talk.session.asked == [("place-ask",), ("place-is", "district-bhopal", "place-confirm")]


@pytest.mark.parametrize("code", ["755#", "0755#", "07565", "7565#"])
async def test_place_by_std_with_and_without_0(tmp_path, code):
    talk = await settled(tmp_path, [code, "1"])
    assert (talk.call.district, talk.call.zipcode) == ("bhopal", "")


@pytest.mark.parametrize("code", ["1#", "999999", "99999#", "000000", "45*001*"])
async def test_place_unknown_code_is_asked_again(tmp_path, code):
    talk = await settled(tmp_path, [code, "462001", "1"])
    assert talk.call.district == "bhopal"
    assert talk.session.asked[1] in (("place-unknown-pin", "place-try-again"), ("place-ask",))


async def test_place_three_unknown_codes_lead_to_the_names(tmp_path):
    talk = await settled(tmp_path, ["999999", "999999", "999999", "1", "1", "1"])
    assert talk.session.asked[3][:2] == ("place-by-menu", "choose-division")


async def test_place_pin_of_another_state_is_said_and_asked_again(tmp_path):
    talk = await settled(tmp_path, ["400001", "462001", "1"])
    assert talk.session.asked[1] == ("place-other-state", "state-maharashtra", "place-try-again")
    assert (talk.call.district, talk.call.state) == ("bhopal", None)


async def test_place_shared_pin_is_chosen(tmp_path):
    shared = next(pin for pin in map(str, range(450000, 489000)) if len(places().by_pin(pin)) == 2)
    second = places().by_pin(shared)[1]
    talk = await settled(tmp_path, [shared, "2", "1"])
    assert talk.session.asked[1][0] == "place-shared"
    assert (talk.call.district, talk.call.zipcode) == (second.id, shared)


async def test_place_none_of_the_shared_asks_for_another_code(tmp_path):
    shared = next(pin for pin in map(str, range(450000, 489000)) if len(places().by_pin(pin)) == 2)
    talk = await settled(tmp_path, [shared, "9", "462001", "1"])
    assert talk.call.district == "bhopal"


@pytest.mark.parametrize("keys", ["", "#"])
async def test_place_by_spoken_names(tmp_path, keys):
    talk = await settled(tmp_path, [keys, "4", "2", "1"])
    divisions = list(places().divisions)
    assert talk.call.district == places().in_division(divisions[3])[1].id
    assert talk.session.asked[1][:4] == ("place-by-menu", "choose-division", f"division-{divisions[0]}", "press-1")
    assert talk.session.asked[1][-1] == "more-choices"


async def test_place_names_have_pages_that_come_round(tmp_path):
    talk = await settled(tmp_path, ["", "9", "9", "9", "3", "1", "1"])
    divisions = list(places().divisions)
    assert talk.call.district == places().in_division(divisions[9])[0].id
    assert talk.session.asked[2][-1] == "earlier-choices"
    assert talk.session.asked[3] == talk.session.asked[1]


async def test_place_every_district_can_be_reached_by_names(tmp_path):
    for n, division in enumerate(places().divisions):
        to_division = ["9", str(n - 6)] if n >= 7 else [str(n + 1)]
        for m, district in enumerate(places().in_division(division)):
            to_district = ["9", str(m - 6)] if m >= 7 else [str(m + 1)]
            talk = await settled(tmp_path, ["", *to_division, *to_district, "1"])
            assert talk.call.district == district.id
            assert all(sum(name.startswith("press-") for name in names) <= 7 for names in talk.session.asked)


async def test_place_other_division(tmp_path):
    by_size = {len(places().in_division(each)): n for n, each in enumerate(places().divisions, 1)}
    small = str(by_size[5])
    talk = await settled(tmp_path, ["", small, "9", "1", "1", "1"])
    assert talk.session.asked[2][-1] == "other-division"
    assert talk.call.district == places().in_division(next(iter(places().divisions)))[0].id


async def test_place_said_back_wrong_asks_again(tmp_path):
    talk = await settled(tmp_path, ["462001", "2", "452001", "1"])
    assert (talk.call.district, talk.call.guess) == ("indore", None)


async def test_place_never_confirmed_is_lost(tmp_path):
    talk = make_talk(tmp_path, ["462001", "2"] * 3)
    with pytest.raises(NoValidInputError):
        await PLACE.run(talk)
    assert (talk.call.district, talk.call.guess) == (None, None)


async def test_place_of_last_time_is_offered(tmp_path):
    talk = await settled(tmp_path, ["1"], desk=FakeDesk(place="rewa"))
    assert talk.session.asked == [("place-earlier", "district-rewa", "place-confirm")]
    assert talk.call.district == "rewa"


async def test_place_of_last_time_is_refused(tmp_path):
    talk = await settled(tmp_path, ["2", "462001", "1"], desk=FakeDesk(place="rewa"))
    assert talk.call.district == "bhopal"


@pytest.mark.parametrize(
    "desk", [FakeDesk(place="gone"), FakeDesk(fails=StorageUnavailableError("locked", "x", "wait"))]
)
async def test_place_of_last_time_is_not_known(tmp_path, desk):
    talk = await settled(tmp_path, ["462001", "1"], desk=desk)
    assert talk.session.asked[0] == ("place-ask",)


async def test_place_of_last_time_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(persistence, "LAST_PLACE_TIMEOUT_S", 0.0)
    desk = FakeDesk()
    desk.last_place = lambda phone: asyncio.Event().wait()
    talk = await settled(tmp_path, ["462001", "1"], desk=desk)
    assert talk.call.district == "bhopal"


async def test_place_0_is_a_person_and_0755_is_a_code(tmp_path):
    with pytest.raises(OperatorRequestedError):
        await PLACE.run(make_talk(tmp_path, ["0#"]))
    assert (await settled(tmp_path, ["0755#", "1"])).call.district == "bhopal"


async def test_place_is_not_asked_twice_in_a_call(tmp_path):
    talk = await settled(tmp_path, ["462001", "1"])
    await PLACE.run(talk)
    await OUTSIDE.run(talk)
    assert len(talk.session.asked) == 2


async def test_outside_state_by_pin(tmp_path):
    talk = await settled(tmp_path, ["400001", "1"], OUTSIDE)
    assert (talk.call.state, talk.call.zipcode, talk.call.district) == ("maharashtra", "400001", None)
    assert talk.session.asked[1] == ("outside-is", "state-maharashtra", "place-confirm")


async def test_outside_wrong_state_is_asked_again(tmp_path):
    talk = await settled(tmp_path, ["400001", "2", "110001", "1"], OUTSIDE)
    assert talk.call.state == "delhi"


@pytest.mark.parametrize("keys", [[""], ["#"], ["1", "999999", "0755"]])
async def test_outside_without_a_code_is_chosen_by_name_neighbours_first(tmp_path, keys):
    talk = await settled(tmp_path, [*keys, "2", "1"], OUTSIDE)
    assert (talk.call.state, talk.call.zipcode, talk.call.district) == ("gujarat", "", None)
    first = talk.session.asked[len(keys)]
    assert first[0] == "outside-choose"
    assert first[1::2][:5] == tuple(
        f"state-{state}" for state in ("maharashtra", "gujarat", "rajasthan", "uttar-pradesh", "chhattisgarh")
    )


async def test_outside_wrong_name_is_chosen_again(tmp_path):
    talk = await settled(tmp_path, ["#", "1", "2", "9", "6", "1"], OUTSIDE)
    assert talk.call.state == "kerala"


async def test_outside_none_of_the_names_is_said_in_the_recording(tmp_path):
    talk = await settled(tmp_path, ["#", *"99999"], OUTSIDE)
    assert (talk.call.state, talk.call.district) == (None, None)
    assert talk.session.heard[-1] == "outside-say"


async def test_outside_in_a_district_of_ours(tmp_path):
    talk = await settled(tmp_path, ["462001", "1"], OUTSIDE)
    assert (talk.call.state, talk.call.district) == (None, "bhopal")
    assert talk.session.asked[1] == ("outside-inside", "place-is", "district-bhopal", "place-confirm")
