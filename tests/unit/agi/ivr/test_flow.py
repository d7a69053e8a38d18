"""The flow file: the real one is sound, and every fault of a changed one is told with its line."""

import pytest

from agi.ivr.flow import FLOW_FILE, FlowError, load_flow
from agi.ivr.references import NameOf, names_in
from tests.support.ivr_fakes import flow, places, prompts

RATION = '1 = { text = "choice-ration", next = "place", need = "ration" }\n'
TO_THE_END = '2 = { text = "choice-other", next = "end" }'

SOUND = """\
start = "main"
operator = "operator"

[steps.main]
kind = "menu"
prompts = ["main-menu"]
menu = "main-menu"
[steps.main.choices]
1 = { text = "choice-ration", next = "place", need = "ration" }
2 = { text = "choice-other", next = "end" }

[steps.place]
kind = "place"
next = "ticket"

[steps.ticket]
kind = "open-ticket"
on_more = "main"
next = "end"

[steps.operator]
kind = "transfer-to-operator"
prompts = ["human-wait"]
else = "message"

[steps.message]
kind = "leave-message"

[steps.end]
kind = "end"
prompts = ["goodbye"]
"""


def load(tmp_path, text, *, names=None):
    path = tmp_path / "flow.toml"
    path.write_text(text, encoding="utf-8")
    return load_flow(path, prompts=names or prompts(), needs=places().needs.keys())


def problems(tmp_path, text, **options):
    with pytest.raises(FlowError) as caught:
        load(tmp_path, text, **options)
    return list(caught.value.problems)


def changed(old, new):
    assert old in SOUND
    return SOUND.replace(old, new)


def test_shipped_flow_is_sound():
    assert set(flow().steps) >= {"main", "place", "ticket", "operator", "end"}
    assert all(len(step.choices) <= 8 for step in flow().steps.values() if step.kind == "menu")


def test_shipped_flow_reaches_every_need_but_the_ones_not_chosen():
    chosen = {need for step in flow().steps.values() for _, need in names_in(step, NameOf.NEED)}
    assert chosen == set(places().needs) - {"listen"}


def test_shipped_flow_says_its_first_menus_within_the_length_of_a_command():
    longest = max(len(step.prompts) + len(step.intro_prompts) for step in flow().steps.values() if step.kind == "menu")
    assert longest <= 5


def test_flow_small_one_is_sound(tmp_path):
    assert load(tmp_path, SOUND).start == "main"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            TO_THE_END,
            '2 = { text = "choice-other", next = "nowhere" }',
            10,
            "choices.2.next leads to 'nowhere', which is no step",
        ),
        ('next = "ticket"', 'next = "tickt"', 14, "next leads to 'tickt', which is no step"),
        ('kind = "place"', 'kind = "plaze"', 13, "kind is 'plaze': it must be one of menu, place"),
        ('kind = "place"\n', "", 12, "kind is None"),
        ('next = "ticket"', 'next = "ticket"\ncolour = "red"', 15, "unknown key 'colour'"),
        ('need = "ration"', 'need = "rations"', 9, "'rations' is no need"),
        ('need = "ration"', 'ned = "ration"', 9, "unknown key 'choices.1.ned'"),
        ('prompts = ["goodbye"]', 'prompts = ["good-bye"]', 31, "prompt 'good-bye' is missing in language hi"),
        (
            'prompts = ["goodbye"]',
            'prompts = ["greeting-{helpline}", "x-{other}"]',
            31,
            "'x-hindi' is missing in language en",
        ),
        ('prompts = ["goodbye"]', 'prompts = "goodbye"', 31, "'prompts': must be a list in [ ], not 'goodbye'"),
        ('prompts = ["goodbye"]', "prompts = [5]", 31, "'prompts.0': must be a text in quotes, not 5"),
        ('prompts = ["goodbye"]\n', "", 29, "key 'prompts' is missing"),
        (TO_THE_END, '0 = { text = "choice-other", next = "end" }', 10, "'0' is no key for a choice"),
        (TO_THE_END, '"*" = { text = "choice-other", next = "end" }', 10, "'*' is no key for a choice"),
        (TO_THE_END, '12 = { text = "choice-other", next = "end" }', 10, "'12' is no key for a choice"),
        ('{ text = "choice-other", next = "end" }', '"end"', 10, "'choices.2': must be a table such as"),
        ('{ text = "choice-other", next', "{ next", 10, "key 'choices.2.text' is missing"),
        (
            'menu = "main-menu"\n',
            "",
            4,
            "step 'main': no prompt says the choices 1, 2: name one in prompts, and as menu",
        ),
        ('menu = "main-menu"', 'menu = "food-menu"', 4, "step 'main': menu = 'food-menu' is none of its prompts"),
        ('["main-menu"]', '["main-menu", "choice-ration", "choice-other"]', 4, "no choice is left for it to say"),
        ('need = "ration"', "other_language = 1", 9, "must be true or false, not 1"),
        ('start = "main"\n', "", 1, "'start' is missing"),
        ('operator = "operator"\n', "", 1, "'operator' is missing"),
        ('start = "main"', 'start = "begin"', 1, "start = 'begin': there is no such step"),
        ('operator = "operator"', 'operator = "main"', 2, "a step of kind menu cannot take a call over"),
        ('operator = "operator"', 'operator = "operator"\nstop = "end"', 3, "unknown key 'stop'"),
        ('else = "message"', 'else = "main"', 24, "else leads to 'main', which does not end the call"),
        ('else = "message"', 'else = "operator"', 24, "else leads to 'operator', which does not end the call"),
        ('next = "ticket"', 'next = "place"', 12, "step 'place': leads back to itself without asking the caller"),
    ],
)
def test_flow_fault_is_told_with_its_line(tmp_path, old, new, line, words):
    found = problems(tmp_path, changed(old, new))
    assert any(f"flow.toml line {line}: " in each and words in each for each in found), found


def test_flow_step_that_cannot_be_reached(tmp_path):
    extra = SOUND + '\n[steps.lonely]\nkind = "end"\nprompts = ["goodbye"]\n'
    assert problems(tmp_path, extra) == ["flow.toml line 33: step 'lonely': no other step leads here"]


def test_flow_circle_of_two_steps_without_a_question(tmp_path):
    text = (
        changed('next = "ticket"', 'next = "callback"')
        + '\n[steps.callback]\nkind = "callback-number"\nnext = "place"\n'
    )
    assert any("'callback': leads back to itself" in each for each in problems(tmp_path, text))


def test_flow_circle_that_asks_is_allowed(tmp_path):
    text = changed(TO_THE_END, '2 = { text = "choice-other", next = "main" }')
    assert load(tmp_path, text).steps["main"]


def test_flow_without_a_way_to_end(tmp_path):
    text = changed(TO_THE_END, '2 = { text = "choice-other", next = "main" }').replace('next = "end"', 'next = "main"')
    text = text.replace('[steps.end]\nkind = "end"\nprompts = ["goodbye"]\n', "")
    found = problems(tmp_path, text)
    assert [each.split(": ", 1)[1] for each in found] == [
        f"step '{name}': from here no step ends the call (kind {kind})"
        for name, kind in (("main", "menu"), ("place", "place"), ("ticket", "open-ticket"))
    ]


def test_flow_nine_choices_are_too_many(tmp_path):
    nine = "\n".join(f'{key} = {{ text = "choice-{key}", next = "place" }}' for key in range(1, 10))
    text = changed(
        '1 = { text = "choice-ration", next = "place", need = "ration" }\n2 = { text = "choice-other", next = "end" }',
        nine,
    )
    assert problems(tmp_path, text) == ["flow.toml line 8: step 'main': 9 choices: a caller keeps 8 in mind at most"]


def test_flow_menu_without_choices(tmp_path):
    text = changed(RATION + TO_THE_END + "\n", "")
    assert any("the menu has no choice" in each for each in problems(tmp_path, text))


def test_flow_key_used_twice(tmp_path):
    (found,) = problems(tmp_path, changed("2 = {", "1 = {"))
    assert "there twice" in found
    assert "line 10" in found


def test_flow_that_is_no_toml(tmp_path):
    (found,) = problems(tmp_path, changed('start = "main"', "start = main"))
    assert found.startswith("flow.toml: ")
    assert "line 1" in found


@pytest.mark.parametrize("text", ["", "steps = 5", 'start = "main"\noperator = "operator"\n[steps]\n'])
def test_flow_without_steps(tmp_path, text):
    assert any("there are no steps" in each for each in problems(tmp_path, text))


def test_flow_step_that_is_no_table(tmp_path):
    text = 'start = "a"\noperator = "a"\n[steps]\na = 5\n'
    assert any("flow.toml line 4: step 'a': kind is None" in each for each in problems(tmp_path, text))


def test_flow_file_that_is_not_there(tmp_path):
    with pytest.raises(FlowError, match="cannot be read"):
        load_flow(tmp_path / "none.toml", prompts=prompts(), needs=())


def test_flow_file_that_is_not_utf8(tmp_path):
    path = tmp_path / "flow.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FlowError, match="cannot be read"):
        load_flow(path, prompts=prompts(), needs=())


@pytest.mark.parametrize("name", ["no-key", "place-ask", "press-3", "number-7", "beep", "other-division"])
def test_flow_prompt_a_step_needs_by_its_kind(tmp_path, name):
    names = {"hi": prompts()["hi"], "en": prompts()["en"] - {name}}
    found = problems(tmp_path, FLOW_FILE.read_text(encoding="utf-8"), names=names)
    assert found
    assert all(f"prompt '{name}' is missing in language en" in each for each in found)


def test_flow_all_problems_at_once(tmp_path):
    text = changed('next = "ticket"', 'next = "tickt"').replace('"goodbye"', '"good-bye"').replace("ration", "rations")
    found = problems(tmp_path, text)
    assert [int(each.split()[2].rstrip(":")) for each in found] == [9, 14, 31, 31]
