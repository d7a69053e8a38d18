"""What supervisord is told: it reads it, opens no port, gives no part up, and waits no longer than half a minute."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from supervisor.options import ServerOptions
from supervisor.states import ProcessStates

from warroom.config.paths import DataDirectory
from warroom.services.supervision.plan import NAMES
from warroom.services.supervision.run_supervisord import Ends
from warroom.services.supervision.supervisord_config import MAX_BACKOFF_S, SOCKET, write_config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    DataDirectory(tmp_path).make()
    return tmp_path


def test_supervisord_reads_its_configuration(data: Path) -> None:
    options = ServerOptions()
    options.realize(["-c", str(write_config(data))])
    (server,) = options.server_configs
    assert (server["file"], server["chmod"]) == (str(data / "supervisor" / SOCKET), 0o600)
    parts = [group.process_configs[0] for group in sorted(options.process_group_configs, key=lambda one: one.priority)]
    assert tuple(part.name for part in parts) == NAMES
    assert all(part.startretries > MAX_BACKOFF_S for part in parts)
    assert (data / "supervisor" / "supervisord.conf").stat().st_mode & 0o777 == 0o600


def ended(name: str, state: int, backoff: int = 0) -> SimpleNamespace:
    part = SimpleNamespace(config=SimpleNamespace(name=name), state=state, backoff=backoff, delay=time.time() + backoff)
    return SimpleNamespace(process=part)


def test_ends_are_counted_and_waits_bounded(data: Path) -> None:
    path = DataDirectory(data).part_ends
    path.write_text('{"serve": {"count": 7, "last": ""}}')
    ends = Ends(path)
    assert json.loads(path.read_text()) == {}
    ends.take(ended("serve", ProcessStates.EXITED))
    first = ended("serve", ProcessStates.BACKOFF, 3)
    ends.take(first)
    assert first.process.backoff == 3
    long = ended("api", ProcessStates.BACKOFF, MAX_BACKOFF_S + 1)
    ends.take(long)
    assert long.process.backoff == MAX_BACKOFF_S
    assert long.process.delay - time.time() <= MAX_BACKOFF_S
    assert {name: said["count"] for name, said in json.loads(path.read_text()).items()} == {"serve": 2, "api": 1}
