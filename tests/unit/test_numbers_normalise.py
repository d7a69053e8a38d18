"""Callers' numbers in every form lines deliver them."""

import pytest

from agi.numbers import normalise

MOBILE = "+919812343210"


@pytest.mark.parametrize(
    "text",
    [
        "9812343210",
        "09812343210",
        "919812343210",
        "+919812343210",
        "00919812343210",
        "0919812343210",
        "+91 98123 43210",
        "98123-43210",
        '"9812343210"',
        "'9812343210'",
        " 9812343210\r\n",
    ],
)
def test_normalise_mobile(text):
    number = normalise(text)
    assert (number.e164, number.callable, number.spoken) == (MOBILE, True, "9812343210")


@pytest.mark.parametrize("text", ["07552551234", "7552551234", "917552551234", "+917552551234", "0755 2551234"])
def test_normalise_std_with_and_without_0(text):
    number = normalise(text)
    assert (number.e164, number.callable, number.spoken) == ("+917552551234", True, "7552551234")


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
        "98123abcde",
        "9812343210x",
        "sip:9812343210@127.0.0.1",
        "98123\r\n43210",
        "98123\n43210",
        '98123"43210',
        "९८१२३४३२१०",
        "9812343210;ext=5",
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
    ("text", "e164"),
    [
        ("+971501234567", "+971501234567"),
        ("00971501234567", "+971501234567"),
        ("+14155552671", "+14155552671"),
        ("1800111555", "+911800111555"),
    ],
)
def test_normalise_abroad_and_toll_free_are_known_but_not_called(text, e164):
    number = normalise(text)
    assert (number.e164, number.callable) == (e164, False)
