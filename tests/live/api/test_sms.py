"""SMS over HTTP: four providers as stand-ins, texts out and in, reports in any order, answers that are lost."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest

from router.clock import utc_now
from router.intake.sms.receiving.pace import MAX_ANSWERS
from router.intake.sms.sending.queue import CHANNEL, TicketNumberBySms
from router.model.job import ORIGINATE
from router.model.stages import Stage
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room
from tests.live.api.conftest import running
from tests.support.brokers import until
from tests.support.sms_files import PROVIDERS
from tests.support.sms_provider import SECRET, SIGNS, SmsProvider
from tests.support.stores import opened_desk, opened_store, places, report
from warroom.config.paths import DataDirectory
from warroom.config.secrets import ensure_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from router.model.messaging.outgoing import OutgoingMessage
    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.service import TicketService

pytestmark = pytest.mark.xdist_group("sms")
_numbers, _ids = count(1), count(1)
PRIVATE = next(need.id for need in places().needs.values() if need.private)


def mobile() -> str:
    """A citizen that no other test has."""
    return f"+9198123400{next(_numbers):02d}"


@dataclass
class Sms:
    """The api process with a provider, and the store beside it."""

    data: Path
    url: str
    part: str
    store: Storage
    desk: TicketService
    providers: dict[str, SmsProvider]
    used: str = ""

    @property
    def base(self) -> str:
        """Our address for the provider."""
        return f"{self.url}/sms/{self.part}"

    @property
    def provider(self) -> SmsProvider:
        """The one in use."""
        return self.providers[self.used]

    async def uses(self, name: str) -> SmsProvider:
        """Put a provider's map in force, if another's is; return the provider, which has taken nothing."""
        provider = self.providers[name]
        if self.used != name:
            (self.data / "sms.toml").write_text(provider.toml(self.url))
            log = self.data / "api.log"
            seen = log.read_text().count(f"SMS by {name}")
            await until(lambda: log.read_text().count(f"SMS by {name}") > seen)
        self.used = name
        provider.taken.clear()
        provider.refused.clear()
        return provider

    async def opened(self, key: str, **changes: object) -> Ticket:
        """Open a ticket as a call does."""
        return await self.desk.open(report(key, **changes))

    async def message(self, key: str) -> OutgoingMessage | None:
        """Return a message of the queue."""
        found = await self.store.read(lambda uow: uow.messages_out.of_ticket(key.partition("/")[2][:9]))
        return next((one for one in found if one.key == key), None)

    async def state(self, key: str, *states: str) -> OutgoingMessage:
        """Wait for a message to be in one of these states."""

        async def there() -> bool:
            found = await self.message(key)
            return found is not None and found.state in states

        await until(there)
        found = await self.message(key)
        assert found is not None
        return found

    async def post(self, request: httpx.Request) -> int:
        """Send what the provider would; return the status."""
        async with httpx.AsyncClient(timeout=20) as client:
            return (await client.send(request)).status_code

    async def says(self, number: str, text: str) -> str:
        """Have a citizen write; return the answer, empty when there is none."""
        before = len(self.provider.taken)
        assert await self.post(self.provider.text_request(self.base, number, text, str(next(_ids)))) == 200
        await self.worked_off()
        return "\n".join(one.text for one in self.provider.taken[before:])

    async def worked_off(self) -> None:
        """Wait until no message of a citizen waits."""

        async def idle() -> bool:
            waiting = await self.store.read(lambda uow: uow.chat_in.waiting(CHANNEL, utc_now()))
            queued = await self.store.read(lambda uow: uow.messages_out.waiting(CHANNEL))
            return waiting.messages == 0 and queued.messages == 0

        await until(idle)


def command(data: Path, *words: str, given: str = "", code: int = 0) -> str:
    """Type `warroom sms …`; return what it prints."""
    line = [sys.executable, "-m", "warroom", "--data", str(data), "sms", *words]
    ended = subprocess.run(line, input=given, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout


@contextmanager
def prepared(data: Path) -> Iterator[str]:
    """Run the api process with the secrets of a provider."""
    (data / "secrets").mkdir(exist_ok=True)
    part = ensure_secret(data, "sms-path")
    for name, value in (("provider", SECRET), ("signature", SIGNS)):
        command(data, "secret", name, given=value)
    always = ("[calls.callbacks]", "from_hour = 0", "until_hour = 24")
    with running(data, api=always) as url:
        yield f"{url} {part}"


@pytest.fixture(scope="module")
async def sms(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sms]:
    """One process for all tests; each puts its provider in."""
    data = tmp_path_factory.mktemp("sms")
    with prepared(data) as started, ExitStack() as stack:
        url, part = started.split()
        providers = {name: stack.enter_context(SmsProvider(name)) for name in PROVIDERS}
        async with opened_store(DataDirectory(data).store) as store, opened_desk(store) as desk:
            desk.on_change(TicketNumberBySms(places(), DataDirectory(data).sms.is_file))
            yield Sms(data, url, part, store, desk, providers)
    log = (data / "api.log").read_text()
    for never in (SECRET, SIGNS, part, "9812340", "password=", "पानी"):
        assert never not in log, never


@pytest.mark.parametrize("name", PROVIDERS)
async def test_callers_and_texts_get_a_number_and_reports_are_written(sms: Sms, name: str) -> None:
    provider = await sms.uses(name)
    one, other = mobile(), mobile()
    hindi = await sms.opened(f"{name}/1", phone=one)
    english = await sms.opened(f"{name}/2", phone=other, language="en")
    first = await sms.state(f"ticket-number/{hindi.number}", "sent")
    second = await sms.state(f"ticket-number/{english.number}", "sent")
    assert provider.refused == []
    taken = {message.to: message for message in provider.taken}
    assert len(provider.taken) == 2
    assert f"टिकट नंबर {hindi.number}।" in taken[one].text
    assert f"Ticket {english.number}." in taken[other].text
    assert {first.provider_id, second.provider_id} == {message.id for message in provider.taken}
    batch = [(taken[one], "delivered"), (taken[other], "failed")]
    for reports in [batch] if name in ("gupshup", "msg91") else [[single] for single in batch]:
        assert await sms.post(provider.report_request(sms.base, reports)) == 200
    await sms.state(f"ticket-number/{hindi.number}", "delivered")
    await sms.state(f"ticket-number/{english.number}", "failed")
    await _text_becomes_one_ticket(sms)


async def _text_becomes_one_ticket(sms: Sms) -> None:
    provider, number = sms.provider, mobile()
    before, words = len(provider.taken), "वार्ड 12 भोपाल में पानी नहीं आ रहा 462001"
    request = partial(provider.text_request, sms.base, number, words, str(next(_ids)))
    assert await sms.post(request()) == 200
    await until(lambda: len(provider.taken) > before)
    assert await sms.post(request()) == 200  # the provider sends it again
    await sms.worked_off()
    (ticket,) = await sms.desk.tickets_of_phone(number)
    assert (ticket.channel, ticket.district, ticket.service_code) == ("sms", "bhopal", "water")
    assert [f"टिकट नंबर {ticket.number}।" in one.text for one in provider.taken[before:]] == [True]


async def test_reports_come_in_any_order_and_twice(sms: Sms) -> None:
    provider = await sms.uses("twilio")
    ticket = await sms.opened("order/1", phone=mobile())
    key = f"ticket-number/{ticket.number}"
    await sms.state(key, "sent")
    (taken,) = provider.taken
    for state, after in (("delivered", "delivered"), ("sent", "delivered"), ("failed", "delivered")):
        for _ in range(2):
            assert await sms.post(provider.report_request(sms.base, [(taken, state)])) == 200
        assert (await sms.state(key, after)).state == after


async def test_an_answer_that_is_lost_sends_nothing_twice_and_the_report_tells(sms: Sms) -> None:
    provider = await sms.uses("twilio")
    provider.faults.append("cut")
    ticket = await sms.opened("cut/1", phone=mobile())
    key = f"ticket-number/{ticket.number}"
    await sms.state(key, "failed")
    (taken,) = provider.taken
    assert await sms.post(provider.report_request(sms.base, [(taken, "delivered")])) == 200
    found = await sms.state(key, "delivered")
    assert found.provider_id == taken.id
    assert len(provider.taken) == 1


@pytest.mark.long
async def test_what_was_not_taken_is_sent_later_and_once(sms: Sms) -> None:
    provider = await sms.uses("twilio")
    provider.faults.append("busy")
    ticket = await sms.opened("busy/1", phone=mobile())
    await sms.state(f"ticket-number/{ticket.number}", "sent")
    assert provider.refused == ["429 "]
    assert len(provider.taken) == 1


async def test_a_message_that_is_refused_is_not_tried_again(sms: Sms) -> None:
    provider = await sms.uses("twilio")
    provider.faults.append("refuse")
    ticket = await sms.opened("refuse/1", phone=mobile())
    other = await sms.opened("refuse/2", phone=mobile())
    ended = [await sms.state(f"ticket-number/{one.number}", "failed", "sent") for one in (ticket, other)]
    assert sorted((one.state, one.attempts) for one in ended) == [("failed", 1), ("sent", 1)]
    assert (len(provider.taken), len(provider.refused)) == (1, 1)


async def test_state_of_a_ticket_is_told_in_words(sms: Sms) -> None:
    await sms.uses("twilio")
    own, stranger = mobile(), mobile()
    ticket = await sms.opened("status/1", phone=own)
    private = await sms.opened("status/2", phone=own, need=PRIVATE)
    await sms.state(f"ticket-number/{ticket.number}", "sent")
    assert await sms.message(f"ticket-number/{private.number}") is None  # others may read a family's telephone
    digits = "".join(chr(ord("०") + int(digit)) for digit in ticket.number)
    told, unknown = f"टिकट {ticket.number}: दफ़्तर को भेजा गया है।", "यह टिकट नंबर नहीं मिला"
    for number, text, answer in (
        (stranger, f"status {ticket.number}", told),
        (stranger, digits, told),
        (stranger, f"टिकट {digits} की स्थिति", told),
        (stranger, "STATUS 999999999", unknown),
        (stranger, private.number, unknown),
        (own, private.number, f"टिकट {private.number}: "),
    ):
        assert answer in await sms.says(number, text), text
    assert await sms.desk.tickets_of_phone(stranger) == []


@pytest.mark.long
async def test_whether_help_came_is_asked_after_a_call_in_vain(sms: Sms) -> None:
    provider = await sms.uses("twilio")
    citizen = mobile()
    ticket = await sms.opened("asked/1", phone=citizen)
    await _resolved_and_called_in_vain(sms, ticket.number)
    await until(lambda: any("मिली हो तो 1" in one.text for one in provider.taken))
    assert f"टिकट {ticket.number} फिर से खोला गया है।" in await sms.says(citizen, "अभी तक नहीं मिली")
    again = await sms.desk.ticket(ticket.number)
    assert again is not None
    assert (again.stage, again.level) == (Stage.REOPENED, 2)
    await _resolved_and_called_in_vain(sms, ticket.number)
    await until(lambda: sum("मिली हो तो 1" in one.text for one in provider.taken) == 2)
    assert await sms.says(citizen, "१") == ""
    closed = await sms.desk.ticket(ticket.number)
    assert closed is not None
    assert closed.stage is Stage.CONFIRMED
    assert await sms.desk.tickets_of_phone(citizen) == []


async def _resolved_and_called_in_vain(sms: Sms, number: str) -> None:
    """Write what a confirmation call leaves that nobody took."""
    ticket = await sms.desk.ticket(number)
    assert ticket is not None
    command = Command(command_id=f"resolve-{number}-{ticket.version}", ticket=number, action="resolve")
    assert (await sms.desk.command(command, actor=actor_of_room(ticket.room))).accepted

    def job(uow: UnitOfWork) -> None:
        uow.jobs.add(ORIGINATE, f"{number}/{ticket.version + 1}", {"ticket": number}, utc_now())
        work = uow.jobs.claim(ORIGINATE, utc_now(), 60)
        assert work is not None
        uow.jobs.retry(work.id, utc_now() + timedelta(hours=1), "no answer")

    await sms.store.write(job)


async def test_stop_is_kept_to_and_start_ends_it(sms: Sms) -> None:
    await sms.uses("twilio")
    citizen = mobile()
    assert "केवल आपके SMS का जवाब" in await sms.says(citizen, "STOP")
    quiet = await sms.opened("stop/1", phone=citizen)
    await sms.state(f"ticket-number/{quiet.number}", "dropped")
    assert f"टिकट {quiet.number}: " in await sms.says(citizen, quiet.number)  # what they ask is answered
    assert await sms.says(citizen, "start") == ""
    loud = await sms.opened("stop/2", phone=citizen, need="water")
    await sms.state(f"ticket-number/{loud.number}", "sent")


@pytest.mark.long
async def test_no_loop_of_answers_and_no_answer_to_senders_without_a_number(sms: Sms) -> None:
    provider = await sms.uses("twilio")
    driver = mobile()
    for _ in range(MAX_ANSWERS + 3):
        await sms.says(driver, "I am driving, I will call you later. This is an automatic message")
    assert len(provider.taken) == 1
    for _ in range(MAX_ANSWERS + 3):
        await sms.says(driver, "status 999999999")
    assert len(provider.taken) == MAX_ANSWERS
    for sender in ("VM-HDFCBK", "57575", "56161600", ""):
        form = {"MessageSid": f"bank{sender}", "From": sender, "Body": "Your OTP is 123456"}
        assert await sms.post(provider.signed(f"{sms.base}/in", form)) == 200
    await sms.worked_off()
    assert len(provider.taken) == MAX_ANSWERS
    for sender in ("57575", "+9157575"):
        assert await sms.store.read(lambda uow: uow.chat_people.by_user(CHANNEL, "sms", sender)) is None  # noqa: B023


@pytest.mark.long
async def test_an_admin_sends_a_test_and_sees_the_state(sms: Sms) -> None:
    provider = await sms.uses("twilio")
    number = mobile()
    provider.faults.append("refuse")
    typed = asyncio.create_task(asyncio.to_thread(command, sms.data, "test", number, "--json", code=1))
    assert json.loads(await typed) | {"id": 0} == {
        "id": 0, "state": "failed", "provider_id": "", "error": "HTTP 400, 21211",
    }  # fmt: skip
    typed = asyncio.create_task(asyncio.to_thread(command, sms.data, "test", number, "--language", "en"))
    await until(lambda: provider.taken)
    assert await sms.post(provider.report_request(sms.base, [(provider.taken[0], "delivered")])) == 200
    assert re.fullmatch(r"message [0-9]+ to \+91…[0-9]{4}: delivered\n", await typed)
    told = json.loads(await asyncio.to_thread(command, sms.data, "status", "--json"))
    assert (told["provider"], told["problems"], told["missing"]) == ("twilio", [], [])
    assert told["failures"]["HTTP 400, 21211"] >= 1
    (sms.data / "sms.toml").write_text("[provider]\nname = 1\n")
    sms.used = ""
    wrong = await asyncio.to_thread(command, sms.data, "status", code=1)
    assert "sms.toml line 2: [provider]: name: put it in quotes" in wrong
    assert "no [send] table" in wrong


async def test_strangers_are_refused(sms: Sms) -> None:
    provider = await sms.uses("twilio")
    form = {"MessageSid": "SM1", "From": mobile(), "Body": "help"}
    good = provider.text_request(sms.base, mobile(), "x", "SM-good")
    forged = provider.signed(f"{sms.base}/in", form, "another token")
    unsigned = httpx.Request("POST", f"{sms.base}/in", data=form)
    elsewhere = provider.text_request(f"{sms.url}/sms/wrong-part", mobile(), "x", "SM2")
    for request, status in ((forged, 403), (unsigned, 403), (elsewhere, 404), (good, 200)):
        assert await sms.post(request) == status
    await sms.worked_off()
    assert await sms.desk.tickets_of_phone(form["From"]) == []
