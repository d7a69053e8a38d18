"""Reads ``operators.toml`` and reports all mistakes at once, each with its line and the expected value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.queues.schema import DIVISION, Operator, Operators, QueueRules
from router.config.toml_models import parse_table
from router.config.toml_table import TomlFile, text_if_there
from router.errors import ConfigError
from router.mqtt.commands.operator_commands import WARROOM_OPERATOR

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from router.config.toml_table import Table

_EXPECTED = {
    "id": "write 1 to 20 of a-z and 0-9; digits alone can be dialled on any telephone",
    "name": 'write 1 to 40 characters without " < > ; \\ $',
    "skills": "write general, health or division-<name>",
}


class OperatorsError(ConfigError):
    """The file of operators cannot be used."""


def read_operators(path: Path, divisions: Collection[str]) -> Operators:
    """Read a file of operators; a missing one means that there are none.

    Args:
        path: The file.
        divisions: Ids of those there are.

    Raises:
        OperatorsError: it cannot be read, or has mistakes.
    """
    text = text_if_there(path, OperatorsError)
    return Operators() if text is None else parse_operators(text, str(path), divisions)


def parse_operators(text: str, source: str, divisions: Collection[str]) -> Operators:
    """Check the text of a file of operators.

    Args:
        text: TOML.
        source: Its name, for the messages.
        divisions: Ids of those there are.

    Raises:
        OperatorsError: With every mistake.
    """
    toml = TomlFile(text, source, OperatorsError)
    toml.only(("operator", "queue"))
    tables = toml.tables("operator")
    found = [(table, one) for table in tables if (one := parse_table(table, Operator, _EXPECTED))]
    rules = parse_table(toml.table("queue"), QueueRules, {})
    _fit_together(found, divisions)
    toml.check()
    return Operators(operator=tuple(one for _, one in found), queue=rules or QueueRules())


def _fit_together(found: Sequence[tuple[Table, Operator]], divisions: Collection[str]) -> None:
    """Report conflicts between an operator and another, or the places of this state."""
    ids: dict[str, int] = {}
    for table, operator in found:
        if ids.setdefault(operator.id, table.line) != table.line:
            table.bad(f"the id {operator.id!r} is taken in line {ids[operator.id]}", "id")
        if operator.id == WARROOM_OPERATOR:
            table.bad(f"the id {operator.id!r} is the war room's own at the broker; choose another", "id")
        for skill in operator.skills:
            if skill.startswith(DIVISION) and skill.removeprefix(DIVISION) not in divisions:
                table.bad(f"skills: no division {skill.removeprefix(DIVISION)!r}: {', '.join(divisions)}", "skills")
