"""Every test here that has a store runs on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.stores import each_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from router.storage.engines import Location


@pytest.fixture(params=["sqlite", "postgresql"])
def new_location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Location]]:
    yield from each_database(request, tmp_path)


@pytest.fixture
def location(new_location: Callable[[], Location]) -> Location:
    return new_location()
