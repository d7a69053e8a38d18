"""Our own numbers in every form a network may deliver."""

from __future__ import annotations

import pytest

from agi.trunks.did_patterns import area_code, did_forms
from agi.trunks.loader import TrunksError, parse_trunks

TRUNK = '[[trunk]]\nname = "pri"\nserver = "192.0.2.1"\nchannels = 30\n'


@pytest.mark.parametrize("written", ["07554000181", "7554000181", "+917554000181", "917554000181", "00917554000181"])
def test_did_forms_of_a_fixed_line_are_the_same_however_it_is_written(written: str) -> None:
    forms = did_forms(written, "755")
    assert forms[0] == written
    assert set(forms) >= {
        "7554000181",
        "07554000181",
        "917554000181",
        "+917554000181",
        "00917554000181",
        "0917554000181",
        "9107554000181",
        "+9107554000181",
        "+7554000181",
        "+07554000181",
        "4000181",
        "04000181",
    }
    assert all(form.endswith("4000181") for form in forms)


def test_did_forms_of_a_short_code_come_with_the_area_and_the_country() -> None:
    assert {"181", "0181", "+91181", "0755181", "755181", "+91755181"} <= set(did_forms("181", "755"))
    assert "1" not in did_forms("181", "18")


def test_did_forms_of_a_number_abroad_have_no_indian_prefix() -> None:
    assert {"+6591234567", "6591234567", "006591234567"} <= set(did_forms("+6591234567"))
    assert not any("91" in form.removesuffix("6591234567") for form in did_forms("+6591234567"))


@pytest.mark.parametrize(
    ("did", "code"),
    [
        ("07554000181", "755"),
        ("+917312345678", "731"),
        ("02223456789", "22"),
        ("9812345678", ""),
        ("181", ""),
        ("+65612", ""),
    ],
)
def test_area_code_is_that_of_a_fixed_line_alone(did: str, code: str) -> None:
    assert area_code(did) == code


def test_trunk_takes_its_area_from_its_numbers_unless_they_differ() -> None:
    def area(more: str) -> str:
        return parse_trunks(TRUNK + more, "trunks.toml").trunk[0].area_code

    assert area('dids = { 07554000181 = "181", 181 = "181" }\n') == "755"
    assert area('dids = { 07554000181 = "181", 07314000181 = "104" }\n') == ""
    assert area('dids = { 181 = "181" }\narea = "0755"\n') == "755"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('dids = { 07554000181 = "181", "+917554000181" = "104" }\n', "are one number"),
        ('dids = { 07554000181 = "181", 4000181 = "104" }\n', "are one number"),
        ('dids = { 181 = "181" }\nmatch = ["0.0.0.0/0"]\n', "half the internet"),
        ('dids = { 181 = "181" }\nmatch = ["::/1"]\n', "half the internet"),
        ('dids = { 181 = "181" }\narea = "075512"\n', "area"),
        ('dids = { 181 = "181" }\ndid_from = "from"\n', "did_from"),
    ],
)
def test_trunk_whose_numbers_or_networks_say_too_much_is_refused(more: str, said: str) -> None:
    with pytest.raises(TrunksError, match=said):
        parse_trunks(TRUNK + more, "trunks.toml")
