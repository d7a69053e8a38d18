"""The figures of the state wall, from plain data of tickets, alerts, nodes and queues."""

from datetime import UTC, datetime
from typing import Any

from board.state.alerts import alert_figures, shortage_figures
from board.state.districts import district_figures
from board.state.lines import line_figures
from board.state.stranded import by_home, by_state
from router.model.stranded_group import GroupCount

BHOPAL = "district-bhopal"
NOON = datetime(2020, 4, 2, 12, tzinfo=UTC)


def ticket(stage: str = "routed", priority: int = 3, need: str = "ration", **more: Any) -> dict[str, Any]:
    return {
        "service_request_id": "100000013",
        "stage": stage,
        "priority": priority,
        "service_code": need,
        "requested_datetime": "2020-04-02T10:00:00Z",
        **more,
    }


def test_a_tile_counts_work_and_who_waits() -> None:
    tickets = [
        ticket(requested_datetime="2020-04-02T09:00:00Z"),
        ticket("acknowledged", need="medicine"),
        ticket("in_progress", requested_datetime="2020-04-01T00:00:00Z"),
        ticket("resolved", priority=1),
    ]
    figures = district_figures(BHOPAL, tickets, {})
    assert figures == {
        "open": 3,
        "waiting": 1,
        "emergencies": 0,
        "unseen": 0,
        "overdue": 0,
        "shortages": 0,
        "online": True,
        "oldest": "2020-04-02T09:00:00Z",
        "by_need": {"medicine": 1, "ration": 2},
        "worst": "",
    }


def test_an_unseen_emergency_is_the_worst_then_late_then_short_then_away() -> None:
    alerts: dict[tuple[str, str], dict[str, Any]] = {
        ("room-offline", BHOPAL): {"since": "2020-04-02T09:00:00Z"},
        ("shortage", BHOPAL): {"level": "alert", "items": [{"item": "wheat"}], "needs": [{"need": "water"}]},
        ("overdue", BHOPAL): {"count": 2, "by_room": {BHOPAL: 2}},
        ("unacknowledged", BHOPAL): {"count": 1, "by_room": {BHOPAL: 1}},
        ("overdue", "state"): {"count": 9, "by_room": {BHOPAL: 2, "district-sagar": 7}},
    }
    worst = [district_figures(BHOPAL, [ticket(priority=1)], alerts)["worst"]]
    figures = district_figures(BHOPAL, [ticket("acknowledged", priority=1)], alerts)
    assert (figures["overdue"], figures["shortages"], figures["online"]) == (3, 2, False)
    worst.append(figures["worst"])
    for kind in ("overdue", "unacknowledged", "shortage", "room-offline"):
        alerts.pop((kind, BHOPAL))
        worst.append(district_figures(BHOPAL, [], alerts)["worst"])
    assert worst == ["danger", "overdue", "overdue", "shortage", "offline", ""]


def test_a_stock_that_is_only_watched_is_no_alert() -> None:
    alerts = {("shortage", BHOPAL): {"level": "watch", "items": [{"item": "wheat"}], "needs": []}}
    figures = district_figures(BHOPAL, [], alerts)
    assert (figures["shortages"], figures["worst"]) == (1, "")


def test_lines_in_use_stand_against_those_bought() -> None:
    trunks = [
        {"trunk": "bsnl", "in_use": 12, "bought": 600, "helplines": ["181", "104"]},
        {"trunk": "airtel", "in_use": 1, "bought": 30, "helplines": ["district-bhopal", "district-sagar"]},
    ]
    calls = {"181": 7, "104": 2, "unknown": 1, "district-bhopal": 3, "district-sagar": 1}
    nodes = [
        {"state": "online", "asterisk": True, "calls": calls},
        {"state": "offline", "calls": {"181": 50}},
        {"state": "online", "asterisk": False, "calls": {"181": 50}},
    ]
    queues = [
        {"queue": "general-hi", "waiting": 3, "waiting_since": "2020-04-02T11:59:00Z"},
        {"queue": "health-hi", "waiting": 1, "waiting_since": "2020-04-02T11:58:00Z"},
        {"queue": "health-en", "waiting": 0, "waiting_since": None},
    ]
    assert line_figures(nodes, queues, trunks) == {
        "all": {"in_use": 13, "bought": 630, "shared": False, "waiting": 4, "waiting_since": "2020-04-02T11:58:00Z"},
        "104": {"in_use": 2, "bought": 600, "shared": True},
        "181": {"in_use": 7, "bought": 600, "shared": True},
        "district": {"in_use": 4, "bought": 30, "shared": False},
        "unknown": {"in_use": 1, "bought": 0, "shared": False},
    }


def test_shortages_tell_the_days_left_now_and_what_tickets_say() -> None:
    said = {
        "item": "wheat",
        "level": "alert",
        "quantity": 900,
        "unit": "kg",
        "daily_use": 300,
        "as_of": "2020-04-01T12:00:00+00:00",
        "days_left_when_reported": 3.0,
        "runs_out": "2020-04-04T12:00:00+00:00",
    }
    need = {"district": "bhopal", "need": "water", "per_hour": 9.0, "usual_per_hour": 1.5, "times": 6.0, "since": "x"}
    alerts = {
        ("shortage", BHOPAL): {"level": "alert", "items": [said], "needs": [need]},
        ("shortage", "district-sagar"): {"level": "alert", "items": [said | {"runs_out": None}], "needs": []},
        ("disk", "state"): {"what": "the disk is full"},
    }
    found = shortage_figures(alerts, NOON)
    assert list(found) == [f"{BHOPAL}/wheat", f"{BHOPAL}/need-water", "district-sagar/wheat"]
    assert [one.get("days_left") for one in found.values()] == [2.0, None, None]
    assert found[f"{BHOPAL}/need-water"]["times"] == 6.0


def test_alerts_name_no_tickets() -> None:
    alerts = {
        ("overdue", BHOPAL): {
            "since": "2020-04-02T09:00:00Z",
            "what": "late",
            "count": 1,
            "level": 2,
            "by_room": {BHOPAL: 1},
            "tickets": [{"number": "100000013", "phone": "+919812343210"}],
        }
    }
    assert alert_figures(alerts) == {
        f"overdue/{BHOPAL}": {
            "kind": "overdue",
            "room": BHOPAL,
            "since": "2020-04-02T09:00:00Z",
            "count": 1,
            "level": 2,
            "by_room": {BHOPAL: 1},
            "what": "late",
        }
    }


def test_people_stranded_are_counted_by_state_and_home() -> None:
    counts = [
        GroupCount("outbound", "kerala", "rewa", "waiting", 2, 6),
        GroupCount("outbound", "kerala", None, "helped", 1, 3),
        GroupCount("outbound", None, "rewa", "travelling", 1, 1),
        GroupCount("outbound", "goa", "rewa", "home", 1, 9),
        GroupCount("inbound", "bihar", None, "contacted", 1, 4),
    ]
    assert by_state(counts, "outbound") == {
        "kerala": {"count": 3, "people": 9, "waiting": 6},
        "unknown": {"count": 1, "people": 1, "waiting": 0},
    }
    assert by_state(counts, "inbound") == {"bihar": {"count": 1, "people": 4, "waiting": 0}}
    assert by_home(counts) == {
        "rewa": {"count": 3, "people": 7, "waiting": 6},
        "unknown": {"count": 1, "people": 3, "waiting": 0},
    }
