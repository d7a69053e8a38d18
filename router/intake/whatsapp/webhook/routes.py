"""The webhook over HTTP: Meta asks once whether it is us (GET), then posts what people write (POST).

A body whose signature is ours is answered 200 only when what it holds is committed, and with 503 when it cannot be:
Meta delivers again, for seven days. One that nothing can be made of is kept as it is and answered 200, since it would
only come again. What is not signed is refused before anything of it is read.

Refused requests are not limited by address: behind a reverse proxy that is not named in the settings, Meta's would be
the same address as a stranger's. What one costs is bounded by its length.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from router.clock import utc_now
from router.intake.whatsapp.webhook.counts import WebhookCounts
from router.intake.whatsapp.webhook.delivery import Delivery, read_delivery
from router.intake.whatsapp.webhook.keeping import Kept, keep_delivery
from router.intake.whatsapp.webhook.signature import WebhookSecrets, accounts_signed, is_verified, signature_in
from router.storage.engine import Storage
from router.storage.errors import StorageUnavailableError

PATH: Final = "/whatsapp/webhook"
MAX_BYTES: Final = 3 * 1024 * 1024
"""Meta's own limit of a body (webhooks, payload size)."""
_IN_LOOP: Final = 32 * 1024
"""Bytes that are hashed and read in the event loop: a millisecond. A larger body goes to a thread."""
_TIMEOUT_S: Final = 10.0
"""For a body to come: Meta's servers are not on a mobile line; who takes longer only holds a connection."""
_MOST_HELD: Final = 32 * 1024 * 1024
"""Bytes of bodies that have not come whole, over all connections: anybody may begin one. Small ones are taken still."""
_TOO_LARGE: Final = f"the body is larger than {MAX_BYTES} bytes"
_CLOSE: Final = MappingProxyType({"connection": "close"})
_AT_ONCE: Final = 5
"""Signed deliveries that wait for their commit: at fifty a second, each waits for less than a tenth of one."""
_CHALLENGE_LIMIT: Final = 256  # characters that are said back

_log = logging.getLogger(__name__)


class WhatsAppWebhook:
    """Takes what Meta sends.

    Args:
        store: Open.
        accounts: The ``phone_number_id`` of our numbers, and the simulator's.
        secrets: Returns the present ones at once: they are changed while this runs.
        counts: Counts.
        now: The clock, UTC.
    """

    def __init__(
        self,
        store: Storage,
        accounts: frozenset[str],
        secrets: Callable[[], WebhookSecrets],
        counts: WebhookCounts,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._secrets = secrets
        self._counts = counts
        self._arrived: Callable[[], None] = lambda: None
        self._now = now
        self._in_hand = 0
        self._held = 0

    def on_arrival(self, arrived: Callable[[], None]) -> None:
        """Have a function called after each commit that holds new messages."""
        self._arrived = arrived

    def is_pressed(self) -> bool:
        """Whether more is delivered than is answered at once: work that can wait is to wait."""
        return self._in_hand > _AT_ONCE

    def router(self) -> APIRouter:
        """Return both methods; the description of our own interface does not tell of them."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(PATH, self.verify, methods=["GET"], response_class=Response)
        router.add_api_route(PATH, self.take, methods=["POST"], response_class=Response)
        return router

    async def verify(self, request: Request) -> Response:
        """Say the challenge back to whoever knows the word that was set at the app."""
        query = request.query_params
        challenge = query.get("hub.challenge", "")
        if query.get("hub.mode") != "subscribe" or not is_verified(query.get("hub.verify_token", ""), self._secrets()):
            self._counts.refuse()
            return _plain(403, "the word is wrong: set it at Meta as `warroom whatsapp status` shows it")
        if not challenge.isascii() or not challenge.isprintable() or len(challenge) > _CHALLENGE_LIMIT:
            return _plain(400, "hub.challenge: expected a few printable characters")
        return _plain(200, challenge)

    async def take(self, request: Request) -> Response:
        """Take a delivery."""
        signature = signature_in(request.headers.get("x-hub-signature-256"))
        if signature is None:
            self._counts.refuse()
            return _plain(401, "X-Hub-Signature-256: missing, or no signature")
        body = await self._body(request)
        if isinstance(body, Response):
            self._counts.requests["unreadable"] += 1
            return body
        now = self._now()
        work = partial(self._read, body, signature, now)
        delivery = work() if len(body) <= _IN_LOOP else await asyncio.to_thread(work)
        if delivery is None:
            self._counts.refuse()
            return _plain(401, "X-Hub-Signature-256: not the signature of this body with the app's secret")
        self._in_hand += 1
        try:
            kept = await self._store.write(partial(keep_delivery, delivery=delivery, body=body, now=now))
        except StorageUnavailableError:
            self._counts.requests["unavailable"] += 1
            return _plain(503, "the store does not answer: deliver again")
        finally:
            self._in_hand -= 1
        self._count(delivery, kept)
        if kept.waiting:
            self._arrived()
        return _plain(200, "")

    async def _body(self, request: Request) -> bytes | Response:
        """Return the body, or why it is not taken; however many are sent at once, memory stays bounded."""
        try:
            return await self._buffered(request)
        except TimeoutError:
            return _plain(408, f"the body did not come within {_TIMEOUT_S:.0f} s", _CLOSE)
        except ClientDisconnect:
            return _plain(400, "the body is not whole")

    async def _buffered(self, request: Request) -> bytes | Response:
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length[:18]) > MAX_BYTES:
            return _plain(413, _TOO_LARGE, _CLOSE)
        body = bytearray()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                async for part in request.stream():
                    body += part
                    self._held += len(part)
                    if len(body) > MAX_BYTES:
                        return _plain(413, _TOO_LARGE, _CLOSE)
                    if self._held > _MOST_HELD and len(body) > _IN_LOOP:
                        return _plain(503, "too much comes at once: deliver again", _CLOSE)
        finally:
            self._held -= len(body)
        return bytes(body)

    def _read(self, body: bytes, signature: bytes, now: datetime) -> Delivery | None:
        """Return what a body holds; None when its signature is not ours."""
        accounts = accounts_signed(body, signature, self._secrets(), self._accounts)
        return read_delivery(body, accounts, now) if accounts else None

    def _count(self, delivery: Delivery, kept: Kept) -> None:
        if delivery.other_account:
            self._counts.leave_to_others()
        new = kept.kinds or delivery.reports
        self._counts.requests["stored" if new else "kept" if kept.body else "repeated"] += 1
        self._counts.messages.update(kept.kinds)
        self._counts.reports.update(report.state for report in delivery.reports)
        if kept.body:
            _log.warning("a webhook of WhatsApp was kept as it is: %s", delivery.kept)


def _plain(code: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(text, code, headers, media_type="text/plain")
