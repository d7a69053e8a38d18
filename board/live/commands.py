"""Commands of pages: published with the sender's name, again every few seconds until they are answered."""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from board.accounts.audit import AuditUnavailableError
from board.accounts.permissions import Action, may
from board.live.collection import to_json
from router.model.rooms.decided_command import digest
from router.mqtt.client import PublishRejectedError
from router.mqtt.cloudevents import CONTENT_TYPE
from router.polling import poll_forever

if TYPE_CHECKING:
    from board.live.audited import LiveAudit
    from board.live.frames import SendCommand, SendStock
    from board.live.tab import Tab

RESEND_S: Final = 3.0
"""From one sending to the next; a command is answered in milliseconds, or the service is just starting again."""
POLL_INTERVAL_S: Final = 0.5
STOCK_TIMES: Final = 3
"""How often a report of stock is sent before its silence is taken for yes."""
MAX_PENDING: Final = 200
"""Commands of one page that wait for their reply: an outbox of an hour without a line."""
MAX_BYTES: Final = 32 * 1024
"""Bytes of a command, as the router has it."""
_CORRELATION_BYTES: Final = 12
_STOCK: Final = "stock:"  # the reply to a report of stock has an id that begins so

_log = logging.getLogger(__name__)


class Publishes(Protocol):
    """The link to the broker."""

    async def publish(self, topic: str, payload: str | None, *, retain: bool, properties: Properties | None) -> bool:
        """Publish; whether the broker has taken it. Raises PublishRejectedError."""
        ...

    @property
    def answer_level(self) -> str:
        """The level of this process's own topics of replies."""
        ...

    def below(self, topic: str) -> str:
        """Return a topic with root."""
        ...

    @property
    def serve(self) -> bool:
        """Whether the service that takes commands is there."""
        ...

    @property
    def now(self) -> float:
        """Monotonic seconds."""
        ...


@dataclass(slots=True)
class _Pending:
    tabs: list[Tab]  # the same person's, who has connected anew, or has two pages open
    user: str
    to: str
    command_id: str
    payload: str
    correlation: bytes
    retain: bool
    sent: float | None = None
    times: int = 0


class Commands:
    """Sends what pages say and hands the replies back.

    A page that has connected anew says its commands again, with the same ids: whoever answers does each once and says
    the same again, so that nothing need be kept here for a page that has gone.

    Args:
        link: To the broker.
        audit: Writes down what is sent, beforehand.
    """

    def __init__(self, link: Publishes, audit: LiveAudit) -> None:
        self._link = link
        self._audit = audit
        self._pending: dict[bytes, _Pending] = {}
        self._by_id: dict[tuple[str, str, str], bytes] = {}
        self._stock: dict[tuple[str, str], bytes] = {}

    @property
    def waiting(self) -> int:
        """Return how many have no reply yet."""
        return len(self._pending)

    async def command(self, tab: Tab, frame: SendCommand) -> None:
        """Send a command, or refuse it."""
        command_id = frame.command.command_id
        if not may(tab.identity, Action.COMMAND, frame.to):
            _refuse(tab, command_id, "not-allowed")
            return
        try:
            await self._audit.command(tab, frame)
        except AuditUnavailableError as error:
            _log.error("%s", error)
            _refuse(tab, command_id, "not-audited")
            return
        said = {**frame.command.model_dump(mode="json"), "by": tab.identity.name}
        await self._begin(tab, frame.to, command_id, to_json(said), retain=False)

    async def stock(self, tab: Tab, frame: SendStock) -> None:
        """Publish a report of stock, or refuse it."""
        if not may(tab.identity, Action.COMMAND, f"rooms/{frame.room}"):
            _refuse(tab, frame.report_id, "not-allowed")
            return
        try:
            await self._audit.stock(tab, frame)
        except AuditUnavailableError as error:
            _log.error("%s", error)
            _refuse(tab, frame.report_id, "not-audited")
            return
        payload = to_json(frame.report) if frame.report is not None else ""
        to = f"rooms/{frame.room}/stock/{frame.item}"
        correlation = await self._begin(tab, to, frame.report_id, payload, retain=True)
        if correlation:
            self._stock[frame.room, f"{_STOCK}{digest(f'{frame.item} {payload.encode()!r}')}"] = correlation

    def forget(self, tab: Tab) -> None:
        """Send nothing more for a page that has gone."""
        for pending in [one for one in self._pending.values() if tab in one.tabs]:
            pending.tabs.remove(tab)
            if not pending.tabs:
                self._done(pending)

    def reply(self, levels: tuple[str, ...], payload: bytes, correlation: bytes | None) -> None:
        """Hand a reply to the page that waits for it.

        Args:
            levels: Of the topic on which it came: ``rooms/<room>/replies/…``, ``operators/<id>/replies/…``.
            payload: A CloudEvent.
            correlation: MQTT 5 correlation data.
        """
        try:
            data: dict[str, Any] = json.loads(payload)["data"]
            command_id = str(data["command_id"])
        except (ValueError, TypeError, KeyError, RecursionError):
            _log.warning("a reply on %s cannot be read", "/".join(levels[:2]))
            return
        if correlation is None and command_id.startswith(_STOCK):
            correlation = self._stock.pop((levels[1], command_id), None)
        pending = self._pending.get(correlation) if correlation else None
        if pending is None or pending.to.split("/")[:2] != list(levels[:2]):
            return
        self._answer(pending, data)

    async def run(self) -> NoReturn:
        """Send again what is not answered, until cancelled."""
        await poll_forever(self.resend, every_s=POLL_INTERVAL_S, troubles=(), tell=lambda _: None)

    async def resend(self) -> None:
        """Send all that was not sent lately."""
        for pending in tuple(self._pending.values()):
            if pending.correlation not in self._pending or not self._is_due(pending):
                continue
            if pending.retain and pending.times >= STOCK_TIMES and self._link.serve:
                self._answer(pending, {"accepted": True})  # a report that is known already gets no reply
            else:
                await self._send(pending)

    def _is_due(self, pending: _Pending) -> bool:
        return pending.sent is None or self._link.now - pending.sent >= RESEND_S

    async def _begin(self, tab: Tab, to: str, command_id: str, payload: str, *, retain: bool) -> bytes | None:
        if len(payload.encode()) > MAX_BYTES:
            _refuse(tab, command_id, "too-large")
            return None
        if sum(tab in one.tabs for one in self._pending.values()) >= MAX_PENDING:
            _refuse(tab, command_id, "too-many")
            return None
        known = self._pending.get(self._by_id.get((tab.identity.user, to, command_id), b""))
        if known is not None and known.payload == payload:
            if tab not in known.tabs:
                known.tabs.append(tab)
            return known.correlation
        pending = _Pending(
            [tab], tab.identity.user, to, command_id, payload, secrets.token_bytes(_CORRELATION_BYTES), retain
        )
        self._pending[pending.correlation] = pending
        self._by_id[pending.user, to, command_id] = pending.correlation
        await self._send(pending)
        return pending.correlation

    async def _send(self, pending: _Pending) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        topic = pending.to
        if not pending.retain:
            topic = f"{pending.to}/commands"
            properties.ResponseTopic = self._link.below(f"{pending.to}/replies/{self._link.answer_level}")
            properties.CorrelationData = pending.correlation
        properties.ContentType = CONTENT_TYPE
        try:
            if await self._link.publish(topic, pending.payload or None, retain=pending.retain, properties=properties):
                pending.sent = self._link.now
                pending.times += 1
        except PublishRejectedError as error:
            _log.error("%s", error)
            self._answer(pending, _refusal("not-allowed"))
        except aiomqtt.MqttError:
            return  # the link tells of it, and this is sent when it is back

    def _answer(self, pending: _Pending, data: dict[str, Any]) -> None:
        self._done(pending)
        for tab in pending.tabs:
            tab.answer(_reply(pending.command_id, data))

    def _done(self, pending: _Pending) -> None:
        self._pending.pop(pending.correlation, None)
        self._by_id.pop((pending.user, pending.to, pending.command_id), None)
        for key in [key for key, correlation in self._stock.items() if correlation == pending.correlation]:
            del self._stock[key]


_REASONS: Final = {
    "not-allowed": ("you may not do this", "आप को इस की अनुमति नहीं है"),
    "not-audited": (
        "not done: it cannot be written down who does it; try again",
        "नहीं हुआ: यह दर्ज नहीं हो पा रहा कि किसने किया; फिर कोशिश करें",
    ),
    "too-large": ("this is too long", "यह बहुत लंबा है"),
    "too-many": ("too many commands wait for their reply", "बहुत से आदेश अभी उत्तर की प्रतीक्षा में हैं"),
}


def _refuse(tab: Tab, command_id: str, code: str) -> None:
    tab.answer(_reply(command_id, _refusal(code)))


def _refusal(code: str) -> dict[str, Any]:
    reason, reason_hi = _REASONS[code]
    return {"accepted": False, "code": code, "reason": reason, "reason_hi": reason_hi}


def _reply(command_id: str, data: dict[str, Any]) -> str:
    head = ("accepted", "code", "reason", "reason_hi")
    rest = data["data"] if isinstance(data.get("data"), dict) else {
        key: value for key, value in data.items() if key not in (*head, "command_id")
    }  # fmt: skip
    said = {
        "type": "reply",
        "command_id": command_id,
        "accepted": data.get("accepted") is True,
        **{name: str(data.get(name) or "") for name in head[1:]},
        "data": rest,
    }
    return to_json(said)
