"""Building a data directory's prompts, for real but few."""

from __future__ import annotations

import os
import re
import shutil
import stat
import wave
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agi.prompts import build as building
from agi.prompts import manifest
from agi.prompts.build import build
from agi.prompts.errors import SpeechFailedError, VoiceMissingError
from agi.prompts.inventory import list_missing, list_prompts
from agi.prompts.menus import KeyedText
from agi.prompts.sound import formats
from agi.prompts.sound.tones import TONES
from agi.prompts.tts import TtsEngine
from router.geo import load_places
from tests.support.speech import ESPEAKS

if TYPE_CHECKING:
    from pathlib import Path

    from agi.prompts.menus import Menus

PLACES = load_places()
ALL = {"hi/danger", "hi/press-1", "hi/beep", "en/danger", "en/press-1", "en/beep"}


@pytest.fixture
def texts(monkeypatch):
    """Six prompts in place of all."""
    beep = TONES["beep"].text
    texts = {
        "hi": {"danger": "अगर किसी की जान को ख़तरा है, तो अभी नौ दबाएँ।", "press-1": "के लिए एक दबाएँ।", "beep": beep},
        "en": {"danger": "If a life is in danger, press nine now.", "press-1": "press one.", "beep": beep},
    }
    monkeypatch.setattr(manifest, "catalogue", lambda _places, _menus, language: dict(texts[language]))
    return texts


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    return tmp_path_factory.mktemp("spoken")


@pytest.fixture
def cache(tmp_path, spoken):
    """A cache that has what earlier tests of this file have spoken: to speak costs time."""
    shutil.copytree(spoken, tmp_path / "cache")
    yield tmp_path / "cache"
    shutil.copytree(tmp_path / "cache", spoken, dirs_exist_ok=True)


@pytest.fixture
def data(tmp_path):
    return tmp_path / "var"


def own(data: Path, prompt: str, *, seconds: float = 1.0, rate: int = 44_100, hertz: float = 700) -> Path:
    """Drop in a recording in stereo."""
    path = data / "prompts" / "own" / f"{prompt}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    one = (np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate) * 9000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, rate, 0, "NONE", ""))
        file.writeframes(np.repeat(one, 2).tobytes())
    return path


def states(data: Path) -> dict[str, tuple[str, str]]:
    return states_of({}, data)


def states_of(menus: Menus, data: Path) -> dict[str, tuple[str, str]]:
    return {f"{p.language}/{p.name}": (p.source, p.state) for p in list_prompts(PLACES, menus, data, ESPEAKS)}


def content(data: Path, prompt: str, ending: str = "alaw") -> bytes:
    return (data / "prompts" / f"{prompt}.{ending}").read_bytes()


def test_empty_directory_becomes_complete(texts, data, tmp_path):
    assert set(list_missing(PLACES, {}, data, ESPEAKS)) == ALL
    steps = []
    report = build(
        PLACES, {}, data=data, cache=tmp_path / "new", voices=ESPEAKS, progress=lambda *step: steps.append(step)
    )
    assert report == building.BuildReport(built=5, linked=6, own=0, problems=())  # one beep for both languages
    assert steps == [(done, 6) for done in range(1, 7)]
    assert list_missing(PLACES, {}, data, ESPEAKS) == []
    assert set(states(data).values()) == {("spoken", "ready")}


def test_built_files_are_all_formats_equally_long_and_readable_by_all(texts, data, cache):
    old = os.umask(0o077)
    try:
        build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    finally:
        os.umask(old)
    for prompt in ALL:
        assert len({len(content(data, prompt, e)) / rate for e, rate in formats.BYTES_A_SECOND.items()}) == 1
    files = [p for language in ("hi", "en") for p in (data / "prompts" / language).iterdir()]
    assert len(files) == len(ALL) * len(formats.BYTES_A_SECOND)
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o644}
    directories = [data / "prompts", data / "prompts" / "hi", data / "prompts" / "own" / "en"]
    assert {stat.S_IMODE(p.stat().st_mode) for p in directories} == {0o755}


def test_listing_tells_how_long_a_prompt_lasts(texts, data, cache):
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    seconds = {f"{p.language}/{p.name}": p.seconds for p in list_prompts(PLACES, {}, data, ESPEAKS)}
    assert 3 < seconds["hi/danger"] < 6
    assert seconds["hi/danger"] == len(content(data, "hi/danger", "sln16")) / 32_000


def test_second_directory_is_linked_and_not_spoken(texts, data, cache, tmp_path, monkeypatch):
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    monkeypatch.setattr(TtsEngine, "speak", lambda *_: pytest.fail("spoken"))
    report = build(PLACES, {}, data=tmp_path / "second", cache=cache, voices=ESPEAKS)
    assert report == building.BuildReport(built=0, linked=6, own=0, problems=())
    first, second = (d / "prompts" / "hi" / "danger.g722" for d in (data, tmp_path / "second"))
    assert first.samefile(second)
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS) == building.BuildReport(0, 0, 0, ())


def test_only_what_changed_is_built(texts, data, cache):
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    before = content(data, "en/danger")
    texts["en"]["danger"] = "Danger. Press nine."
    assert list_missing(PLACES, {}, data, ESPEAKS) == ["en/danger"]
    assert states(data)["en/danger"] == ("spoken", "outdated")
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS) == building.BuildReport(1, 1, 0, ())
    assert len(content(data, "en/danger")) < len(before)
    assert list_missing(PLACES, {}, data, ESPEAKS) == []


def test_lost_file_is_missing_and_linked_again(texts, data, cache):
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    (data / "prompts" / "hi" / "danger.ulaw").unlink()
    assert list_missing(PLACES, {}, data, ESPEAKS) == ["hi/danger"]
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS) == building.BuildReport(0, 1, 0, ())


@pytest.mark.parametrize("index", ["", "[]", '{"hi/danger": 1}', '{"hi/danger": {"key": "x"}}', "\udc80"])
def test_broken_index_is_written_anew(texts, data, cache, index):
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    (data / "prompts" / "built.json").write_bytes(index.encode("utf-8", "surrogateescape"))
    assert set(list_missing(PLACES, {}, data, ESPEAKS)) == ALL
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS).linked == 0
    assert list_missing(PLACES, {}, data, ESPEAKS) == []


def test_own_recording_wins_and_survives(texts, data, cache):
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    path = own(data, "hi/danger", seconds=2.0)
    recorded = path.read_bytes()
    assert states(data)["hi/danger"] == ("spoken", "outdated")
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS) == building.BuildReport(1, 1, 1, ())
    assert states(data)["hi/danger"] == ("own", "ready")
    assert len(content(data, "hi/danger")) / 8000 == pytest.approx(2.15, abs=0.03)
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS) == building.BuildReport(0, 0, 1, ())
    assert path.read_bytes() == recorded


def test_own_recording_never_changes_another_directory(texts, data, cache, tmp_path):
    other = tmp_path / "other"
    build(PLACES, {}, data=other, cache=cache, voices=ESPEAKS)
    spoken = content(other, "hi/danger")
    own(data, "hi/danger")
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    assert content(other, "hi/danger") == spoken != content(data, "hi/danger")


def test_changed_own_recording_is_taken_again(texts, data, cache):
    own(data, "hi/danger", seconds=1.0)
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    own(data, "hi/danger", seconds=3.0)
    assert list_missing(PLACES, {}, data, ESPEAKS) == ["hi/danger"]
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    assert len(content(data, "hi/danger")) / 8000 > 3


def test_removed_own_recording_gives_way_to_speech(texts, data, cache):
    path = own(data, "hi/beep")
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    path.unlink()
    assert list_missing(PLACES, {}, data, ESPEAKS) == ["hi/beep"]
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS).own == 0
    assert states(data)["hi/beep"] == ("spoken", "ready")
    assert len(content(data, "hi/beep")) < 8000 * 0.3


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (
            lambda path: path.write_bytes(b"ID3 an mp3"),
            "not a WAV file; expected a WAV file, PCM of 8, 16 or 24 bits",
        ),
        (lambda path: path.write_bytes(path.read_bytes()[:-1000]), "1000 bytes are missing"),
        (lambda path: own(path.parents[3], "hi/danger", hertz=0), "nothing can be heard in it; expected"),
        (lambda path: own(path.parents[3], "hi/danger", seconds=0.01), r"lasts 0\.0 s; expected 0\.1 to 120 s"),
        (lambda path: own(path.parents[3], "hi/danger", seconds=121, rate=8000), r"lasts 121\.0 s; expected"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
    ],
)
def test_broken_own_recording_is_told_and_the_spoken_one_used(texts, data, cache, broken, what):
    path = own(data, "hi/danger")
    broken(path)
    report = build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    assert len(report.problems) == 1
    assert report.problems[0].startswith(f"{path}: ")
    assert report.problems[0].endswith("The spoken prompt is used instead.")
    assert re.search(what, report.problems[0])
    assert path.exists()
    assert report.own == 0
    assert 3 < len(content(data, "hi/danger")) / 8000 < 6
    assert states(data)["hi/danger"] == ("spoken", "bad-recording")
    assert list_missing(PLACES, {}, data, ESPEAKS) == []


def test_own_recording_of_no_prompt_is_told(texts, data, cache):
    path = own(data, "hi/dangre")
    report = build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    assert report.problems == (f"{path}: there is no prompt of this name; see: warroom prompts list",)
    assert not (data / "prompts" / "hi" / "dangre.alaw").exists()


def test_ending_of_an_own_recording_may_be_in_capitals(texts, data, cache):
    path = own(data, "hi/danger")
    path.rename(path.with_suffix(".WAV"))
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS).own == 1


def test_two_builders_at_once_both_succeed(texts, tmp_path):
    cache, start = tmp_path / "shared", Barrier(3)

    def one(name: str) -> building.BuildReport:
        start.wait()
        return build(PLACES, {}, data=tmp_path / name, cache=cache, voices=ESPEAKS)

    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(one, ["a", "b", "b"]))
    assert [report.problems for report in reports] == [()] * 3
    assert [list_missing(PLACES, {}, tmp_path / name, ESPEAKS) for name in ("a", "b")] == [[], []]
    assert content(tmp_path / "a", "hi/danger") == content(tmp_path / "b", "hi/danger")
    assert list(tmp_path.rglob(".new-*")) == []


def test_text_that_cannot_be_spoken_is_told_and_the_others_built(texts, data, tmp_path, monkeypatch):
    speak = TtsEngine.speak

    def fail(self, text, language):
        if text == "press one.":
            raise SpeechFailedError("the speech engine says: no")
        return speak(self, text, language)

    monkeypatch.setattr(TtsEngine, "speak", fail)
    report = build(PLACES, {}, data=data, cache=tmp_path / "new", voices=ESPEAKS)
    assert report.problems == ("en/press-1: could not be spoken: the speech engine says: no",)
    assert list_missing(PLACES, {}, data, ESPEAKS) == ["en/press-1"]


def test_missing_engine_stops_the_build(texts, data, tmp_path, monkeypatch):
    def fail(_self, _text, _language):
        raise VoiceMissingError("apt-get install espeak-ng")

    monkeypatch.setattr(TtsEngine, "speak", fail)
    with pytest.raises(VoiceMissingError, match="espeak-ng"):
        build(PLACES, {}, data=data, cache=tmp_path / "new", voices=ESPEAKS)


def test_spoken_text_is_spoken_once(tmp_path, monkeypatch):
    first = building.spoken_alaw("मेरा नाम राम है।", "hi", tmp_path)
    assert 8000 < len(first) < 8000 * 4
    monkeypatch.setattr(TtsEngine, "speak", lambda *_: pytest.fail("spoken"))
    assert building.spoken_alaw("मेरा नाम राम है।", "hi", tmp_path) == first


def test_prompts_all_recorded_need_no_voice(texts, data, tmp_path, monkeypatch):
    monkeypatch.setattr(TtsEngine, "speak", lambda *_: pytest.fail("spoken"))
    for prompt in ALL:
        own(data, prompt)
    report = build(PLACES, {}, data=data, cache=tmp_path / "new", voices=ESPEAKS)
    assert (report.own, report.linked, report.problems) == (6, 6, ())


def test_recording_of_keys_that_have_changed_is_left_out_until_it_is_made_anew(texts, data, cache):
    menus = {"danger": [KeyedText("danger", {"key": "9"}, "the flow")]}
    path = own(data, "en/danger")
    assert build(PLACES, menus, data=data, cache=cache, voices=ESPEAKS).own == 1
    texts["en"]["danger"] = "If a life is in danger, press seven now."
    assert list_missing(PLACES, menus, data, ESPEAKS) == ["en/danger"]
    for _ in range(2):  # it stays out
        report = build(PLACES, menus, data=data, cache=cache, voices=ESPEAKS)
        assert report.own == 0
        assert report.problems[0].startswith(f"{path}: was recorded for a text that named other keys or choices")
        assert list_missing(PLACES, menus, data, ESPEAKS) == []
        assert states_of(menus, data)["en/danger"] == ("spoken", "bad-recording")
    own(data, "en/danger", hertz=500)
    report = build(PLACES, menus, data=data, cache=cache, voices=ESPEAKS)
    assert (report.own, report.problems) == (1, ())


def test_recording_whose_text_names_no_key_stays_when_the_text_changes(texts, data, cache):
    own(data, "en/danger")
    build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS)
    texts["en"]["danger"] = "If a life is in danger, say so."
    assert build(PLACES, {}, data=data, cache=cache, voices=ESPEAKS).own == 1
