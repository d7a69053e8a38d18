"""Waiting for the end of calls: how many there are is told when it changes, and somebody may think better of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warroom.config.asterisk.config_files import AsteriskError
from warroom.config.paths import DataDirectory
from warroom.services.supervision import stopping
from warroom.services.supervision.drain import Drain
from warroom.services.supervision.stopping import Draining, DrainUndoneError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tmp_path.chmod(0o755)
    DataDirectory(tmp_path).make()
    monkeypatch.setattr(stopping, "COUNT_INTERVAL_S", 0)
    return tmp_path


def counts(monkeypatch: pytest.MonkeyPatch, *counted: int | None) -> None:
    """Have Asterisk say these numbers of calls, one after the other; None: it does not answer."""
    left = list(counted)

    def calls(_drain: Drain) -> int:
        if (count := left.pop(0)) is None:
            raise AsteriskError("asterisk: no answer")
        return count

    monkeypatch.setattr(Drain, "calls", calls)


def test_each_change_is_told_once_until_no_call_is_left(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts(monkeypatch, 2, 2, None, 1, 0)
    said: list[str] = []
    draining = Draining(data, said.append, "Ctrl-C cuts them off")
    draining.begin()
    assert Drain(data).on
    draining.wait(lambda: False)
    assert [line.partition(";")[0] for line in said] == [
        "2 calls are going on",
        "Asterisk does not say how many calls are going on",
        "1 call is going on",
    ]
    assert all(line.endswith("new ones are refused. Ctrl-C cuts them off") for line in said)


def test_who_is_in_a_hurry_does_not_wait(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts(monkeypatch, 5)
    draining = Draining(data, lambda _: None, "")
    draining.begin()
    draining.wait(lambda: True)


def test_stop_ends_when_calls_are_taken_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts(monkeypatch, 5)
    draining = Draining(data, lambda _: Drain(data).end(), "")
    draining.begin()
    with pytest.raises(DrainUndoneError, match="not stopped"):
        draining.wait(lambda: False)
