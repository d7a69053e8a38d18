"""The methods of GeoReport v2 over HTTP."""

import asyncio
import difflib
import logging
import math
import re
import secrets
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from router.geo import Places
from router.intake.api_keys import ApiKeyStore
from router.intake.open311 import openapi
from router.intake.open311.create_request import submission_of
from router.intake.open311.models import Discovery, Endpoint, Filed, StageCount, TokenResult
from router.intake.open311.photographs import keep_files, notice_of, sort_files
from router.intake.open311.presenter import present
from router.intake.open311.query import SPAN, Query, read_query
from router.intake.open311.request_body import Form, once, one_header, read_form
from router.intake.open311.responses import Open311Error, render, render_error, response_format
from router.intake.open311.services import definition, notice, service_list
from router.intake.rate_limit import RateLimiter
from router.intake.service import IntakeService
from router.intake.source import source
from router.pictures import PictureStore
from router.settings import Open311Settings
from router.storage.engine import Storage
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.api_key_repository import ApiKey
from router.tickets.opening.idempotency import IdempotencyConflictError
from router.tickets.ticket_number import valid

PREFIX: Final = "/open311/v2"
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_CHANGED = "2020-04-01T00:00:00Z"  # when the services offered here last changed in kind
_RETRY = {"retry-after": "5"}  # the store has been patient for its own limit; a lock is mostly gone by then
_MAX_NAME_CHARS = 60  # characters of a parameter's name that an answer repeats
_NOTHING: Mapping[str, str] = MappingProxyType({})
_TOKEN = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)
_SAME_WITHIN = timedelta(minutes=5)
"""A request without a key is taken for a repeated one when the same client sends the same within this time: people
press twice and programs try again after seconds to a few minutes; who lacks the same later says so anew."""

_FILES_AT_ONCE = 4  # requests with files in the memory: 100 MB at most
_TURN_TIMEOUT_S = 15.0  # waiting for one of them; a client waits some thirty seconds for its answer

_log = logging.getLogger(__name__)


class _Route(APIRoute):
    """Turns whatever a request cannot have into an error as the standard has it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except Open311Error as problem:
                return render_error(request, problem.code, *problem.descriptions, headers=problem.headers)
            except StorageUnavailableError:
                return render_error(request, 503, "the store does not answer: try again", headers=_RETRY)

        return answered


class GeoReport:
    """Answers the methods of GeoReport v2.

    Args:
        store: Open.
        intake: Takes the requests that are filed.
        keys: Permissions of clients.
        places: Districts and needs.
        settings: Information for clients, and their limits.
        pictures: Keeps photographs.
    """

    def __init__(
        self,
        *,
        store: Storage,
        intake: IntakeService,
        keys: ApiKeyStore,
        places: Places,
        settings: Open311Settings,
        pictures: PictureStore,
    ) -> None:
        self._store = store
        self._intake = intake
        self._keys = keys
        self._places = places
        self._settings = settings
        self._pictures = pictures
        self._with_files = asyncio.Semaphore(_FILES_AT_ONCE)
        self._private = tuple(need.id for need in places.needs.values() if need.private)
        self._strangers = RateLimiter(settings.anonymous_per_minute)
        self._known = RateLimiter(settings.key_per_minute)

    def router(self) -> APIRouter:
        """Return the routes: each method with the extensions .json and .xml, and without, by what is accepted."""
        router = APIRouter(prefix=PREFIX, route_class=_Route, tags=["Open311 GeoReport v2"])
        for method, path, work, answers in (
            ("GET", "/discovery", self.discovery, openapi.DISCOVERY),
            ("GET", "/services", self.services, openapi.SERVICES),
            ("GET", "/services/{service_code}", self.service, openapi.SERVICE),
            ("GET", "/requests", self.requests, openapi.REQUESTS),
            ("POST", "/requests", self.file, openapi.FILED),
            ("GET", "/requests/{service_request_id}", self.request, openapi.REQUESTS),
            ("GET", "/counts", self.counts, openapi.COUNTS),
            ("GET", "/tokens/{token}", self.token, openapi.TOKEN),
        ):
            for extension in (".json", ".xml", ""):
                router.add_api_route(
                    path + extension,
                    work,
                    methods=[method],
                    include_in_schema=bool(extension),
                    response_class=Response,
                    **openapi.with_openapi(answers, path, extension, method=method),
                )
        return router

    async def discovery(self, request: Request) -> Response:
        """GET discovery (http://wiki.open311.org/Service_Discovery)."""
        await self._admit(request)
        url = (self._settings.public_url or _reached_at(request)) + PREFIX
        endpoint = Endpoint(
            specification=_SPECIFICATION,
            url=url,
            changeset=_CHANGED,
            type="production",
            formats=("text/xml", "application/json"),
        )
        found = Discovery(
            changeset=_CHANGED,
            contact=self._settings.contact,
            key_service=f"Ask for a key: {self._settings.contact}",
            endpoints=(endpoint,),
        )
        return render(response_format(request), "discovery", found)

    async def services(self, request: Request) -> Response:
        """GET Service List."""
        await self._admit(request)
        return render(response_format(request), "services", service_list(self._places))

    async def service(self, request: Request, service_code: str) -> Response:
        """GET Service Definition."""
        await self._admit(request)
        found = definition(self._places, service_code)
        if found is None:
            raise Open311Error(404, "service_code: there is no such service; see GET services")
        return render(response_format(request), "service_definition", found)

    async def requests(self, request: Request) -> Response:
        """GET Service Requests, newest first; a Link header leads to the next page (RFC 8288).

        Private needs stand in the list for a key that may read personal data alone: a place between two rows with
        seconds is a time of day. How many there are is in GET counts.
        """
        personal = self._may_read_personal_data(await self._admit(request, filters=openapi.FILTERS))
        query = read_query(request.query_params, datetime.now(UTC), self._places)
        if not personal:
            query = replace(query, wanted=replace(query.wanted, hidden=self._private))
        documents = await self._find(query)
        more = query.numbers is None and len(documents) > query.page_size
        rows = await asyncio.to_thread(present, documents[: query.page_size], self._places, personal=personal)
        headers = {"link": _next_page(request, rows[-1].service_request_id)} if more and rows else {}
        return await asyncio.to_thread(render, response_format(request), "service_requests", rows, headers=headers)

    async def request(self, request: Request, service_request_id: str) -> Response:
        """GET Service Request: one of them, still in a list."""
        personal = self._may_read_personal_data(await self._admit(request))
        documents: list[str] = []
        if valid(service_request_id):
            documents = await self._store.read(lambda uow: uow.ticket_pages.by_numbers(numbers=[service_request_id]))
        if not documents:
            raise Open311Error(404, "service_request_id: no request has this number")
        rows = present(documents, self._places, personal=personal)
        return render(response_format(request), "service_requests", rows)

    async def counts(self, request: Request) -> Response:
        """GET counts, ours: how many requests there were in the last 90 days, by service and district."""
        self._may_read_personal_data(await self._admit(request))
        found = await self._store.read(lambda uow: uow.ticket_pages.counts(since=datetime.now(UTC) - SPAN))
        needs = self._places.needs
        rows = [
            StageCount(
                service_code=row.service_code,
                service_name=needs[row.service_code].name if row.service_code in needs else row.service_code,
                district=row.district,
                open=row.open,
                closed=row.closed,
            )
            for row in found
        ]
        return render(response_format(request), "counts", rows)

    async def file(self, request: Request) -> Response:
        """POST Service Request; answered only after the commit.

        With the header ``Idempotency-Key`` the same key files once, however often it is sent: after 503, or no
        answer at all, send the same again (draft-ietf-httpapi-idempotency-key-header). A request without one is given
        one in the answer; sent again within ``_SAME_WITHIN`` it is the same request.
        """
        async with AsyncExitStack() as held:
            form = await read_form(request, partial(self._admit_filing, request, held))
            return await self._file(request, form)

    async def _admit_filing(
        self, request: Request, held: AsyncExitStack, fields: Mapping[str, str], *, with_files: bool
    ) -> ApiKey:
        """Let a client file; one with files waits for its turn, so that they do not fill the memory."""
        key = _filing(await self._admit(request, fields))
        if with_files:
            try:
                async with asyncio.timeout(_TURN_TIMEOUT_S):
                    await held.enter_async_context(self._with_files)
            except TimeoutError:
                raise Open311Error(503, "too many pictures come at once: send the same again", headers=_RETRY) from None
        return key

    async def _file(self, request: Request, form: Form) -> Response:
        key, photographs = form.key, await asyncio.to_thread(sort_files, form.files)
        given = one_header(request, "idempotency-key")
        token = _token(given) if given else secrets.token_urlsafe()
        headers = {"idempotency-key": token}
        source_key = _source_key(key, token)
        submission = submission_of(form.fields, self._places, source_key=source_key, photographs=photographs)
        if not given:
            recent = datetime.now(UTC) - _SAME_WITHIN
            submission = replace(submission, same_from=f"api/{key.name}/", same_since=recent)
        try:
            ticket = (await self._intake.submit(submission)).ticket
            refused = photographs.refused + await keep_files(
                self._pictures, ticket.number, photographs.good, source_key=source_key, received=datetime.now(UTC)
            )
        except IdempotencyConflictError:
            what = "Idempotency-Key: it has filed another body already; send a new key for a new request"
            raise Open311Error(422, what, headers=headers) from None
        except StorageUnavailableError:
            what = "nothing can be written now: send the same again, with this Idempotency-Key"
            raise Open311Error(503, what, headers=headers | _RETRY) from None
        except OSError:
            _log.exception("pictures of ticket %s cannot be written", ticket.number)
            what = f"filed as {ticket.number}; its pictures cannot be written now: send the same again, with this key"
            raise Open311Error(503, what, headers=headers | _RETRY) from None
        told = notice(ticket.service_code) + notice_of(refused)
        filed = Filed(service_request_id=ticket.number, service_notice=told)
        headers["location"] = f"{PREFIX}/requests/{ticket.number}.{response_format(request)}"
        return render(response_format(request), "service_requests", [filed], status=201, headers=headers)

    async def token(self, request: Request, token: str) -> Response:
        """GET service_request_id from a token: the token is the ``Idempotency-Key``, the key the one it filed with."""
        source_key = _source_key(_filing(await self._admit(request)), token)
        ticket = await self._store.read(lambda uow: uow.tickets.by_source_key(key=source_key))
        if ticket is None:
            raise Open311Error(404, "token: nothing has been filed with it")
        return render(
            response_format(request), "service_requests", [TokenResult(service_request_id=ticket.number, token=token)]
        )

    async def _find(self, query: Query) -> list[str]:
        """Return the documents of a page and, when there are more, one of the next."""
        numbers, after = query.numbers, query.after
        if numbers is not None:
            return await self._store.read(lambda uow: uow.ticket_pages.by_numbers(numbers))
        mark = None
        if after:
            mark = await self._store.read(lambda uow: uow.ticket_pages.cursor_of(after))
            if mark is None:
                raise Open311Error(400, "after: no request has this number")
        skip = (query.page - 1) * query.page_size
        return await self._store.read(
            lambda uow: uow.ticket_pages.newest(query.wanted, before=mark, skip=skip, count=query.page_size + 1)
        )

    def _may_read_personal_data(self, key: ApiKey | None) -> bool:
        """Whether personal data may be shown to the holder of this key, or to a client without one.

        Raises:
            Open311Error: 403, without a key nothing is shown here.
        """
        if key is None and not self._settings.public:
            raise Open311Error(403, "api_key: missing; without a key requests are not shown here")
        return key is not None and key.may_read_personal

    async def _admit(
        self, request: Request, fields: Mapping[str, str] = _NOTHING, *, filters: Mapping[str, str] = _NOTHING
    ) -> ApiKey | None:
        """Return the key of a request, None when it has none; count it.

        Args:
            request: The request.
            fields: Of its body.
            filters: The parameters that this method has beside those of all.

        Raises:
            Open311Error: 400 parameters that are slips, or say two things, 403 a key that is none, 404 another
                jurisdiction, 429 too many requests.
        """
        params = once(request.query_params.multi_items())
        _refuse_misspelt(params, {*filters, *openapi.EVERYWHERE}, openapi.FIELDS if fields else _NOTHING)
        secret = _one_of("api_key", one_header(request, "x-api-key"), params.get("api_key"), fields.get("api_key"))
        home = self._places.home.id
        jurisdiction = _one_of("jurisdiction_id", params.get("jurisdiction_id"), fields.get("jurisdiction_id"))
        key = await self._keys.find(secret) if secret else None
        request.state.keyed = key is not None  # for the counting of connections
        sender = source(request.client.host if request.client else "")
        wait = self._known.wait_s(key.name) if key else self._strangers.wait_s(sender)
        if wait:
            raise Open311Error(429, "too many requests: slow down", headers={"retry-after": str(math.ceil(wait))})
        if secret and key is None:
            raise Open311Error(403, "api_key: not valid")
        if jurisdiction not in (home, None):
            raise Open311Error(404, f"jurisdiction_id: only {home} is served here; it may be left out")
        return key


def _filing(key: ApiKey | None) -> ApiKey:
    if key is None or not key.may_file:
        raise Open311Error(403, "api_key: missing, or it may not file requests")
    return key


def _refuse_misspelt(params: Iterable[str], known: Collection[str], fields: Collection[str]) -> None:
    """Refuse misspelt parameters, and fields outside the body; parameters added by a proxy or a cache are ignored."""
    for name in params:
        if name in known:
            continue
        near = [name] if name in fields else difflib.get_close_matches(name, [*known, *fields], n=1)
        if near:
            hint = "send it in the body" if near[0] in fields else f"do you mean {near[0]}?"
            raise Open311Error(400, f"{name[:_MAX_NAME_CHARS]}: there is no such parameter here; {hint}")


def _one_of(name: str, *given: str | None) -> str | None:
    """Return a value given in one of two places; None when in neither."""
    found = set(filter(None, given))
    if len(found) > 1:
        raise Open311Error(400, f"{name}: comes in two places that differ; send it once")
    return found.pop() if found else None


def _token(given: str) -> str:
    """Return an ``Idempotency-Key``; the draft writes it in quotes (a string of RFC 8941), most clients do not."""
    token = given[1:-1] if given.startswith('"') and given.endswith('"') else given
    if not _TOKEN.fullmatch(token):
        raise Open311Error(400, "Idempotency-Key: expected 1 to 100 of A-Z a-z 0-9 . _ : -")
    return token


def _source_key(key: ApiKey, token: str) -> str:
    return f"api/{key.name}/{token}"


def _reached_at(request: Request) -> str:
    """The address of ours that was reached: the header Host is the client's own claim."""
    host, port = request.scope["server"]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _next_page(request: Request, last: str) -> str:
    """Return the Link header that leads on: the same query, after the last request of this page."""
    same = [(name, value) for name, value in request.query_params.multi_items() if name not in ("after", "page")]
    return f'<?{urlencode([*same, ("after", last)])}>; rel="next"'
