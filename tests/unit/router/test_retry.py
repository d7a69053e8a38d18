"""Pauses between tries, and trying until it is done."""

from __future__ import annotations

import asyncio

import pytest

from router import retry
from router.retry import Backoff


def test_pauses_grow_to_the_limit_and_begin_again() -> None:
    backoff = Backoff(1.0, 30.0)
    assert [backoff.next_s() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next_s() == 1


def test_pauses_of_many_are_spread_around_the_same_length() -> None:
    firsts = {Backoff(8.0, 30.0, jitter=0.25).next_s() for _ in range(100)}
    assert len(firsts) > 1
    assert all(6 <= pause <= 10 for pause in firsts)
    backoff = Backoff(8.0, 30.0, jitter=0.25)
    grown = [backoff.next_s() for _ in range(3)][-1]
    assert 22.5 <= grown <= 37.5  # the limit itself is spread, and what is spread does not grow by it


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


async def test_what_fails_for_a_while_is_tried_until_it_is_done(pauses: list[float]) -> None:
    answers, told = [OSError("away"), OSError("away"), None], []

    async def act() -> str:
        if (trouble := answers.pop(0)) is not None:
            raise trouble
        return "done"

    assert await retry.retry(act, delay_s=5.0, troubles=(OSError,), tell=told.append) == "done"
    assert (pauses, [str(one) for one in told]) == ([5.0, 5.0], ["away", "away"])


async def test_what_is_not_expected_to_pass_is_raised(pauses: list[float]) -> None:
    async def act() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        await retry.retry(act, delay_s=5.0, troubles=(OSError,))
    assert pauses == []
