"""A store that is lost is told from one that was never made, by every command that needs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from router.storage.migrate import migrate
from warroom.cli.doctor.doctor import _store
from warroom.cli.main import make_app
from warroom.config.paths import DataDirectory
from warroom.services.store.presence import StoreMissingError, see_not_lost, store_there

COMMANDS = [
    ("tickets", "list"),
    ("tickets", "export", "--since", "2020-04-01"),
    ("blocklist", "list"),
    ("alerts", "list"),
    ("facilities", "list"),
]


def remembering(data: Path, memory: str) -> None:
    path = {"mark": DataDirectory(data).store_mark, "broker": DataDirectory(data).broker_memory}[memory]
    path.parent.mkdir(parents=True)
    path.write_text("{}")


@pytest.mark.parametrize("memory", ["mark", "broker"])
def test_lost_store_is_told_with_what_to_do(tmp_path: Path, memory: str) -> None:
    remembering(tmp_path, memory)
    for look in (see_not_lost, store_there):
        with pytest.raises(StoreMissingError, match=r"is gone.*warroom recover"):
            look(tmp_path)
    found = _store(tmp_path, 1)
    assert found.state == "wrong"
    assert "is gone" in found.what
    assert "warroom recover" in found.mend


def test_store_that_was_never_made_and_one_that_is_there(tmp_path: Path) -> None:
    see_not_lost(tmp_path)
    with pytest.raises(StoreMissingError, match=r"no store yet.*warroom up"):
        store_there(tmp_path)
    assert "no store yet" in _store(tmp_path, 1).what
    remembering(tmp_path, "broker")
    DataDirectory(tmp_path).store.parent.mkdir()
    migrate(DataDirectory(tmp_path).store)
    assert store_there(tmp_path) == DataDirectory(tmp_path).store


def test_memory_that_may_not_be_looked_at_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exists(path: Path) -> bool:
        if path == DataDirectory(tmp_path).broker_memory:
            raise PermissionError(13, "no permission", str(path))
        return False

    monkeypatch.setattr(Path, "exists", exists)
    see_not_lost(tmp_path)


@pytest.mark.parametrize("words", COMMANDS)
def test_commands_tell_of_a_lost_store_and_write_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    remembering(tmp_path, "mark")
    done = CliRunner().invoke(make_app(words), ["--data", str(tmp_path), *words])
    assert isinstance(done.exception, StoreMissingError)
    assert done.output == ""
    assert not DataDirectory(tmp_path).store.exists()
