"""A stack with operators of several skills, for the tests of queues and of consoles."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.live.conftest import LiveStack, open_stack
from tests.support import commands
from tests.support.citizen import FIRST_MENU
from tests.support.faults import shorten
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATORS = """[queue]
ring_s = 5
retry_s = 1
announce_s = 15
empty_s = 5
wrap_up_s = 0

[[operator]]
id = "101"
name = "आशा"
languages = ["hi", "en"]
skills = ["general"]

[[operator]]
id = "102"
name = "Doctor"
skills = ["health"]

[[operator]]
id = "900"
name = "Chief"
supervisor = true
"""
FAR_END = "127.0.3.30"
(FAR_PORT,) = free_ports(1)
#: Every address calls in by this trunk; its server is where citizens are called. 1800 is for missed calls.
TRUNKS = f"""[[trunk]]
name = "loopback"
server = "{FAR_END}:{FAR_PORT}"
match = ["127.0.1.0/24"]
channels = 600
dids = {{ 181 = "181", 104 = "104", 1800 = "missed" }}
qualify_s = 0
"""
#: Keys to a doctor: health, a doctor, not an emergency; then a person.
TO_A_DOCTOR = ((FIRST_MENU, "2"), ("health-menu", "2"), ("medical-now", "1"), ("place-ask", "0"))
TO_A_PERSON_AT_104 = (("greeting-104|danger", "0"),)
TO_A_PERSON = ((FIRST_MENU, "0"),)
MOST_CALLS = 3
"""Of one number in an hour."""


@contextmanager
def queue_stack(trunks: str = TRUNKS, **more: object) -> Iterator[LiveStack]:
    settings = {
        "callbacks": "{ from_hour = 0, until_hour = 24 }",
        "rate_limit": f"{{ max_calls = {MOST_CALLS}, window_minutes = 60 }}",
    }
    with open_stack(operators=OPERATORS, trunks=trunks, **settings, **more) as stack:
        shorten(stack, "hi/human-wait", "hi/human-none", "hi/place-kept", "hi/queue-stay")
        yield stack


async def warroom(stack: LiveStack, *words: str) -> str:
    """Run a command; return what it printed."""
    ended = await commands.warroom(stack.data, *words)
    assert ended.code == 0, ended.err
    return ended.out
