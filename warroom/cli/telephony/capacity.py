"""`warroom capacity`: operators, trunk channels, bridged legs and the machine for an hour of calls."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from agi.capacity.machine import attended_cost, machine_for
from agi.capacity.staffing import MAX_CALLS, MAX_RECALL, Demand, ServiceTarget
from agi.capacity.staffing import plan_capacity as made
from warroom.cli.common import CommandError, Json, data_of, print_json, show

_TARGET = re.compile(r"([0-9]{1,2}(?:\.[0-9]+)?)/([0-9]{1,4}(?:\.[0-9]+)?)", re.ASCII)
_MAX_DURATION_S = 36_000.0  # ten hours: a longer call, or a longer patience, is a slip of the hand


def plan(
    context: typer.Context,
    calls_per_hour: Annotated[
        float, typer.Option(min=0.1, max=MAX_CALLS, help="Calls in the busiest hour that ask for an operator.")
    ],
    handle_time: Annotated[
        float,
        typer.Option(min=1, max=_MAX_DURATION_S, help="Mean seconds an operator spends on a call, wrap-up included."),
    ],
    target: Annotated[
        str, typer.Option(help="Service level: 80/20 means 80 of 100 callers are answered within 20 s.")
    ] = "80/20",
    patience: Annotated[
        float | None,
        typer.Option(min=1, max=_MAX_DURATION_S, help="Mean seconds before a waiting caller hangs up; default: never."),
    ] = None,
    recall: Annotated[
        float, typer.Option(min=0, max=MAX_RECALL, help="Share of callers without an answer who call again, 0 to 0.95.")
    ] = 0.0,
    menu_time: Annotated[
        float, typer.Option(min=0, max=_MAX_DURATION_S, help="Mean seconds in the menu before asking for an operator.")
    ] = 60.0,
    bridged: Annotated[
        float, typer.Option(min=0, max=1, help="Share of calls transferred over a trunk, to 104 or a district.")
    ] = 0.1,
    blocking: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Accepted share of calls that find all lines busy.")
    ] = 0.01,
    *,
    as_json: Json = False,
) -> None:
    """Compute the operators, trunk channels and outbound legs needed: Erlang C (Erlang A with --patience) and B.

    Cores follow from what `make bench-operators` has measured here; without it, from the figures in the documentation.
    """
    demand = Demand(calls_per_hour, handle_time, menu_time, bridged, patience, recall)
    needed = made(demand, _target(target, blocking))
    cost = attended_cost(data_of(context) / "bench" / "operators.json")
    machine = machine_for(needed, cost)
    if as_json:
        measured = {"machine": asdict(machine), "attended_cost": asdict(cost)}
        print_json({"demand": asdict(demand), **asdict(needed), "waiting": needed.waiting._asdict(), **measured})
        return
    where = "here" if cost.here else "on two cores"
    lines = {
        "operators at work at once": f"{needed.operators}  (busy {needed.occupancy:.0%} of the time)",
        "trunk channels": needed.trunk_channels,
        "bridged legs": needed.bridged_legs,
        "channels of Asterisk": f"{needed.channels}  (each caller, operator and bridged leg is one)",
        "cores": f"{machine.cores}  (busy: {machine.busy_cores:.1f}; {cost.cpu_s:.2f} s of CPU an attended minute, "
        f"measured {where} with {cost.concurrent} at once)",
        "network, each way": f"{machine.network_mbit_s:.0f} Mbit/s",
        "traffic of the operators": f"{needed.load:.1f} erlang",
        "served within the time": f"{needed.waiting.served_in_time:.1%}",
        "have to wait": f"{needed.waiting.waits:.1%}, all callers {needed.waiting.mean_wait_s:.1f} s in the mean",
        "give up": f"{needed.waiting.abandoned:.1%}",
        "calls repeated": f"{needed.repeated_per_hour:.0f} an hour",
    }
    rows = [{"what": what, "number": number} for what, number in lines.items()]
    show(rows, {"what": "", "number": "Needed"}, as_json=False, empty="")


def _target(text: str, blocking: float) -> ServiceTarget:
    found = _TARGET.fullmatch(text)
    if found is None or not 0 < float(found[1]) < 100:  # noqa: PLR2004 - per cent
        raise CommandError(f"--target {text!r}: write 80/20 for 80 of 100 callers served within 20 seconds")
    return ServiceTarget(share=float(found[1]) / 100, within_s=float(found[2]), blocked=blocking)
