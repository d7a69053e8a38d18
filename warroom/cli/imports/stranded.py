"""`warroom import stranded FILE`: the answers of another state's officers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.geo import load_places
from router.sheets import read_sheets
from router.stranded.answers import NoAnswersError, read_answers
from router.stranded.service import StrandedService, take_all
from warroom.cli.common import FAILED, CommandError, Json, console, data_of, open_storage, print_json
from warroom.config.settings import load_settings
from warroom.services.ticket_service_factory import make_rules, make_ticket_service

if TYPE_CHECKING:
    from router.stranded.answers import Answer, BadAnswer

_MAX_LISTED = 1_000  # bad cells named one by one


def import_stranded(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A list of `warroom stranded export`, filled in: CSV or XLSX.")],
    *,
    as_json: Json = False,
) -> None:
    """Take the answers of officers; the same file twice changes nothing.

    Cells that cannot be read are listed; their rows are not taken, and the exit code is 1. Mend them and import the
    file again: the other rows are known.
    """
    try:
        answers = read_answers(read_sheets(file))
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
    except NoAnswersError as error:
        raise CommandError(f"{file}: {error}") from None
    counts, bad = asyncio.run(_take(data_of(context), answers))
    if as_json:
        print_json({**counts, "bad": len(bad), "cells": [one._asdict() for one in bad[:_MAX_LISTED]]})
    else:
        for one in bad[:_MAX_LISTED]:
            console.print(f"{file.name} {one.cell}: {one.reason}", soft_wrap=True)
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        console.print(f"{told}, {len(bad)} cells not taken")
    if bad:
        raise typer.Exit(FAILED)


async def _take(data: Path, answers: list[Answer | BadAnswer]) -> tuple[dict[str, int], list[BadAnswer]]:
    places = load_places()
    async with open_storage(data) as store:
        desk = make_ticket_service(data, load_settings(data), store, places, make_rules(data, places))
        try:
            return await take_all(StrandedService(store, desk), answers)
        finally:
            await desk.close()
