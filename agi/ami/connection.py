"""The connection to Asterisk's manager, re-established whenever it is lost, with the registry of live channels."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, cast

from panoramisk.manager import Manager

from agi.ami.channels import ChannelRegistry
from agi.ami.errors import AmiError, AmiNotConnectedError, AmiRefusedError, AmiTimeoutError
from agi.ami.protocol import AmiProtocol
from router.debounce import DebouncedCall
from router.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 5.0
"""To connect: Asterisk is on this machine or the next."""
LOGIN_TIMEOUT_S: Final = 5.0
"""To be let in: a manager answers at once, something else that listens there never does."""
LIST_TIMEOUT_S: Final = 10.0
"""To send the list of channels: a thousand of them are half a megabyte."""
PING_INTERVAL_S: Final = 5.0
"""With `PING_LIMIT_S`: a dead link is noticed within ten seconds."""
PING_TIMEOUT_S: Final = 5.0
"""Timeout of a ping: after that the live channels are too old to be shown."""
ACTION_TIMEOUT_S: Final = 5.0
"""To answer any other action, unless the caller knows better."""
INITIAL_BACKOFF_S: Final = 1.0
"""Before the second try: Asterisk needs a second or two to start."""
MAX_BACKOFF_S: Final = 30.0
"""Between tries at most: fail2ban and logs are spared, and a mended Asterisk is found soon."""
STEADY_S: Final = 30.0
"""A link that held this long was a good one: the next loss starts with the first pause again."""
EVENTS: Final = "call,system,user,agent,dtmf"
"""Classes of events: Newchannel, Hangup, Rename, BridgeEnter are calls, Shutdown is system, user are the dialplan's
own, agent those of queues and members, dtmf keys."""

_UNSET: Final = ("", "(null)")
"""What Status says of a variable that is not set (``main/manager.c`` prints a null pointer)."""


class _Manager(Manager):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's manager for its events alone: connecting again is `AmiConnection.run`'s."""

    def connection_lost(self, exc: Any) -> None:
        """Do nothing: `AmiProtocol` notifies the connection itself."""

    def send_awaiting_actions(self, *_: Any) -> None:
        """Do nothing: no action is ever sent again."""


class AmiConnection:
    """A connection to Asterisk's manager.

    Args:
        host: Address of the manager.
        port: Its port.
        user: The account.
        secret: Its secret; never logged.
        dids: Helpline by dialled number, for callers no session has claimed yet.

    Attributes:
        channels: The live channels; outdated while not `connected`.
        connected: Whether we are logged in and `channels` is complete.
    """

    def __init__(self, host: str, port: int, user: str, secret: str, *, dids: Mapping[str, str] | None = None) -> None:
        self._host, self._port, self._user, self._secret = host, port, user, secret
        self._callbacks: list[Callable[[], None]] = []
        self._news = DebouncedCall(0, self._tell)
        self._protocol: AmiProtocol | None = None
        self.channels = ChannelRegistry(dids or {}, self._changed)
        self.connected = False
        self._events: dict[str, list[Callable[[Mapping[str, object]], None]]] = {
            "Newchannel": [self.channels.newchannel],
            "Rename": [self.channels.rename],
            "Hangup": [self.channels.hangup],
            "BridgeEnter": [self.channels.bridge_enter],
            "BridgeLeave": [self.channels.bridge_leave],
        }

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back, soon after, whenever `channels` or `connected` changed; many changes cause one call."""
        self._callbacks.append(callback)

    def on_event(self, name: str, take: Callable[[Mapping[str, object]], None]) -> None:
        """Pass on every event of a name, after `channels` took it. Call before `run`; manager.conf must allow it."""
        self._events.setdefault(name, []).append(take)

    async def run(self) -> None:
        """Connect, stay connected, and reconnect, until cancelled."""
        loop = asyncio.get_running_loop()
        backoff = Backoff(INITIAL_BACKOFF_S, MAX_BACKOFF_S)
        while True:
            started = loop.time()
            why = await self._one_connection()
            if loop.time() - started > STEADY_S:
                backoff.reset()
            where = f"{self._host}:{self._port}"
            pause = backoff.next_s()
            log.warning("no link to the Asterisk manager at %s: %s; next try in %.0f s", where, why, pause)
            await asyncio.sleep(pause)

    async def action(self, action: Mapping[str, Any], limit_s: float = ACTION_TIMEOUT_S) -> Mapping[str, Any]:
        """Have Asterisk do something, once: it is never sent again by itself.

        Args:
            action: Such as ``{"Action": "Redirect", "Channel": …}``.
            limit_s: Seconds to wait for the answer.

        Returns:
            Asterisk's answer.

        Raises:
            AmiBadValueError: A value holds CR, LF or NUL; nothing was sent.
            AmiNotConnectedError: Not connected now, or the link broke before the answer.
            AmiTimeoutError: No answer in time.
            AmiRefusedError: Asterisk answered with an error.
        """
        if not self.connected or self._protocol is None:
            msg = f"{action.get('Action')}: there is no link to Asterisk now"
            raise AmiNotConnectedError(msg)
        return cast("Mapping[str, Any]", await self._ask(self._protocol, action, limit_s, as_list=False))

    async def list(self, action: Mapping[str, Any], limit_s: float = LIST_TIMEOUT_S) -> list[Mapping[str, Any]]:
        """Have Asterisk list something; returns the events of the list. Raises as `action`."""
        if not self.connected or self._protocol is None:
            msg = f"{action.get('Action')}: there is no link to Asterisk now"
            raise AmiNotConnectedError(msg)
        answer = await self._ask(self._protocol, action, limit_s, as_list=None)
        return [message for message in answer if message.event] if isinstance(answer, list) else []

    async def _one_connection(self) -> str:
        """Connect and stay; returns why it ended, in words for the log."""
        manager = _Manager()
        for name, takers in self._events.items():
            manager.register_event(name, lambda _, event, takers=takers: _hand_on(event, takers))
        loop = asyncio.get_running_loop()
        protocol: AmiProtocol | None = None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                _, protocol = await loop.create_connection(lambda: AmiProtocol(manager), self._host, self._port)
            await self._log_in(protocol)
            await self._rebuild(protocol)
            self._protocol = protocol
            self._set_connected(True)
            log.info("linked to the Asterisk manager at %s:%d", self._host, self._port)
            return await self._watch(protocol)
        except TimeoutError:
            return f"no connection within {CONNECT_TIMEOUT_S:.0f} s"
        except OSError as error:
            return f"cannot connect ({error.strerror or error})"
        except AmiError as error:
            return protocol.lost.result() if protocol is not None and protocol.lost.done() else str(error)
        finally:
            self._protocol = None
            if protocol is not None:
                protocol.close()
            self._set_connected(False)

    async def _log_in(self, protocol: AmiProtocol) -> None:
        login = {"Action": "Login", "Username": self._user, "Secret": self._secret, "Events": EVENTS}
        try:
            await self._ask(protocol, login, LOGIN_TIMEOUT_S, as_list=False)
        except AmiRefusedError as error:
            why = f"{error.message} for user {self._user!r}; its secret must be that of manager.conf"
            raise AmiRefusedError("Login", why) from None

    async def _rebuild(self, protocol: AmiProtocol) -> None:
        self.channels.start_rebuild()
        answer = await self._ask(protocol, {"Action": "CoreShowChannels"}, LIST_TIMEOUT_S, as_list=None)
        messages = answer if isinstance(answer, list) else [answer]
        self.channels.rebuild(message for message in messages if message.event == "CoreShowChannel")

    async def _watch(self, protocol: AmiProtocol) -> str:
        while True:
            await asyncio.wait([protocol.lost], timeout=PING_INTERVAL_S)
            if protocol.lost.done():
                return protocol.lost.result()
            await self._ask(protocol, {"Action": "Ping"}, PING_TIMEOUT_S, as_list=False)

    async def _ask(
        self, protocol: AmiProtocol, action: Mapping[str, Any], limit_s: float, *, as_list: bool | None
    ) -> Any:
        name = str(action.get("Action"))
        future = protocol.send(action, as_list=as_list)
        try:
            async with asyncio.timeout(limit_s):
                answer = await future
        except TimeoutError:
            msg = f"{name}: no answer within {limit_s:.0f} s"
            raise AmiTimeoutError(msg) from None
        finally:
            protocol.forget(future)
        if not isinstance(answer, list) and not answer.success:
            raise AmiRefusedError(name, answer.message or answer.response)
        return answer

    def _set_connected(self, connected: bool) -> None:
        if connected != self.connected:
            self.connected = connected
            self._changed()

    def _changed(self) -> None:
        if self._callbacks:
            self._news.touch()

    def _tell(self) -> None:
        for callback in self._callbacks:
            callback()


def variables_of(status: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that an event Status was asked for, as far as they are set."""
    lines = status.get("Variable") or []
    pairs = (line.partition("=") for line in ([lines] if isinstance(lines, str) else lines))
    return {name: value for name, _, value in pairs if value not in _UNSET}


def _hand_on(event: Mapping[str, object], takers: Sequence[Callable[[Mapping[str, object]], None]]) -> None:
    for take in takers:
        take(event)
