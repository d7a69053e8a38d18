"""The demonstration: one citizen's call becomes a ticket of the Bhopal room."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from router.errors import UserError
from router.mqtt.commands.room_client import RoomTicket, watch_room
from warroom.config.apply.trunks import applied_trunks
from warroom.config.paths import DataDirectory
from warroom.config.secrets import mqtt_room, read_secret, test_header
from warroom.services.loopback_line import find_loopback_line, meaning_of
from warroom.sip_test_client import CallRefusedError, PromptMatcher, TestCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from warroom.config.settings import Settings

ROOM = "district-bhopal"
_ROOM_TIMEOUT_S = 20.0  # to sign in at the broker and to receive the ticket
_NUMBER_TIMEOUT_S = 45.0  # nine digits twice take 22 s
_DIGITS = 9
_T = TypeVar("_T")

#: The citizen's actions: hears this prompt, presses these keys. Hindi needs no key.
_ANSWERS = (
    ("hi/greeting-181", "1"),
    ("hi/food-menu", "1"),
    ("hi/place-ask", "462001#"),
    ("hi/place-is", "1"),
    ("hi/callback-ask", "1"),
)


class DemoError(UserError):
    """A stage of the demonstration failed; the text names it and says what to do."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The result of the call.

    Attributes:
        ticket: As the room received it.
        spoken: The number as the caller heard it.
        milliseconds: From the end of the caller's last key to the room's receipt.
    """

    ticket: RoomTicket
    spoken: str
    milliseconds: float


async def run_demo(data: Path, settings: Settings, speech: bytes, tell: Callable[[str], None]) -> DemoResult:
    """Place the call on a running stack and wait for the ticket.

    Args:
        data: The data directory of the stack.
        settings: Its settings.
        speech: The citizen's name and place as speech, 8 kHz A-law.
        tell: Called with one line for each event.

    Raises:
        DemoError: The call or the room failed.
    """
    arrivals: asyncio.Queue[tuple[float, RoomTicket]] = asyncio.Queue()
    connected = asyncio.Event()
    watcher = asyncio.create_task(_watch(data, settings, arrivals, connected))
    try:
        await _within(connected.wait(), "room", f"{ROOM} could not sign in at the broker", data)
        number, last_key_at = await _call(data, settings, speech, tell)
        arrived_at, ticket = await _within(
            _find(arrivals, number), "ticket", f"{ROOM} did not receive ticket {number}", data
        )
    finally:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
    return DemoResult(ticket, number, (arrived_at - last_key_at) * 1000)


async def _watch(
    data: Path, settings: Settings, arrivals: asyncio.Queue[tuple[float, RoomTicket]], connected: asyncio.Event
) -> None:
    password = read_secret(data, mqtt_room(ROOM))
    async for ticket in watch_room(settings.router.broker, ROOM, password, client="demo", connected=connected):
        arrivals.put_nowait((time.time(), ticket))


async def _find(arrivals: asyncio.Queue[tuple[float, RoomTicket]], number: str) -> tuple[float, RoomTicket]:
    while True:
        arrived_at, ticket = await arrivals.get()
        if ticket.number == number and ticket.event is not None:
            return arrived_at, ticket


async def _call(data: Path, settings: Settings, speech: bytes, tell: Callable[[str], None]) -> tuple[str, float]:
    """Go through the conversation; return the number spoken and when the last key was let go."""
    matcher = await asyncio.to_thread(PromptMatcher.of, DataDirectory(data).prompts)
    remote, extra = (settings.calls.sip_bind, settings.calls.sip_port), test_header(data)
    line = find_loopback_line(applied_trunks(data))
    try:
        async with TestCall(
            remote, line.did, matcher=matcher, local_ip=line.address, caller=_caller(), extra=extra
        ) as call:
            tell(f"{line.did} answers")
            for prompt, keys in _ANSWERS:
                await call.hear(prompt)
                tell(f"hears {prompt}, presses {keys}")
                await call.press(keys)
            await call.hear("hi/beep")
            tell("says name and place, presses #")
            await call.speak(speech)
            await call.press("#")
            last_key_at = call.last_key_at
            await call.hear("hi/number-is")
            start = len(call.heard)
            await call.hear("hi/number-call-again", within_s=_NUMBER_TIMEOUT_S)
            number = _number(call.heard[start:])
            tell(f"hears the number {number}, hangs up")
            return number, last_key_at
    except CallRefusedError as error:
        raise DemoError(f"call to {line.did} from {line.address}: {error}: {meaning_of(error.status)}") from error
    except (TimeoutError, ConnectionError, OSError) as error:
        raise DemoError(f"call: {error}; see {data}/log/ or run: warroom doctor") from error


def _caller() -> str:
    """A mobile number that has not called before: a known caller is asked for the place of last time."""
    return f"98{secrets.randbelow(10**8):08}"


def _number(heard: list[str]) -> str:
    """Return the ticket number from the digits heard; it is spoken twice."""
    digits = "".join(name.removeprefix("hi/number-") for name in heard if name.startswith("hi/number-"))
    digits = "".join(character for character in digits if character.isdigit())
    if len(digits) != 2 * _DIGITS or digits[:_DIGITS] != digits[_DIGITS:]:
        raise DemoError(f"call: the number was not spoken twice alike: {digits or 'nothing heard'}")
    return digits[:_DIGITS]


async def _within(work: Awaitable[_T], stage: str, problem: str, data: Path) -> _T:
    try:
        return await asyncio.wait_for(work, _ROOM_TIMEOUT_S)
    except TimeoutError:
        raise DemoError(f"{stage}: {problem} within {_ROOM_TIMEOUT_S:.0f} s; see {data}/log/") from None
