"""`warroom routes explain | list | check`."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from router.digits import pin_code
from router.geo import Places, load_places
from router.helpline import STATE_HELPLINES, HelplineId, is_short_code
from router.tickets.routing.conditions import Facts, local_minute
from router.tickets.routing.rule_file import RulesError, read_rules, shipped_rules
from router.tickets.routing.rules import Rule, Rules
from warroom.cli.common import CommandError, Json, console, data_of, print_json, show
from warroom.cli.names import known_name
from warroom.config.paths import DataDirectory

app = typer.Typer(no_args_is_help=True)

_AT = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@app.command()
def explain(
    context: typer.Context,
    need: Annotated[str, typer.Option(help="The need's id.")],
    district: Annotated[str | None, typer.Option(help="The district's id; default: that of the PIN code.")] = None,
    state: Annotated[str | None, typer.Option(help="Id of the other state in which a citizen is stranded.")] = None,
    pin: Annotated[str, typer.Option(help="The PIN code; its district is looked up, as in a call.")] = "",
    helpline: Annotated[
        str | None,
        typer.Option(help=f"{', '.join(STATE_HELPLINES)}, or a district's; default: none, the ticket came by no call."),
    ] = None,
    priority: Annotated[int | None, typer.Option(min=1, max=4, help="Default: the priority of the need.")] = None,
    at: Annotated[str, typer.Option(help="Local time, such as 23:30; default: now.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Show which rule a ticket matches, and why no earlier rule matched."""
    places = load_places()
    rules = _in_force(context, places)
    if pin and district is None and state is None:
        district, state = _of_pin(places, pin)
    facts = _facts(places, need, district, state, pin, helpline, priority, at)
    route, limits = rules.route(facts, places), rules.limits(facts)
    tried = [
        {"rule": one.rule.name, "line": one.rule.line, "why_not": "; ".join(one.misfits)} for one in rules.tried(facts)
    ]
    if as_json:
        found = {"room": route.room, "desk": route.desk, "stage": route.stage, "copies": route.copies}
        minutes = limits.model_dump()
        print_json({"rule": route.rule.name, **found, "limits": minutes, "tried": tried, "source": rules.source})
        return
    if pin:
        console.print(f"PIN code {pin}: district {district or '-'}, state {state or 'home'}", soft_wrap=True)
    for one in tried[:-1]:
        console.print(
            f"  line {one['line']:>3}  {one['rule']}: {one['why_not']}", markup=False, highlight=False, soft_wrap=True
        )
    why = "; ".join(f"{name} {condition}" for name, condition in route.rule.conditions.items()) or "it fits always"
    copies = f", copies to {', '.join(route.copies)}" if route.copies else ""
    for line in (
        f"→ line {route.rule.line:>3}  {route.rule.name}: {why}",
        f"room {route.room}, desk {route.desk}{copies}",
        f"minutes: acknowledge {limits.acknowledge}, resolve {limits.resolve}, escalate {limits.escalate}",
        f"rules: {rules.source}",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the rules in force, in the order in which they are tried."""
    rows = [_row(rule) for rule in _in_force(context, load_places()).rules]
    columns = {"line": "Line", "name": "Rule", "when": "Condition", "room": "Room", "desk": "Desk", "copies": "Copies"}
    if not as_json:
        rows = [{**row, "copies": ", ".join(row["copies"])} for row in rows]
    show(rows, columns, as_json=as_json, empty="no rules")


@app.command()
def check(file: Path) -> None:
    """Check a rules file before it becomes routes.toml in the data directory."""
    rules = read_rules(file, load_places())
    console.print(f"{file}: {len(rules.rules)} rules, no mistakes", markup=False, highlight=False, soft_wrap=True)


def _in_force(context: typer.Context, places: Places) -> Rules:
    """The admin's own rules or those of the program; a service that has found mistakes keeps older ones."""
    own = DataDirectory(data_of(context)).routes
    try:
        return read_rules(own, places) if os.path.lexists(own) else shipped_rules(places)
    except RulesError as error:
        raise CommandError(f"{error}\nthe service goes on with the rules it had before") from None


def _of_pin(places: Places, pin: str) -> tuple[str | None, str | None]:
    """Return the district, or the other state, that a call with this PIN code is taken to be about."""
    code = pin_code(pin)
    if code is None:
        raise CommandError(f"--pin: {pin!r} is not a PIN code of six digits")
    if other := places.state_of_pin(code):
        return None, other.id
    districts = places.by_pin(code)
    if not districts:
        raise CommandError(f"--pin: {pin} is in no district that is known; name one: --district")
    if districts[1:]:
        names = ", ".join(one.id for one in districts)
        raise CommandError(f"--pin: {pin} is shared by {names}: the caller is asked which; name one: --district")
    return districts[0].id, None


def _row(rule: Rule) -> dict[str, Any]:
    when = "; ".join(f"{name} {condition}" for name, condition in rule.conditions.items()) or "always"
    return {
        "line": rule.line,
        "name": rule.name,
        "when": when,
        "room": rule.room,
        "desk": rule.desk,
        "copies": list(rule.copies),
    }


def _facts(
    places: Places,
    need: str,
    district: str | None,
    state: str | None,
    pin: str,
    helpline: str | None,
    priority: int | None,
    at: str,
) -> Facts:
    own = [helpline] if helpline and is_short_code(helpline) else []
    for what, value, known in (
        ("need", need, places.needs),
        ("district", district, places.districts),
        ("state", state, places.states),
        ("helpline", helpline, [*STATE_HELPLINES, *own, *(one.room for one in places.districts.values())]),
    ):
        if value is not None:
            known_name(f"--{what}", value, known)
    clock = _AT.fullmatch(at)
    if at and clock is None:
        raise CommandError(f"--at: {at!r} is not a local time such as 23:30")
    minute = int(clock[1]) * 60 + int(clock[2]) if clock else local_minute(datetime.now(UTC))
    called = HelplineId(helpline) if helpline else None
    return Facts(need, priority or places.needs[need].priority, called, district, state, pin, minute)
