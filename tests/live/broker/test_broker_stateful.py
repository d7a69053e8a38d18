"""Random lives of a whole router: calls, rooms, time, crashes between any two steps, brokers that go and come.

Whatever happens in whatever order: each ticket that a caller was told is with exactly one room, at the broker as in the
store, a closed one lies nowhere, its history explains its stage, and no command was done twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections import Counter
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import aiomqtt
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from router.model.stages import STEPS, Stage
from router.mqtt.commands.room_client import command_as_room
from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from router.storage.migrate import migrate
from router.tickets.command import Command, CommandReply
from router.tickets.service import Answer
from router.tickets.workflow import ACTIONS
from tests.live.broker.router_process import STORE_S, KilledError, RouterProcess
from tests.support.brokers import NOBODY, PASSWORDS, Broker
from tests.support.stores import opened_desk, report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from router.model.ticket import Ticket
    from router.model.ticket_views import TicketHistoryLine
    from router.tickets.service import TicketService

pytestmark = pytest.mark.long

_HERE = ("district-bhopal", "district-indore", "state")
_SAID = ("acknowledge", "start", "resolve", "propose-reject", "accept-reject", "reroute", "note", "merge", "unmerge",
         "withdraw", "reopen")  # fmt: skip
_REPLY_S = STORE_S + 10.0
_WHOLE_S = 2 * STORE_S + 30.0

_CALLS = st.tuples(st.just("call"), st.integers(1, 3), st.integers(1, 6), st.sampled_from(["ration", "danger", None]))
_ANSWERS = st.tuples(st.just("answer"), st.integers(0, 9), st.sampled_from(get_args(Answer)), st.integers(1, 3))
_COMMANDS = st.tuples(
    st.just("command"),
    st.none() | st.sampled_from(_HERE),  # None: the room that has the ticket
    st.integers(0, 9),
    st.sampled_from(_SAID),
    st.sampled_from(["any", "present", "stale"]),
    st.sampled_from(_HERE),
    st.integers(0, 9),
    st.booleans(),
)
_AGAIN = st.tuples(st.just("again"), st.integers(0, 30))
_DEEDS = _CALLS | _COMMANDS | _ANSWERS | _AGAIN


class World:
    """A broker, a router, those who call and those in the rooms; and what they were told."""

    def __init__(self, place: Path, empty: Path) -> None:
        self.store = place / "s.sqlite"
        shutil.copy(empty, self.store)
        (place / "mosquitto").mkdir()
        if os.geteuid() == 0:
            place.chmod(0o755)
            os.chown(place / "mosquitto", NOBODY, NOBODY)
        self.broker = Broker(place / "mosquitto")
        self.router: RouterProcess | None = None
        self.passed_s = 0.0
        self.told: dict[str, str] = {}
        self.said: list[tuple[str, Command]] = []
        self.replies: dict[str, CommandReply] = {}
        self._ids = count(1)

    async def start(self) -> None:
        await self.broker.start()
        await self.there()

    async def there(self) -> RouterProcess:
        """The router; started again when it has died."""
        if self.router is None or self.router.ended.is_set():
            self.router = RouterProcess.start(self.store, self.broker.settings, passed_s=self.passed_s)
        return self.router

    async def end(self) -> None:
        if self.router:
            await self.router.kill()
        await self.broker.kill()

    async def do(self, deed: tuple[Any, ...]) -> None:
        await getattr(self, deed[0])(*deed[1:])

    async def together(self, deeds: list[tuple[Any, ...]]) -> None:
        await asyncio.gather(*(self.do(deed) for deed in deeds))

    async def call(self, phone: int, key: int, need: str | None) -> None:
        """Somebody calls, or what they said is reported again: the same key is told the same number."""
        key_text = f"call-{phone}-{key}/1"
        said = report(key_text, phone=f"+91980000000{phone}", need=need, call=f"call-{phone}-{key}")
        number = await self._unless_it_dies("open", said)
        if number:
            assert self.told.setdefault(key_text, number) == number

    async def answer(self, index: int, answer: str, call: int) -> None:
        number = self._number(index)
        if number:
            await self._unless_it_dies("answer", number, answer, f"c{call}")

    async def command(
        self, room: str | None, index: int, action: str, seen: str, to: str, into: int, twice: bool
    ) -> None:
        """A room says something about a ticket, its own or another's, of the version it has seen or not; or twice."""
        number = self._number(index)
        ticket = await self._ticket(number) if number else None
        if ticket is None:
            return
        mark = f"c-{next(self._ids)}"
        fields = {
            "command_id": mark,
            "ticket": ticket.number,
            "action": action,
            "note": f"§{mark}§",
            "if_version": {"any": None, "present": ticket.version, "stale": max(1, ticket.version - 1)}[seen],
            **({"room": to} if action == "reroute" else {}),
            **({"into": self._number(into)} if action == "merge" else {}),
        }
        sender = room or (ticket.room if ticket.room in _HERE else "state")
        self.said.append((sender, Command.model_validate(fields)))
        saying = self.said[-1]
        for _ in range(1 + twice):
            await self._say(*saying)

    async def again(self, index: int) -> None:
        """A room repeats a command: it had no answer, or the answer was lost on its side."""
        if self.said:
            await self._say(*self.said[index % len(self.said)])

    async def _say(self, room: str, command: Command) -> None:
        if not self.broker.running:
            return
        router = await self.there()
        client = f"c{next(self._ids)}"
        answered = asyncio.create_task(
            command_as_room(self.broker.settings, room, PASSWORDS[room], command, client=client, limit_s=_REPLY_S)
        )
        died = asyncio.create_task(router.ended.wait())
        try:
            await asyncio.wait([answered, died], return_when=asyncio.FIRST_COMPLETED)
            if answered.done() and not isinstance(answered.exception(), aiomqtt.MqttError):
                reply = answered.result()
                known = self.replies.setdefault(command.command_id, reply)
                assert (known.accepted, known.code, known.version) == (reply.accepted, reply.code, reply.version)
        finally:
            for task in (answered, died):
                task.cancel()
            await asyncio.gather(answered, died, return_exceptions=True)

    async def hours(self, number: int) -> None:
        self.passed_s += number * 3600
        await self._unless_it_dies("passed", number * 3600.0)

    async def crash_after(self, steps: int) -> None:
        await self._unless_it_dies("arm", steps)

    async def broker_comes(self) -> None:
        """Start it when the router knows that the one before is gone: a busy machine may tell it so late."""
        if self.router:
            with contextlib.suppress(KilledError):
                await self.router.ask("lost")
        await self.broker.start()

    async def whole(self) -> None:
        """Let everything come to rest, and look."""
        if not self.broker.running:
            await self.broker_comes()
        async with asyncio.timeout(_WHOLE_S):
            while True:
                router = await self.there()
                try:
                    await router.ask("arm", 0)
                    await router.ask("sent")
                    break
                except KilledError:
                    continue
        await self._look()

    async def _look(self) -> None:
        store = Storage(self.store, RetainedMessages(), timeout_s=STORE_S)
        await store.open()
        try:
            async with opened_desk(store, node=2) as desk:
                tickets = {ticket.number: ticket for ticket in await desk.tickets(open_only=False)}
                histories = {number: await desk.history(number) for number in tickets}
                await self._told_is_kept(store, desk)
            standing = await store.read(lambda uow: uow.alerts.active())
        finally:
            await store.close()
        await self._lies_where_it_should(tickets.values())
        alerts = await self.broker.retained("alerts/#")
        assert {f"alerts/{alert.kind}/{alert.room}" for alert in standing} == alerts.keys()
        for number, history in histories.items():
            _explained(tickets[number], history)
        done = Counter(
            mark for history in histories.values() for line in history for mark in line.what.split("§")[1::2]
        )
        for _, command in self.said:
            reply = self.replies.get(command.command_id)
            allowed = {0, 1} if reply is None else {int(reply.accepted)}
            assert done[command.command_id] in allowed, f"{command} was done {done[command.command_id]} times"

    async def _told_is_kept(self, store: Storage, desk: TicketService) -> None:
        for key, number in self.told.items():
            ticket = await store.read(lambda uow, key=key: uow.tickets.by_source_key(key))
            assert ticket is not None, f"{number} was told to a caller and is not in the store"
            assert ticket.number == number

    async def _lies_where_it_should(self, tickets: Any) -> None:
        wanted = {}
        for ticket in tickets:
            message = RetainedMessages().of_ticket(ticket, ticket.model_dump_json())
            if message:
                wanted |= {place.topic: message.payload for place in message.places}
        lying = await self.broker.retained("rooms/+/tickets/#") | await self.broker.retained("rooms/+/copies/#")
        assert lying == wanted

    def _number(self, index: int) -> str | None:
        numbers = sorted(set(self.told.values()))
        return numbers[index % len(numbers)] if numbers else None

    async def _ticket(self, number: str) -> Ticket | None:
        store = Storage(self.store, RetainedMessages(), timeout_s=STORE_S)
        await store.open()
        try:
            return await store.read(lambda uow: uow.tickets.by_number(number))
        finally:
            await store.close()

    async def _unless_it_dies(self, what: str, *details: Any) -> Any:
        """What the router says; None when it died meanwhile."""
        try:
            async with asyncio.timeout(_WHOLE_S):
                return await (await self.there()).ask(what, *details)
        except KilledError:
            return None


def _explained(ticket: Ticket, history: list[TicketHistoryLine]) -> None:
    """Every version has its line, every line its step, and the last one the stage the ticket has."""
    assert [line.version for line in history] == list(range(1, ticket.version + 1))
    assert history[-1].stage == ticket.stage
    for before, after in pairwise(history):
        step = Stage(before.stage), Stage(after.stage)
        action = after.what.partition(";")[0]
        to = ACTIONS[action].to if action in ACTIONS else None  # type: ignore[index]
        moved = action == "reroute"
        assert (step[0] is step[1] and not moved) or step[1] in STEPS[step[0]], f"{before} → {after}"
        if to is not None:
            assert step[1] is to or (moved and step[1] is Stage.TRIAGE), after
        elif action in ACTIONS and action != "unmerge":
            assert step[0] is step[1], after


class Lives(RuleBasedStateMachine):
    """What happens is drawn by hypothesis; `World` does it."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self._place = tempfile.TemporaryDirectory(dir="/var/tmp")
        self._runner = asyncio.Runner()
        self._world = World(Path(self._place.name), self.empty)

    def _run(self, what: Awaitable[None]) -> None:
        self._runner.run(what)  # type: ignore[arg-type]

    @initialize(deeds=st.lists(_CALLS, min_size=2, max_size=4))
    def begin(self, deeds: list[tuple[Any, ...]]) -> None:
        self._run(self._world.start())
        self._run(self._world.together(deeds))

    @rule(deed=_CALLS | _ANSWERS)
    def citizen(self, deed: tuple[Any, ...]) -> None:
        self._run(self._world.do(deed))

    @precondition(lambda self: self._world.broker.running)
    @rule(deed=_COMMANDS | _AGAIN)
    def room(self, deed: tuple[Any, ...]) -> None:
        self._run(self._world.do(deed))

    @rule(deeds=st.lists(_DEEDS, min_size=2, max_size=5))
    def together(self, deeds: list[tuple[Any, ...]]) -> None:
        self._run(self._world.together(deeds))

    @rule(number=st.integers(1, 30))
    def hours_pass(self, number: int) -> None:
        self._run(self._world.hours(number))

    @rule(steps=st.integers(1, 25), deeds=st.lists(_DEEDS, min_size=1, max_size=4))
    def crash_in_the_middle(self, steps: int, deeds: list[tuple[Any, ...]]) -> None:
        self._run(self._world.crash_after(steps))
        self._run(self._world.together(deeds))

    @precondition(lambda self: self._world.broker.running)
    @rule(how=st.sampled_from(["stop", "kill"]))
    def broker_goes(self, how: str) -> None:
        self._run(getattr(self._world.broker, how)())

    @precondition(lambda self: not self._world.broker.running)
    @rule()
    def broker_comes(self) -> None:
        self._run(self._world.broker_comes())

    @rule()
    def rest(self) -> None:
        self._run(self._world.whole())

    def teardown(self) -> None:
        try:
            self._run(self._world.whole())
            self._run(self._world.broker.kill())  # it has forgotten all that came since its last save
            self._run(self._world.whole())
        finally:
            self._run(self._world.end())
            self._runner.close()
            self._place.cleanup()


@pytest.fixture(scope="module", autouse=True)
def empty() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as place:
        Lives.empty = Path(place) / "s.sqlite"
        migrate(Lives.empty)
        yield


_USUAL = settings(suppress_health_check=list(HealthCheck), print_blob=True, report_multiple_bugs=False)


def test_lives_of_the_router() -> None:
    """The same lives each time, so that a fault found here is a fault of the change."""
    run_state_machine_as_test(
        Lives, settings=settings(_USUAL, max_examples=3, stateful_step_count=10, derandomize=True)
    )


@pytest.mark.timeout(900)
def test_lives_of_the_router_many() -> None:
    """Other lives each time: four to ten seconds each on a quiet machine, more on a busy one."""
    run_state_machine_as_test(Lives, settings=settings(_USUAL, max_examples=14, stateful_step_count=30))
