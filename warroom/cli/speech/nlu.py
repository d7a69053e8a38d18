"""`warroom nlu` and `warroom recordings corrections`."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recordings.nlu import Lexicon
from recordings.nlu import understand as understand_text
from recordings.nlu.corrections import training_pair
from router.geo import load_places
from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from router.storage.repositories.tickets.correction_repository import Corrected
from router.storage.unit_of_work import UnitOfWork
from warroom.cli.common import Json, data_of, print_json, show
from warroom.services.store.presence import store_there

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engines import Location

_BATCH_SIZE = 200  # tickets in one read: the store is never held for long

_COLUMNS = {"words": "Words", "field": "Says", "value": "Value", "score": "Score"}


def understand(
    text: Annotated[str, typer.Argument(help="What a citizen said, in Hindi, romanised Hindi or English.")],
    language: Annotated[str | None, typer.Option(help="hi or en, if the text alone does not show it.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Show the findings of the language understanding in a text: fields, the words they come from, confidence."""
    found = understand_text(text, Lexicon.load(load_places()), language_hint=language)
    rows = [dataclasses.asdict(finding) for finding in found.findings]
    if not as_json:
        shown = [row | {"score": f"{row['score']:.2f}"} for row in rows]
        show(shown, _COLUMNS, as_json=False, empty="nothing is understood")
        return
    print_json(
        {
            "need": found.need,
            "needs": found.needs,
            "district": found.district,
            "state": found.state,
            "quantity": found.quantity,
            "people": found.people,
            "urgent": found.urgent,
            "findings": rows,
        }
    )


def corrections(context: typer.Context) -> None:
    """Print transcript, understood fields and a person's corrections: one JSON object per line.

    The words are the citizens' own: personal data.
    """
    asyncio.run(_print_corrections(store_there(data_of(context))))


async def _print_corrections(location: Location) -> None:
    async for pair in training_pairs(location, Lexicon.load(load_places())):
        typer.echo(json.dumps(pair, ensure_ascii=False))


def _corrected_after(number: str, uow: UnitOfWork) -> list[Corrected]:
    return uow.corrections.corrected_after(number, _BATCH_SIZE)


async def training_pairs(location: Location, lexicon: Lexicon) -> AsyncIterator[dict[str, Any]]:
    """Yield the training pairs of a store, by ticket number."""
    store = Storage(location, RetainedMessages())
    await store.open()
    try:
        last = ""
        while found := await store.read(partial(_corrected_after, last)):
            last = found[-1].ticket.number
            for ticket, history in found:
                if pair := training_pair(ticket, history, lexicon):
                    yield pair
    finally:
        await store.close()
