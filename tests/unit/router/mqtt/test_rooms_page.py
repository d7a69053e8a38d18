"""docs/rooms.md says what the program does: its tables are those of the code, its JSON fits the schemas."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from router.model.stages import CLOSED, NAMES_HI, STEPS, Stage
from router.mqtt.schemas import schemas
from router.tickets.command import Command
from router.tickets.errors import REASONS
from router.tickets.workflow import ACTIONS, Role, Transition
from warroom.config.paths import PROJECT

PAGE = (PROJECT / "docs" / "rooms.md").read_text(encoding="utf-8")


def steps_table() -> str:
    lines = ["| stage | in Hindi | | may become |", "|---|---|---|---|"]
    for stage in Stage:
        after = ", ".join(f"`{other}`" for other in Stage if other in STEPS[stage])
        lines.append(f"| `{stage}` | {NAMES_HI[stage]} | {'closed' if stage in CLOSED else 'open'} | {after} |")
    return "\n".join(lines)


def actions_table() -> str:
    lines = ["| action | leads to | a room | the war room | the citizen, by telephone |", "|---|---|---|---|---|"]
    for action, rule in ACTIONS.items():
        to = f"`{rule.to}`" if rule.to else "the stage before" if action == "unmerge" else "—"
        who = " | ".join(reach(rule, role) for role in (Role.ROOM, Role.WARROOM, Role.CITIZEN))
        lines.append(f"| `{action}` | {to} | {who} |")
    return "\n".join(lines)


def reach(rule: Transition, role: Role) -> str:
    if role is Role.CITIZEN:
        return "yes" if role in rule.anywhere else ""
    return "any ticket" if role in rule.anywhere else "its own" if role in rule.own else ""


def reasons_table() -> str:
    rows = [f"| `{code}` | {words.en} |" for code, words in REASONS.items()]
    return "\n".join(["| code | reason |", "|---|---|", *rows])


@pytest.mark.parametrize("table", [steps_table, actions_table, reasons_table])
def test_page_has_the_tables_of_the_program(table: object) -> None:
    text = table()  # type: ignore[operator]
    assert text in PAGE, f"put this into docs/rooms.md:\n{text}"


def test_page_shows_commands_that_are_commands() -> None:
    shown = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    check = Draft202012Validator(schemas()["command"])
    for text in shown:
        for line in text.splitlines():
            Command.model_validate_json(line)
            check.validate(json.loads(line))


def test_schemas_are_schemas_and_named_in_the_page() -> None:
    for name, schema in schemas().items():
        Draft202012Validator.check_schema(schema)
        assert f"`{name}`" in PAGE
    wrong = {"command_id": "x", "ticket": "100000011", "action": "delete"}
    assert not Draft202012Validator(schemas()["command"], format_checker=FormatChecker()).is_valid(wrong)
