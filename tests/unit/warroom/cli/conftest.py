"""A folder for commands that give up the rights of root."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that the user of the services can reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="warroom-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
