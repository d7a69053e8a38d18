"""The screens' first load: scripts and styles stay small enough for a district's line."""

import json
from pathlib import Path

import pytest

MANIFEST = Path(__file__).parents[3] / "board" / "static" / "manifest.json"
LIMIT = 60_000
"""Bytes, compressed: four seconds at 128 kbit/s."""


@pytest.mark.parametrize("page", ["room.js", "operator.js", "wall.js", "warroom.js"])
def test_a_page_begins_with_less_than_its_limit(page: str) -> None:
    if not MANIFEST.exists():
        pytest.skip("the screens are not built: make screens")
    assert json.loads(MANIFEST.read_text())["first_load_gzip"][page] < LIMIT
