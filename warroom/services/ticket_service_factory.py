"""Creates the ticket service for each process and command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordings.playback.signed_urls import SignedUrls
from recordings.transcription.transcription_hook import ask_for_transcription
from router.intake.sms.sending.queue import TicketNumberBySms
from router.stranded.register import keep_register
from router.tickets.routing.reloading_rules import ReloadingRules
from router.tickets.service import TicketService
from warroom.config.paths import DataDirectory
from warroom.config.secrets import MEDIA, read_secret
from warroom.services.reply_channels import REPLY_CHANNELS

if TYPE_CHECKING:
    from pathlib import Path

    from router.geo import Places
    from router.storage.engine import Storage
    from warroom.config.settings import Settings


def make_rules(data: Path, places: Places) -> ReloadingRules:
    """Return the rules in force now. Blocks: not for the event loop.

    Args:
        data: The data directory, where the admin's own that were applied may lie.
        places: What rules may name.

    Raises:
        RulesError: The rules that come with the program do not fit the places.
    """
    rules = ReloadingRules(places, DataDirectory(data).routes_in_force)
    rules.look()
    return rules


def make_ticket_service(
    data: Path, settings: Settings, store: Storage, places: Places, rules: ReloadingRules
) -> TicketService:
    """Return a desk put together in the one way there is: a ticket is the same whichever process writes it.

    Args:
        data: The data directory.
        settings: This node's.
        store: Open.
        places: Districts, needs and rooms.
        rules: Those in force.
    """
    media_url = media_links(data, settings).url
    desk = TicketService(
        store, places, node=settings.router.node, rules=rules, media_url=media_url, replies=REPLY_CHANNELS
    )
    desk.on_change(ask_for_transcription(places))
    desk.on_change(keep_register)
    desk.on_change(TicketNumberBySms(places, DataDirectory(data).sms.is_file))
    return desk


def media_links(data: Path, settings: Settings) -> SignedUrls:
    """Return the signer of the addresses of recordings. Raises FileNotFoundError before the first start."""
    host = f"[{settings.api.host}]" if ":" in settings.api.host else settings.api.host
    base = settings.recordings.public_url or f"http://{host}:{settings.api.port}"
    return SignedUrls(read_secret(data, MEDIA), base=base, days=settings.recordings.link_ttl_days)
