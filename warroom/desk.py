"""The desk as each of our processes and commands has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.tickets.asking import ask_citizen
from router.tickets.desk import Desk
from router.tickets.rule_book import RuleBook
from warroom.layout import Layout

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


def make_desk(store: Store, places: Places, settings: Settings, rules: RuleBook) -> Desk:
    """Return a desk put together in the one way there is: a ticket is the same whichever process opens it.

    Args:
        store: Open.
        places: Districts, needs and rooms.
        settings: This node's.
        rules: Those in force.
    """
    desk = Desk(store, places, node=settings.router.node, rules=rules)
    desk.on_change(ask_citizen)
    return desk
