"""The table of roles in docs/accounts.md is the one that the program asks."""

from __future__ import annotations

from pathlib import Path

from board.accounts.identity import Role
from board.accounts.permissions import TABLE, Scope, View

DOCS = Path(__file__).parents[4] / "docs" / "accounts.md"
ROLES = tuple(Role)


def table() -> str:
    """The table as Markdown."""
    lines = [f"| | {' | '.join(f'`{role}`' for role in ROLES)} |", "|---" * (len(ROLES) + 1) + "|"]
    for view in View:
        for scope in Scope:
            cells = [", ".join(sorted(_actions(role, view, scope))) for role in ROLES]
            if any(cells):
                name = f"{scope} {view}" if view in (View.ROOM, View.OPERATOR, View.WALL) else view
                lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _actions(role: Role, view: View, scope: Scope) -> set[str]:
    granted = {grant.scope: set(grant.actions) for grant in TABLE[role] if grant.view is view}
    return granted.get(scope, set())


def test_the_table_of_roles_in_the_docs_is_the_program_s() -> None:
    assert table() in DOCS.read_text(encoding="utf-8"), f"docs/accounts.md lacks:\n{table()}"
