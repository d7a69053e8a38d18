"""A line of a ticket's history: the action, then parts behind semicolons, one of them the changed fields.

Programs read it as well as people, so the parts they look for are written and found here alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

SEPARATOR: Final = "; "
TAKEN_OVER: Final = "taken over from the broker"
"""The line for a version that the store had lost and the broker still had."""
CHANGED: Final = "changed "
"""How the part begins that names the fields which the action has set."""
TOLD: Final = "for the citizen: "
"""How the part begins that the citizen hears when asking by telephone."""
REROUTE: Final = "reroute"
"""The action of a person who routes a ticket."""


def changed(fields: Iterable[str]) -> str:
    """Return the part that names fields: ``changed people, quantity``."""
    return f"{CHANGED}{', '.join(sorted(fields))}"


def action_of(what: str) -> str:
    """Return the action that a line is about."""
    return what.partition(SEPARATOR)[0]


def changed_fields(what: str) -> frozenset[str]:
    """Return the fields that a line names as changed; the first such part counts: a person's note may stand behind."""
    part = next((part for part in what.split(SEPARATOR)[1:] if part.startswith(CHANGED)), "")
    return frozenset(name.strip() for name in part.removeprefix(CHANGED).split(",")) - {""}
