"""Simulated operators: a hardware telephone that signs in and is lifted, and a console over MQTT that files tickets."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any, Final

import aiomqtt

from router.mqtt import topics
from router.mqtt.client import create_client
from router.mqtt.commands.operator_client import command_as_operator
from router.retry import retry
from router.task_group import run_together
from warroom.config.apply.operators import password_of
from warroom.config.secrets import mqtt_operator, read_secret
from warroom.services.sim.stage import MARK
from warroom.sip_test_client.telephone import Telephone

if TYPE_CHECKING:
    from agi.queues.schema import Operator
    from router.mqtt.operator_messages import OperatorReply
    from warroom.services.sim.stage import Stage
    from warroom.sip_test_client.incoming_call import IncomingCall

LIFT_S: Final = (0.8, 3.0)
TALK_S: Final = (8.0, 25.0)
SHOWN_TIMEOUT_S: Final = 5.0
"""For the console to show the call as answered: one without is not of a queue."""
COMMAND_TIMEOUT_S: Final = 15.0
CALLBACK_EVERY_S: Final = (20.0, 60.0)
RETRY_DELAY_S: Final = 3.0
FILES, HOLDS, HANGS_UP = 0.9, 0.15, 0.7
"""How often an operator does so."""
LANDMARKS: Final = ("हनुमान मंदिर", "पंचायत भवन", "बस अड्डा", "सरकारी स्कूल", "पानी की टंकी")
NEEDS: Final = ("ration", "cooked-food", "fresh", "water", "medicine", "gas", "sanitary")

_log = logging.getLogger(__name__)


class SimulatedOperator:
    """One operator at work.

    Args:
        stage: The simulation.
        operator: As in ``operators.toml``.
        address: Of the telephone, on this machine.
    """

    def __init__(self, stage: Stage, operator: Operator, address: str) -> None:
        self._stage = stage
        self._operator = operator
        self._address = address
        self._broker = stage.settings.router.broker
        self._secret = read_secret(stage.data, mqtt_operator(operator.id))
        self._password = password_of(stage.data, operator.id)
        self._shown: dict[str, Any] = {}
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled, then log out."""
        telephone = await Telephone.at((self._address, 0), self._stage.sip, self._stage.matcher, self._rings)
        try:
            await run_together(
                telephone.stay_signed_in(self._operator.endpoint, self._password), self._watch(), self._work()
            )
        finally:
            await telephone.close()

    async def _work(self) -> None:
        await self._say("login")
        try:
            while True:
                await asyncio.sleep(self._stage.chance.uniform(*CALLBACK_EVERY_S))
                await self._call_somebody_back()
        finally:
            await asyncio.shield(asyncio.create_task(self._log_out()))

    async def _log_out(self) -> None:
        try:
            await self._say("logout")
        except (TimeoutError, aiomqtt.MqttError) as error:
            _log.warning("operator %s is still logged in: %s", self._operator.id, error)

    async def _call_somebody_back(self) -> None:
        if self._shown:
            return
        waiting = (await self._say("callbacks")).data.get("callbacks", [])
        free = [one["callback"] for one in waiting if not one["taken_by"]]
        if free:
            await self._say("take-callback", callback=free[0])

    async def _watch(self) -> None:
        """Keep what the console shows of the call in hand."""
        account, topic = topics.operator(self._operator.id), topics.operator_calls(self._operator.id)

        async def watch() -> None:
            async with create_client(self._broker, account, self._secret, f"{self._operator.id}-sim") as client:
                await client.subscribe(topics.under(self._broker.topic_root, topic), qos=1)
                async for message in client.messages:
                    payload = message.payload if isinstance(message.payload, bytes) else b""
                    self._shown = json.loads(payload)["data"] if payload else {}
                    self._news.set()

        await retry(watch, delay_s=RETRY_DELAY_S, troubles=(aiomqtt.MqttError,))

    async def _rings(self, call: IncomingCall) -> None:
        await asyncio.sleep(self._stage.chance.uniform(*LIFT_S))
        if call.over.is_set():
            return
        async with call:
            self._stage.counts["answered by operators"] += 1
            try:
                await self._talk(call)
            except (TimeoutError, aiomqtt.MqttError) as error:
                _log.info("operator %s: %s", self._operator.id, error)

    async def _talk(self, call: IncomingCall) -> None:
        chance = self._stage.chance
        shown = await self._call_shown()
        until = asyncio.get_running_loop().time() + chance.uniform(*TALK_S)
        if shown and chance.random() < HOLDS:
            await self._say("hold", call=shown["uniqueid"])
            await asyncio.sleep(4)
            await self._say("resume", call=shown["uniqueid"])
        while not call.over.is_set() and asyncio.get_running_loop().time() < until:
            await call.speak(chance.choice(self._stage.speech))
        if shown and chance.random() < FILES:
            await self._write_down(shown)
        if shown and not call.over.is_set() and chance.random() < HANGS_UP:
            await self._say("hang-up", call=shown["uniqueid"])
            await call.ended(within_s=COMMAND_TIMEOUT_S)

    async def _call_shown(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(SHOWN_TIMEOUT_S):
                while not self._shown or self._shown.get("ringing"):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return {}
        return self._shown

    async def _write_down(self, shown: dict[str, Any]) -> None:
        chance, call = self._stage.chance, shown["uniqueid"]
        if ticket := shown.get("ticket"):
            await self._say("add-to-ticket", call=call, ticket=ticket, note="फिर फ़ोन किया; अब तक मदद नहीं पहुँची।")
            return
        district = chance.choice(sorted(self._stage.pins))
        self._stage.counts["tickets by operators"] += 1
        await self._say(
            "file",
            call=call,
            service_code=chance.choice(NEEDS),
            zipcode=self._stage.pins[district],
            district=district,
            name=MARK,
            landmark=chance.choice(LANDMARKS),
            people=chance.randint(1, 9),
            note="दो दिन से घर में कुछ नहीं है।",
        )

    async def _say(self, action: str, **words: Any) -> OperatorReply:
        reply = await command_as_operator(
            self._broker,
            topics.operator(self._operator.id),
            self._secret,
            {"action": action, "by": "simulation", **words},
            operator=self._operator.id,
            client="sim",
            limit_s=COMMAND_TIMEOUT_S,
        )
        if not reply.accepted:
            _log.info("operator %s: %s refused: %s", self._operator.id, action, reply.reason)
        return reply
