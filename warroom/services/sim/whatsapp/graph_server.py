"""A Graph API that stands in for Meta's: it takes messages, and gives out media in two steps.

It checks what the real one checks: paths, version, token, User-Agent, the JSON of each kind of message, ids of media
and how old their addresses are. `warroom whatsapp simulate` serves it on a Unix socket; tests add faults.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from warroom.services.sim.whatsapp.payloads import AnyMessage, TemplateMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

URL_LASTS_S: Final = 300.0
"""How long the address of a medium may be used; it is named anew for whoever asks again."""
_MAX_BODY: Final = 1 << 20
_READ: Final[TypeAdapter[AnyMessage]] = TypeAdapter(AnyMessage)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was taken.

    Attributes:
        wamid: Its id.
        account: Of which number of ours.
        to: The person's number or business-scoped user id.
        payload: As it came.
    """

    wamid: str
    account: str
    to: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that somebody has sent."""

    data: bytes
    mime_type: str


class GraphServer:
    """The ASGI application.

    Args:
        accounts: The numbers (`phone_number_id`) that there are.
        version: The only one that is taken.
        token: The only one that is taken.
        url: Where it can be reached, for addresses of media: scheme and host.
        on_sent: Called with each message that is taken.
        clock: Seconds that only ever grow.

    Attributes:
        sent: What was taken, oldest first.
        media: By id.
        templates: Names and languages of the templates that are approved; None: any.
    """

    def __init__(
        self,
        accounts: frozenset[str],
        version: str,
        token: str,
        url: str,
        on_sent: Callable[[SentMessage], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sent: list[SentMessage] = []
        self.media: dict[str, Medium] = {}
        self.templates: frozenset[tuple[str, str]] | None = None
        self.url = url
        self._accounts = accounts
        self._version = version
        self._token = token
        self._on_sent = on_sent
        self._clock = clock
        self._addresses: dict[str, tuple[str, float]] = {}
        self._numbers = itertools.count(1)
        self._app = Starlette(
            routes=[
                Route("/{version}/{account}/messages", self._take, methods=["POST"]),
                Route("/{version}/{media}", self._name, methods=["GET"]),
                Route("/attachments/{key}/file", self._give, methods=["GET"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app(scope, receive, send)

    def add(self, medium: Medium) -> str:
        """Put a file there; return its id."""
        name = str(10**15 + next(self._numbers))
        self.media[name] = medium
        return name

    async def _take(self, request: Request) -> Response:
        if wrong := self._refused(request):
            return wrong
        account = request.path_params["account"]
        if account not in self._accounts:
            return refusal(400, 33, f"Object with ID '{account}' does not exist, or cannot be loaded")
        body = await request.body()
        if len(body) > _MAX_BODY or request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return refusal(400, 100, "Invalid parameter: the body is no JSON")
        try:
            message = _READ.validate_json(body)
        except ValidationError as error:
            where = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            return refusal(400, 131009, f"Parameter value is not valid: {where}")
        if isinstance(message, TemplateMessage) and self.templates is not None:
            wanted = message.template.name, message.template.language.code
            if wanted not in self.templates:
                return refusal(404, 132001, "Template name does not exist in the translation")
        to = message.recipient or message.to or ""
        payload = await request.json()
        sent = SentMessage(f"wamid.{secrets.token_urlsafe(18)}", account, to, payload)
        self.sent.append(sent)
        self._on_sent(sent)
        contact = {"input": to, **({"user_id": to} if message.recipient else {"wa_id": to.lstrip("+")})}
        return JSONResponse({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": sent.wamid}]})

    async def _name(self, request: Request) -> Response:
        if wrong := self._refused(request):
            return wrong
        name = request.path_params["media"]
        medium = self.media.get(name)
        if medium is None:
            return refusal(400, 100, f"Unsupported get request. Object with ID '{name}' does not exist")
        key = secrets.token_urlsafe(12)
        self._addresses[key] = (name, self._clock() + URL_LASTS_S)
        return JSONResponse(
            {
                "messaging_product": "whatsapp",
                "url": f"{self.url}/attachments/{key}/file",
                "mime_type": medium.mime_type,
                "sha256": hashlib.sha256(medium.data).hexdigest(),
                "file_size": len(medium.data),
                "id": name,
            }
        )

    async def _give(self, request: Request) -> Response:
        if not self._signed_in(request) or not request.headers.get("user-agent"):
            return Response(status_code=401)
        name, until = self._addresses.get(request.path_params["key"], ("", 0.0))
        if until < self._clock() or name not in self.media:
            return Response(status_code=404)
        return Response(self.media[name].data, media_type=self.media[name].mime_type)

    def _refused(self, request: Request) -> Response | None:
        if not self._signed_in(request):
            return refusal(401, 190, "Invalid OAuth access token - Cannot parse access token")
        if request.path_params["version"] != self._version:
            return refusal(400, 2635, "You are calling a deprecated version of the API")
        if not request.headers.get("user-agent"):
            return refusal(400, 100, "no User-Agent")
        return None

    def _signed_in(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {self._token}".encode())


def refusal(status: int, code: int, message: str) -> Response:
    """Return an error in the form of the Graph API."""
    error = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEfGhIjK"}
    return JSONResponse({"error": error}, status_code=status)
