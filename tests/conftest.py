"""Which tests begin first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

LIVE = Path(__file__).with_name("live")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Live tests begin first: they take seconds to a minute, and the short ones fill up what is left at the end."""
    items.sort(key=lambda item: not item.path.is_relative_to(LIVE))
