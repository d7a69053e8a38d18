"""`warroom serve`, `api`, `board` and `transcribe`: the service processes of the stack."""

from __future__ import annotations

import asyncio

import typer

from warroom.cli.common import data_of
from warroom.config.apply.in_force import own_record
from warroom.config.settings import load_settings
from warroom.services.stack.running_stack import StackLock


def serve(context: typer.Context) -> None:
    """Run the call service: FastAGI, AMI, tickets, MQTT publisher. `up` and the systemd unit start it."""
    from warroom.services.calls import run  # here, as in the others: each process loads only what it runs

    data = data_of(context)
    settings = load_settings(data)
    lock = StackLock(data, "serve")
    lock.take()
    asyncio.run(run(data, settings))


def api(context: typer.Context) -> None:
    """Run the HTTP interface: WhatsApp, SMS, Open311, CAP. `up` and the systemd unit start it."""
    from warroom.services.http import run

    data = data_of(context)
    settings = load_settings(data)
    own_record(data, "api", settings)
    asyncio.run(run(data, settings))


def board(context: typer.Context) -> None:
    """Run the screens of rooms, operators and the war room. `up` and the systemd unit start it."""
    from warroom.services.board import run

    data = data_of(context)
    settings = load_settings(data)
    own_record(data, "board", settings)
    asyncio.run(run(data, settings))


def transcribe(context: typer.Context) -> None:
    """Transcribe messages and delete expired recordings. `up` and the systemd unit start it."""
    from warroom.services.transcription import run

    data = data_of(context)
    settings = load_settings(data)
    lock = StackLock(data, "transcribe")
    lock.take()
    own_record(data, "transcribe", settings)
    asyncio.run(run(data, settings))
