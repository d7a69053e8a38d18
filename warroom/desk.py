"""The desk as each of our processes and commands has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordings.asking import ask_for_transcription
from recordings.links import Links
from router.tickets.asking import ask_citizen
from router.tickets.desk import Desk
from router.tickets.rule_book import RuleBook
from warroom.layout import Layout
from warroom.secret_files import MEDIA, read_secret

if TYPE_CHECKING:
    from pathlib import Path

    from router.places import Places
    from router.store.store import Store
    from warroom.settings import Settings


def make_rules(data: Path, places: Places) -> RuleBook:
    """Return the rules in force now. Blocks: not for the event loop.

    Args:
        data: The data directory, where the admin's own may lie.
        places: What rules may name.

    Raises:
        RulesError: The rules that come with the program do not fit the places.
    """
    rules = RuleBook(places, Layout(data).routes)
    rules.look()
    return rules


def make_desk(data: Path, settings: Settings, store: Store, places: Places, rules: RuleBook) -> Desk:
    """Return a desk put together in the one way there is: a ticket is the same whichever process writes it.

    Args:
        data: The data directory.
        settings: This node's.
        store: Open.
        places: Districts, needs and rooms.
        rules: Those in force.
    """
    media_url = media_links(data, settings).url
    desk = Desk(store, places, node=settings.router.node, rules=rules, media_url=media_url)
    desk.on_change(ask_citizen)
    desk.on_change(ask_for_transcription(places))
    return desk


def media_links(data: Path, settings: Settings) -> Links:
    """Return what makes and reads the addresses of recordings. Raises FileNotFoundError before the first start."""
    host = f"[{settings.api.host}]" if ":" in settings.api.host else settings.api.host
    base = settings.recordings.public_url or f"http://{host}:{settings.api.port}"
    return Links(read_secret(data, MEDIA), base=base, days=settings.recordings.link_days)
