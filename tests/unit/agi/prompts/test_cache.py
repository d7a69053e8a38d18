"""The shared cache: keys, whole entries, links."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from agi.prompts import cache as caching
from agi.prompts import tts, voices
from agi.prompts.cache import Cache
from agi.prompts.sound import formats
from agi.prompts.voices import ESPEAK, KOKORO

KEY = "ab" + "0" * 62


def content(packets: int = 3) -> dict[str, bytes]:
    return {e: bytes(packets * rate // 50) for e, rate in formats.BYTES_A_SECOND.items()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_key_changes_with_text_voice_rate_recipe_and_respelling(monkeypatch):
    keys = {
        caching.key_of_text("इंदौर", ESPEAK["hi"]),
        caching.key_of_text("भोपाल", ESPEAK["hi"]),
        caching.key_of_text("भोपाल", ESPEAK["en"]),
        caching.key_of_text("भोपाल", KOKORO["hi"]),
        caching.key_of_text("भोपाल", replace(KOKORO["hi"], id="hm_omega/hi")),
        caching.key_of_text("भोपाल", replace(KOKORO["hi"], recipe=0)),
        caching.key_of_tone("भोपाल"),
    }
    monkeypatch.setattr(formats, "RECIPE", 0)
    keys.add(caching.key_of_text("भोपाल", ESPEAK["hi"]))
    monkeypatch.setattr(voices, "RATE_WPM", 120)
    keys.add(caching.key_of_text("भोपाल", ESPEAK["hi"]))
    monkeypatch.setattr(tts, "_respellings", lambda: {"भोपाल": "भो पाल"})
    keys.add(caching.key_of_text("भोपाल", ESPEAK["hi"]))
    assert len(keys) == 10


def test_key_of_recording_changes_with_its_bytes_only(tmp_path):
    one, two = tmp_path / "1.wav", tmp_path / "2.wav"
    one.write_bytes(b"x")
    two.write_bytes(b"x")
    key = caching.key_of_recording(one)
    assert key == caching.key_of_recording(two)
    two.write_bytes(b"y")
    assert key != caching.key_of_recording(two)


def test_entry_is_there_whole_and_readable_by_all(tmp_path):
    cache = Cache(tmp_path / "cache")
    assert cache.entry(KEY) is None
    entry = cache.add(KEY, content())
    assert cache.entry(KEY) == entry
    assert {mode(file) for file in entry.iterdir()} == {0o644}
    assert mode(entry) == mode(entry.parent) == mode(tmp_path / "cache") == 0o755
    assert [p.name for p in entry.parent.iterdir()] == [KEY]


@pytest.mark.parametrize("ending", formats.BYTES_A_SECOND)
def test_broken_entry_counts_as_missing_and_is_made_anew(tmp_path, ending):
    cache = Cache(tmp_path)
    entry = cache.add(KEY, content())
    (entry / f"prompt.{ending}").write_bytes(b"")
    assert cache.entry(KEY) is None
    cache.add(KEY, content())
    assert cache.entry(KEY) == entry
    assert [p.name for p in entry.parent.iterdir()] == [KEY]


def test_second_builder_of_an_entry_leaves_the_first_one(tmp_path):
    cache = Cache(tmp_path)
    first = (cache.add(KEY, content()) / "prompt.alaw").stat().st_ino
    entry = cache.add(KEY, content(9))
    assert (entry / "prompt.alaw").stat().st_ino == first
    assert [p.name for p in entry.parent.iterdir()] == [KEY]


def test_put_links_once(tmp_path):
    entry = Cache(tmp_path / "cache").add(KEY, content())
    target = tmp_path / "main-menu.alaw"
    assert caching.put(entry, target.with_suffix(""))
    assert target.samefile(entry / "prompt.alaw")
    assert not caching.put(entry, target.with_suffix(""))


def test_put_replaces_the_link_and_never_the_content_behind_it(tmp_path):
    cache = Cache(tmp_path / "cache")
    old = cache.add(KEY, content())
    new = cache.add("cd" + "0" * 62, content(5))
    target = tmp_path / "main-menu.alaw"
    caching.put(old, target.with_suffix(""))
    assert caching.put(new, target.with_suffix(""))
    assert target.samefile(new / "prompt.alaw")
    assert (old / "prompt.alaw").stat().st_size == len(content()["alaw"])
    assert {p.name for p in tmp_path.iterdir()} == {"cache", *(f"main-menu.{ending}" for ending in content())}


def test_put_copies_to_another_file_system(tmp_path, monkeypatch):
    entry = Cache(tmp_path / "cache").add(KEY, content())
    target = tmp_path / "main-menu.alaw"

    def refuse(_source, _target):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    assert caching.put(entry, target.with_suffix(""))
    assert target.read_bytes() == content()["alaw"]
    assert not target.samefile(entry / "prompt.alaw")
    assert mode(target) == 0o644


def test_put_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    entry = Cache(tmp_path / "cache").add(KEY, content())

    def full(_source, _target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space"):
        caching.put(entry, tmp_path / "main-menu")
    assert [p.name for p in tmp_path.iterdir()] == ["cache"]


def test_add_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    cache = Cache(tmp_path)

    def full(_self, _content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        cache.add(KEY, content())
    assert list((tmp_path / "ab").iterdir()) == []


def test_put_beside_another_builder_leaves_nothing_behind(tmp_path, monkeypatch):
    entry = Cache(tmp_path / "cache").add(KEY, content())
    target = tmp_path / "main-menu.alaw"
    monkeypatch.setattr(caching, "_same", lambda _source, _target: False)  # the other one was first just now
    assert caching.put(entry, target.with_suffix(""))
    assert caching.put(entry, target.with_suffix(""))
    assert {p.name for p in tmp_path.iterdir()} == {"cache", *(f"main-menu.{ending}" for ending in content())}
