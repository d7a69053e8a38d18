"""Puts SMS together for each process and command."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agi.callbacks.quiet_hours import next_allowed
from router.intake.sms.component import SmsComponent
from router.intake.sms.in_force import SmsInForce
from router.intake.sms.words import sms_variables
from warroom.config.paths import DataDirectory
from warroom.config.secrets import read_secret, sms_secret

if TYPE_CHECKING:
    from pathlib import Path

    from router.geo import Places
    from router.intake.service import IntakeService
    from router.storage.engine import Storage
    from router.tickets.service import TicketService
    from warroom.config.settings import Settings


def make_sms_in_force(data: Path, places: Places) -> SmsInForce:
    """Return what will be in force once it has looked."""
    return SmsInForce(DataDirectory(data).sms, sms_variables(places), partial(_secret, data))


def make_sms(
    data: Path, settings: Settings, store: Storage, tickets: TicketService, intake: IntakeService, places: Places
) -> SmsComponent:
    """Return the component. What we begin to say by ourselves keeps to the hours of confirmation calls."""
    hours = settings.calls.callbacks
    allowed = partial(next_allowed, from_hour=hours.from_hour, until_hour=hours.until_hour)
    return SmsComponent(store, tickets, intake, places, make_sms_in_force(data, places), allowed)


def _secret(data: Path, name: str) -> str | None:
    try:
        return read_secret(data, sms_secret(name)) or None
    except (OSError, UnicodeDecodeError):
        return None
