"""Which Asterisk of a machine is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warroom.config.asterisk import config_files as asterisk_config
from warroom.config.asterisk.config_files import AsteriskError, find_asterisk

if TYPE_CHECKING:
    from pathlib import Path


def place(folder: Path, answer: str, *, modules: str = "lib/x86_64-linux-gnu/asterisk/modules") -> tuple[Path, Path]:
    """Lay out an Asterisk that answers -V so."""
    command = folder / "sbin" / "asterisk"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\n{answer}\n")
    command.chmod(0o755)
    (folder / modules).mkdir(parents=True)
    (folder / modules / "chan_pjsip.so").touch()
    (folder / "share" / "asterisk" / "documentation").mkdir(parents=True)
    return command, folder


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path]]:
    found: list[tuple[Path, Path]] = []
    monkeypatch.setattr(asterisk_config, "_PLACES", found)
    return found


def test_find_takes_own_of_machine(places: list[tuple[Path, Path]], tmp_path: Path) -> None:
    places.append(place(tmp_path / "own", "echo 'Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5'"))
    places.append(place(tmp_path / "private", "echo Asterisk 22.10.1+dfsg"))
    found = find_asterisk()
    assert (found.command, found.version) == (tmp_path / "own" / "sbin" / "asterisk", "20.6.0")
    assert found.modules == tmp_path / "own" / "lib" / "x86_64-linux-gnu" / "asterisk" / "modules"
    assert found.data == tmp_path / "own" / "share" / "asterisk"


def test_find_passes_over_old(places: list[tuple[Path, Path]], tmp_path: Path) -> None:
    places.append(place(tmp_path / "own", "echo Asterisk 18.10.0"))
    places.append(place(tmp_path / "private", "echo Asterisk 22.10.1", modules="lib/asterisk/modules"))
    assert find_asterisk().version == "22.10.1"


def test_find_passes_over_broken(places: list[tuple[Path, Path]], tmp_path: Path) -> None:
    places.append(place(tmp_path / "own", "echo 'cannot load libjansson' >&2; exit 127"))
    places.append(place(tmp_path / "private", "echo Asterisk 22.10.1"))
    assert find_asterisk().command == tmp_path / "private" / "sbin" / "asterisk"


def test_find_says_what_is_wrong(places: list[tuple[Path, Path]], tmp_path: Path) -> None:
    with pytest.raises(AsteriskError, match=r"no Asterisk found.*install\.sh"):
        find_asterisk()
    places.append(place(tmp_path / "own", "echo Asterisk 18.10.0"))
    with pytest.raises(AsteriskError, match=r"asterisk is 18\.10\.0; version 20 or newer"):
        find_asterisk()
    places.append(place(tmp_path / "bare", "echo Asterisk 22.1.0"))
    (tmp_path / "bare" / "lib" / "x86_64-linux-gnu" / "asterisk" / "modules" / "chan_pjsip.so").unlink()
    with pytest.raises(AsteriskError, match="has no modules"):
        find_asterisk()
