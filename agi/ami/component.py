"""The component that has the link to Asterisk's manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.ami.connection import AmiConnection
from agi.ami.dtmf import CallDtmf
from agi.ami.originator import Originator
from agi.ami.rtp_watchdog import RtpWatchdog
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agi.settings import CallSettings
    from router.component import Work

ACCOUNT = "warroom"
"""Ours in manager.conf."""


class AmiComponent(Component):
    """The link, and what lives on its events alone.

    Args:
        settings: Where the manager is.
        secret: Of the account.
        dids: Helpline by dialled number.

    Attributes:
        connection: The link.
        keys: The keys of all calls.
        originator: Places calls.
    """

    name = "AMI"

    def __init__(self, settings: CallSettings, secret: str, dids: Mapping[str, str]) -> None:
        self.connection = AmiConnection(settings.ami_host, settings.ami_port, ACCOUNT, secret, dids=dids)
        self.keys = CallDtmf(self.connection)
        self.originator = Originator(self.connection)
        self._rtp_watchdog = RtpWatchdog(self.connection)

    def background(self) -> Iterable[Work]:
        """Keep the link up; end calls without sound."""
        return self.connection.run(), self._rtp_watchdog.run()
