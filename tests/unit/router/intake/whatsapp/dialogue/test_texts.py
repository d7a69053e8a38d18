"""The texts of the dialogue: what an admin may change, and every mistake in it named."""

from __future__ import annotations

import re
import shutil
import unicodedata
from importlib.resources import files
from pathlib import Path

import pytest

from router.geo.model import Need
from router.intake.whatsapp.dialogue.replies import MAX_ROW, MAX_TITLE
from router.intake.whatsapp.dialogue.wording.text_names import FIELDS
from router.intake.whatsapp.dialogue.wording.texts import LANGUAGES, DialogueTextError, Texts
from router.intake.whatsapp.dialogue.wording.words import asked_status, language_of
from tests.unit.router.intake.whatsapp.dialogue.conversation import places

PACKAGE = Path(str(files("router.intake.whatsapp.dialogue.wording")))
TEXTS = Texts.load()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGE / "texts", tmp_path / "texts"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def problems(folder: Path) -> str:
    with pytest.raises(DialogueTextError) as caught:
        Texts.load(folder)
    return str(caught.value)


def test_changed_text_is_said(own: Path) -> None:
    change(own, "hi.toml", "टिकट {ticket} में जोड़ दिया।", "{ticket}: ठीक है")
    assert Texts.load(own).get("added", "hi", ticket="1") == "1: ठीक है"


def test_every_mistake_is_named_at_once(own: Path) -> None:
    change(own, "hi.toml", 'title-yes = "', 'title-yes = "अब यह बहुत लंबा बटन है जी ')
    change(own, "hi.toml", "टिकट {ticket} में जोड़ दिया।", "जोड़ दिया {name}")
    change(own, "en.toml", "help =", "hlep =")
    change(own, "en.toml", "stopped =", "stopped = 5 #")
    change(own, "words.toml", "thanks =", "thnks =")
    found = problems(own)
    for one in (
        "hi.toml: title-yes has", "hi.toml: added: nothing is known as {name}", "hi.toml: added: {ticket} is missing",
        "en.toml: help is missing", "en.toml: unknown text 'hlep'", "en.toml: stopped is not a text in quotes",
        "words.toml: thanks is missing", "words.toml: unknown list 'thnks'",
    ):  # fmt: skip
        assert one in found


@pytest.mark.parametrize("broken", ['added = "x', "\xff"])
def test_file_that_cannot_be_read_is_named(own: Path, broken: str) -> None:
    (own / "hi.toml").write_bytes(broken.encode("latin-1"))
    assert "hi.toml: " in problems(own)


def test_every_text_is_used() -> None:
    code = "".join(path.read_text() for path in PACKAGE.parent.rglob("*.py") if path.name != "text_names.py")
    unused = [name for name in FIELDS if f'"{name}"' not in code and not re.match("stage-|rejected-", name)]
    assert unused == []


@pytest.mark.parametrize("need", places().needs.values(), ids=lambda need: need.id)
def test_short_titles_of_needs_fit_a_button(need: Need) -> None:
    for title in (need.short, need.short_hi):
        assert 0 < len(title) <= MAX_TITLE
    assert any(unicodedata.name(c).startswith("DEVANAGARI") for c in need.short_hi)


def test_names_of_districts_and_divisions_fit_a_row() -> None:
    names = [(one.name, one.name_hi) for one in places().districts.values()]
    names += [(one.name, one.name_hi) for one in places().divisions.values()]
    assert max(len(name) for both in names for name in both) <= MAX_ROW


@pytest.mark.parametrize("name", FIELDS)
def test_hindi_is_in_devanagari_and_english_in_latin_letters(name: str) -> None:
    hindi, english = (TEXTS.get(name, one, **dict.fromkeys(FIELDS[name], "")) for one in LANGUAGES)
    if name == "row-language":  # says the other language's name
        hindi, english = english, hindi
    assert not re.search("[\u0900-\u097f]", english)
    assert not re.search("[A-Za-z]", hindi)


def test_no_word_has_two_meanings(own: Path) -> None:
    change(own, "words.toml", 'stop = ["stop"', 'stop = ["Status!", "stop"')
    assert "words.toml: 'status' stands in status and in stop; take it out of one" in problems(own)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("राशन", "hi"), ("mujhe rashan chahiye", "hi"), ("we need food", "en"), ("food", "hi"),
        ("I am in Bhopal", "en"),
        ("hum log bhukhe hai please help", "hi"), ("12345", "hi"), ("", "hi"), ("Need ration राशन", "hi"),
    ],
)  # fmt: skip
def test_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text, TEXTS, "hi") == language


@pytest.mark.parametrize(
    ("text", "asked", "number"),
    [
        ("status", True, ""), ("Status 100000013", True, "100000013"), ("स्थिति १००००००१३", True, "100000013"),
        ("100000013", True, "100000013"), ("100 000 013", True, "100000013"), ("#100000013?", True, "100000013"),
        ("टिकट 100000013", True, "100000013"), ("100000013 में खाना नहीं आया", False, "100000013"),
        ("9826012345", False, ""), ("462001", False, ""), ("status 12", False, ""), ("स्थिति खराब है", False, ""),
    ],
)  # fmt: skip
def test_question_for_the_status(text: str, asked: bool, number: str) -> None:
    assert asked_status(text, TEXTS) == (asked, number)
