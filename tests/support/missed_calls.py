"""A stack that calls back who rings a number for missed calls, for the tests of calls back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support.faults import shorten_all
from tests.support.ports import free_ports
from warroom.sip_test_client import CallRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR_END = "127.0.3.40"
(FAR_PORT,) = free_ports(1)
#: Every address calls in by this trunk; its server is where citizens are called. 1800 is for missed calls.
TRUNKS = f"""[[trunk]]
name = "loopback"
server = "{FAR_END}:{FAR_PORT}"
match = ["127.0.1.0/24"]
channels = 600
dids = {{ 181 = "181", 1800 = "missed" }}
qualify_s = 0
"""
CALLBACKS = """{ from_hour = 0, until_hour = 24, retry_interval_minutes = 60, reserved_lines = 0, \
limits = { max_per_block_per_hour = 5, max_waiting = 40 } }"""
OPERATORS = """[queue]
retry_s = 1
wrap_up_s = 0

[[operator]]
id = "101"
name = "आशा"
languages = ["hi"]
skills = ["general"]
"""
OF_CALLER = "SELECT outcome, attempts FROM jobs WHERE kind = 'call' AND key LIKE ?"


@contextmanager
def missed_call_stack() -> Iterator[LiveStack]:
    with open_stack(trunks=TRUNKS, operators=OPERATORS, callbacks=CALLBACKS) as stack:
        shorten_all(stack)
        yield stack


async def call_and_be_refused(stack: LiveStack, caller: str) -> None:
    with pytest.raises(CallRefusedError, match="486"):
        async with stack.call("1800", caller=caller):
            pass
