"""The desk as each of our processes and commands has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.tickets.desk import Desk

if TYPE_CHECKING:
    from router.places import Places
    from router.store.store import Store
    from warroom.settings import Settings


def make_desk(store: Store, places: Places, settings: Settings) -> Desk:
    """Return a desk put together in the one way there is: a ticket is the same whichever process opens it.

    Args:
        store: Open.
        places: Districts, needs and rooms.
        settings: This node's.
    """
    return Desk(store, places, node=settings.router.node)
