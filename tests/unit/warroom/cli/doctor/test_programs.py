"""What `warroom doctor` says of Asterisk's version."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.cli.doctor.doctor import _version
from warroom.config.asterisk.config_files import AsteriskInstall


@pytest.mark.parametrize(("version", "state"), [("22.10.1", "ok"), ("22.11.0", "wrong"), ("22.11.1", "ok")])
def test_version_that_a_browser_can_crash_is_wrong(version: str, state: str) -> None:
    finding = _version(AsteriskInstall(Path("/x"), Path("/x"), Path("/x"), version))
    assert finding.state == state
    assert ("PONG" in finding.what) == (state == "wrong")
    assert bool(finding.mend) == (state == "wrong")
