"""The texts callers hear."""

from __future__ import annotations

import re
import unicodedata
from importlib import resources

import pytest

from agi.ivr.menus import spoken_menus
from agi.prompts import catalog, text_files, tts
from agi.prompts.errors import TextsError
from agi.prompts.sound.tones import TONES
from router.geo import load_places

HINDI_DIGITS = ["शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ"]
ENGLISH_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
MENUS = ["main-menu", "food-menu", "health-menu", "fuel-menu", "menu-end"]
OTHER_VOICE = {"hi": "english-choice", "en": "hindi-choice"}
NEEDED = [
    "greeting-181",
    "greeting-104",
    "greeting-warroom",
    "danger",
    "english-choice",
    "main-menu",
    "food-menu",
    "health-menu",
    "fuel-menu",
    "place-ask",
    "place-unknown-pin",
    "place-other-state",
    "place-shared",
    "choose-division",
    "choose-district",
    "more-choices",
    "place-is",
    "place-confirm",
    "place-earlier",
    "callback-ask",
    "callback-key",
    "callback-is",
    "callback-wrong",
    "details-ask",
    "details-thanks",
    "number-is",
    "number-again",
    "number-call-again",
    "again-ask",
    "wrong-key",
    "no-key",
    "human-wait",
    "human-none",
    "emergency-wait",
    "leave-message",
    "message-kept",
    "sorry-trouble",
    "goodbye",
    "information-ask",
    "other-ask",
    "medical-now",
    "no-place-ok",
    "beep",
    "silence-half",
    "district-bhopal",
    "division-bhopal",
    "need-ration",
    "number-0",
    "number-100",
]


@pytest.fixture(scope="module")
def texts() -> dict[str, dict[str, str]]:
    places = load_places()
    return {language: catalog.catalogue(places, spoken_menus(), language) for language in catalog.LANGUAGES}


def test_names_are_the_same_in_both_languages(texts):
    assert texts["hi"].keys() == texts["en"].keys()


@pytest.mark.parametrize("name", NEEDED)
def test_name_the_calls_need_is_there(texts, name):
    assert name in texts["hi"]


@pytest.mark.parametrize("language", catalog.LANGUAGES)
def test_name_is_a_plain_file_name_and_text_not_empty(texts, language):
    bad = [name for name, text in texts[language].items() if not catalog.NAME.fullmatch(name) or not text.strip()]
    assert bad == []


def test_every_place_and_need_has_its_name(texts):
    places = load_places()
    assert texts["hi"]["district-indore"] == places.districts["indore"].name_hi == "इंदौर"
    kinds = {"district": places.districts, "division": places.divisions, "state": places.states, "need": places.needs}
    for kind, members in kinds.items():
        assert {f"{kind}-{key}" for key in members} <= texts["en"].keys()


def test_hindi_is_devanagari_only(texts):
    allowed = re.compile("[\u0900-\u0965 ,.?:-]+")
    odd = {n: t for n, t in texts["hi"].items() if n not in TONES and not allowed.fullmatch(t)}
    assert odd.keys() == {"english-choice"}


def test_english_is_ascii_but_for_names_said_in_hindi(texts):
    odd = {n for n, t in texts["en"].items() if n not in TONES and not t.isascii()}
    assert {n for n in odd if not n.startswith(("district-", "division-"))} == {"hindi-choice"}
    assert "district-bhopal" in odd


@pytest.mark.parametrize("language", catalog.LANGUAGES)
def test_text_is_in_normal_form_and_without_digits(texts, language):
    spoken = {n: t for n, t in texts[language].items() if n not in TONES}
    assert [n for n, t in spoken.items() if unicodedata.normalize("NFC", t) != t] == []
    assert [n for n, t in spoken.items() if any(c.isdigit() for c in t)] == []


@pytest.mark.parametrize("name", MENUS)
def test_menu_says_the_key_last(texts, name):
    hindi = re.findall("[^।]+", texts["hi"][name])
    english = re.findall("[^.]+", texts["en"][name])
    keys = [HINDI_DIGITS.index(s.split()[-2]) if s.split()[-2] != "स्टार" else -1 for s in hindi]
    assert all(s.split()[-1] == "दबाएँ" for s in hindi)
    words = [s.split("press ")[1].strip() for s in english]
    assert [ENGLISH_DIGITS.index(w) if w != "star" else -1 for w in words] == keys
    assert keys == ([0, -1] if name == "menu-end" else list(range(1, len(keys) + 1)))


@pytest.mark.parametrize("digit", range(1, 8))
def test_press_says_its_digit(texts, digit):
    assert texts["hi"][f"press-{digit}"] == f"के लिए {HINDI_DIGITS[digit]} दबाएँ।"
    assert texts["en"][f"press-{digit}"] == f"press {ENGLISH_DIGITS[digit]}."


@pytest.mark.parametrize(("language", "digits"), [("hi", HINDI_DIGITS), ("en", ENGLISH_DIGITS)])
def test_numbers_are_all_there_and_all_different(texts, language, digits):
    words = [texts[language][f"number-{n}"] for n in range(101)]
    assert words[:10] == digits
    assert len(set(words)) == 101


def test_choice_of_language_is_said_by_the_other_voice(texts):
    for language, name in OTHER_VOICE.items():
        assert tts.speaker_of(texts[language][name]) != language


@pytest.mark.parametrize("language", catalog.LANGUAGES)
def test_text_lasts_no_longer_than_about_twenty_seconds(texts, language):
    # measured on all texts: neither voice needs more than 0.1 s for a character of a long text
    assert [n for n, t in texts[language].items() if len(t) > 245] == []


def test_words_the_voice_says_wrongly_are_respelled(texts):
    wrong = {w for t in texts["hi"].values() for w in re.findall(r"[\u0900-\u0963]+", t) if w.endswith("ाएँ")}
    assert "दबाएँ" in wrong
    assert [w for w in wrong if tts.spoken_text(w) == w] == []


def test_respelling_takes_whole_words_only():
    assert tts.spoken_text("दो दबाएँ।") == "दो दबाएं।"
    assert tts.spoken_text("अदबाएँगे") == "अदबाएँगे"


def test_word_with_a_hyphen_is_said_as_two():
    assert tts.spoken_text("जो-जो साफ़-सफ़ाई") == "जो जो साफ़ सफ़ाई"
    assert tts.spoken_text("होशंगाबाद - 5-6") == "होशन-गाबाद - 5-6"


def test_respellings_are_in_the_form_the_texts_have():
    for word in text_files.read_texts("pronounced_hi.toml"):
        assert unicodedata.normalize("NFC", word) == word


def test_catalogue_of_unknown_language_is_refused():
    with pytest.raises(TextsError, match="'mr'"):
        catalog.catalogue(load_places(), {}, "mr")


def test_name_in_one_language_only_is_refused(monkeypatch):
    def read(file: str) -> dict[str, str]:
        return {"goodbye": "x"} | ({"extra": "x"} if file == "en.toml" else {})

    monkeypatch.setattr(catalog, "read_texts", read)
    with pytest.raises(TextsError, match=r"only one of hi\.toml and en\.toml has: extra"):
        catalog._texts.__wrapped__()


def test_name_that_is_no_file_name_is_refused(monkeypatch):
    monkeypatch.setattr(catalog, "read_texts", lambda _file: {"../goodbye": "x"})
    with pytest.raises(TextsError, match="cannot be a prompt name"):
        catalog._texts.__wrapped__()


@pytest.mark.parametrize("content", ['goodbye = ""', "goodbye = 1", 'a = "x"\na = "y"', "goodbye = Danke"])
def test_broken_text_file_is_refused_by_name(tmp_path, monkeypatch, content):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "hi.toml").write_text(content, encoding="utf-8")
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    with pytest.raises(TextsError, match=r"texts/hi\.toml"):
        text_files.read_texts("hi.toml")


def test_missing_text_file_is_refused_by_name():
    with pytest.raises(TextsError, match=r"texts/mr\.toml"):
        text_files.read_texts("mr.toml")


@pytest.mark.parametrize(
    ("name", "says"), [("food-menu", True), ("danger", True), ("limited-hello", False), ("beep", False)]
)
def test_prompt_that_says_keys_is_known(name, says):
    assert [catalog.says_keys(name, spoken_menus(), language) for language in catalog.LANGUAGES] == [says, says]
