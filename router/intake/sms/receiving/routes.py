"""Our addresses for the provider: ``/sms/<secret part>/in`` for messages of citizens, ``/sms/<secret part>/report``.

Answered 200 only after the commit: providers send again what was not. What cannot be read is kept as it came and
answered 200 as well: sent again, it would be no better.
"""

from __future__ import annotations

import hmac
import logging
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.requests import ClientDisconnect

from router.clock import utc_now
from router.intake.sms.in_force import PATH_SECRET, SIGNATURE_SECRET
from router.intake.sms.receiving.keeping import keep_reports, keep_texts
from router.intake.sms.receiving.requests import UnreadableRequestError, read_request, reports_in, texts_in
from router.intake.sms.receiving.signature import TWILIO_HEADER, is_signed
from router.intake.sms.sending.queue import CHANNEL
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.intake.sms.in_force import SmsInForce
    from router.intake.sms.provider.schema import SmsMap
    from router.intake.sms.receiving.requests import ProviderRequest
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

T = TypeVar("T")

RETRY_AFTER_S: Final = 10
"""While the store is away."""

_log = logging.getLogger(__name__)


class SmsRoutes:
    """`router.intake.base.IntakeChannel` of SMS.

    Args:
        store: Takes what comes in.
        in_force: The provider.
        arrived: Called when messages of citizens have been stored.
        now: The clock, UTC.
    """

    def __init__(
        self,
        store: Storage,
        in_force: SmsInForce,
        arrived: Callable[[], None],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._in_force = in_force
        self._arrived = arrived
        self._now = now

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(prefix="/sms", include_in_schema=False)
        router.add_api_route("/{part}/in", self._incoming, methods=["GET", "POST"])
        router.add_api_route("/{part}/report", self._report, methods=["GET", "POST"])
        return router

    async def _incoming(self, part: str, request: Request) -> Response:
        sms, what = await self._admit(part, request)
        names = sms.incoming
        if names is None:
            raise HTTPException(404, "no messages are taken: sms.toml has no [incoming]")
        now = self._now()
        try:
            texts = texts_in(what, names, now)
        except UnreadableRequestError as error:
            return await self._keep_unread(what, str(error))
        if not texts:
            return await self._keep_unread(what, "no message in it")
        unknown = await self._write(partial(keep_texts, texts=texts, now=now))
        if unknown:
            _log.info("SMS: %d of %d messages came from no telephone number: not kept", unknown, len(texts))
        self._arrived()
        return _taken()

    async def _report(self, part: str, request: Request) -> Response:
        sms, what = await self._admit(part, request)
        if sms.report is None or sms.states is None:
            raise HTTPException(404, "no reports are taken: sms.toml has no [report]")
        try:
            reports = reports_in(what, sms.report, sms.states)
        except UnreadableRequestError as error:
            return await self._keep_unread(what, str(error))
        await self._write(partial(keep_reports, reports=reports, now=self._now()))
        return _taken()

    async def _admit(self, part: str, request: Request) -> tuple[SmsMap, ProviderRequest]:
        """Return the map and the request, if it is the provider's own.

        Raises:
            HTTPException: 404 of another part of the path, 403 of another address or signature, 400 unreadable.
        """
        sms, secret = self._in_force.sms, self._in_force.secret(PATH_SECRET)
        if sms is None or not secret or not hmac.compare_digest(part.encode("utf-8", "replace"), secret.encode()):
            raise HTTPException(404, "there is nothing at this address")
        address = request.client.host if request.client else ""
        if not sms.webhook.admits(address):
            _log.warning("SMS: a request from %s, which is none of [webhook] addresses, was refused", address)
            raise HTTPException(403, "not from this address")
        try:
            what = await read_request(request)
        except UnreadableRequestError as error:
            raise HTTPException(400, str(error)) from None
        except ClientDisconnect:
            raise HTTPException(400, "the body is not whole") from None
        if sms.webhook.signature == "twilio":
            query = f"?{request.url.query}" if request.url.query else ""
            url = f"{sms.webhook.public_url}{request.url.path}{query}"
            signature, token = request.headers.get(TWILIO_HEADER, ""), self._in_force.secret(SIGNATURE_SECRET)
            if not is_signed(signature, token, url, what.form):
                _log.warning("SMS: a request with a wrong signature was refused: [webhook] public_url, or the token")
                raise HTTPException(403, "wrong signature")
        return sms, what

    async def _keep_unread(self, what: ProviderRequest, why: str) -> Response:
        _log.warning("SMS: a request of the provider cannot be read (%s): look at [report] and [incoming]", why)
        body = what.body or "&".join(f"{name}={value}" for name, value in what.query).encode()
        await self._write(lambda uow: uow.webhook_bodies.add(CHANNEL, body, why[:60], self._now()))
        return _taken()

    async def _write(self, job: Callable[[UnitOfWork], T]) -> T:
        try:
            return await self._store.write(job)
        except StorageUnavailableError:
            retry = {"retry-after": str(RETRY_AFTER_S)}
            raise HTTPException(503, "cannot be stored now: send it again", headers=retry) from None


def _taken() -> Response:
    """Empty plain text: of any other, providers would make a message to the citizen."""
    return Response(status_code=200, media_type="text/plain")
