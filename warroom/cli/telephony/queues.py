"""`warroom queues`: callers waiting for an operator."""

from __future__ import annotations

import asyncio
import logging

import typer

from warroom.cli.common import Json, data_of, show
from warroom.config.apply.operators import applied_operators
from warroom.config.secrets import AMI, read_secret
from warroom.config.settings import load_settings
from warroom.monitoring.queue_status import read_queue_status

_COLUMNS = {
    "queue": "Queue",
    "waiting": "Waiting",
    "longest_wait_s": "Longest s",
    "free": "Free",
    "busy": "Busy",
    "wrap_up": "Wrap-up",
    "paused": "Paused",
    "away": "Away",
    "answered": "Answered",
    "abandoned": "Gave up",
    "mean_wait_s": "Mean wait s",
}


def queues(context: typer.Context, *, as_json: Json = False) -> None:
    """Show the queues now: callers waiting and for how long, operators available; counts since Asterisk started."""
    data = data_of(context)
    calls = load_settings(data).calls
    logging.getLogger("agi.ami").setLevel(logging.WARNING)  # that it is linked to Asterisk is no news here
    wrap_up_s = applied_operators(data).queue.wrap_up_s
    rows = asyncio.run(read_queue_status((calls.ami_host, calls.ami_port), read_secret(data, AMI), wrap_up_s))
    show(sorted(rows, key=lambda row: str(row["queue"])), _COLUMNS, as_json=as_json, empty="no queues")
