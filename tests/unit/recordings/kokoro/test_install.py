"""What is not the voice is not put in place, and what was there stays."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from recordings.kokoro import install as installing
from recordings.kokoro.errors import InstallError
from recordings.kokoro.install import find_damage, install
from recordings.kokoro.installed import Installation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A voice whose model has been damaged."""
    installation = Installation(tmp_path / "voice")
    installation.voices.mkdir(parents=True)
    installation.vocabulary.write_text("{}", "utf-8")
    installation.model.write_bytes(b"half of it")
    return installation


def test_damage_is_named(installation: Installation) -> None:
    assert "model.onnx has another checksum" in find_damage(installation)
    installation.model.unlink()
    assert "model.onnx is missing" in find_damage(installation)


def test_without_a_registry_one_line_says_so_and_the_old_one_stays(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    steps: list[tuple[int, int]] = []
    with pytest.raises(InstallError, match=r"^pip could not fetch the voice: .*registries") as caught:
        install(installation, lambda done, total: steps.append((done, total)))
    assert "\n" not in str(caught.value)
    assert steps == [(0, 4)]
    assert installation.model.read_bytes() == b"half of it"
    assert [path.name for path in installation.folder.parent.iterdir()] == ["voice"]


def test_styles_with_another_checksum_are_not_unpacked(tmp_path: Path) -> None:
    style = tmp_path / "hf_alpha.bin"
    style.write_bytes(bytes(100))
    with tarfile.open(tmp_path / "kokoro-js-1.2.1.tgz", "w:gz") as archive:
        archive.add(style, "package/voices/hf_alpha.bin")
    with pytest.raises(InstallError, match="another checksum"):
        installing._unpack_styles(tmp_path, tmp_path / "voices")
    assert not (tmp_path / "voices").exists()
