"""Ends the legs of a page that has been loaded anew: its calls went with it, though Asterisk does not know yet.

A telephone in the browser signs in with an address whose user part is new with each page (JsSIP makes one up, RFC 7118
leaves it to the client), and the same as before when only the line was broken: then its call goes on.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NoReturn

from agi.ami.channels import endpoint_name
from agi.ami.errors import AmiError
from agi.dialplan import OPERATOR_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ami.connection import AmiConnection
    from agi.queues.telephones import OperatorTelephones

NORMAL: Final = "16"
"""Cause of the hang-up: normal clearing (ITU-T Q.850)."""

_log = logging.getLogger(__name__)


class LostPages:
    """Knows by which page each operator's leg was rung.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        telephones: Where operators are signed in; hardware telephones keep their address, so that nothing is ended.
    """

    def __init__(self, link: AmiConnection, telephones: OperatorTelephones) -> None:
        self._link = link
        self._telephones = telephones
        self._pages: dict[str, tuple[str, str]] = {}  # by channel's unique id: operator and page
        self._lost: asyncio.Queue[str] = asyncio.Queue()
        link.on_event("Newchannel", self._came)
        link.on_event("Hangup", self._went)
        telephones.on_change(self._changed)

    async def run(self) -> NoReturn:
        """End lost legs until cancelled."""
        while True:
            channel = self._link.channels.channel(await self._lost.get())
            if channel is None:
                continue
            _log.info("%s: its page has been loaded anew: the leg ends", channel.name)
            try:
                await self._link.action({"Action": "Hangup", "Channel": channel.name, "Cause": NORMAL})
            except AmiError as error:  # silence will end it (BROWSER_SILENT_S)
                _log.info("%s: not ended: %s", channel.name, error)

    def _came(self, event: Mapping[str, object]) -> None:
        name = endpoint_name(str(event.get("Channel")))
        if name.startswith(OPERATOR_PREFIX):
            operator = name.removeprefix(OPERATOR_PREFIX)
            self._pages[str(event.get("Uniqueid"))] = operator, self._page(operator)

    def _went(self, event: Mapping[str, object]) -> None:
        self._pages.pop(str(event.get("Uniqueid")), None)

    def _changed(self, operator: str) -> None:
        page = self._page(operator)
        for uniqueid, (whose, its_page) in list(self._pages.items()):
            if whose == operator and page and its_page not in ("", page):
                del self._pages[uniqueid]
                self._lost.put_nowait(uniqueid)

    def _page(self, operator: str) -> str:
        """The user part of the newest address; "" while there is none."""
        contacts = self._telephones.contacts(operator)
        return contacts[-1].uri.partition(":")[2].partition("@")[0] if contacts else ""
