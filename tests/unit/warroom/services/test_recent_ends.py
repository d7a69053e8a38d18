"""Which parts ended within the last hour, from what the supervisor of `warroom up` wrote."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from warroom.config.paths import DataDirectory
from warroom.services.supervision.recent_ends import recent_ends

if TYPE_CHECKING:
    from pathlib import Path


def test_ends_of_the_last_hour(tmp_path: Path) -> None:
    assert recent_ends(tmp_path) == {}
    now = datetime.now(UTC)
    ends = {
        "serve": {"count": 3, "last": (now - timedelta(minutes=59)).isoformat()},
        "api": {"count": 1, "last": (now - timedelta(minutes=61)).isoformat()},
    }
    path = DataDirectory(tmp_path).part_ends
    path.parent.mkdir()
    path.write_text(json.dumps(ends))
    assert recent_ends(tmp_path) == {"serve": 3}
    path.write_text("{")
    assert recent_ends(tmp_path) == {}
