"""Telephone numbers in every form that lines deliver, callers key and offices write."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.phone_numbers import PhoneNumberError, dialled, normalise, read

MOBILE = "+919812343210"
LANDLINE = "+917552551234"


@pytest.mark.parametrize(
    "text",
    [
        "9812343210",
        "09812343210",
        "919812343210",
        "+919812343210",
        "00919812343210",
        "0919812343210",
        "000919812343210",
        "+91 98123 43210",
        "+91 0 98123 43210",
        "+9109812343210",
        "+91 (0) 98123-43210",
        "0091 09812343210",
        "+09812343210",
        "(+91) 98123.43210",
        "98123-43210",
        "98123\u201343210",
        "98123\u00a043210",
        "\u200e+91\u202f98123\u200b43210\u202c",
        "\ufeff9812343210",
        "९८१२३४३२१०",
        "०९८१२३४३२१०",
        "+९१ ९८१२३ ४३२१०",
        "９８１２３４３２１０",
        "\uff0b919812343210",
        "٩٨١٢٣٤٣٢١٠",
        '"9812343210"',
        "'9812343210'",
        " 9812343210\r\n",
        "tel:+91-98123-43210",
        "TEL:+919812343210;ext=5",
        "tel:9812343210;phone-context=+91",
        "9812343210;phone-context=ims.example.org",
        "9812343210;ext=5",
    ],
)
def test_normalise_mobile(text):
    number = normalise(text)
    assert (number.e164, number.callable, number.spoken) == (MOBILE, True, "9812343210")


@pytest.mark.parametrize(
    "text",
    [
        "07552551234",
        "7552551234",
        "917552551234",
        "+917552551234",
        "0755 2551234",
        "(0755) 2551234",
        "0755/2551234",
        "755-2551234",
        "०७५५-२५५१२३४",
        "tel:2551234;phone-context=+91-755",
        "tel:(0755)%202551234",
        "0755-2551234 ext. 12",
        "0755-2551234 x12",
    ],
)
def test_normalise_fixed_line_is_spoken_with_its_0(text):
    number = normalise(text)
    assert (number.e164, number.callable, number.spoken, number.national) == (
        LANDLINE,
        True,
        "07552551234",
        "7552551234",
    )


def test_normalise_mobile_that_begins_with_91():
    assert normalise("9123456789").e164 == normalise("919123456789").e164 == "+919123456789"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anonymous",
        "Restricted",
        "0",
        "00",
        "+",
        "181",
        "0000000000",
        "5551234567",
        "981234321",
        "98123432101",
        "+91981234567",
        "91981234567",
        "+9198123432100",
        "98123abcde",
        "9812343210x",
        "sip:9812343210@127.0.0.1",
        "98123\r\n43210",
        "98123\n43210",
        '98123"43210',
        "98123+43210",
        "9812343210;9812343211",
        "9812343210/9812343211",
        "00009812343210",
        "2551234",
        "9.81E+09",
        "9.81234e9",
        "²812343210",
        "9" * 400,
        "+" * 400,
        "a" * 400,
        "\0",
    ],
)
def test_normalise_no_number(text):
    number = normalise(text)
    assert (number.e164, number.callable, number.spoken) == (None, False, "")


@pytest.mark.parametrize(
    ("text", "e164", "spoken"),
    [
        ("+971501234567", "+971501234567", "00971501234567"),
        ("00971501234567", "+971501234567", "00971501234567"),
        ("+14155552671", "+14155552671", "0014155552671"),
        ("tel:4155552671;phone-context=+1", "+14155552671", "0014155552671"),
        ("+6591234567", "+6591234567", "006591234567"),
        ("1800111555", "+911800111555", "1800111555"),
        ("1800-233-0233", "+9118002330233", "18002330233"),
    ],
)
def test_normalise_abroad_and_toll_free_are_known_but_not_called(text, e164, spoken):
    number = normalise(text)
    assert (number.e164, number.callable, number.spoken) == (e164, False, spoken)


def test_normalise_knows_a_number_it_cannot_read_from_none():
    assert normalise("2551234").seen
    assert normalise("+8801712345678").seen
    assert not normalise("anonymous").seen
    assert not normalise("").seen


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("7.55E+09", "spreadsheet"),
        ("2551234", "STD code"),
        ("981234321", "ten digits"),
        ("+99912345", "any country"),
        ("98123x", "letters"),
        ("", "empty"),
    ],
)
def test_read_says_why_not(text, why):
    with pytest.raises(PhoneNumberError, match=why):
        read(text)


@pytest.mark.parametrize(
    "text",
    ["0755-2551234 / 9812343210", "०७५५-२५५१२३४, 98123 43210", "07552551234;+919812343210", "07552551234\n9812343210"],
)
def test_dialled_several(text):
    assert dialled(text) == ("07552551234", "9812343210")


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("108", "108"),
        ("१०८", "108"),
        ("14567", "14567"),
        ("0755-1077", "07551077"),
        ("1800 233 0233", "18002330233"),
        ("7552551234", "07552551234"),
    ],
)
def test_dialled_services_and_fixed_lines(text, digits):
    assert dialled(text) == (digits,)


@pytest.mark.parametrize(
    "text",
    [
        "0755-2551234, 35",
        "9812343210, 12",
        "9812343210, 2551234",
        "0755-2551234 / 0755-255123",
        "12345, 108",
        "0755-1234, 108",
    ],
)
def test_dialled_several_takes_none_when_one_is_half(text):
    with pytest.raises(PhoneNumberError, match="one of several"):
        dialled(text)


@given(st.text(st.sampled_from(string.digits + "+-() ./;=एx०९\u200b"), max_size=30))
def test_normalise_gives_the_same_number_for_its_own_forms(text):
    number = normalise(text)
    if number.e164:
        assert normalise(number.e164) == normalise(number.spoken) == number


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("0755-2540000/01", ("07552540000", "07552540001")),
        ("०७५५-२५४००००/०१", ("07552540000", "07552540001")),
        ("98260-12345/46/47", ("9826012345", "9826012346", "9826012347")),
        ("0755-2540000, 2540001", ("07552540000", "07552540001")),
        ("07562-222333 / 222334", ("07562222333", "07562222334")),
        ("9826012345 9826012346", ("9826012345", "9826012346")),
        ("98260 12345 98260 12346", ("9826012345", "9826012346")),
        ("9826012345 या 9826012346", ("9826012345", "9826012346")),
        ("9826012345 और 9826012346", ("9826012345", "9826012346")),
        ("0755-2540000 (O), 9826012345 (M)", ("07552540000", "9826012345")),
    ],
)
def test_dialled_several_as_lists_have_them(text, digits):
    assert dialled(text) == digits


@pytest.mark.parametrize(
    "text",
    [
        "Mob. 9826012345",
        "M: 9826012345",
        "(M) 98260 12345",
        "Ph. no. 98260-12345",
        "मो. 9826012345",
        "फ़ोन: 9826012345",
        "98260 12345 (WhatsApp)",
        "9826012345.0",
        "9826012345,00",
    ],
)
def test_read_leaves_out_what_stands_beside_a_number(text):
    assert read(text).spoken == "9826012345"


@pytest.mark.parametrize("text", ["O755-2540000", "98260I2345", "m9826012345", "9826012345m", "shop 9826012345", "M:"])
def test_read_takes_no_letters_within_a_number(text):
    with pytest.raises(PhoneNumberError):
        read(text)
