"""`warroom alerts list`: one row for what many rooms are told alike, and what a shortage is about."""

from __future__ import annotations

from datetime import UTC, datetime

from router.model.rooms.alert import Alert
from warroom.cli.tickets.alert_rows import alert_rows

NOW = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)


def test_rooms_told_the_same_share_a_row() -> None:
    rooms = [f"district-{letter}" for letter in "abcde"]
    alerts = [Alert("room-offline", room, NOW, {"what": "nobody of this room is online"}) for room in rooms]
    alerts.append(Alert("clock", "state", NOW, {"what": "it is wrong", "remedy": "timedatectl"}))
    rows = [(row["kind"], row["room"], row["what"]) for row in alert_rows(alerts)]
    assert rows == [
        ("clock", "state", "it is wrong: timedatectl"),
        (
            "room-offline",
            "district-a, district-b, district-c and 2 more",
            "nobody of this room is online (5 rooms)",
        ),
    ]


def test_shortage_says_what_runs_short() -> None:
    item = {"item": "rice", "quantity": 120.0, "unit": "kg", "runs_out": "2026-12-02T10:00:00+00:00"}
    need = {"need": "ration", "district": "bhopal", "times": 4.2, "per_hour": 12.0}
    unusual = {"need": "medicine", "district": "bhopal", "times": None, "per_hour": 3.0}
    data = {"level": "alert", "items": [item], "needs": [need, unusual]}
    assert alert_rows([Alert("shortage", "district-bhopal", NOW, data)])[0]["what"] == (
        "rice: 120 kg left, runs out 2026-12-02; ration in bhopal: 4.2 times as often as usual; "
        "medicine in bhopal: 3 an hour"
    )
