"""What applying operators changes, and what Asterisk says otherwise than it should."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agi.queues.asterisk_config import FILES, TELEPHONES, expected_settings
from warroom.config.apply.operators import applied_operators
from warroom.config.apply.transaction import endpoint_mismatches, lingering_endpoint, read_generated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agi.queues.schema import Operators
    from warroom.config.apply.operators import OperatorSet
    from warroom.config.asterisk.console import AsteriskConsole


@dataclass(frozen=True, slots=True)
class OperatorChange:
    """The changes that were, or would be, made.

    Attributes:
        added, removed, changed: Ids of operators.
        queues: Whether it changes the queues or their rules.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    queues: bool

    @property
    def nothing(self) -> bool:
        """Whether all is in force already."""
        return not (self.added or self.removed or self.changed or self.queues)


def plan_operators(data: Path, chosen: OperatorSet) -> OperatorChange:
    """Say what putting these in force would change."""
    there = read_generated(data, FILES)
    before, after = _sections(there[TELEPHONES]), _sections(chosen.texts[TELEPHONES])
    known = {one.id: one for one in applied_operators(data).operator}
    return OperatorChange(
        added=tuple(one for one in after if one not in before),
        removed=tuple(one for one in before if one not in after),
        changed=tuple(
            one
            for one in after
            if one in before and (before[one] != after[one] or known.get(one) != chosen.operators.named(one))
        ),
        queues=any(there[name] != chosen.texts[name] for name in FILES if name != TELEPHONES),
    )


def lacking_operators(operators: Operators, others: Operators, console: AsteriskConsole) -> Iterator[str]:
    """What Asterisk says otherwise than it should."""
    for one in operators.operator:
        yield from endpoint_mismatches(one.id, one.endpoint, expected_settings(one), console)
    for other in others.operator:
        if operators.named(other.id) is None:
            yield from lingering_endpoint(other.id, other.endpoint, console)
    there = console.ask("queue show")
    for queue in operators.queues:
        if not re.search(rf"^{queue} has ", there, re.MULTILINE):
            yield f"queue {queue} is not there"


def _sections(text: str) -> dict[str, str]:
    """The part of the files that concerns each operator, by id."""
    parts = re.split(r"^(?=\[operator-)", text, flags=re.MULTILINE)
    return {header[1]: part.strip() for part in parts if (header := re.match(r"\[operator-([a-z0-9]+)\]", part))}
