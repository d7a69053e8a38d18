"""`warroom apply`: puts the admin's files in force, without dropping a call."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from warroom.cli.common import DryRun, Json, console, data_of, errors, print_json
from warroom.config.apply.in_force import serve_runs
from warroom.config.apply.packet_filter import load_networks, write_networks
from warroom.config.apply.together import plan_apply, put_in_force
from warroom.config.apply.trunks import applied_trunks
from warroom.config.asterisk.console import AsteriskConsole
from warroom.config.paths import DataDirectory
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.config.apply.together import ApplyPlan

_APPLY = "warroom apply"


def apply(context: typer.Context, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Put settings, helplines, conversations, prompts, routes, operators and trunks in force: all, or nothing.

    Calls in progress go on. Ends when Asterisk and the service of the calls have taken it; says what needs a restart.
    """
    data = data_of(context)
    settings = load_settings(data)
    plan = plan_apply(data, settings)
    if not dry_run:
        report = put_in_force(data, settings, plan, AsteriskConsole(DataDirectory(data)))
        for problem in report.problems:
            _say(f"prompts: {problem}")
        if filled := load_networks(write_networks(data, applied_trunks(data))):
            errors.print(f"firewall: {filled}")
    if as_json:
        print_json({**_told(plan), "applied": not dry_run})
        return
    if dry_run:
        for line in plan.diff:
            _say(line)
    for line in _lines(plan):
        _say(line)
    if dry_run:
        _say("nothing would change" if plan.nothing else "nothing was changed: this was a dry run")
    elif serve_runs(data):
        _say("in force: Asterisk and the service have taken it")
    else:
        _say("in force: Asterisk has taken it; serve does not run, and takes it at its start")


def _told(plan: ApplyPlan) -> dict[str, Any]:
    return {
        "settings": [asdict(one) for one in plan.settings],
        "helplines": plan.helplines,
        "conversations": plan.conversations,
        "routes": plan.routes,
        "prompts": plan.prompts,
        "operators": asdict(plan.operators),
        "trunks": asdict(plan.trunks),
        "dead_ends": [asdict(one) for one in plan.dead_ends],
    }


def _lines(plan: ApplyPlan) -> Iterator[str]:
    yield from _changes(plan)
    for one in plan.settings:
        if restarts := [need for need in one.needs if need != _APPLY]:
            yield f"needs a restart: {one.setting}: {one.running} -> {one.file}: {' && '.join(restarts)}"
    if plan.trunks.restart:
        yield "needs a restart: [tls] of trunks.toml, or the first trunk by TCP: warroom restart asterisk"
    for dead_end in plan.dead_ends:
        yield f"but: {dead_end.what}: {dead_end.mend}"


def _changes(plan: ApplyPlan) -> Iterator[str]:
    for one in plan.settings:
        if _APPLY in one.needs:
            yield f"settings: {one.setting}: {one.running} -> {one.file}"
    yield from (f"{what}: changed" for what in ("helplines", "conversations", "routes") if getattr(plan, what))
    if plan.prompts:
        yield f"prompts: {plan.prompts} to be spoken anew"
    for what, change in (("operators", plan.operators), ("trunks", plan.trunks)):
        for how in ("added", "removed", "changed"):
            if names := getattr(change, how):
                yield f"{what}: {how}: {', '.join(names)}"
    if plan.operators.queues:
        yield "operators: the queues or their rules changed"
    if plan.trunks.destinations:
        yield "trunks: how helplines, rooms, emergency services or citizens are dialled changed"


def _say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
