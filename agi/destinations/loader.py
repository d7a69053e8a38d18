"""Reads ``helplines.toml`` and reports all mistakes at once, each with its line and the expected value."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from agi.destinations.schema import CONTROL, DISTRICT, FALLBACK, LINES, PURPOSES, Helpline, Helplines, Member, Purpose
from agi.settings import DIAL_STRING
from router.config.toml_table import TomlFile, hint, text_of
from router.errors import ConfigError
from router.geo.opening_hours import OpeningHours
from router.helpline import HelplineId, is_short_code

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from router.config.toml_table import Table
    from router.geo import Places

HELPLINES_FILE: Final = Path(__file__).with_name("helplines.toml")

_MEMBERS: Final[tuple[Member, ...]] = get_args(Member)
_REQUIRED: Final = (*LINES, FALLBACK, DISTRICT)
_DIGITS: Final = range(3, 16)  # of a telephone that can be dialled: 112 to E.164


class HelplinesError(ConfigError):
    """The file of helplines cannot be used."""


def read_helplines(path: Path, places: Places, *, prompts: Mapping[str, Collection[str]] | None = None) -> Helplines:
    """Read a file of helplines; a missing one means the one that comes with the program.

    Args:
        path: The admin's file.
        places: The districts and their rooms.
        prompts: Of each language the names of all prompts there are; None: greetings are not checked.

    Raises:
        HelplinesError: it cannot be read, or has mistakes.
    """
    path = path if os.path.lexists(path) else HELPLINES_FILE
    toml = TomlFile(text_of(path, HelplinesError), str(path), HelplinesError)
    toml.only(("helpline", "rooms", "states"))
    known = [*_REQUIRED, *(f"{DISTRICT}-{district}" for district in places.districts)]
    parts = toml.table("helpline")
    own = [name for name in parts.values if is_short_code(name) and name not in known]
    for name in parts.values:
        if name not in known and name not in own:
            parts.bad(
                f"unknown helpline {name!r}{hint(name, known)}; your own: its short code, such as [helpline.1077]"
            )
    toml.problems += [f"{path}: [helpline.{name}] is missing" for name in _REQUIRED if name not in parts.values]
    given = [HelplineId(name) for name in known if name in parts.values]
    found = {name: _helpline(name, toml.table(f"helpline.{name}"), prompts) for name in given}
    for name in own:
        found[HelplineId(name)] = _helpline(
            HelplineId(name), toml.table(f"helpline.{name}"), prompts, found.get(FALLBACK)
        )
    rooms = _rooms(toml.table("rooms"), {room.id for room in places.rooms})
    states = _rooms(toml.table("states"), {state.id for state in places.other_states})
    rooms |= {f"{CONTROL}{state}": telephone for state, telephone in states.items()}
    toml.check()
    every = found.pop(HelplineId(DISTRICT))
    for district in places.districts:
        name = HelplineId(f"{DISTRICT}-{district}")
        found[name] = _of_district(found.get(name, every), name, district)
    return Helplines(by_id=found, rooms=rooms)


def _of_district(helpline: Helpline, name: HelplineId, district: str) -> Helpline:
    greeting = tuple(prompt.replace("{district}", f"district-{district}") for prompt in helpline.greeting)
    return replace(helpline, id=name, greeting=greeting, district=district)


def _helpline(
    name: HelplineId,
    table: Table,
    prompts: Mapping[str, Collection[str]] | None,
    else_: Helpline | None = None,
) -> Helpline:
    """Read one; what it leaves out is as in another helpline, where there is one to go by."""
    table.only(("greeting", "start", "hours", *PURPOSES))
    for key in ("greeting", "start", "hours", "operator", "emergency"):
        if key not in table.values and else_ is None:
            table.bad(f"{key} is missing")
    greeting = tuple(str(each) for each in table.list_of("greeting"))
    for language, there in (prompts or {}).items():
        for prompt in greeting:
            if prompt not in there and prompt != "{district}":
                table.bad(f"greeting: there is no prompt {prompt!r} in language {language}", "greeting")
    chains = {purpose: members for purpose in PURPOSES if (members := _chain(table, purpose))}
    if else_ is not None:
        chains = {**else_.chains, **chains}
    return Helpline(
        id=name,
        greeting=else_.greeting if else_ and "greeting" not in table.values else greeting,
        start=str(table.values.get("start", else_.start if else_ else "")),
        hours=else_.hours if else_ and "hours" not in table.values else _hours(table),
        chains=chains,
    )


def _chain(table: Table, purpose: Purpose) -> tuple[Member, ...]:
    members: tuple[Member, ...] = table.some_of(purpose, _MEMBERS)
    if len(set(members)) < len(members):
        table.bad(f"{purpose}: somebody is there twice", purpose)
    if f"line-{table.name.rpartition('.')[2]}" in members:
        table.bad(f"{purpose}: a helpline that calls itself is a loop", purpose)
    return members


def _hours(table: Table) -> OpeningHours:
    try:
        return OpeningHours(str(table.values.get("hours", "")))
    except ValueError as error:
        table.bad(f"hours: {error}", "hours")
        return OpeningHours("")


def _rooms(table: Table, known: Collection[str]) -> dict[str, str]:
    table.only(known)
    for room, telephone in table.values.items():
        number = isinstance(telephone, str) and telephone.isdecimal() and len(telephone) in _DIGITS
        if not number and not (isinstance(telephone, str) and DIAL_STRING.fullmatch(telephone)):
            table.bad(f'{room}: write a number such as "07552540001", or a telephone such as "PJSIP/bhopal"', room)
    return {room: str(telephone) for room, telephone in table.values.items()}
