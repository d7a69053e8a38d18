"""Looking again and again: a trouble that lasts is told once."""

from __future__ import annotations

import pytest

from router import polling


async def test_trouble_that_lasts_is_told_once_and_again_after_it_was_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    looks: list[Exception | None] = [OSError("a"), OSError("a"), OSError("b"), None, OSError("b"), ValueError("end")]

    async def look() -> None:
        if (trouble := looks.pop(0)) is not None:
            raise trouble

    async def sleep(seconds: float) -> None:
        assert seconds == 7.0

    monkeypatch.setattr(polling.asyncio, "sleep", sleep)
    with pytest.raises(ValueError, match="end"):
        await polling.poll_forever(look, every_s=7.0, troubles=(OSError,), tell=lambda one: told.append(str(one)))
    assert told == ["a", "b", "b"]
