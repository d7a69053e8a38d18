"""Looking again and again: a trouble that lasts is told once."""

from __future__ import annotations

import asyncio
import logging

import pytest

from router import polling
from router.errors import UserError


async def test_trouble_that_lasts_is_told_once_and_again_after_it_was_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    looks: list[Exception | None] = [OSError("a"), OSError("a"), OSError("b"), None, OSError("b"), ValueError("end")]

    async def look() -> None:
        if (trouble := looks.pop(0)) is not None:
            raise trouble

    async def sleep(seconds: float) -> None:
        assert seconds == 7.0

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(ValueError, match="end"):
        await polling.poll_forever(look, every_s=7.0, troubles=(OSError,), tell=lambda one: told.append(str(one)))
    assert told == ["a", "b", "b"]


def test_trouble_of_ours_is_one_line_and_a_fault_has_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    for trouble in (UserError("the disk is full"), KeyError("a fault")):
        polling.log_trouble(logging.getLogger("of.a.monitor"), "the monitor waits", trouble)
    ours, fault = caplog.records
    assert (ours.getMessage(), ours.exc_info) == ("the monitor waits: the disk is full", None)
    assert fault.exc_info is not None
    assert fault.exc_info[0] is KeyError
