"""More calls than Asterisk itself takes: while one caller talks and one hears why he is refused, a third is too many."""

from __future__ import annotations

import asyncio

import pytest

from tests.live.conftest import House, open_house
from tests.live.faults import query, until
from tests.live.lines import LOOPBACK
from warroom.asterisk_files import BACKSTOP
from warroom.telephone import CallRefused

MAX_CALLS = 1


async def test_call_beyond_asterisks_own_limit_is_refused_and_counted_too() -> None:
    assert MAX_CALLS * BACKSTOP == 2
    with open_house(trunks=f"{LOOPBACK}early_media = true\n", max_calls=MAX_CALLS) as house:
        async with house.call(caller="9811800001"):
            told = house.call(caller="9811800002")
            entering = asyncio.create_task(told.__aenter__())
            await told.hear("hi/house-full")
            assert await refusal(house, "9811800003") == 503
            with pytest.raises(CallRefused) as busy:
                await entering
            assert busy.value.status == 486
        await until(lambda: refused(house) == [("refused-backstop", "181"), ("refused-house", "181")], seconds=30.0)


async def refusal(house: House, caller: str) -> int:
    with pytest.raises(CallRefused) as refused:
        await house.call(caller=caller).__aenter__()
    return refused.value.status


def refused(house: House) -> list[tuple[str, str]]:
    return query(house, "SELECT context, helpline FROM cdr WHERE context LIKE 'refused-%' ORDER BY context")
