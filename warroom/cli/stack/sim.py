"""`warroom sim`: keeps a running stack busy with real calls of simulated people."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from warroom.cli.common import CommandError, console, data_of
from warroom.config.settings import load_settings
from warroom.services.sim.simulation import simulate
from warroom.services.sim.stage import set_stage
from warroom.services.supervision.find import is_running


def sim(
    context: typer.Context,
    calls_per_minute: Annotated[float, typer.Option(min=0.1, max=600, help="Citizens who call, on average.")] = 20,
    operators: Annotated[int, typer.Option(min=0, max=200, help="Operators of operators.toml to simulate.")] = 20,
    minutes: Annotated[float, typer.Option(min=0, help="End after so long; 0: at Ctrl-C.")] = 0,
    seed: Annotated[int, typer.Option(help="Of chance: the same one gives the same people.")] = 1,
    *,
    force: Annotated[bool, typer.Option("--force", help="Also where trunks lead to the telephone network.")] = False,
) -> None:
    """Let simulated citizens call, operators answer and file, and rooms act on the tickets, so that screens live.

    Every ticket of it bears the name 'अभ्यास SIMULATION'. Operators with a telephone in the browser are left to people.
    """
    data = data_of(context)
    settings = load_settings(data)
    if not is_running(data):
        raise CommandError("the stack does not run: warroom up")
    stage = set_stage(data, settings, seed=seed, forced=force)

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    try:
        asyncio.run(simulate(stage, calls_per_minute=calls_per_minute, operators=operators, minutes=minutes, tell=tell))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
