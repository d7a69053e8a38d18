"""A person of the simulator: writes to the running stack's webhook, and is written to over a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import socket
from typing import TYPE_CHECKING, Any, Final

import httpx

from router.errors import UserError
from router.settings_messaging import SIMULATOR
from warroom.config.api_settings import ApiSettings
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import acting_as
from warroom.http.server import HttpServerComponent
from warroom.services.sim.whatsapp.graph_server import GraphServer, Medium, SentMessage
from warroom.services.sim.whatsapp.webhook_events import Writer, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

URL: Final = "http://simulator"
"""Of the stand-in Graph API, as the service calls it over the socket."""
_POST_S: Final = 10.0
"""The webhook answers within a second; Meta itself waits some ten."""
_MAX_FILE: Final = 20 << 20


class SimulatorError(UserError):
    """The conversation cannot go on; the text says why and what to do."""


class Conversation:
    """One person's conversation.

    Args:
        webhook: Address of the webhook.
        secret: ``whatsapp-simulator``.
        version: Of the Graph API, as the settings have it.
        socket_path: Where the service looks for the simulator.
        user: The person's business-scoped user id.
        number: Their number, digits alone; empty when WhatsApp keeps it back.
        told: Called with each message to the person.

    Attributes:
        choices: Ids and titles of what the last question offers to press, in their order.
        received: How many messages came to the person.
    """

    def __init__(
        self,
        *,
        webhook: str,
        secret: str,
        version: str,
        socket_path: Path,
        user: str,
        number: str,
        told: Callable[[SentMessage], None],
    ) -> None:
        self.choices: list[tuple[str, str]] = []
        self.received = 0
        self._kind = "button_reply"
        self._webhook = webhook
        self._secret = secret
        self._socket_path = socket_path
        self._writer = Writer(SIMULATOR, user, number)
        self._told = told
        self._graph = GraphServer(frozenset({SIMULATOR}), version, SIMULATOR, URL, self._take)
        self._http = httpx.AsyncClient(timeout=_POST_S, trust_env=False)
        self._reports: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Listen on the socket as long as the conversation lasts.

        Raises:
            SimulatorError: another simulator listens there.
        """
        listener = self._listen()
        server = HttpServerComponent(ApiSettings(), listener, self._graph)
        (work,) = server.background()
        serving = asyncio.create_task(work)
        try:
            await server.wait_answering()
            yield
            if self._reports:
                await asyncio.wait(self._reports, timeout=_POST_S)
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            await self._http.aclose()
            self._socket_path.unlink(missing_ok=True)

    async def text(self, words: str) -> None:
        """Write. This and what follows raise SimulatorError."""
        await self._send("text", {"body": words})

    async def press(self, number: int) -> str:
        """Press a button, or choose a row, of the last question; return its title."""
        if not self.choices:
            raise SimulatorError("there is nothing to press yet")
        if not 0 < number <= len(self.choices):
            raise SimulatorError(f"/button {number}: the last question has 1 to {len(self.choices)}")
        name, title = self.choices[number - 1]
        if self._kind == "button":
            await self._send("button", {"payload": name, "text": title})
        else:
            await self._send("interactive", {"type": self._kind, self._kind: {"id": name, "title": title}})
        return title

    async def location(self, latitude: float, longitude: float) -> None:
        """Send a place on the map; degrees."""
        await self._send("location", {"latitude": latitude, "longitude": longitude})

    async def contact(self, number: str) -> None:
        """Share the person's own number, as the button for it does."""
        phones = [{"phone": f"+{number}", "wa_id": number}]
        contact = {"name": {"formatted_name": self._writer.name}, "phones": phones}
        await self._send("contacts", [contact], origin="contact_request")

    async def file(self, kind: str, data: bytes, mime_type: str) -> None:
        """Send a file: ``audio`` (a voice note) or ``image``."""
        if len(data) > _MAX_FILE:
            raise SimulatorError(f"the file has {len(data)} bytes: WhatsApp takes none of more than {_MAX_FILE}")
        name = self._graph.add(Medium(data, mime_type))
        sha256 = hashlib.sha256(data).hexdigest()
        voice = {"voice": True} if kind == "audio" else {}
        await self._send(kind, {"id": name, "mime_type": mime_type, "sha256": sha256, **voice})

    def _take(self, sent: SentMessage) -> None:
        self.received += 1
        self._offer(sent.payload)
        self._told(sent)
        for status in ("delivered", "read"):
            task = asyncio.ensure_future(self._report(sent.wamid, status))
            self._reports.add(task)
            task.add_done_callback(self._reports.discard)

    def _offer(self, payload: Mapping[str, Any]) -> None:
        interactive = payload.get("interactive", {})
        action = interactive.get("action", {})
        if buttons := action.get("buttons"):
            self._kind = "button_reply"
            self.choices = [(one["reply"]["id"], one["reply"]["title"]) for one in buttons]
        elif sections := action.get("sections"):
            self._kind = "list_reply"
            self.choices = [(row["id"], row["title"]) for section in sections for row in section["rows"]]

    async def _report(self, wamid: str, status: str) -> None:
        with contextlib.suppress(SimulatorError):
            await self._post(self._writer.status(wamid, status))

    async def _send(self, kind: str, content: Any, **more: Any) -> None:
        await self._post(self._writer.message(kind, content, **more))

    async def _post(self, body: Mapping[str, Any]) -> None:
        data, headers = signed(body, self._secret)
        try:
            answer = await self._http.post(self._webhook, content=data, headers=headers)
        except httpx.HTTPError as error:
            raise SimulatorError(
                f"nothing answers at {self._webhook} ({type(error).__name__}): start the stack first: warroom up"
            ) from None
        if answer.is_success:
            return
        raise SimulatorError(f"the webhook answers {answer.status_code}: {answer.text[:200]}; see: warroom logs api")

    def _listen(self) -> socket.socket:
        """Return the socket, which the service's user alone may use."""
        path = self._socket_path
        if _answers(path):
            raise SimulatorError(f"{path}: another simulator runs; end it first")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with acting_as(SERVICE_USER):
                path.unlink(missing_ok=True)
                before = os.umask(0o177)
                try:
                    listener.bind(str(path))
                finally:
                    os.umask(before)
            listener.listen()
        except OSError as error:
            listener.close()
            raise SimulatorError(f"{path}: {error.strerror or error}") from None
        return listener


def _answers(path: Path) -> bool:
    """Tell whether somebody listens on a socket; one that is left of a simulator that was killed is nobody's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
