"""`warroom recover`: rebuilds a lost or outdated store from the broker and the spool."""

from __future__ import annotations

from dataclasses import asdict

import typer

from warroom.cli.common import DryRun, Json, ProgressBar, console, data_of, print_json
from warroom.config.settings import load_settings
from warroom.services.maintenance.store_recovery import Recovered
from warroom.services.maintenance.store_recovery import recover as take_over


def recover(context: typer.Context, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Rebuild a lost store from the tickets at the broker and the recordings in the spool. Stop the stack first."""
    data = data_of(context)
    settings = load_settings(data)
    if as_json:
        print_json(asdict(take_over(data, settings, dry_run=dry_run, progress=lambda *_: None)))
        return
    with ProgressBar() as progress:
        result = take_over(data, settings, dry_run=dry_run, progress=progress)
    console.print("\n".join(_said(result, dry_run=dry_run)), markup=False, highlight=False)


def _said(result: Recovered, *, dry_run: bool) -> list[str]:
    if not result.needed:
        return ["nothing to take over: the store is the one that is remembered. Start: warroom up"]
    verb = "would take over" if dry_run else "took over"
    of_war_room = f"{result.alerts} alerts, {result.notices} notices"
    lines = [
        f"{verb} {result.tickets} tickets, {result.tasks} parts of tasks, {of_war_room} from the broker",
        f"ticket numbers go on behind serial {result.next_number}: none is given out twice",
    ]
    if result.pictures:
        lines.append(f"{result.pictures} photographs lie at their tickets again, without the words that came with them")
    if result.only_here:
        lines.append(
            f"{len(result.only_here)} open tickets are in the store alone, such as {result.only_here[0]}: closed since "
            "it was copied, or lost by the broker. They stay open; their rooms get them again"
        )
    if result.messages:
        lines.append(f"{result.messages} recordings have no ticket: each gets one of its own once the stack runs")
    lines += [f"not taken over, cannot be read: {topic}" for topic in result.unreadable]
    lines.append("nothing was changed: run it without --dry-run" if dry_run else "start: warroom up")
    return lines
