"""A capture says why it cannot be, and what was recorded of a number goes when the person is forgotten."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from router.storage.repositories.calls.call_log_repository import LoggedCall
from warroom.cli.calls import signalling
from warroom.cli.common import CommandError

if TYPE_CHECKING:
    from pathlib import Path

PHONE = "+919812343210"


def test_capture_without_root_or_without_tshark_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CommandError, match="run this as root"):
        signalling.start(tmp_path, PHONE, 5060, 1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(CommandError, match="apt-get install tshark"):
        signalling.start(tmp_path, PHONE, 5060, 1)
    assert not (tmp_path / "captures").exists()
    assert signalling.stop(tmp_path) is None


def test_files_of_a_number_are_forgotten_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    names = ("919812343210-1.pcapng", "919812343211-1.pcapng")
    for name in names:
        (tmp_path / "captures" / name).touch()
    assert signalling.forget(tmp_path, PHONE) == 1
    assert [path.name for path in (tmp_path / "captures").iterdir()] == [names[1]]
    assert signalling.messages_of(tmp_path, LoggedCall("1.1", 1, caller=PHONE), 5060) == []
