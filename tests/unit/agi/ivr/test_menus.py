"""What a menu says and what its keys do are one truth: the sentence is put together from the flow file."""

from __future__ import annotations

import re

import pytest

from agi.ivr.flow import FLOW_FILE, LIMITED_FILE, FlowError
from agi.ivr.menus import spoken_menus
from agi.prompts.catalog import LANGUAGES, catalogue
from agi.prompts.errors import TextsError
from agi.prompts.menus import KeyedText, menu_text
from agi.prompts.text_files import read_texts
from tests.support.ivr_fakes import flow, menus, places

BY_THE_DIALPLAN = {"queue-call-back", "other-hung-up", "place-ready"}
"""Texts that name a key which the dialplan takes, not the conversation."""
KEY_WORDS = {
    "hi": "शून्य|एक|दो|तीन|चार|पाँच|छह|सात|आठ|नौ|स्टार",
    "en": "zero|one|two|three|four|five|six|seven|eight|nine|star",
}


def changed(tmp_path, *changes, file=FLOW_FILE):
    """The flow file with some of its lines changed."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / file.name
    path.write_text(text, encoding="utf-8")
    return path


def says(prompt, spoken):
    return [catalogue(places(), spoken, language)[prompt] for language in LANGUAGES]


def test_menu_of_the_shipped_flow_is_one_sentence_for_each_choice():
    hindi, english = says("fuel-menu", menus())
    assert hindi == "रसोई गैस के लिए एक दबाएँ। पेट्रोल के लिए दो दबाएँ। डीज़ल के लिए तीन दबाएँ।"
    assert english == "For cooking gas, press one. For petrol, press two. For diesel, press three."


def test_menu_says_the_key_that_the_flow_file_gives_a_choice(tmp_path):
    path = changed(tmp_path, ('1 = { text = "choice-cooking-gas"', '7 = { text = "choice-cooking-gas"'))
    hindi, english = says("fuel-menu", spoken_menus([path]))
    assert hindi.startswith("रसोई गैस के लिए सात दबाएँ। पेट्रोल के लिए दो दबाएँ।")
    assert english.startswith("For cooking gas, press seven. For petrol, press two.")


def test_menu_says_its_choices_in_the_order_of_the_flow_file(tmp_path):
    diesel = '3 = { text = "choice-diesel", next = "place", need = "diesel" }\n'
    gas = '1 = { text = "choice-cooking-gas"'
    path = changed(tmp_path, (diesel, ""), (gas, diesel + gas))
    _, english = says("fuel-menu", spoken_menus([path]))
    assert english == "For diesel, press three. For cooking gas, press one. For petrol, press two."


def test_choice_with_a_prompt_of_its_own_says_its_key_in_the_voice_of_its_language(tmp_path):
    eight = '8 = { text = "{other}-choice"'
    path = changed(tmp_path, (eight, eight.replace("8", "7")))
    spoken = spoken_menus([path])
    assert says("english-choice", spoken) == ["For English, press seven."] * 2
    assert says("hindi-choice", spoken) == ["हिंदी के लिए सात दबाएँ।"] * 2


def test_two_steps_that_would_say_two_keys_in_one_prompt_are_told(tmp_path):
    before = ("other_language = true }\n", 'need = "stranded-here" }\n')
    nine, seven = '9 = { text = "danger"', '7 = { text = "danger"'
    path = changed(tmp_path, *((f"{line}{nine}", f"{line}{seven}") for line in before))
    with pytest.raises(FlowError) as caught:
        spoken_menus([path, LIMITED_FILE])
    first, *others = caught.value.problems
    assert "prompt 'danger' would name other keys" in first
    assert "restricted.toml step 'urgent'" in first
    assert "flow.toml step 'main'" in first
    assert len(others) == 1  # the other step of restricted.toml


def test_choice_without_a_text_is_told_with_its_step(tmp_path):
    path = changed(tmp_path, ('"choice-petrol"', '"choice-petrl"'))
    with pytest.raises(TextsError, match=r"hi\.toml: 'choice-petrl' is missing, which flow\.toml step 'fuel' says"):
        catalogue(places(), spoken_menus([path]), "hi")


def test_text_with_an_unknown_name_in_braces_is_told():
    texts = {"en": {"again": "To hear this again, press {repat}."}}
    with pytest.raises(TextsError, match=r"'again' has \{repat\}, but step 'main' has \{repeat\} only"):
        menu_text([KeyedText("again", {"repeat": "*"}, "step 'main'")], "en", texts)


def test_step_that_cannot_be_read_leaves_the_other_menus(tmp_path):
    path = changed(tmp_path, ('1 = { text = "choice-cooking-gas", next', "1 = { next"))
    spoken = spoken_menus([path])
    assert "fuel-menu" not in spoken
    assert spoken["food-menu"] == menus()["food-menu"]


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("menu-end", ["0", "*"]),
        ("status-add", ["2"]),
        ("more-choices", ["9"]),
        ("press-7", ["7"]),
        ("place-confirm", ["1", "2"]),
        ("mail-keys", ["1", "2", "3", "4", "5", "0"]),
        ("helped-ask", ["1", "2"]),
        ("room-code", ["1"]),
    ],
)
def test_prompt_whose_keys_are_in_code_takes_them_from_there(prompt, keys):
    (part,) = menus()[prompt]
    assert list(part.keys.values()) == keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_names_a_key_by_hand(language):
    words = KEY_WORDS[language]
    named = re.compile(f"({words}) दबाएँ" if language == "hi" else f"press ({words})")
    texts = read_texts(f"{language}.toml")
    assert {name for name, text in texts.items() if named.search(text)} == BY_THE_DIALPLAN


def test_every_text_of_a_choice_is_said():
    said = {part.text for parts in menus().values() for part in parts}
    assert {name for name in read_texts("hi.toml") if name.startswith("choice-")} <= said


def test_every_menu_of_the_shipped_flow_says_its_choices():
    for name, step in flow().steps.items():
        if step.kind == "menu":
            said = [
                part.keys["key"] for prompt in step.prompts for part in menus().get(prompt, ()) if "key" in part.keys
            ]
            english = menus()["english-choice"][0].keys["key"]
            assert sorted(said + [english] * ("{other}-choice" in step.prompts)) == sorted(step.choices), name
