"""The collections of the state wall follow what lies at the broker, and carry nothing of a citizen."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest

from board.accounts.identity import Identity, Role
from board.live.component import LiveComponent
from board.settings import BoardSettings
from board.state.daily import DailyFigures
from board.state.state_board import StateBoard
from router.model.stranded_group import Direction, StrandedGroup
from router.model.ticket import Ticket
from router.settings import BrokerSettings
from router.storage.unit_of_work import UnitOfWork
from tests.support.stores import opened_store, places

BHOPAL, SAGAR = "district-bhopal", "district-sagar"
ANYBODY = Identity("asha", "Asha", Role.WARROOM, "state", "warroom", "s")
SECRETS = (
    "+919812343210",
    "9812343210",
    "Sita Devi",
    "12 Lake Road",
    "behind the temple",
    "my son is ill",
    "heard this",
)


class Board:
    """A state board on a picture that tests fill."""

    def __init__(self, daily: Any = None) -> None:
        rooms = [room.id for room in (*places().rooms, *places().overseers)]
        self.live = LiveComponent(
            BrokerSettings(), BoardSettings(), "secret", node=1, rooms=rooms, sessions=None, audit=None, build="1"
        )
        self.state = StateBoard(self.live, daily, rooms=[one.room for one in places().districts.values()])

    def put(self, topic: str, data: Any) -> None:
        event = {"specversion": "1.0", "time": "2020-04-02T10:00:00Z", "data": data}
        self.live.picture.take(topic, json.dumps(event).encode() if data is not None else b"")

    def ticket(self, number: str, room: str, *, desk: str = "food", **more: Any) -> None:
        self.put(f"rooms/{room}/tickets/{desk}/{number}", document(number, room, desk, **more))

    def view(self, name: str) -> dict[str, dict[str, Any]]:
        found = self.live.views.collections(name, ANYBODY)
        assert found is not None
        return {one.name: {key: json.loads(text) for key, text in one.entries.items()} for one in found}


def document(number: str, room: str, desk: str, **more: Any) -> dict[str, Any]:
    phone, _, name, address, landmark, said, heard = SECRETS
    now = datetime(2020, 4, 2, 10, tzinfo=UTC)
    values: dict[str, Any] = {
        "service_request_id": number,
        "version": 1,
        "stage": "routed",
        "priority": 3,
        "service_code": "ration",
        "room": room,
        "desk": desk,
        "agency_responsible": room,
        "requested_datetime": now,
        "updated_datetime": now,
        "phone": phone,
        "name": name,
        "address": address,
        "landmark": landmark,
        "description": said,
        "transcript": heard,
        "channel": "phone",
        "source_key": "1.1/1",
        "calls": ("1.1",),
        **more,
    }
    return Ticket(**values).model_dump(mode="json")


async def test_a_ticket_shows_in_its_district_and_goes_with_it() -> None:
    board = Board()
    board.ticket("100000013", BHOPAL, priority=1)
    await board.state.update()
    districts = board.view("state")["districts"]
    assert len(districts) == 52
    assert (districts[BHOPAL]["open"], districts[BHOPAL]["worst"]) == (1, "danger")
    board.ticket("100000013", SAGAR, version=2)  # moved: it lies on both topics for a moment
    board.put(f"rooms/{BHOPAL}/tickets/food/100000013", None)
    await board.state.update()
    assert [board.view("state")["districts"][room]["open"] for room in (BHOPAL, SAGAR)] == [0, 1]
    board.ticket("100000013", SAGAR, desk="health", version=3)
    board.put(f"rooms/{SAGAR}/tickets/food/100000013", None)
    await board.state.update()
    assert board.view("state")["districts"][SAGAR]["open"] == 1
    board.put(f"rooms/{SAGAR}/tickets/health/100000013", None)
    await board.state.update()
    assert board.view("state")["districts"][SAGAR]["open"] == 0


async def test_the_war_room_sees_proposals_of_all_rooms_and_its_own_tickets() -> None:
    board = Board()
    board.ticket("100000013", BHOPAL, proposed_rejection="the family had help")
    board.ticket("100000024", "state", stage="triage")
    view = board.view("warroom")
    assert list(view["proposals"]) == ["100000013"]
    assert list(view["tickets"]) == ["100000024"]
    board.ticket("100000013", BHOPAL, version=2)
    assert not board.view("warroom")["proposals"]


async def test_people_outside_are_counted_from_the_register(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "store.sqlite") as store:
        board = Board(DailyFigures(store))
        group = StrandedGroup(
            direction="outbound", state="kerala", home_district="rewa", phone=SECRETS[0], name=SECRETS[2], people=4
        )
        number = await store.write(lambda uow: uow.stranded.add(group))
        await board.state.count()
        view = board.view("state")
        assert view["outside"] == {"kerala": {"count": 1, "people": 4, "waiting": 4}}
        assert view["homes"] == {"rewa": {"count": 1, "people": 4, "waiting": 4}}
        assert not any(secret in json.dumps(view) for secret in SECRETS)
        await store.write(lambda uow: uow.stranded.update(replace(group, id=number, help="home")))
        await board.state.count()
        assert board.view("state")["outside"] == board.view("state")["homes"] == {}


async def test_a_message_that_says_something_wrong_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    board = Board()
    board.put(f"alerts/overdue/{BHOPAL}", {"by_room": 7})
    await board.state._update_always()
    assert "the figures of the state are old" in caplog.text


async def test_nothing_of_a_citizen_leaves_in_what_a_wall_shows(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "store.sqlite") as store:
        board = Board(DailyFigures(store))
        numbers = iter(range(100000013, 100000999))
        for room in (BHOPAL, "state", "outside-kerala"):
            board.ticket(str(next(numbers)), room, state="kerala", people=4, proposed_rejection=SECRETS[5])
        late = {"number": "100000013", "room": BHOPAL, "phone": SECRETS[0]}
        for kind in ("overdue", "unacknowledged", "room-offline", "task"):
            board.put(f"alerts/{kind}/{BHOPAL}", {"since": "x", "by_room": {BHOPAL: 1}, "count": 1, "tickets": [late]})
        stock = {"item": "wheat", "level": "alert", "runs_out": "2020-04-05T00:00:00+00:00"}
        board.put(f"alerts/shortage/{BHOPAL}", {"since": "x", "level": "alert", "items": [stock], "needs": []})
        board.put("nodes/1", {"state": "online", "asterisk": True, "calls": {"181": 1}})
        board.put("queues/general-hi", {"queue": "general-hi", "waiting": 1, "waiting_since": "2020-04-02T10:00:00Z"})
        board.put("trunks/bsnl", {"trunk": "bsnl", "state": "up", "in_use": 1, "bought": 30, "helplines": ["181"]})
        board.put("notices/1-000001", {"id": "1-000001", "version": 1, "text": "x"})
        for direction in get_args(Direction):
            group = StrandedGroup(
                direction=direction, state="kerala", phone=SECRETS[0], name=SECRETS[2], place=SECRETS[3]
            )
            await store.write(partial(_add_group, group))
        await board.state.update()
        await board.state.count()
    views = {name: board.view(name) for name in ("state", "wall/main")}
    assert views["state"] == views["wall/main"]
    assert all(views["state"].values()), "a collection without an entry shows nothing about what it may carry"
    leaves = list(walk(views))
    assert len(leaves) > 500
    told = [leaf for leaf in leaves if any(secret in str(leaf) for secret in SECRETS)]
    assert told == []


def _add_group(group: StrandedGroup, uow: UnitOfWork) -> None:
    uow.stranded.add(group)


def walk(value: Any) -> Any:
    """Yield every key and value, at any depth."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one)
    else:
        yield value
