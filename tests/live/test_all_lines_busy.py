"""More callers than lines: who is let in, who is rejected unanswered, who may still come in, and what is counted."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from agi.ami.channels import endpoint_name
from agi.cdr.tail import files, rotated_path
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.faults import TO_THE_NUMBER, all_lines_free, node_says, query, shorten
from tests.support.invite_storm import storm
from warroom.config.asterisk.console import AsteriskConsole
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import as_user
from warroom.monitoring.overload import OverloadGuard, busiest_taskprocessor
from warroom.sip_test_client import CallRefusedError, TestCall
from warroom.sip_test_client.sip import SipMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CALLS, KEPT = 10, 2
TRUNKS = """
[[trunk]]
name = "loopback"
server = "127.0.1.181"
match = ["127.0.1.0/24"]
channels = 100
dids = { 181 = "181", 104 = "104", 1800 = "181" }
priority = ["1800"]
early_media = true
qualify_s = 0

[[trunk]]
name = "small"
server = "127.0.2.181"
channels = 10
dids = { 181 = "181", 1800 = "181" }
dials = { 104 = "0755104" }
priority = ["1800"]
qualify_s = 0
"""
EARLY, PLAIN, SMALL = "127.0.1.181", "127.0.5.181", "127.0.2.181"
PLAIN_TRUNK = """
[[trunk]]
name = "plain"
server = "127.0.5.181"
channels = 100
dids = { 181 = "181", 104 = "104", 1800 = "181" }
priority = ["1800"]
qualify_s = 0
"""
STRANGER, KNOWN, MEDICAL = "9811700001", "9811700002", "9811700003"

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("all-lines-busy")]  # one stack for all of them


@pytest.fixture(scope="module")
def full() -> Iterator[LiveStack]:
    """A stack of ten lines, two of them kept; two lines for 104; of the small trunk's two channels one is kept."""
    settings = {
        "max_calls": MAX_CALLS,
        "max_by_helpline": "{ 104 = 2 }",
        "reserved": f"{{ priority_percent = {100 * KEPT // MAX_CALLS}, outbound_percent = 80 }}",
    }
    with open_stack(trunks=TRUNKS + PLAIN_TRUNK, **settings) as stack:
        shorten(stack, "hi/all-lines-busy", "en/all-lines-busy")
        yield stack


class Line(TestCall):
    """A call that notes each answer of the exchange."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.statuses: list[int] = []

    def _response(self, message: SipMessage) -> None:
        self.statuses.append(message.status)
        super()._response(message)


def line(stack: LiveStack, caller: str, did: str = "181", trunk: str = PLAIN) -> Line:
    return Line(stack.sip, did, matcher=stack.matcher, local_ip=trunk, caller=caller)


async def rejected(stack: LiveStack, caller: str, did: str = "181", trunk: str = PLAIN) -> Line:
    """Call, and be rejected as busy without an answer."""
    call = line(stack, caller, did, trunk)
    with pytest.raises(CallRefusedError) as refusal:
        await call.__aenter__()
    assert refusal.value.status == 486
    assert not [status for status in call.statuses if 200 <= status < 300]
    return call


async def fill(exits: AsyncExitStack, stack: LiveStack, count: int, did: str = "181", trunk: str = PLAIN) -> None:
    for index in range(count):
        await exits.enter_async_context(line(stack, f"98117100{index:02}", did, trunk))


Counts = Counter[tuple[str, str, str]]


def counted(stack: LiveStack) -> Counts:
    """Refused calls in Asterisk's books by why, trunk and helpline."""
    rows = []
    for path in files(stack.layout.asterisk_log / "cdr-csv" / "Master.csv"):
        with path.open() as book:
            rows += [(row[3], row[5], row[0]) for row in csv.reader(book) if row[3].startswith("rejected-")]
    return Counter((context.removeprefix("rejected-"), endpoint_name(channel), line) for context, channel, line in rows)


async def more_rejected(running: LiveStack, before: Counts, more: dict[str, int]) -> None:
    """All calls are over: exactly so many more were rejected, by why."""
    await all_lines_free(running)
    found: Counter[str] = Counter()
    for (why, _, _), count in (counted(running) - before).items():
        found[why] += count
    assert found == Counter(more)


async def books_are_read(stack: LiveStack) -> None:
    """Wait until the store has all that was rejected until now."""

    def there() -> bool:
        rows = query(stack, "SELECT context, line, helpline FROM cdr WHERE context LIKE 'rejected-%'")
        return counted(stack) == Counter((row[0].removeprefix("rejected-"), *row[1:]) for row in rows)

    await until(there, seconds=60)


@pytest.fixture
def before(full: LiveStack) -> Counts:
    """What was rejected before this test."""
    return counted(full)


async def test_full_stack_keeps_lines_for_priority_callers_and_counts_rejections(
    full: LiveStack, before: Counts
) -> None:
    async with AsyncExitStack() as exits:
        await fill(exits, full, MAX_CALLS - KEPT)
        await rejected(full, STRANGER)
        for index, did in enumerate(("1800", "104")):
            await exits.enter_async_context(line(full, f"981172000{index}", did))
        await rejected(full, "9811720009", "1800")  # now it is full for everybody
        status = await node_says(full, calls={"181": MAX_CALLS - 1, "104": 1})
        assert status["lines"]["plain"] == {"channels": MAX_CALLS, "callers": MAX_CALLS}
    await more_rejected(full, before, {"system-full": 2})
    assert (counted(full) - before) == {("system-full", "plain", "181"): 2}
    async with line(full, STRANGER) as again:
        await again.hear("hi/greeting-181")


async def test_full_helpline_refuses_its_callers_only(full: LiveStack, before: Counts) -> None:
    async with AsyncExitStack() as exits:
        await fill(exits, full, 2, "104")
        await rejected(full, STRANGER, "104")
        async with line(full, STRANGER) as other:
            await other.hear("hi/greeting-181")
    await more_rejected(full, before, {"helpline-full": 1})


async def test_full_trunk_keeps_channels_for_legs_and_priority(full: LiveStack, before: Counts) -> None:
    async with AsyncExitStack() as exits:
        await fill(exits, full, 2, trunk=SMALL)  # of ten, eight are kept
        await rejected(full, STRANGER, trunk=SMALL)
        await exits.enter_async_context(line(full, STRANGER, "1800", SMALL))
        async with line(full, STRANGER) as by_another:
            await by_another.hear("hi/greeting-181")
    await more_rejected(full, before, {"trunk-full": 1})


async def test_burst_each_call_is_taken_or_refused_and_counted(full: LiveStack, before: Counts) -> None:
    placed = 3 * MAX_CALLS
    calls = [line(full, f"98117300{index:02}", trunk=PLAIN) for index in range(placed)]
    results = await asyncio.gather(*(call.__aenter__() for call in calls), return_exceptions=True)
    taken = [call for call in results if isinstance(call, TestCall)]
    turned_away = [error for error in results if isinstance(error, CallRefusedError)]
    await asyncio.gather(*(call.__aexit__(None, None, None) for call in taken))
    assert len(taken) + len(turned_away) == placed
    assert {error.status for error in turned_away} == {486}
    assert 0 < len(taken) <= MAX_CALLS - KEPT
    await more_rejected(full, before, {"system-full": placed - len(taken)})
    await books_are_read(full)
    whys: Counter[str] = Counter()
    for (why, _, _), count in counted(full).items():
        whys[why] += count
    await node_says(full, rejected=dict(whys))


async def test_refused_caller_hears_why_before_any_answer_where_the_trunk_carries_it(
    full: LiveStack, before: Counts
) -> None:
    async with AsyncExitStack() as exits:
        await fill(exits, full, 2, "104")
        call = line(full, STRANGER, "104", EARLY)
        entering = asyncio.create_task(call.__aenter__())
        await call.hear("hi/all-lines-busy")
        await call.hear("en/all-lines-busy")
        with pytest.raises(CallRefusedError) as refusal:
            await entering
        assert refusal.value.status == 486
        assert 183 in call.statuses
        assert 200 not in call.statuses
    await more_rejected(full, before, {"helpline-full": 1})


async def test_known_callers_are_called_back_or_let_in_and_strangers_not(full: LiveStack, before: Counts) -> None:
    """Who has a ticket is to be called, once; who waits for a doctor comes in though the stack is full for others."""
    async with full.call(caller=KNOWN) as first, full.call(caller=MEDICAL, local_ip="127.0.1.182") as ill:
        await asyncio.gather(
            answer(first, TO_THE_NUMBER), answer(ill, (("greeting-181|danger", "2"), ("health-menu", "1")))
        )
        await first.hear("hi/number-is")
    await all_lines_free(full)
    async with AsyncExitStack() as exits:
        await fill(exits, full, MAX_CALLS - KEPT)
        for caller in (KNOWN, STRANGER, KNOWN):
            await rejected(full, caller)
        await until((full.layout.known / MEDICAL).exists, seconds=60)
        async with line(full, MEDICAL) as again:
            await again.hear("hi/greeting-181")
    await more_rejected(full, before, {"system-full": 3})
    await books_are_read(full)
    rows = query(full, "SELECT key, payload FROM jobs WHERE kind = 'call' AND ended IS NULL")
    assert [key.partition("/")[0] for key, _ in rows] == [f"+91{KNOWN}"]
    payload = json.loads(rows[0][1])
    assert (payload["reason"], payload["helpline"], payload["language"]) == ("rejected", "181", "hi")
    async with line(full, KNOWN) as again:  # who gets through alone needs no call any more
        await again.hear("hi/greeting-181")
        sql = "SELECT outcome FROM jobs WHERE kind = 'call' AND key = ? AND ended IS NOT NULL"
        await until(lambda: query(full, sql, rows[0][0]) == [("got through",)])


async def test_books_moved_aside_by_the_service_lose_no_line(full: LiveStack) -> None:
    """As `rotate` does, by the service's own user, while Asterisk runs, which goes on in new files."""
    folder = full.layout.asterisk_log
    books = folder / "cdr-csv" / "Master.csv", folder / "cel-custom" / "cel.csv"

    async def call() -> None:
        async with line(full, STRANGER) as taken:
            await taken.hear("hi/greeting-181")
        await all_lines_free(full)

    await call()
    await until(lambda: all(book.exists() for book in books))
    for book in books:
        command = (*as_user(SERVICE_USER), "mv", str(book), str(rotated_path(book)))
        assert await (await asyncio.create_subprocess_exec(*command)).wait() == 0
    await call()
    await until(lambda: all(book.exists() for book in books))

    def all_there() -> bool:
        lines = sum(len(path.read_text().splitlines()) for path in files(books[0]))
        events = [line for path in files(books[1]) for line in path.read_text().splitlines() if "CHAN_START" in line]
        arrived = sum('"from-trunk"' in event for event in events)
        kept = query(full, "SELECT (SELECT count(*) FROM cdr), (SELECT count(*) FROM cel WHERE event = 'CHAN_START')")
        return kept == [(lines, arrived)]

    await until(all_there, seconds=60)


async def test_guard_refuses_while_sip_is_behind_spares_priority_and_ends_by_itself(
    full: LiveStack, before: Counts
) -> None:
    console = AsteriskConsole(full.layout)
    waiting = 400

    def ask(command: str) -> str:
        said = console.ask(command)
        return (
            said.replace("          0          0          0        450", f" 1 {waiting} 500 450") if waiting else said
        )

    class Quiet:
        async def write(self, *_: object, **__: object) -> None: ...

    guard = OverloadGuard(Quiet(), ask)  # type: ignore[arg-type]  # the alert is tested beside its rows
    await guard.look()
    await rejected(full, STRANGER)
    async with line(full, STRANGER, "1800") as spared:
        await spared.hear("hi/greeting-181")
    waiting = 0
    while guard.on:
        await guard.look()
    async with line(full, STRANGER) as taken:
        await taken.hear("hi/greeting-181")
    await asyncio.to_thread(console.ask, f"dialplan set global WR_GUARD_UNTIL {int(time.time()) + 3}")
    await rejected(full, STRANGER)

    turned_away = 2

    async def over() -> bool:
        nonlocal turned_away
        try:
            async with line(full, STRANGER):
                return True
        except CallRefusedError:
            turned_away += 1
            return False

    await until(over, seconds=60)  # nobody has lifted it
    await more_rejected(full, before, {"overload": turned_away})


async def test_guard_comes_on_when_sip_is_really_behind_and_goes_off_after_it(full: LiveStack, before: Counts) -> None:
    console = AsteriskConsole(full.layout)
    alert = "SELECT active FROM alerts WHERE kind = 'overload'"

    async def calm() -> bool:
        return busiest_taskprocessor(await asyncio.to_thread(console.ask, "core show taskprocessors")).waiting == 0

    async with storm(full, EARLY) as stop:
        await until(lambda: query(full, alert) == [(1,)], seconds=60)
        await stop()
        await until(calm, seconds=90.0)  # the heap that came meanwhile
        await rejected(full, STRANGER)
        async with line(full, STRANGER, "1800") as spared:
            await spared.hear("hi/greeting-181")
        await until(lambda: query(full, alert) == [(0,)], seconds=60)
        async with line(full, STRANGER) as taken:
            await taken.hear("hi/greeting-181")
    await all_lines_free(full)
    assert (counted(full) - before)["overload", "plain", "181"] == 1
