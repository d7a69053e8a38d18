"""The rules: which room takes what, mistakes with their lines, rules that can never match, hours over midnight."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.model.stages import Stage
from router.model.ticket import SlaLimits
from router.storage.engines import Location
from router.tickets.routing.conditions import DIMENSIONS, BeginsWith, ClockHours, Facts, OneOf, fits
from router.tickets.routing.reloading_rules import ReloadingRules
from router.tickets.routing.rule_coverage import find_shadowed
from router.tickets.routing.rule_file import RulesError, parse_rules, shipped_rules
from router.tickets.routing.rules import Rules
from router.tickets.service import TicketService
from tests.support.brokers import until
from tests.support.stores import opened_store, places, report

LIMITS = "".join(f"[limits.{n}]\nacknowledge = 5\nresolve = 60\nescalate = 5\n" for n in (1, 2, 3, 4))
DEFAULT = '[default]\nroom = "state"\ndesk = "triage"\n'


def rule(name: str, **keys: object) -> str:
    keys = {"room": "state", "desk": "food", **keys}
    lines = [f'name = "{name}"', *(f"{key} = {value!r}" for key, value in keys.items())]
    return "\n".join(["[[rule]]", *lines, ""])


def parsed(*rules: str, default: str = DEFAULT, limits: str = LIMITS) -> Rules:
    return parse_rules(default + "".join(rules) + limits, "r.toml", places())


def problems(*rules: str, **others: str) -> list[str]:
    with pytest.raises(RulesError) as caught:
        parsed(*rules, **others)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("facts", "room", "desk", "copies", "name"),
    [
        (Facts("danger", 1, district="bhopal"), "district-bhopal", "health", ("state/health",), "danger"),
        (Facts("danger", 1), "state", "health", (), "danger-somewhere"),
        (Facts("medical", 1, district="dhar"), "district-dhar", "health", ("state/health",), "medical-emergency"),
        (Facts("medical", 2, district="dhar"), "district-dhar", "health", (), "district"),
        (Facts("stranded", 2, state="kerala"), "outside-kerala", "travel", ("state/travel",), "stranded"),
        (Facts("stranded", 2, state="madhya-pradesh"), "state", "travel", (), "stranded-somewhere"),
        (Facts("information", 4, district="bhopal"), "state", "information", (), "information"),
        (Facts("ration-shop", 3, district="rewa"), "district-rewa", "food", (), "ration"),
        (Facts("gas", 3, district="rewa"), "district-rewa", "fuel", (), "district"),
        (Facts("gas", 3), "state", "triage", (), "default"),
    ],
)
def test_shipped_rules(facts: Facts, room: str, desk: str, copies: tuple[str, ...], name: str) -> None:
    route = shipped_rules(places()).route(facts, places())
    assert (route.room, route.desk, route.copies, route.rule.name) == (room, desk, copies, name)
    assert (route.stage is Stage.TRIAGE) == (desk == "triage")


def test_limits_are_those_of_need_and_priority() -> None:
    rules = shipped_rules(places())
    assert rules.limits(Facts("danger", 1)) == SlaLimits(acknowledge=5, resolve=60, escalate=5)
    assert rules.limits(Facts("water", 2)) == SlaLimits(acknowledge=20, resolve=360, escalate=30)
    assert rules.limits(Facts("medicine", 2)) == SlaLimits(acknowledge=30, resolve=720, escalate=60)


def test_first_rule_that_fits_wins_and_the_others_say_what_they_lack() -> None:
    night = rule("night", hours="18:00-08:00", room="district-indore")
    rules = parsed(night, rule("helpline", helpline=["104"], need="gas"), rule("gas", need="gas", desk="fuel"))
    facts = Facts("gas", 3, "181", hours=12 * 60)
    assert [(one.rule.name, one.misfits) for one in rules.tried(facts)] == [
        ("night", ["hours is 12:00, not 18:00-08:00"]),
        ("helpline", ["helpline is 181, not 104"]),
        ("gas", []),
    ]
    (_, other, _) = rules.tried(replace(facts, helpline=None))
    assert other.misfits == ["helpline is none, not 104"]
    assert rules.route(replace(facts, hours=23 * 60), places()).rule.name == "night"
    assert [one.rule.name for one in rules.tried(Facts("milk", 3, hours=800))][-1] == "default"


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        (ClockHours(18 * 60, 8 * 60), [18 * 60, 23 * 60 + 59, 0, 8 * 60 - 1], [8 * 60, 12 * 60, 18 * 60 - 1]),
        (ClockHours(8 * 60, 18 * 60), [8 * 60, 18 * 60 - 1], [0, 8 * 60 - 1, 18 * 60]),
        (ClockHours(0, 60), [0, 59], [60, 23 * 60 + 59]),
        (ClockHours(23 * 60, 0), [23 * 60, 23 * 60 + 59], [0, 22 * 60]),
    ],
)
def test_hours_over_midnight(window: ClockHours, inside: list[int], outside: list[int]) -> None:
    assert all(window.accepts(minute) for minute in inside)
    assert not any(window.accepts(minute) for minute in outside)


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (rule("a", need="rashn"), 8, "unknown need 'rashn'"),
        (rule("a", district=["bhopal", "bhopl"]), 8, "unknown district 'bhopl' (do you mean bhopal"),
        (rule("a", room="district-bhopl"), 6, "unknown room 'district-bhopl' (do you mean district-bhopal"),
        (rule("a", desk="kitchen"), 7, "unknown desk 'kitchen' (known: need, triage, food"),
        (rule("a", room="district", desk="triage"), 7, "the triage desk is in the room 'state' only"),
        (rule("a", helpline="1o8"), 8, "unknown helpline '1o8'"),
        (rule("a", priority=5), 8, "unknown priority 5"),
        (rule("a", pin="46x"), 8, "pin '46x'"),
        (rule("a", hours="8-18"), 8, "hours '8-18' are not a window"),
        (rule("a", hours="08:00-08:00"), 8, "the whole day"),
        (rule("a", need=[]), 8, "would fit nothing"),
        (rule("a", ned="gas"), 8, "unknown key 'ned'"),
        (rule("a", division="bhopal", district="bhopal"), 8, "district and division together"),
        (rule("a", copies=["state"]), 8, "copies: 'state'"),
        (rule("A b"), 5, "name is missing"),
        (rule("a", need="gas") + rule("a", need="ration"), 10, "the name 'a' is taken in line 4"),
    ],
)
def test_mistake_is_named_with_its_line(wrong: str, line: int, says: str) -> None:
    (problem,) = problems(wrong)
    assert problem.startswith(f"r.toml line {line}: rule")
    assert says in problem


def test_all_mistakes_come_at_once() -> None:
    found = problems(rule("a", need="x"), rule("b", desk="y"), default="", limits="[limits.1]\nacknowledge = 0\n")
    assert len(found) == 1 + 1 + 1 + 12
    assert "[default]: is missing" in "".join(found)


def test_text_that_is_no_toml_says_where() -> None:
    (problem,) = problems("[[rule]\n")
    assert "not valid TOML" in problem
    assert "line 4" in problem


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([rule("all"), rule("late", need="gas")], "rule 'late': can never match: 'all' in line 4"),
        ([rule("a", need=["gas", "water"]), rule("b", need="gas", priority=1)], "'a' in line 4 takes all of it"),
        ([rule("a", division="bhopal"), rule("b", district="sehore")], "'a' in line 4"),
        ([rule("a", pin="46"), rule("b", pin="462")], "'a' in line 4"),
        ([rule("a", hours="18:00-08:00"), rule("b", hours="22:00-02:00")], "'a' in line 4"),
        (
            [rule("a", hours="06:00-18:00"), rule("b", hours="18:00-06:00"), rule("c", need="gas")],
            "rule 'c': can never match: the rules before it together",
        ),
        ([rule("a", priority=[1, 2]), rule("b", priority=[3, 4]), rule("c")], "rule 'c': can never match"),
    ],
)
def test_rule_that_can_never_match_is_found(rules: list[str], says: str) -> None:
    (problem,) = problems(*rules)
    assert says in problem


def test_rule_that_matches_seldom_is_left_alone() -> None:
    parsed(
        rule("a", need="gas", hours="00:00-23:59"),
        rule("b", need="gas", district="bhopal"),
        rule("c", room="district", need="gas"),
        rule("d", pin="462", helpline="104"),
        rule("e", pin="46", helpline="104"),
        rule("f", helpline="104"),
    )


WORDS = st.sampled_from(["gas", "water", "ration"])
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "need": st.sets(WORDS, min_size=1).map(lambda some: OneOf(tuple(some))),
        "priority": st.sets(st.integers(1, 4), min_size=1).map(lambda some: OneOf(tuple(some))),
        "district": st.sets(st.sampled_from(["bhopal", "indore"]), min_size=1).map(lambda some: OneOf(tuple(some))),
        "pin": st.sets(st.sampled_from(["4", "46", "462"]), min_size=1).map(lambda some: BeginsWith(tuple(some))),
        "hours": st.tuples(st.sampled_from([0, 360, 720]), st.sampled_from([60, 400, 1000])).map(
            lambda w: ClockHours(*w)
        ),
    },
)
FACTS = [
    Facts(need, priority, district=district, pin=pin, hours=hours)
    for need in ("gas", "water", "ration", "milk")
    for priority in (1, 2, 3, 4)
    for district in (None, "bhopal", "indore", "dhar")
    for pin in ("", "110001", "450001", "460001", "462001")
    for hours in (0, 60, 360, 400, 720, 1000)
]


@given(st.lists(CONDITIONS, max_size=5))
def test_shadowed_are_exactly_those_that_no_ticket_reaches(rules: list[dict[str, object]]) -> None:
    firsts = {next((i for i, one in enumerate(rules) if fits(one, facts)), None) for facts in FACTS}  # type: ignore[arg-type]
    found = find_shadowed(rules, places())  # type: ignore[arg-type]
    assert {one.which for one in found} == set(range(len(rules))) - firsts
    for one in found:
        if one.by is not None:
            assert one.by < one.which
            both = [facts for facts in FACTS if fits(rules[one.which], facts)]  # type: ignore[arg-type]
            assert all(fits(rules[one.by], facts) for facts in both)  # type: ignore[arg-type]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "gas", "state", "1"]) | st.dates(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["need", "name", "1"]), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(["default", "rule", "limits", "limit", "x"]), JUNK | st.lists(JUNK, max_size=2)))
def test_any_toml_is_taken_or_refused_with_problems(values: dict[str, object]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tomllib.loads", lambda text: values)
        with pytest.raises(RulesError):
            parse_rules("", "r.toml", places())


def test_dimensions_are_the_facts() -> None:
    assert set(DIMENSIONS) == set(Facts.__dataclass_fields__)


def write(path: Path, text: str) -> None:
    """Replace a file as an editor does."""
    other = path.with_suffix(".new")
    other.write_text(text)
    other.replace(path)


async def test_own_rules_are_taken_while_running_and_a_bad_file_keeps_the_old_ones(
    tmp_path: Path, location: Location, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.tickets.routing.reloading_rules.POLL_INTERVAL_S", 0.02)
    own = tmp_path / "routes.toml"
    book = ReloadingRules(places(), own)
    async with opened_store(location) as store:
        desk = TicketService(store, places(), node=1, rules=book)
        running = asyncio.create_task(book.run(store))

        async def told() -> list[object]:
            return [alert.data["problems"] for alert in await store.read(lambda uow: uow.alerts.active())]

        async def room() -> str:
            return (await desk.open(report(os.urandom(4).hex(), phone=None))).room

        assert await room() == "district-bhopal"
        write(own, DEFAULT + rule("mine", room="district-indore") + LIMITS)
        await until(lambda: book.rules.source == str(own))
        assert await room() == "district-indore"
        write(own, DEFAULT + rule("mine", room="district-atlantis") + LIMITS)

        async def says_so() -> bool:
            return bool(await told())

        await until(says_so)
        assert await room() == "district-indore"
        assert "routes.toml line 6: rule 'mine': unknown room 'district-atlantis'" in str(await told())
        assert "stay in force" in caplog.text
        own.unlink()

        async def quiet() -> bool:
            return not await told()

        await until(quiet)
        assert await room() == "district-bhopal"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await desk.close()
