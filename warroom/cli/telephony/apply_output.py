"""What `warroom trunks apply` and `warroom operators apply` print of a change."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from warroom.cli.common import console, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.config.apply.operator_apply import OperatorChange
    from warroom.config.apply.trunk_apply import TrunkChange


def print_change(
    change: TrunkChange | OperatorChange,
    differences: Iterable[str],
    *,
    also: Iterable[str],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Say what has changed, or what would.

    Args:
        change: What.
        differences: Lines of a diff, shown of a dry run.
        also: Lines on what is no trunk and no operator.
        dry_run: Whether nothing was changed.
        as_json: For a script.
    """
    if as_json:
        print_json({**asdict(change), "applied": not dry_run})
        return
    if dry_run:
        console.print("\n".join(differences), markup=False, highlight=False, soft_wrap=True)
    for what, names in (("added", change.added), ("removed", change.removed), ("changed", change.changed)):
        if names:
            console.print(f"{what}: {', '.join(names)}", markup=False, highlight=False)
    for line in also:
        console.print(line, markup=False, highlight=False)
    if dry_run:
        console.print("nothing would change" if change.nothing else "nothing was changed: this was a dry run")
    else:
        console.print("in force: Asterisk has read it and says so")
