"""The picture of the broker, and the collections that it fills."""

from __future__ import annotations

import json
from typing import Any

import pytest

from board.live import operators as operators_module
from board.live.of_topics import RoomCollections, collect
from board.live.operators import OperatorCollections
from board.live.picture import MAX_PLAIN, Picture, matches
from tests.support.stores import PHONE


def ticket(number: str = "100000013", *, version: int = 1, **fields: Any) -> bytes:
    """A ticket's event."""
    data = {
        "service_request_id": number, "version": version, "stage": "routed", "priority": 3, "service_code": "ration",
        "room": "district-bhopal", "desk": "food", "agency_responsible": "Bhopal", "channel": "phone",
        "requested_datetime": "2026-01-01T00:00:00Z", "updated_datetime": "2026-01-01T00:00:00Z",
        "source_key": number, "phone": PHONE, **fields,
    }  # fmt: skip
    return json.dumps({"time": "2026-01-01T00:00:00Z", "data": data}).encode()


def topic(number: str = "100000013", desk: str = "food", room: str = "district-bhopal") -> str:
    return f"rooms/{room}/tickets/{desk}/{number}"


@pytest.mark.parametrize(
    ("wanted", "levels", "fits"),
    [
        ("a/b", "a/b", True), ("a/+", "a/b", True), ("a/+", "a/b/c", False), ("a/#", "a/b/c", True),
        ("a/#", "a", True), ("a/#", "b/c", False), ("+/b/#", "a/b/c", True), ("a/b", "a", False),
    ],
)  # fmt: skip
def test_filters_fit_as_at_the_broker(wanted: str, levels: str, fits: bool) -> None:
    assert matches(tuple(wanted.split("/")), tuple(levels.split("/"))) is fits


def test_a_ticket_that_goes_to_another_desk_stays() -> None:
    picture = Picture()
    rooms = RoomCollections(picture, ["district-bhopal"])
    tickets = rooms.one("district-bhopal", "tickets")
    picture.take(topic(), ticket())
    picture.take(topic(desk="health"), ticket(version=2, desk="health"))
    picture.take(topic(), b"")
    assert json.loads(tickets.entries["100000013"])["desk"] == "health"
    picture.take(topic(desk="health"), b"")
    assert tickets.entries == {}


def test_a_room_has_one_alert_of_each_kind() -> None:
    picture = Picture()
    alerts = RoomCollections(picture, ["district-bhopal"]).one("district-bhopal", "alerts")
    for kind in ("overdue", "shortage"):
        picture.take(f"alerts/{kind}/district-bhopal", json.dumps({"data": {"what": kind}}).encode())
    assert sorted(alerts.entries) == ["overdue", "shortage"]
    picture.take("alerts/overdue/district-bhopal", b"")
    assert sorted(alerts.entries) == ["shortage"]


def test_a_report_of_stock_that_is_refused_is_not_shown() -> None:
    picture = Picture()
    stock = RoomCollections(picture, ["district-bhopal"]).one("district-bhopal", "stock")
    report = {"quantity": 5, "unit": "kg", "daily_use": 1, "as_of": "2026-01-01T09:00:00+05:30"}
    picture.take("rooms/district-bhopal/stock/wheat", json.dumps(report).encode())
    assert json.loads(stock.entries["wheat"]) == report
    for wrong in ({"as_of": "<script>"}, {"unit": None}, {"quantity": "5"}, {"more": 1}):
        picture.take("rooms/district-bhopal/stock/wheat", json.dumps({**report, **wrong}).encode())
        assert stock.entries == {}


def test_an_older_version_on_another_topic_does_not_take_its_place() -> None:
    picture = Picture()
    tickets = RoomCollections(picture, ["district-bhopal"]).one("district-bhopal", "tickets")
    picture.take(topic(desk="health"), ticket(version=2))
    picture.take(topic(), ticket(version=1))
    assert json.loads(tickets.entries["100000013"])["version"] == 2


def test_what_has_gone_while_nobody_listened_is_gone_and_the_rest_is_no_news() -> None:
    picture = Picture()
    tickets = RoomCollections(picture, ["district-bhopal"]).one("district-bhopal", "tickets")
    for number in ("100000013", "100000024"):
        picture.take(topic(number), ticket(number))
    told: list[tuple[str, str | None]] = []
    tickets.watch(lambda _, key, text: told.append((key, text)))
    picture.begin()
    picture.take(topic(), ticket())
    assert told == []
    picture.complete()
    assert told == [("100000024", None)]


@pytest.mark.parametrize(
    "payload",
    [
        b"x", b"\xff", b"[" * 200_000, b"[]", b'{"data": NaN}', b'{"data": {"service_request_id": "1"}}', b"{}",
        b"null",
        b'{"data": {"x": ' + b"9" * 5000 + b"}}", b'{"data": {"a": 1e999}}', b" " * 3_000_000,
    ],
)  # fmt: skip
def test_a_payload_that_cannot_be_read_counts_as_none(payload: bytes) -> None:
    picture = Picture()
    tickets = RoomCollections(picture, ["district-bhopal"]).one("district-bhopal", "tickets")
    picture.take(topic(), ticket())
    picture.take(topic(), payload)
    assert tickets.entries == {}
    picture.take(topic(), ticket(version=3))
    assert list(tickets.entries) == ["100000013"]


def test_a_listener_that_fails_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    picture = Picture()

    def fail(*_: object) -> None:
        raise KeyError("x")

    picture.on("nodes/+", fail)
    nodes = collect(picture, "nodes", "nodes/+")
    picture.take("nodes/1", b'{"data": {"state": "online"}}')
    assert list(nodes.entries) == ["1"]
    assert "nodes/1" in caplog.text


def call(operator: str, caller: str | None, picture: Picture) -> None:
    payload = json.dumps({"data": {"uniqueid": "1.1", "caller": caller}}).encode() if caller is not None else b""
    picture.take(f"operators/{operator}/calls", payload)


def test_an_operator_sees_the_open_tickets_of_the_caller_as_they_change() -> None:
    picture = Picture()
    operators = OperatorCollections(picture)
    tickets = operators.of("101").caller_tickets
    picture.take(topic(), ticket())
    picture.take(topic("100000024"), ticket("100000024", phone="+917000000001"))
    call("101", "09812343210", picture)  # as the trunk delivers it
    assert list(tickets.entries) == ["100000013"]
    picture.take(topic("100000035"), ticket("100000035"))
    assert set(tickets.entries) == {"100000013", "100000035"}
    picture.take(topic("100000035"), ticket("100000035", version=2, stage="withdrawn"))
    picture.take(topic(), ticket(version=2, phone=None))
    assert tickets.entries == {}
    picture.take(topic(), ticket(version=3))
    call("101", "", picture)
    assert tickets.entries == {}
    call("101", None, picture)
    assert operators.of("101").call.entries == {}
    assert operators.all.entries == {}


def test_operators_that_do_not_exist_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators_module, "MAX_OPERATORS", 3)
    picture = Picture()
    operators = OperatorCollections(picture)
    shown = operators.of("shown")
    shown.call.watch(lambda *_: None)
    for number in range(5):
        operators.of(f"made-up-{number}")
    call("101", "09812343210", picture)
    assert operators.of("101").call.entries
    assert operators.of("shown") is shown


def test_supervisors_see_all_operators() -> None:
    picture = Picture()
    operators = OperatorCollections(picture)
    picture.take("operators/101/state", b'{"data": {"present": true}}')
    call("101", "x", picture)
    assert json.loads(operators.all.entries["101"]) == {
        "state": {"present": True}, "call": {"uniqueid": "1.1", "caller": "x"},
    }  # fmt: skip


def test_a_room_that_goes_mad_fills_no_memory() -> None:
    picture = Picture()
    presence = RoomCollections(picture, ["district-bhopal", "district-indore"]).one("district-bhopal", "presence")
    for n in range(MAX_PLAIN + 50):
        picture.take(f"rooms/district-bhopal/presence/p{n}", b'{"state": "online"}')
    picture.take(f"rooms/district-bhopal/presence/{'x' * 60_000}", b'{"state": "online"}')
    assert len(presence.entries) == MAX_PLAIN
    picture.take("rooms/district-indore/presence/p", b'{"state": "online"}')
    assert picture.get("rooms/district-indore/presence/p")
    for n in range(MAX_PLAIN + 50):
        picture.take(f"rooms/district-bhopal/presence/p{n}", b"")
    picture.take("rooms/district-bhopal/presence/new", b'{"state": "online"}')
    assert list(presence.entries) == ["new"]
