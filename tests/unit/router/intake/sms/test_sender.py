"""The sender on a real store, with a provider at the other end of its transport."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from router.intake.sms.in_force import SmsInForce
from router.intake.sms.sending.client import Fate, make_client, read_answer
from router.intake.sms.sending.question import SmsQuestions, open_questions
from router.intake.sms.sending.queue import CHANNEL, TicketNumberBySms, about_ticket
from router.intake.sms.sending.sender import LEASE_S, MAYBE, SmsSender
from router.intake.sms.words import sms_variables
from router.model.job import ORIGINATE
from router.storage.errors import StorageUnavailableError
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room
from tests.support.sms_files import example
from tests.support.stores import PHONE, places, report

if TYPE_CHECKING:
    from pathlib import Path

    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService

NOON = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)


class Provider:
    """Answers as Exotel does, or as a fault says."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.fault: Exception | httpx.Response | None = None
        self.held = asyncio.Event()
        self.held.set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        await self.held.wait()
        if isinstance(self.fault, Exception):
            raise self.fault
        return self.fault or httpx.Response(200, json={"SMSMessage": {"Sid": f"S{len(self.asked)}"}})


class Bench:
    """A store, a desk, a provider and a clock."""

    def __init__(self, store: Storage, desk: TicketService, path: Path) -> None:
        self.store, self.desk = store, desk
        self.now = NOON
        self.provider = Provider()
        self.opening = NOON
        path.write_text(example("exotel"))
        self.in_force = SmsInForce(path, sms_variables(places()), {"provider": "s3cret", "path": "p"}.get)
        self.in_force.look()
        self.sender = self.new_sender()

    def new_sender(self) -> SmsSender:
        """A sender, as after a start."""
        transport = httpx.MockTransport(self.provider)
        allowed = lambda now: max(now, self.opening)  # noqa: E731
        return SmsSender(self.store, self.in_force, allowed, transport=transport, now=lambda: self.now)

    async def look(self) -> int:
        """Let the sender look once."""
        async with make_client(httpx.MockTransport(self.provider)) as client:
            return await self.sender.look(client)

    async def queue(
        self, ticket: Ticket, template: str = "ticket-number", purpose: str = "answer", key: str = "k"
    ) -> None:
        """Queue a message about a ticket."""
        new = about_ticket(ticket, places(), to=PHONE, template=template, purpose=purpose, key=key)
        await self.store.write(lambda uow: uow.messages_out.add(new, self.now))

    async def message(self, key: str = "k") -> tuple[OutgoingMessage, str]:
        """Return a message and its error."""
        found = await self.store.read(lambda uow: uow.messages_out.by_key(CHANNEL, key))
        assert found is not None
        return found


@pytest.fixture
def bench(store: Storage, desk: TicketService, tmp_path: Path) -> Bench:
    return Bench(store, desk, tmp_path / "sms.toml")


async def test_killed_while_the_provider_has_it_nothing_is_sent_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.intake.sms.sending.sender.STOP_TIMEOUT_S", 0)
    await bench.queue(await bench.desk.open(report("1/1")))
    bench.provider.held.clear()
    looking = asyncio.create_task(bench.look())
    while not bench.provider.asked:
        await asyncio.sleep(0)
    looking.cancel()  # as SIGKILL does: nothing more is written
    with contextlib.suppress(asyncio.CancelledError):
        await looking
    bench.sender = bench.new_sender()
    assert await bench.look() == 0  # its lease has not run out
    bench.now += timedelta(seconds=LEASE_S + 1)
    assert await bench.look() == 1
    message, error = await bench.message()
    assert (message.state, error.startswith(MAYBE)) == ("failed", True)
    assert len(bench.provider.asked) == 1
    bench.provider.held.set()


@pytest.mark.parametrize("end", [StorageUnavailableError("silent", "store", "wait"), asyncio.CancelledError()])
async def test_a_claim_whose_commit_was_not_answered_is_undone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    await bench.queue(await bench.desk.open(report("1/1")))
    await bench.look()  # drops what is old, once a minute
    await bench.queue(await bench.desk.open(report("2/1")), key="k2")
    write = bench.store.write
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "write", _answers_once_with(end, write))
        with pytest.raises(type(end)):
            await bench.look()
    if isinstance(end, asyncio.CancelledError):
        bench.sender = bench.new_sender()  # the process has ended
    assert await bench.look() == 1
    assert (await bench.message("k2"))[0].state == "sent"
    assert len(bench.provider.asked) == 2


def _answers_once_with(end: BaseException, write: Any) -> Any:
    """A store whose first commit is kept and not answered."""
    ends = [end]

    async def unanswered(job: Any) -> Any:
        result = await write(job)
        if ends:
            raise ends.pop()
        return result

    return unanswered


async def test_a_process_that_ends_waits_for_the_answer(bench: Bench) -> None:
    await bench.queue(await bench.desk.open(report("1/1")))
    bench.provider.held.clear()
    looking = asyncio.create_task(bench.look())
    while not bench.provider.asked:
        await asyncio.sleep(0)
    looking.cancel()
    await asyncio.sleep(0)
    bench.provider.held.set()
    with contextlib.suppress(asyncio.CancelledError):
        await looking
    assert (await bench.message())[0].state == "sent"


async def test_what_has_waited_for_a_day_is_dropped(bench: Bench) -> None:
    await bench.queue(await bench.desk.open(report("1/1")))
    bench.now += timedelta(days=1, minutes=1)
    assert await bench.look() == 0
    assert (await bench.message())[0].state == "dropped"


@pytest.mark.parametrize(
    "fault",
    [httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), httpx.Response(502), httpx.Response(200, text="ok")],
)
async def test_what_may_have_been_sent_is_not_sent_again(bench: Bench, fault: Exception | httpx.Response) -> None:
    await bench.queue(await bench.desk.open(report("1/1")))
    bench.provider.fault = fault
    await bench.look()
    bench.provider.fault = None
    bench.now += timedelta(hours=1)
    await bench.look()
    message, error = await bench.message()
    assert (message.state, error.startswith(MAYBE)) == ("failed", True)
    assert len(bench.provider.asked) == 1


@pytest.mark.parametrize("fault", [httpx.ConnectError("x"), httpx.Response(429), httpx.Response(503)])
async def test_what_was_not_taken_is_sent_later(bench: Bench, fault: Exception | httpx.Response) -> None:
    await bench.queue(await bench.desk.open(report("1/1")))
    bench.provider.fault = fault
    for _ in range(5):
        await bench.look()
        bench.now += timedelta(minutes=6)
    assert "takes no messages" in bench.sender.trouble
    bench.provider.fault = None
    await bench.look()
    message, error = await bench.message()
    assert (message.state, message.attempts, error) == ("sent", 1, "")
    assert bench.sender.trouble == ""
    assert len(bench.provider.asked) == 6


async def test_a_refused_account_stops_the_queue_until_the_secret_changes(bench: Bench) -> None:
    ticket = await bench.desk.open(report("1/1"))
    for key in "ab":
        await bench.queue(ticket, key=key)
    bench.provider.fault = httpx.Response(401, json={"RestException": {"Code": "UNAUTHORIZED"}})
    await bench.look()
    asked = len(bench.provider.asked)
    await bench.look()
    assert len(bench.provider.asked) == asked
    assert bench.sender.trouble == "the provider refuses the account: HTTP 401, UNAUTHORIZED"
    bench.provider.fault = None
    bench.in_force._read = {"provider": "new", "path": "p"}.get
    bench.in_force.look()
    await bench.look()
    assert [(await bench.message(key))[0].state for key in "ab"] == ["sent", "sent"]


async def test_what_we_begin_waits_for_the_day_and_answers_do_not(bench: Bench) -> None:
    ticket = await bench.desk.open(report("1/1", phone=PHONE))
    await _resolve(bench, ticket)
    urgent = ticket.model_copy(update={"priority": 1})
    bench.opening = NOON + timedelta(hours=9)
    await bench.queue(ticket, "did-help-come", "confirm", "night")
    await bench.queue(urgent, "did-help-come", "confirm", "urgent")
    await bench.queue(ticket, "status", "answer", "answer")
    await bench.look()
    states = {key: (await bench.message(key))[0].state for key in ("night", "urgent", "answer")}
    assert states == {"night": "queued", "urgent": "sent", "answer": "sent"}
    bench.now = bench.opening
    await bench.look()
    assert (await bench.message("night"))[0].state == "sent"


async def test_a_question_that_is_needless_by_now_is_dropped(bench: Bench) -> None:
    await bench.queue(await bench.desk.open(report("1/1")), "did-help-come", "confirm")
    await bench.look()
    assert await bench.message() == ((await bench.message())[0], "the ticket has moved on")
    assert bench.provider.asked == []


async def test_nobody_is_asked_about_two_tickets_at_once(bench: Bench) -> None:
    tickets = [
        await bench.desk.open(report(f"1/{n}", phone=PHONE, need=need)) for n, need in enumerate(("water", "ration"))
    ]
    for ticket in tickets:
        await _resolve(bench, ticket)
        await bench.store.write(lambda uow, number=ticket.number: _called_in_vain(uow, number))  # type: ignore[misc]
    questions = SmsQuestions(bench.store, places(), lambda: True, lambda: bench.now)
    assert await questions.look() == 1
    assert await questions.look() == 0
    (asked,) = await bench.store.read(lambda uow: open_questions(uow, PHONE))
    await bench.desk.citizen_answers(asked.number, "helped", "sms/1")
    assert await questions.look() == 1
    (other,) = await bench.store.read(lambda uow: open_questions(uow, PHONE))
    assert {asked.number, other.number} == {ticket.number for ticket in tickets}


@pytest.mark.parametrize(
    "changes",
    [
        {"callback_wanted": False},
        {"phone": "+917554000181"},
        {"phone": None},
        {"phone": "+14155550123"},
        {"channel": "api"},
        {"need": next(need.id for need in places().needs.values() if need.private)},
    ],
)
async def test_who_gets_no_number_after_a_call(bench: Bench, changes: dict[str, object]) -> None:
    bench.desk.on_change(TicketNumberBySms(places(), lambda: True))
    ticket = await bench.desk.open(report("1/1", **changes))
    wanted = await bench.desk.open(report("2/1"))
    for number, queued in ((ticket.number, 0), (wanted.number, 1)):
        assert len(await bench.store.read(lambda uow: uow.messages_out.of_ticket(number))) == queued  # noqa: B023


async def test_an_answer_is_read_by_the_map(bench: Bench) -> None:
    sms = bench.in_force.sms
    assert sms is not None
    text = {"RestException": {"Code": "the number 9812343210 is wrong"}}
    for status, body, fate, why in (
        (200, {"SMSMessage": {"Sid": "S1"}}, Fate.TAKEN, ""),
        (400, text, Fate.REFUSED, "HTTP 400, (a text with digits)"),
        (302, {}, Fate.ACCOUNT, "HTTP 302, no code"),
        (404, {}, Fate.ACCOUNT, "HTTP 404, no code"),
        (500, {}, Fate.UNKNOWN, "HTTP 500"),
        (204, {}, Fate.UNKNOWN, "HTTP 204 without a JSON answer of the kind that [answer] describes"),
    ):
        response = httpx.Response(status, json=body, headers={"location": "/"} if status == 302 else {})
        outcome = read_answer(sms.answer, response, response.content)
        assert (outcome.fate, outcome.why) == (fate, why)


async def _resolve(bench: Bench, ticket: Ticket) -> None:
    command = Command(command_id=f"resolve-{ticket.number}", ticket=ticket.number, action="resolve")
    assert (await bench.desk.command(command, actor=actor_of_room(ticket.room))).accepted


def _called_in_vain(uow: UnitOfWork, number: str) -> None:
    ticket = uow.tickets.by_number(number)
    assert ticket is not None
    uow.jobs.add(ORIGINATE, f"{number}/{ticket.version}", {"ticket": number}, NOON)
    work = uow.jobs.claim(ORIGINATE, NOON, 60)
    assert work is not None
    uow.jobs.retry(work.id, NOON + timedelta(hours=1), "no answer")
