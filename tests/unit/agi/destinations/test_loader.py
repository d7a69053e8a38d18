"""The file of helplines, and who is tried for a caller."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agi.destinations.loader import HELPLINES_FILE, HelplinesError, read_helplines
from agi.destinations.resolver import DestinationResolver
from agi.dialplan import NextAction
from agi.ivr.state import CallState
from tests.support.ivr_fakes import helplines, make_talk, places, prompts, simulate_call
from tests.unit.warroom.cli.tickets.test_routes import run

if TYPE_CHECKING:
    from pathlib import Path

EVERYBODY = {"emergency", "line-104", "line-181", "room-district-bhopal", "room-control-kerala"} | {
    f"queue-{skill}-{language}" for skill in ("general", "health", "division-bhopal") for language in ("hi", "en")
}
DIVISION, GENERAL = "queue-division-bhopal-hi", "queue-general-hi"
OWN = HELPLINES_FILE.read_text("utf-8")


def tried(tmp_path: Path, helpline: str, purpose: str, *, known: set[str] = EVERYBODY, hour: int = 12, **call: object):
    state = make_talk(tmp_path, helpline=helpline).call
    for name, value in call.items():
        setattr(state, name, value)
    destinations = DestinationResolver(lambda: known, places(), lambda: datetime(2020, 4, 1, hour, tzinfo=UTC))
    one = helplines().of(helpline)
    return destinations.of(one, purpose, state, "hi"), destinations, one, state


def test_helplines_every_district_has_one_of_its_own() -> None:
    bhopal = helplines().of("district-bhopal")
    assert bhopal.greeting == ("greeting-district", "district-bhopal")
    assert bhopal.chains["operator"] == ("room", "queue")
    assert len(helplines().by_id) == 3 + len(places().districts)
    assert helplines().of("nonsense").id == "warroom"


@pytest.mark.parametrize(
    ("helpline", "purpose", "call", "destinations"),
    [
        ("181", "health", {"district": "bhopal"}, ("line-104", "room-district-bhopal", DIVISION, GENERAL)),
        ("181", "health", {"need": "medical"}, ("line-104", "queue-health-hi", "queue-general-hi")),
        ("181", "operator", {"guess": "bhopal"}, (DIVISION, GENERAL)),
        ("181", "emergency", {}, ("emergency", "line-104", "queue-general-hi")),
        ("104", "food", {}, ("line-181", "queue-health-hi", "queue-general-hi")),
        ("104", "health", {}, ()),
        ("district-bhopal", "operator", {}, ("room-district-bhopal", DIVISION, GENERAL)),
        ("181", "other-state", {"state": "kerala"}, ("room-control-kerala", GENERAL)),
        (
            "181",
            "other-state",
            {"home_state": "kerala", "district": "bhopal"},
            ("room-control-kerala", DIVISION, GENERAL),
        ),
        ("181", "other-state", {"state": "goa"}, ()),
        ("181", "other-state", {}, ()),
    ],
)
def test_helplines_who_is_tried(tmp_path, helpline, purpose, call, destinations) -> None:
    assert tried(tmp_path, helpline, purpose, **call)[0] == destinations


def test_helplines_who_is_not_there_is_not_tried(tmp_path) -> None:
    assert tried(tmp_path, "181", "emergency", known={"line-104"})[0] == ("line-104",)
    assert tried(tmp_path, "181", "health", known={"queue-general-hi"})[0] == ()  # no 104: a doctor is not offered
    assert tried(tmp_path, "181", "operator", known=set())[0] == ()


def test_helplines_closed_people_are_not_tried(tmp_path, monkeypatch) -> None:
    own = tmp_path / "helplines.toml"
    own.write_text(OWN.replace('hours = "24/7"', 'hours = "08:00-20:00"', 1))
    helpline = read_helplines(own, places()).of("181")
    open_, destinations, _, state = tried(tmp_path, "181", "emergency", hour=20)  # 01:30 in India
    assert "queue-general-hi" in open_
    assert destinations.of(helpline, "emergency", state, "hi") == ("emergency", "line-104")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('start = "main"', 'strat = "main"', "unknown key 'strat'"),
        ('start = "main"', "", "start is missing"),
        ('hours = "24/7"', 'hours = "always"', "hours: expected '24/7'"),
        ('["greeting-181"]', '["greeting-191"]', "no prompt 'greeting-191' in language hi"),
        ('operator = ["queue"]', 'operator = ["quack"]', "known: emergency, line-104"),
        ('operator = ["queue"]', 'operator = ["queue", "queue"]', "twice"),
        ('operator = ["queue"]', 'operator = ["line-181"]', "is a loop"),
        ("[helpline.warroom]", "[helpline.war-room]", "[helpline.warroom] is missing"),
        ("[rooms]", '[rooms]\ndistrict-bhopal = "PJSIP/x;y"', "write a number such as"),
        ("[rooms]", '[rooms]\ndistrict-bopal = "07552540001"', "do you mean district-bhopal"),
        ("[rooms]", "[rooms", "not valid TOML"),
    ],
)
def test_helplines_mistakes_are_told_with_their_line(tmp_path, old, new, expected) -> None:
    own = tmp_path / "helplines.toml"
    own.write_text(OWN.replace(old, new, 1))
    with pytest.raises(HelplinesError) as caught:
        read_helplines(own, places(), prompts=prompts())
    assert expected in str(caught.value)
    assert str(own) in str(caught.value)


def test_helpline_of_ones_own_falls_back_on_the_war_rooms(tmp_path) -> None:
    own = tmp_path / "helplines.toml"
    own.write_text(
        OWN + '[helpline.1077]\nhours = "Mo-Sa 08:00-20:00"\noperator = ["room", "queue"]\n[helpline.1098]\n'
    )
    read = read_helplines(own, places(), prompts=prompts())
    warroom, mine, bare = (read.of(name) for name in ("warroom", "1077", "1098"))
    assert (mine.id, mine.greeting, mine.start) == ("1077", warroom.greeting, warroom.start)
    assert mine.chains == {**warroom.chains, "operator": ("room", "queue")}
    assert (str(mine.hours) != str(warroom.hours), bare.chains) == (True, warroom.chains)
    own.write_text(OWN + "[helpline.childline]\n")
    with pytest.raises(HelplinesError, match=r"unknown helpline 'childline'.*its short code"):
        read_helplines(own, places())


async def test_helplines_doctor_is_offered_and_rung_where_104_can_be_dialled(tmp_path) -> None:
    talk = await simulate_call(tmp_path, ["2", "2", "2"], lines=("line-104",))
    assert talk.session.asked[2] == ("medical-or-doctor",)
    assert talk.session.next is NextAction.HUNT
    assert talk.session.variables["WR_DESTINATIONS"] == "line-104&queue-general-hi"
    assert talk.session.variables["_WR_TICKET"] == talk.desk.numbers[f"{talk.call.uniqueid}/1"]
    assert [report.need for report in talk.desk.reports.values()] == ["medical"]
    talk = await simulate_call(tmp_path, ["2", "2", "1"])
    assert talk.session.asked[2] == ("medical-now",)


async def test_helplines_food_on_104_goes_to_181_where_it_can_be_dialled(tmp_path) -> None:
    talk = await simulate_call(tmp_path, ["1"], helpline="104", lines=("line-181",))
    assert talk.session.variables["WR_DESTINATIONS"] == "line-181&queue-general-hi"
    talk = await simulate_call(tmp_path, ["1"], helpline="104")
    assert talk.session.asked[1] == ("food-menu", "menu-end")


async def test_helplines_district_is_greeted_and_asked_about_first(tmp_path) -> None:
    talk = await simulate_call(tmp_path, ["1", "1", "1"], helpline="district-bhopal", state=_at_home)
    assert talk.session.heard[:2] == ["greeting-district", "district-bhopal"]
    assert talk.session.asked[2] == ("place-here", "district-bhopal", "place-confirm")
    assert talk.call.district == "bhopal"


def _at_home(*args, **options):
    state = CallState(*args, **options)
    state.home = "bhopal"
    return state


def test_helplines_list_tells_who_cannot_be_dialled(tmp_path, capsys) -> None:
    code, out, _ = run(capsys, tmp_path, "helplines", "list", "--json")
    rows = {row["id"]: row for row in json.loads(out)}
    emergency = ["(emergency)", "(line-104)", "queue"]
    assert (code, rows["181"]["numbers"], rows["181"]["emergency"]) == (0, ["181"], emergency)
    assert rows["district-bhopal"]["greeting"] == ["greeting-district", "district-bhopal"]
    code, out, _ = run(capsys, tmp_path, "helplines", "list")
    assert code == 0
    assert "district-" not in out  # no number, no telephone: only with --all


def test_helplines_other_states_have_telephones_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "helplines.toml"
    path.write_text(OWN.replace("\n[states]\n", '\n[states]\nkerala = "04712000000"\n'), "utf-8")
    assert read_helplines(path, places()).rooms == {"control-kerala": "04712000000"}
    path.write_text(OWN.replace("\n[states]\n", '\n[states]\nmadhya-pradesh = "07552000000"\ngoa = "12"\n'), "utf-8")
    with pytest.raises(HelplinesError) as caught:
        read_helplines(path, places())
    assert len(caught.value.problems) == 2


async def test_ticket_of_a_stranded_caller_offers_the_other_states_control_room(tmp_path: Path) -> None:
    keys = ["4", "1", "695001", "1", "#", "#", "", "#", "", "1", "4"]
    talk = await simulate_call(tmp_path, keys, lines=("room-control-kerala",))
    assert "other-state-offer" in talk.session.asked[-1]
    assert talk.session.heard[-1] == "other-state-wait"
    assert talk.session.next is NextAction.HUNT
    assert talk.session.variables["WR_DESTINATIONS"] == f"room-control-kerala&{GENERAL}"
    talk = await simulate_call(tmp_path, keys)
    assert "other-state-offer" not in talk.session.heard
    assert talk.session.next is NextAction.HANGUP
