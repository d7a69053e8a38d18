"""Reads a file of rules and reports all mistakes at once, each with its line."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from router.config.toml_table import Table, TomlFile, text_of
from router.errors import ConfigError
from router.geo import DESKS, STATE_ROOM
from router.helpline import STATE_HELPLINES, is_short_code
from router.model.ticket import SlaLimits
from router.tickets.routing.conditions import BeginsWith, ClockHours, Condition, KnownValues, OneOf
from router.tickets.routing.rule_coverage import PRIORITIES, find_shadowed
from router.tickets.routing.rules import DISTRICT, NEEDS_DESK, OUTSIDE, TRIAGE_DESK, LimitRule, Rule, Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from router.geo import Places

_CONDITIONS = ("helpline", "need", "district", "division", "state", "pin", "priority", "hours")
_TARGET = ("room", "desk", "copies")
_MINUTES = ("acknowledge", "resolve", "escalate")
_MAX_MINUTES = 60 * 24 * 60  # two months; a longer limit is none
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PIN = re.compile(r"[1-9][0-9]{0,5}")
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


class RulesError(ConfigError):
    """A file of rules cannot be used."""


def shipped_rules(places: Places) -> Rules:
    """Return the rules that come with the program.

    Raises:
        RulesError: they do not fit the places.
    """
    return parse_rules(
        files("router.tickets.routing").joinpath("routes.toml").read_text("utf-8"), "routes.toml", places
    )


def read_rules(path: Path, places: Places) -> Rules:
    """Read a file of rules. Blocks: not for the event loop.

    Raises:
        RulesError: it cannot be read, or has mistakes.
    """
    return parse_rules(text_of(path, RulesError), str(path), places)


def parse_rules(text: str, source: str, places: Places) -> Rules:
    """Check the text of a file of rules.

    Args:
        text: TOML.
        source: Its name, for the messages.
        places: The districts, rooms and needs that rules may name.

    Raises:
        RulesError: With every mistake.
    """
    toml = TomlFile(text, source, RulesError)
    reader = _RuleReader(places)
    toml.only(("default", "rule", "limits", "limit"))
    toml.table("limits").only(tuple(map(str, PRIORITIES)))
    rules = reader.rules(toml.tables("rule"))
    default = reader.default(toml.table("default"))
    by_priority = {priority: reader.limits(toml.table(f"limits.{priority}"), ()) for priority in PRIORITIES}
    by_need = [reader.limit(table) for table in toml.tables("limit")]
    if not toml.problems:
        _check_reach(toml.tables("rule"), rules, places)
        _check_reach(toml.tables("limit"), by_need, places)
    toml.check()
    return Rules(source, (*rules, default), by_priority, tuple(by_need))


class _RuleReader:
    def __init__(self, places: Places) -> None:
        self._places = places
        self._rooms = [room.id for room in places.rooms]

    def rules(self, tables: Sequence[Table]) -> list[Rule]:
        names: dict[str, int] = {}
        found = []
        for table in tables:
            table.only(("name", *_CONDITIONS, *_TARGET))
            name = table.values.get("name")
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                table.bad("name is missing or not made of a-z, 0-9 and single hyphens", "name")
                name = ""
            elif names.setdefault(name, table.line) != table.line or name == "default":
                table.bad(f"the name {name!r} is taken{f' in line {names[name]}' if name != 'default' else ''}", "name")
            found.append(self._rule(table, name, (DISTRICT, OUTSIDE)))
        return found

    def default(self, table: Table) -> Rule:
        if not table.values:
            table.bad("is missing: without it a ticket could be nobody's; write room and desk under it")
            return Rule("default", table.line, STATE_ROOM, TRIAGE_DESK, (), {})
        table.only(_TARGET)
        return self._rule(table, "default", ())

    def limit(self, table: Table) -> LimitRule:
        limits = self.limits(table, ("need", "priority"))
        conditions = _conditions(table, self._places)
        if not conditions:
            table.bad("need or priority is missing; without them it is for everything")
        return LimitRule(table.line, limits, conditions)

    def limits(self, table: Table, more: Collection[str]) -> SlaLimits:
        table.only((*more, *_MINUTES))
        minutes = {key: table.whole(key, 1, _MAX_MINUTES) for key in _MINUTES}
        if minutes["acknowledge"] > minutes["resolve"]:
            table.bad("acknowledge is longer than resolve", "acknowledge")
        return SlaLimits(**minutes)

    def _rule(self, table: Table, name: str, special: tuple[str, ...]) -> Rule:
        room = table.word("room", (*special, *self._rooms))
        desk = table.word("desk", (NEEDS_DESK, TRIAGE_DESK, *DESKS))
        if desk == TRIAGE_DESK and room not in ("", STATE_ROOM):
            table.bad(f"the triage desk is in the room {STATE_ROOM!r} only", "desk")
        conditions = _conditions(table, self._places)
        if room == DISTRICT:
            conditions.setdefault("district", KnownValues())
        elif room == OUTSIDE:
            conditions.setdefault("state", KnownValues(unless=self._places.home.id))
        return Rule(name, table.line, room, desk, self._copies(table), conditions)

    def _copies(self, table: Table) -> tuple[str, ...]:
        copies = table.list_of("copies")
        for copy in copies:
            room, _, desk = str(copy).partition("/")
            if room not in self._rooms or desk not in DESKS:
                table.bad(f"copies: {copy!r} is not a room and a desk, such as 'state/health'", "copies")
        return tuple(str(copy) for copy in copies)


def _conditions(table: Table, places: Places) -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    named = table.values.get("helpline", [])
    own = [one for one in (named if isinstance(named, list) else [named]) if is_short_code(str(one))]
    for key, known in (
        ("helpline", [*STATE_HELPLINES, *own, *(one.room for one in places.districts.values())]),
        ("need", places.needs),
        ("district", places.districts),
        ("state", [state for state in places.states if state != places.home.id]),
        ("priority", PRIORITIES),
    ):
        if values := table.some_of(key, known):
            found[key] = OneOf(values)
    if divisions := table.some_of("division", places.divisions):
        if "district" in found:
            table.bad("district and division together: name one of them", "division")
        inside = [one.id for one in places.districts.values() if one.division in divisions]
        found["district"] = OneOf(tuple(inside))
    if prefixes := table.list_of("pin"):
        for prefix in prefixes:
            if not isinstance(prefix, str) or not _PIN.fullmatch(prefix):
                table.bad(f'pin {prefix!r} is not the first digits of a PIN code, such as "462"', "pin")
        found["pin"] = BeginsWith(tuple(str(prefix) for prefix in prefixes))
    if "hours" in table.values:
        found["hours"] = _hours(table, table.values["hours"])
    return found


def _hours(table: Table, value: Any) -> ClockHours:
    match = _HOURS.fullmatch(value) if isinstance(value, str) else None
    first, end = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, 0)
    if match is None:
        table.bad(f'hours {value!r} are not a window such as "18:00-08:00"', "hours")
    elif first == end:
        table.bad("hours: a window from a time to the same is empty or the whole day: leave it out", "hours")
    return ClockHours(first, end)


def _check_reach(tables: Sequence[Table], rules: Sequence[Rule] | Sequence[LimitRule], places: Places) -> None:
    """Note the rules that can never take anything."""
    for found in find_shadowed([rule.conditions for rule in rules], places):
        if found.by is None:
            by = "the rules before it together take all that it could"
        else:
            earlier = tables[found.by]
            by = f"{earlier.values.get('name', earlier.name)!r} in line {earlier.line} takes all of it first"
        tables[found.which].bad(f"can never match: {by}; move it up or remove it")
