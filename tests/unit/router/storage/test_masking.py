"""What of a telephone number reaches a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.masking import mask


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+919812343210", "+91…3210"),
        ("9812343210", "…3210"),
        ("+4420123456", "+…3456"),
        ("181", "181"),
        ("1077", "1077"),
        ("2540220", "…20"),
        ("", "(none)"),
        (None, "(none)"),
        ("anonymous", "(none)"),
        ('"A\r\nB" <9812343210>', "…3210"),
        ("९८१२३४३२१०", "(none)"),
    ],
)
def test_mask_shows(phone: str | None, shown: str) -> None:
    assert mask(phone) == shown


@given(st.text())
def test_mask_never_shows_more_than_four_digits_or_a_line_break(phone: str) -> None:
    shown = mask(phone)
    assert "\n" not in shown
    assert "\r" not in shown
    assert sum(c.isdigit() for c in shown) <= 6  # country code and four
