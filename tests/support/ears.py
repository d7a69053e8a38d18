"""Ears that know more than the prompts: sounds that a service made while the stack ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.sip_test_client import PromptMatcher

if TYPE_CHECKING:
    from pathlib import Path


def ears(place: Path, *folders: Path) -> PromptMatcher:
    """Know the sounds of several folders by ear.

    Args:
        place: Where they are put together; new.
        folders: Each holds ``hi/`` and ``en/``; it may lack one.
    """
    for language in ("hi", "en"):
        (place / language).mkdir(parents=True)
        for folder in folders:
            for path in (folder / language).glob("*.alaw"):
                (place / language / path.name).symlink_to(path)
    return PromptMatcher.of(place)
