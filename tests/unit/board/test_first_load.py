"""The screens' first load: scripts and styles stay small enough for a district's line."""

import json
from pathlib import Path

import pytest

MANIFEST = Path(__file__).parents[3] / "board" / "static" / "manifest.json"
LIMITS = {"room.js": 60_000, "operator.js": 60_000}  # bytes, compressed: four seconds at 128 kbit/s


@pytest.mark.parametrize("page", LIMITS)
def test_a_page_begins_with_less_than_its_limit(page: str) -> None:
    if not MANIFEST.exists():
        pytest.skip("the screens are not built: make screens")
    assert json.loads(MANIFEST.read_text())["first_load_gzip"][page] < LIMITS[page]
