"""What the screens read of the past: put together of the store, the recordings and the names of places."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from board.history.access import Access
from board.history.calls import CallRoutes
from board.history.catalogue import CatalogueRoutes
from board.history.day import DayRoutes
from board.history.duplicates import DuplicateRoutes
from board.history.notices import NoticeRoutes
from board.history.sound import Sound
from board.history.tickets import TicketRoutes
from recordings.nlu.lexicon_loader import read_entries
from recordings.playback.player import Player
from recordings.playback.transcode import FORMS
from router.pictures import PictureFiles
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from board.accounts.component import AccountsComponent
    from board.app import HasRouter
    from board.live.picture import Picture
    from board.pages import Templates
    from router.geo import Places
    from router.storage.engine import Storage


class Recordings:
    """Plays recordings at the screens' own address, to people whom the screens have let in.

    Args:
        layout: Where recordings lie.
    """

    def __init__(self, layout: DataDirectory) -> None:
        self._player = Player(layout.kept, layout.played)

    async def sound(self, name: str, form: str) -> Sound | None:
        """Return a recording in a form, ``alaw`` or ``opus``; None when it cannot be played."""
        path = await self._player.file(name, form)
        return Sound(path, FORMS[form].media_type, FORMS[form].ending) if path else None


def make_history(
    data: Path,
    places: Places,
    store: Storage,
    accounts: AccountsComponent,
    picture: Picture,
    templates: Templates,
) -> list[HasRouter]:
    """Return the parts that serve history and lists."""
    layout = DataDirectory(data)
    access = Access(accounts.sessions, accounts.audit)
    return [
        CatalogueRoutes(access, places, partial(_spellings, places)),
        TicketRoutes(access, store, Recordings(layout), PictureFiles(layout.pictures)),
        DuplicateRoutes(access, picture),
        CallRoutes(access, store),
        NoticeRoutes(access, store, layout.notices),
        DayRoutes(accounts.sessions, accounts.audit, store, picture, places, templates),
    ]


def _spellings(places: Places) -> Mapping[str, set[str]]:
    """Return the names by which callers speak of each district, of its towns too, in both scripts."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in read_entries(files("recordings.nlu").joinpath("data"), places):
        if entry.kind == "district":
            found[entry.value].add(" ".join(word.text for word in entry.phrase))
    return found
