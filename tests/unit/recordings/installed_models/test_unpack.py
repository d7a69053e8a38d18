"""The ZIP file of a model lands in its folder and nowhere else, or not at all."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path

import pytest

from recordings.installed_models.unpack import UnpackError, unpack

FILES = {"am/final.mdl": b"m" * 100, "conf/mfcc.conf": b"--x=1\n", "graph/phones/word_boundary.int": b"1 nonword\n"}


def pack(path: Path, files: dict[str, bytes], top: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(top + name, content)
    return path


def unpacked(source: Path, goal: Path, **limits: int) -> dict[str, bytes]:
    unpack(source, goal, lambda _done, _total: None, **limits)
    return {str(path.relative_to(goal)): path.read_bytes() for path in goal.rglob("*") if path.is_file()}


@pytest.mark.parametrize("top", ["", "vosk-model-small-hi-0.22/", "am-of-mine/"])
def test_one_top_folder_or_none(tmp_path, top):
    source = pack(tmp_path / "m.zip", FILES, top)
    assert unpacked(source, tmp_path / "goal") == FILES
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "goal").rglob("*") if path.is_file()}
    assert modes == {0o644}
    assert stat.S_IMODE((tmp_path / "goal" / "graph" / "phones").stat().st_mode) == 0o755


def test_what_a_mac_adds_is_left_out(tmp_path):
    files = {f"m/{name}": content for name, content in FILES.items()} | {"__MACOSX/m/._am": b"x", "m/.DS_Store": b"x"}
    assert unpacked(pack(tmp_path / "m.zip", files), tmp_path / "goal") == FILES


@pytest.mark.parametrize("name", ["../x", "am/../../x", "/etc/x", "am\\..\\x", "c:x", "am/\x1bx", "a" * 3000])
def test_path_that_leads_out(tmp_path, name):
    refused(tmp_path, pack(tmp_path / "m.zip", FILES | {name: b"x"}), "leads out")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_link_or_device(tmp_path, kind):
    source = pack(tmp_path / "m.zip", FILES)
    with zipfile.ZipFile(source, "a") as archive:
        entry = zipfile.ZipInfo("am/link")
        entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    refused(tmp_path, source, "link or a device")


def test_bomb(tmp_path):
    refused(tmp_path, pack(tmp_path / "m.zip", FILES | {"am/zeros": bytes(30 << 20)}), "no model")


def test_bomb_that_lies_about_its_size(tmp_path):
    source = pack(tmp_path / "m.zip", {"am/zeros": bytes(30 << 20)})
    data = source.read_bytes()
    size = (30 << 20).to_bytes(4, "little")
    source.write_bytes(data.replace(size, (1000).to_bytes(4, "little")))
    refused(tmp_path, source, "no whole ZIP file")


def test_too_large_or_too_many(tmp_path):
    refused(tmp_path, pack(tmp_path / "m.zip", FILES), "unpacked it would be", max_bytes=50)
    refused(tmp_path, pack(tmp_path / "m.zip", {f"am/{n}": b"" for n in range(1001)}), "1001 files")


@pytest.mark.parametrize("way", ["comments", "zip64"])
def test_list_of_files_that_would_fill_the_memory(tmp_path, way):
    source = pack(tmp_path / "m.zip", FILES)
    if way == "comments":
        with zipfile.ZipFile(source, "a") as archive:
            for number in range(70):
                entry = zipfile.ZipInfo(f"am/{number}")
                entry.comment = bytes(0xFFFF)
                archive.writestr(entry, b"x")
    else:
        whole = source.read_bytes()
        at = whole.rindex(b"PK\5\6")
        source.write_bytes(whole[:at] + b"PK\6\7" + bytes(16) + whole[at:])
    refused(tmp_path, source, "list of files")


def test_disk_without_room(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1000, 900, 100))
    refused(tmp_path, pack(tmp_path / "m.zip", FILES), "make room")


def test_name_twice_and_name_of_file_and_folder(tmp_path):
    source = pack(tmp_path / "m.zip", FILES)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(source, "a") as archive:
        archive.writestr("am/final.mdl", b"other")
    refused(tmp_path, source, "twice")
    refused(tmp_path, pack(tmp_path / "m.zip", FILES | {"am": b"x"}), "a file and a folder")


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "flipped", "nothing in it"])
def test_no_zip_file_or_a_damaged_one(tmp_path, damage):
    source = pack(tmp_path / "m.zip", {"am/final.mdl": zlib.compress(bytes(range(256)) * 9)})
    whole = source.read_bytes()
    content = {
        "text": b"<html>no model here</html>" * 99, "empty": b"", "cut": whole[:-30],
        "flipped": whole[:80] + bytes([whole[80] ^ 255]) + whole[81:],
    }  # fmt: skip
    if damage == "nothing in it":
        pack(source, {})
    else:
        source.write_bytes(content[damage])
    refused(tmp_path, source, "nothing in it" if damage == "nothing in it" else "no whole ZIP file")


def refused(tmp_path: Path, source: Path, said: str, **limits: int) -> None:
    before = sorted(tmp_path.parent.iterdir())
    with pytest.raises(UnpackError, match=said):
        unpack(source, tmp_path / "goal", lambda _done, _total: None, **limits)
    assert not (tmp_path / "goal").exists()
    assert sorted(tmp_path.parent.iterdir()) == before
