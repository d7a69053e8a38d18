"""The router as a process that can die between any two of its steps, and the reins to hold it by."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from router import clock
from router.mqtt import connection as link_module
from router.mqtt.client import AckClient
from router.mqtt.commands.room_commands import Commands
from router.mqtt.connection import MqttConnection
from router.mqtt.retained.messages import RetainedMessages
from router.settings import BrokerSettings
from router.storage.engine import Storage
from router.storage.writer import Writer
from router.tasks.service import TaskService
from router.tickets.opening.report import Report
from router.tickets.service import Answer, TicketService
from router.tickets.sla.monitor import SlaMonitor
from tests.support.brokers import PASSWORDS, ROOMS
from tests.support.stores import places
from warroom.services.reply_channels import REPLY_CHANNELS

_SERVER = multiprocessing.get_context("forkserver")  # a process of its own in milliseconds, with nothing of ours in it
_SERVER.set_forkserver_preload([__name__])
STORE_S = 30.0
"""Before the store counts as gone. With its own 5 s a busy machine's disk, which waits for other programs' writes, is
taken for it; that is tried elsewhere."""


class KilledError(Exception):
    """The process ended before it answered."""


class RouterProcess:
    """One start of the router."""

    def __init__(self, process: ForkServerProcess, pipe: Connection) -> None:
        self._process = process
        self._pipe = pipe
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._count = 0
        self.ended = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    def start(cls, store: Path, broker: BrokerSettings, *, passed_s: float) -> RouterProcess:
        """Start it; `passed_s` is by how much time has passed beyond the machine's."""
        ours, its = _SERVER.Pipe()
        process = _SERVER.Process(target=_main, args=(its, store, broker, passed_s), daemon=True)
        process.start()
        its.close()
        return cls(process, ours)

    async def ask(self, what: str, *details: Any) -> Any:
        """Have it do something and return what came of it; raises KilledError."""
        if self.ended.is_set():
            raise KilledError
        self._count += 1
        answer = self._answers[self._count] = asyncio.get_running_loop().create_future()
        with contextlib.suppress(BrokenPipeError):
            self._pipe.send((self._count, what, details))
        return await answer

    async def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        await self._reader

    async def _read(self) -> None:
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                number, answer = await asyncio.to_thread(self._pipe.recv)
                future = self._answers.pop(number)
                if not future.done():
                    future.set_result(answer)
        await asyncio.to_thread(self._process.join)
        self._pipe.close()
        self.ended.set()
        for future in self._answers.values():
            if not future.done():
                future.set_exception(KilledError())


# what follows runs in the process that may die


@dataclass
class _Fuse:
    """Kills this process after so many more steps; 0: never."""

    left: int = 0

    def step(self) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)

    def lay(self) -> None:
        """Count as a step: before and after each commit, each publish of a ticket or a reply, and its PUBACK."""
        commit, put, publish = Writer._commit, AckClient.put, paho.Client.publish

        def stepped_commit(writer: Writer, group: Any) -> Any:
            self.step()
            outcome = commit(writer, group)
            self.step()
            return outcome

        async def stepped_put(client: AckClient, topic: str, *args: Any, **options: Any) -> None:
            counts = any(part in topic for part in ("/tickets/", "/copies/", "/replies", "/alerts/"))
            if counts:
                self.step()
            await put(client, topic, *args, **options)
            if counts:
                self.step()

        def stepped_publish(client: paho.Client, topic: str, *args: Any, **options: Any) -> Any:
            outcome = publish(client, topic, *args, **options)
            if "/tickets/" in topic:
                self.step()
            return outcome

        Writer._commit, AckClient.put, paho.Client.publish = (  # type: ignore[method-assign]
            stepped_commit,
            stepped_put,
            stepped_publish,
        )


def _main(pipe: Connection, store: Path, broker: BrokerSettings, passed_s: float) -> None:
    fuse = _Fuse()
    fuse.lay()
    link_module.MAX_BACKOFF_S = 0.5
    asyncio.run(_Router(pipe, fuse, passed_s).serve(store, broker))


class _Router:
    """Desk, link and clock in one event loop, as in `serve`; the clock ticks when it is told to."""

    def __init__(self, pipe: Connection, fuse: _Fuse, passed_s: float) -> None:
        self._pipe = pipe
        self._fuse = fuse
        self._passed_s = passed_s
        read = clock.read_clocks

        def later() -> clock.Reading:
            now = read()
            return now._replace(wall=now.wall + self._passed_s, since_boot=now.since_boot + self._passed_s)

        clock.read_clocks = later

    async def serve(self, path: Path, broker: BrokerSettings) -> None:
        self._store = Storage(path, RetainedMessages(), timeout_s=STORE_S)
        await self._store.open()
        self._desk = TicketService(self._store, places(), node=1, replies=REPLY_CHANNELS)
        self._link = MqttConnection(broker, node=1, password=PASSWORDS["router"], store=self._store, places=places())
        Commands(self._desk, TaskService(self._store, places(), node=1), self._link.inbox, rooms=ROOMS, node=1).listen()
        self._clock = SlaMonitor(self._store, self._desk, places(), offline=lambda: None)
        await self._store.write(lambda uow: uow.clock.checkpoint())
        self._link.start()
        tasks = set()
        while True:
            number, what, details = await asyncio.to_thread(self._pipe.recv)
            task = asyncio.create_task(self._answer(number, what, details))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _answer(self, number: int, what: str, details: tuple[Any, ...]) -> None:
        doing: Callable[..., Any] = getattr(self, what)
        self._pipe.send((number, await doing(*details)))

    async def open(self, report: Report) -> str:
        return (await self._desk.open(report)).number

    async def answer(self, number: str, answer: Answer, call: str) -> bool:
        return (await self._desk.citizen_answers(number, answer, call)).accepted

    async def passed(self, seconds: float) -> None:
        self._passed_s += seconds
        await self._clock.tick()

    async def arm(self, steps: int) -> None:
        self._fuse.left = steps

    async def connected(self) -> None:
        await self._link.wait_connected()

    async def lost(self) -> None:
        """Return when the link knows that its broker is gone."""
        while self._link.connected:
            await asyncio.sleep(0.02)  # the link announces it nowhere

    async def sent(self) -> None:
        """Return when nothing waits in the outbox of a connected link."""
        while not self._link.connected or await self._store.read(lambda uow: uow.outbox.waiting()):
            await asyncio.sleep(0.02)  # nor the outbox that it is empty
