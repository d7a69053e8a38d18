"""The lengths of prompts, and where they lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from agi.prompts.durations import PromptDurations
from tests.support.fastagi_harness import make_prompts


async def test_prompt_that_was_replaced_gets_its_new_length(tmp_path: Path) -> None:
    lengths = PromptDurations(make_prompts(tmp_path))
    path = str(tmp_path / "hi" / "one")
    assert (await lengths.find("hi", ["one"]))[1][path] == 1.0
    (tmp_path / "hi" / "one.alaw").write_bytes(b"\xd5" * 36_000)
    await lengths.refresh()
    assert (await lengths.find("hi", ["one"]))[1][path] == 4.5


def test_prompt_directory_that_would_break_commands(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must not have"):
        PromptDurations(tmp_path / "a&b")
