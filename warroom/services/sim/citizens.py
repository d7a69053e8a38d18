"""Simulated citizens: they call a helpline, press keys, speak, wait for an operator, or hang up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final, NamedTuple

from warroom.services.sim.stage import is_loopback
from warroom.sip_test_client import CallRefusedError, TestCall
from warroom.sip_test_client.telephone import Telephone

if TYPE_CHECKING:
    from warroom.services.sim.stage import Stage
    from warroom.sip_test_client.incoming_call import IncomingCall

MAX_CALL_S: Final = 300.0
"""No simulated call is longer."""
PATIENCE_S: Final = (12.0, 90.0)
"""How long a citizen waits for an operator."""
SIP_PORT: Final = 5060
GREETING: Final = "greeting-181|greeting-104|greeting-warroom|danger"

_log = logging.getLogger(__name__)


class Wish(NamedTuple):
    """What a citizen presses to say what is needed.

    Attributes:
        weight: How often, among the others.
        need: The need's id.
        keys: Prompt heard, and keys pressed.
    """

    weight: int
    need: str
    keys: tuple[tuple[str, str], ...]


WISHES: Final = (
    Wish(10, "ration", ((GREETING, "1"), ("food-menu", "1"))),
    Wish(6, "cooked-food", ((GREETING, "1"), ("food-menu", "2"))),
    Wish(3, "fresh", ((GREETING, "1"), ("food-menu", "3"))),
    Wish(3, "water", ((GREETING, "1"), ("food-menu", "4"))),
    Wish(2, "ration-shop", ((GREETING, "1"), ("food-menu", "5"))),
    Wish(5, "medicine", ((GREETING, "2"), ("health-menu", "1"))),
    Wish(2, "sanitary", ((GREETING, "2"), ("health-menu", "3"))),
    Wish(3, "gas", ((GREETING, "3"), ("fuel-menu", "1"))),
)
OPERATOR, SILENT, GIVES_UP = 14, 2, 2
"""Weights of those who want a person, press nothing, or hang up in the menu."""


async def call_in(stage: Stage) -> None:
    """One citizen's call, from the first ring to the end."""
    weights = [wish.weight for wish in WISHES] + [OPERATOR, SILENT, GIVES_UP]
    which = stage.chance.choices(range(len(weights)), weights)[0]
    call = TestCall(
        stage.sip, stage.line.did, matcher=stage.matcher, local_ip=stage.line.address, caller=stage.new_phone()
    )
    try:
        async with asyncio.timeout(MAX_CALL_S), call:
            stage.counts["calls"] += 1
            if which < len(WISHES):
                await _ask_for(stage, call, WISHES[which])
            elif which == len(WISHES):
                await _want_a_person(stage, call)
            else:
                await _give_up(call, presses=which == len(WISHES) + 2)
    except CallRefusedError:
        stage.counts["refused"] += 1
    except (TimeoutError, OSError) as error:
        stage.counts["cut off"] += 1
        _log.info("a simulated citizen went: %s", error)


async def _ask_for(stage: Stage, call: TestCall, wish: Wish) -> None:
    district = stage.chance.choice(sorted(stage.pins))
    for prompt, keys in (*wish.keys, ("place-ask", f"{stage.pins[district]}#"), ("place-is", "1")):
        await _hear(call, prompt)
        await call.press(keys)
    await _hear(call, "callback-ask")
    await call.press("1")
    if stage.chance.random() < 0.5:  # noqa: PLR2004
        await _hear(call, "beep")
        await call.speak(stage.chance.choice(stage.speech))
    else:
        await _hear(call, "details-ask")
    await call.press("#")
    await _hear(call, "number-is")
    stage.counts["tickets by keys"] += 1
    await asyncio.sleep(stage.chance.uniform(2, 20))  # hears the number, or not to its end


async def _want_a_person(stage: Stage, call: TestCall) -> None:
    await _hear(call, GREETING)
    await call.press("0")
    stage.counts["asked for a person"] += 1
    patience = stage.chance.uniform(*PATIENCE_S)
    began = asyncio.get_running_loop().time()
    while not call.over.is_set():
        if call.loud_s and asyncio.get_running_loop().time() - began > MAX_CALL_S / 2:
            return
        await call.speak(stage.chance.choice(stage.speech))
        with contextlib.suppress(TimeoutError):
            await call.ended(within_s=3)
        waiting = call.heard and call.heard[-1].rpartition("/")[2].startswith(("hold-", "queue-"))
        if waiting and asyncio.get_running_loop().time() - began > patience:
            return


async def _give_up(call: TestCall, *, presses: bool) -> None:
    await _hear(call, GREETING)
    if presses:
        await call.press("1")
        await _hear(call, "food-menu")
    await asyncio.sleep(2)


async def _hear(call: TestCall, prompt: str) -> None:
    await call.hear(*(f"hi/{name}" for name in prompt.split("|")))


class FarEnd:
    """Where citizens are called: the far ends of trunks whose server is this machine.

    Args:
        stage: The simulation.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._telephones: list[Telephone] = []

    async def open(self) -> None:
        """Answer there, where nobody else does."""
        for trunk in self._stage.trunks.trunk:
            host, _, port = trunk.server.partition(":")
            if is_loopback(host):
                try:
                    where = host, int(port or SIP_PORT)
                    telephone = await Telephone.at(where, self._stage.sip, self._stage.matcher, self._answer)
                except OSError as error:
                    _log.warning("nobody answers calls to simulated citizens by trunk %s: %s", trunk.name, error)
                else:
                    self._telephones.append(telephone)

    async def close(self) -> None:
        """End all calls."""
        for telephone in self._telephones:
            await telephone.close()

    async def _answer(self, call: IncomingCall) -> None:
        chance = self._stage.chance
        await asyncio.sleep(chance.uniform(2, 6))
        if f"+91{call.dialled[-10:]}" not in self._stage.phones or chance.random() < 0.15:  # noqa: PLR2004
            call.decline()
            return
        self._stage.counts["called back"] += 1
        async with asyncio.timeout(MAX_CALL_S), call:
            for _ in range(3):  # "did help come?": yes
                with contextlib.suppress(TimeoutError):
                    await call.ended(within_s=6)
                if call.over.is_set():
                    return
                await call.press("1")
            while not call.over.is_set():
                await call.speak(chance.choice(self._stage.speech))
                with contextlib.suppress(TimeoutError):
                    await call.ended(within_s=3)
