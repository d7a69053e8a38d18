"""The channels that the api process serves. Another one is its package in `router/intake` and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from recordings.nlu import Lexicon
from recordings.nlu.ticket_adapter import read_text
from router.intake.api_keys import ApiKeyStore
from router.intake.open311 import GeoReport
from router.intake.service import IntakeService

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.geo import Places
    from router.intake.base import IntakeChannel, TextUnderstanding
    from router.pictures import PictureStore
    from router.settings import RouterSettings
    from router.storage.engine import Storage
    from router.tickets.service import TicketService


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """The services of the process that a channel may use."""

    store: Storage
    intake: IntakeService
    places: Places
    settings: RouterSettings
    pictures: PictureStore


def _open311(context: ChannelContext) -> IntakeChannel:
    return GeoReport(
        store=context.store,
        intake=context.intake,
        keys=ApiKeyStore(context.store),
        places=context.places,
        settings=context.settings.open311,
        pictures=context.pictures,
    )


CHANNELS: Final[tuple[Callable[[ChannelContext], IntakeChannel], ...]] = (_open311,)


def make_understanding(places: Places) -> TextUnderstanding:
    """Return what reads texts. Blocks for half a second: not for the event loop."""
    return partial(read_text, Lexicon.load(places))


def make_text_intake(tickets: TicketService, places: Places) -> IntakeService:
    """Return an intake that understands texts. Blocks as `make_understanding` does."""
    return IntakeService(tickets, places, understand=make_understanding(places))
