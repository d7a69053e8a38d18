"""The synthetic call: now and then a real SIP call, by loopback, through admission, FastAGI and the greeting.

It carries the mark of a test, so that it is in the log of calls as one and in no figures; it presses no key, so that
there is no ticket.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final, NoReturn

from router.component import Component
from warroom.config.secrets import test_header
from warroom.monitoring.conditions.condition import Trouble
from warroom.sip_test_client import CallRefusedError, PromptMatcher, TestCall

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from router.component import Work
    from warroom.config.settings import Settings

SOURCE: Final = "127.0.10.1"
"""Of the endpoint `synthetic` in asterisk_conf/pjsip_wizard.conf."""
CALLED: Final = "181"
"""The only number it may dial."""
ANSWER_TIMEOUT_S: Final = 15.0
"""From INVITE to 200: the dialplan answers within 12 s even without the service."""
LISTEN_S: Final = 3.0
"""How long the call lasts: the greeting begins at once and is longer than this."""
HEARD_S: Final = 1.0
"""Seconds of sound that are a greeting, and no click."""
AGAIN_S: Final = 30.0
"""After a failure: whether it lasts is known soon."""
FAILURES: Final = 2
"""In a row until the alert: one packet may be lost, a part may be restarting."""
BUSY: Final = frozenset({486, 503})
"""Refusals of a system that works: lines full, or draining. Other alerts tell of that."""

_log = logging.getLogger(__name__)


class SyntheticCall(Component):
    """Places the calls.

    Args:
        data: The data directory, whose secret marks the call as a test.
        settings: Where SIP is taken, and how often to call.

    Attributes:
        last_success: When one was answered and heard last, seconds since 1970; None: not yet.
        answer_s: How long the last one waited for its answer; None: not yet.
        failures: How many failed in a row.
    """

    name = "synthetic call"

    def __init__(self, data: Path, settings: Settings) -> None:
        self._data = data
        calls = settings.calls
        host = "127.0.0.1" if calls.sip_bind == "0.0.0.0" else calls.sip_bind  # noqa: S104 - compared with
        self._remote = (host, calls.sip_port)
        self._every_s = settings.alerts.synthetic_call_s
        self._why = ""
        self.last_success: float | None = None
        self.answer_s: float | None = None
        self.failures = 0

    def background(self) -> Iterable[Work]:
        """Call until cancelled; nothing when switched off, or when SIP uses IPv6 alone, which our telephone lacks."""
        return (self._run(),) if self._every_s and ":" not in self._remote[0] else ()

    async def check(self) -> Trouble | None:
        """Return the trouble when calls fail."""
        if self.failures < FAILURES:
            return None
        return Trouble(
            f"the synthetic call fails: {self._why}",
            "जाँच की कॉल नहीं लग रही है: हो सकता है लोगों की कॉल भी न लग रही हो",
            "warroom doctor, warroom logs serve, warroom logs asterisk",
        )

    async def _run(self) -> NoReturn:
        while True:
            await asyncio.sleep(min(self._every_s, AGAIN_S) if self.failures else self._every_s)
            await self.call()

    async def call(self) -> None:
        """Place one call and note how it went."""
        try:
            await self._place()
        except CallRefusedError as refused:
            if refused.status in BUSY:
                _log.info("the synthetic call was not taken: %s", refused)
            else:
                self._failed(str(refused))
        except (TimeoutError, OSError) as error:
            self._failed(str(error))
        else:
            self.failures = 0
            self.last_success = time.time()

    async def _place(self) -> None:
        """Raises CallRefusedError, TimeoutError or OSError: the call did not go through."""
        header = await asyncio.to_thread(test_header, self._data)
        began = time.monotonic()
        call = TestCall(
            self._remote,
            CALLED,
            matcher=PromptMatcher({}, {}),
            local_ip=SOURCE,
            caller="synthetic",
            extra=header,
            answer_limit_s=ANSWER_TIMEOUT_S,
        )
        async with call:
            self.answer_s = time.monotonic() - began
            await asyncio.sleep(LISTEN_S)
            if call.loud_s < HEARD_S:
                raise TimeoutError("answered, but no greeting is heard")

    def _failed(self, why: str) -> None:
        self.failures += 1
        self._why = why
        _log.warning("the synthetic call failed, %d in a row: %s", self.failures, why)
