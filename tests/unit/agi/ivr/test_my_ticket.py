"""Where is my ticket: by its telephone, by its number, and never more than the stage to a stranger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agi.dialplan import NextAction
from agi.fastagi.errors import PromptMissingError
from agi.ivr import ticket_prompts
from agi.ivr.context import TRIES
from agi.ivr.prompt_names import declared_prompts
from router.geo.facilities import ServingPlace
from router.model.stages import Stage
from router.model.ticket import Ticket
from router.storage.errors import StorageUnavailableError
from router.tickets.ticket_number import issue
from tests.support.ivr_fakes import (
    HANG_UP,
    MOBILE_E164,
    NOW,
    FakeDesk,
    FakeSession,
    FakeTexts,
    names,
    places,
    simulate_call,
)

OTHER_PHONE = "+919822200008"
ASK = "6"  # in the main menu


def ticket(serial=1, **changes):
    values = {
        "service_request_id": issue(1, serial),
        "version": 1,
        "stage": Stage.IN_PROGRESS,
        "priority": 3,
        "service_code": "ration",
        "room": "district-bhopal",
        "desk": "food",
        "district": "bhopal",
        "agency_responsible": "Bhopal",
        "requested_datetime": NOW,
        "updated_datetime": NOW,
        "expected_datetime": NOW + timedelta(hours=2),
        "phone": MOBILE_E164,
        "channel": "phone",
        "helpline": "181",
        "source_key": f"s/{serial}",
    }
    return Ticket(**{**values, **changes})


def desk_with(*tickets, **options):
    return FakeDesk(tickets={each.number: each for each in tickets}, **options)


FULL = ["status-of", "need-ration", "stage-in-progress", "silence-half", "status-room", "district-bhopal"]
#: NOW is 15:30 in India: two hours later is the full hour six in the evening.
FULL += ["room-district", "status-expected", "day-today", "part-evening", "number-6", "oclock"]


async def test_my_ticket_of_this_telephone_is_told_in_full(tmp_path):
    talk = await simulate_call(tmp_path, [ASK, ""], desk=desk_with(ticket()))
    said = talk.session.asked[-1]
    assert list(said[: len(FULL)]) == FULL
    assert "status-next" not in said
    assert talk.session.next is NextAction.HANGUP
    assert talk.desk.reports == {}


@pytest.mark.parametrize("need", ["medicine", "medical", "sanitary", "danger", "listen", "no-such-need"])
async def test_my_ticket_of_a_private_need_is_told_by_its_stage_alone(tmp_path, need):
    talk = await simulate_call(tmp_path, [ASK, ""], desk=desk_with(ticket(service_code=need)))
    assert talk.session.asked[-1] == ("stage-in-progress", "silence-half", "status-add", "status-number", "status-back")


NOTE = "गाड़ी शाम तक आएगी"


def with_note(**changes):
    return ticket(for_citizen=NOTE, for_citizen_datetime=NOW - timedelta(hours=1), **changes)


async def test_my_ticket_has_the_rooms_word_to_the_citizen_after_it(tmp_path):
    texts = FakeTexts({NOTE: "text-note"})
    talk = await simulate_call(tmp_path, [ASK, ""], desk=desk_with(with_note()), texts=texts)
    assert list(talk.session.asked[-1])[len(FULL) :][:4] == ["silence-half", "status-note", "text-note", "silence-half"]
    desk = desk_with(with_note().model_copy(update={"for_citizen_datetime": NOW - timedelta(days=1)}))
    talk = await simulate_call(tmp_path, [ASK, ""], desk=desk, texts=texts)
    told = ["silence-half", "status-note", "status-note-from", "day-yesterday", "part-noon", "number-3"]
    assert list(talk.session.asked[-1])[len(FULL) :][:6] == told
    assert "text-note" in talk.session.asked[-1]


@pytest.mark.parametrize("lost", [False, True])
async def test_my_ticket_is_told_when_the_rooms_word_is_not_ready_or_lost(tmp_path, monkeypatch, lost):
    hear = FakeSession._hear

    def lose(session, names):
        if "text-note" in names:
            raise PromptMissingError("prompt", "text-note")
        hear(session, names)

    monkeypatch.setattr(FakeSession, "_hear", lose)
    texts = FakeTexts({NOTE: "text-note"} if lost else {})
    talk = await simulate_call(tmp_path, [ASK, ""], desk=desk_with(with_note()), texts=texts)
    assert list(talk.session.asked[-1])[len(FULL) :][:3] == ["silence-half", "status-note-later", "silence-half"]
    assert talk.session.next is NextAction.HANGUP


async def test_my_ticket_the_rooms_word_is_for_its_own_telephone_and_never_of_a_private_need(tmp_path):
    texts = FakeTexts({NOTE: "text-note"})
    options = {"desk": desk_with(with_note()), "texts": texts, "caller": "9822200008"}
    talk = await simulate_call(tmp_path, [ASK, ticket().number, "", ""], **options)
    assert "stage-in-progress" in talk.session.heard
    private = desk_with(with_note(service_code="medicine"))
    other = await simulate_call(tmp_path, [ASK, ""], desk=private, texts=texts)
    assert not {"text-note", "status-note", "status-note-later"} & {*talk.session.heard, *other.session.heard}
    assert texts.wanted == []


async def test_my_ticket_several_are_told_newest_first_by_key(tmp_path):
    desk = desk_with(ticket(1), ticket(2, service_code="gas"), ticket(3, stage=Stage.CONFIRMED))
    talk = await simulate_call(tmp_path, [ASK, "1", ""], desk=desk)
    first, second = talk.session.asked[-2:]
    assert ("need-gas" in first, "status-next" in first) == (True, True)
    assert ("need-ration" in second, "status-next" in second) == (True, False)


async def test_my_ticket_number_from_its_own_telephone_is_told_in_full(tmp_path):
    closed = ticket(stage=Stage.CONFIRMED)
    talk = await simulate_call(tmp_path, [ASK, closed.number, ""], desk=desk_with(closed))
    assert talk.session.asked[1] == ("status-none", "status-key")
    assert talk.session.asked[2][:3] == ("status-of", "need-ration", "stage-confirmed")


@pytest.mark.parametrize("caller", ["9822200008", ""])
async def test_my_ticket_number_from_another_telephone_tells_the_stage_alone(tmp_path, caller):
    talk = await simulate_call(tmp_path, [ASK, ticket().number, "2", "2", "2"], desk=desk_with(ticket()), caller=caller)
    assert talk.session.asked[2] == ("stage-in-progress", "silence-half", "status-number", "status-back")
    heard = set(talk.session.heard)
    assert not heard & {"status-of", "need-ration", "status-room", "status-expected", "status-add"}
    assert talk.session.recorded == []  # 2, which leaves details, is no key here


async def test_my_ticket_wrong_numbers_are_asked_for_again_and_then_a_person(tmp_path):
    wrong = str(int(ticket().number) + 1)
    unknown = issue(1, 77)
    talk = await simulate_call(tmp_path, [ASK, wrong, unknown, wrong], desk=desk_with(ticket(phone=OTHER_PHONE)))
    asked = [names for names in talk.session.asked if "status-key" in names]
    assert [names[0] for names in asked] == ["status-none", "status-key-wrong", "status-key-unknown"]
    assert len(asked) == TRIES
    assert talk.session.next is NextAction.HUNT


async def test_my_ticket_of_somebody_stranded_names_the_state(tmp_path):
    stranded = ticket(service_code="stranded", room="outside-kerala", state="kerala", district=None)
    talk = await simulate_call(tmp_path, [ASK, ""], desk=desk_with(stranded))
    said = talk.session.asked[-1]
    assert said[said.index("status-room") :][1:3] == ("state-kerala", "room-outside")


async def test_my_ticket_that_was_merged_is_told_as_the_one_that_goes_on(tmp_path):
    gone = ticket(1, stage=Stage.MERGED, merged_into=issue(1, 2), phone=OTHER_PHONE)
    talk = await simulate_call(tmp_path, [ASK, gone.number], desk=desk_with(gone, ticket(2, phone=OTHER_PHONE)))
    assert talk.session.asked[2][0] == "stage-in-progress"


async def test_my_ticket_more_details_are_put_on_it(tmp_path):
    mine = ticket()
    talk = await simulate_call(tmp_path, [ASK, "2", "", "#"], desk=desk_with(mine))
    ((number, by, _, recordings),) = talk.desk.notes
    assert (number, by, names(recordings)) == (
        mine.number,
        "citizen",
        tuple(path.name + ".wav" for path in talk.session.recorded),
    )
    assert [path.name for path in (tmp_path / "kept").iterdir()] == list(names(recordings))
    assert talk.session.heard[-2:] == ["details-thanks", "goodbye"]
    assert talk.desk.reports == {}


async def test_my_ticket_details_cut_by_a_hang_up_are_put_on_it_too(tmp_path):
    talk = await simulate_call(tmp_path, [ASK, "2", "", HANG_UP], desk=desk_with(ticket()))
    assert len(talk.desk.notes) == 1


async def test_my_ticket_nearest_two_places_are_told_twice_with_their_numbers(tmp_path):
    shops = [
        ServingPlace(kind="pds", code="2301", name="A", district="bhopal", zipcode="462001", phone="0755-12"),
        ServingPlace(kind="pds", code="B/7", name="B", district="bhopal", zipcode="462002", hours="Mo-Su 09:00-12:00"),
        ServingPlace(kind="pds", code="3", name="C", district="bhopal", zipcode="462003"),
    ]
    talk = await simulate_call(tmp_path, [ASK, "3"], desk=desk_with(ticket(), nearby=shops))
    said = ["kind-pds", "nearest-code", "number-2", "number-3", "number-0", "number-1"]
    said += ["nearest-phone", *(f"number-{digit}" for digit in "075512"), "silence-half"]
    said += ["kind-pds", "nearest-closed", "silence-half"]
    assert talk.session.heard[-2 * len(said) - 2 : -1] == [*said, "nearest-again", *said]
    assert talk.session.next is NextAction.HANGUP


async def test_my_ticket_nearest_places_have_their_names_which_are_spoken_before_they_are_asked_for(tmp_path):
    shops = [
        ServingPlace(kind="pds", code="2", name="A", name_hi="अ", district="bhopal", zipcode="462001"),
        ServingPlace(kind="pds", code="3", name="B", district="bhopal", zipcode="462002"),
    ]
    texts = FakeTexts({"अ": "text-a"})
    talk = await simulate_call(tmp_path, [ASK, "3"], desk=desk_with(ticket(), nearby=shops), texts=texts)
    assert texts.soon == [("अ", "hi"), ("B", "hi")]
    assert texts.wanted == [(("अ", "B"), "hi")]
    said = ["kind-pds", "text-a", "nearest-code", "number-2", "silence-half"]
    said += ["kind-pds", "nearest-code", "number-3", "silence-half"]  # without the name that is not ready
    assert talk.session.heard[-2 * len(said) - 2 : -1] == [*said, "nearest-again", *said]


async def test_my_ticket_nearest_places_are_told_when_the_sound_of_a_name_is_lost(tmp_path, monkeypatch):
    shops = [ServingPlace(kind="pds", code="2", name="A", district="bhopal", zipcode="462001")]
    hear = FakeSession._hear

    def lost(session, names):
        if "text-a" in names:
            raise PromptMissingError("prompt", "text-a")
        hear(session, names)

    monkeypatch.setattr(FakeSession, "_hear", lost)
    desk = desk_with(ticket(), nearby=shops)
    talk = await simulate_call(tmp_path, [ASK, "3"], desk=desk, texts=FakeTexts({"A": "text-a"}))
    assert talk.session.heard[-6:] == [
        "nearest-again",
        "kind-pds",
        "nearest-code",
        "number-2",
        "silence-half",
        "goodbye",
    ]


async def test_my_ticket_nearest_is_offered_only_where_places_can_serve_it(tmp_path):
    talk = await simulate_call(tmp_path, [ASK, ""], desk=desk_with(ticket(service_code="stranded")))
    assert "status-near" not in talk.session.heard
    talk = await simulate_call(tmp_path, [ASK, "3"], desk=desk_with(ticket()))
    assert talk.session.heard[-2:] == ["nearest-none", "goodbye"]


async def test_my_ticket_without_the_store_says_so(tmp_path):
    desk = desk_with(fails=StorageUnavailableError("locked", tmp_path, "wait"))
    talk = await simulate_call(tmp_path, [ASK], desk=desk)
    assert talk.session.heard[-2:] == ["status-trouble", "goodbye"]


async def test_my_ticket_key_nine_goes_back_to_the_first_menu(tmp_path):
    talk = await simulate_call(tmp_path, [ASK, "9", "0"], desk=desk_with(ticket()))
    assert talk.stages[:3] == ["main", "my-ticket", "main"]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ((1, 9, 0), ["status-late"]),
        ((1, 10, 0), ["day-today", "part-evening", "number-4", "oclock"]),
        ((1, 12, 30), ["day-today", "part-evening", "number-6", "oclock"]),
        ((1, 18, 31), ["day-today", "part-night", "number-1", "oclock"]),  # 00:01 in India
        ((2, 3, 30), ["day-tomorrow", "part-morning", "number-9", "oclock"]),
        ((2, 6, 30), ["day-tomorrow", "part-noon", "number-12", "oclock"]),
        ((7, 3, 30), ["weekday-2", "part-morning", "number-9", "oclock"]),
        ((8, 3, 30), ["number-7", "days-later"]),
    ],
)
def test_expected_time_in_spoken_words(when, said):
    day, hour, minute = when
    now = datetime(2020, 4, 1, 10, 0, tzinfo=UTC) - timedelta(minutes=1)
    names = ticket_prompts.spoken_expectation(datetime(2020, 4, day, hour, minute, tzinfo=UTC), now)
    assert [name for name in names if name != "status-expected"] == said


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_room_and_need_can_be_said(stage):
    for room in (*places().rooms, None):
        where = {"room": room.id, "state": "kerala"} if room else {"room": "elsewhere"}
        names = ticket_prompts.spoken_status(ticket(stage=stage, **where), places(), NOW)
        assert f"stage-{stage.replace('_', '-')}" in names
        fixed = {name for name in names if not name.startswith(("need-", "district-", "state-", "silence"))}
        assert fixed <= set(declared_prompts())
