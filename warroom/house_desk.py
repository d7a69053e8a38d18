"""The desk as every process of the house needs it: its versions say where sound is heard, new sound is transcribed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordings.asking import ask_for_transcription
from recordings.links import Links
from router.tickets.desk import Desk
from warroom.secret_files import MEDIA, read_secret

if TYPE_CHECKING:
    from pathlib import Path

    from router.places import Places
    from router.store.store import Store
    from warroom.settings import Settings


def house_desk(data: Path, settings: Settings, store: Store, places: Places) -> Desk:
    """Return a desk whose tickets are the same whichever process writes them."""
    desk = Desk(store, places, node=settings.router.node, media_url=media_links(data, settings).url)
    desk.on_change(ask_for_transcription(places))
    return desk


def media_links(data: Path, settings: Settings) -> Links:
    """Return what makes and reads the addresses of recordings. Raises FileNotFoundError before the first start."""
    host = f"[{settings.api.host}]" if ":" in settings.api.host else settings.api.host
    base = settings.recordings.public_url or f"http://{host}:{settings.api.port}"
    return Links(read_secret(data, MEDIA), base=base, days=settings.recordings.link_days)
