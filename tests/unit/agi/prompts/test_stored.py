"""The prompts that come spoken with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agi.ivr.menus import spoken_menus
from agi.prompts import manifest
from agi.prompts.build import build
from agi.prompts.inventory import list_prompts
from agi.prompts.stored import read_stored, stored_file
from agi.prompts.tts import check_spoken, speaker_of
from agi.prompts.voices import ESPEAK, KOKORO, Voices
from agi.settings import PromptVoices
from recordings.kokoro.installed import Installation
from router.geo import load_places
from warroom.cli.speech import stored_prompts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def voices(tmp_path: Path) -> Voices:
    """Kokoro is set, and not installed."""
    return Voices(PromptVoices(hi="kokoro", en="kokoro"), Installation(tmp_path / "nowhere"))


def test_every_prompt_has_its_file_and_no_file_is_left_over() -> None:
    assert stored_prompts.problems(stored_prompts.wanted()) == []


def test_a_changed_text_and_an_old_file_are_named() -> None:
    texts = stored_prompts.wanted()
    path, text = next(iter(texts.items()))
    changed = {place: said for place, said in texts.items() if place != path}
    changed[stored_file(f"{text} नया", KOKORO["hi"])] = f"{text} नया"
    found = stored_prompts.problems(changed)
    assert len(found) == 2
    assert "has no file" in found[0]
    assert f"{path.name} is said by no prompt" in found[1]


def test_each_is_the_whole_of_its_text() -> None:
    for path, text in list(stored_prompts.wanted().items())[::20]:
        check_spoken(text, read_stored(path))


def test_the_file_depends_on_text_voice_and_recipe() -> None:
    files = {stored_file("एक", KOKORO["hi"]), stored_file("दो", KOKORO["hi"]), stored_file("एक", KOKORO["en"])}
    assert len(files | {stored_file("एक", ESPEAK["hi"])}) == 4


def test_what_has_no_file_is_spoken_by_the_voice_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, voices: Voices
) -> None:
    old = next(text for text in stored_prompts.wanted().values() if speaker_of(text) == "hi")
    texts = {"old": old, "new": "यह वाक्य किसी फ़ाइल में नहीं है।"}
    monkeypatch.setattr(manifest, "catalogue", lambda _places, _menus, language: texts if language == "hi" else {})
    report = build(load_places(), spoken_menus(), data=tmp_path / "data", cache=tmp_path / "cache", voices=voices)
    assert report.problems == ()
    prompts = list_prompts(load_places(), spoken_menus(), tmp_path / "data", voices)
    assert {prompt.name: prompt.engine for prompt in prompts} == {"old": "kokoro", "new": "espeak-ng"}
