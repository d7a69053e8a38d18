"""The ticket number: its form, and the mistakes its check digit finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.tickets.ticket_number import LAST_SERIAL, NumbersExhaustedError, issue, node_of, valid

NODES = st.integers(1, 9)
SERIALS = st.integers(1, LAST_SERIAL)


@given(NODES, SERIALS)
def test_number_is_nine_digits_and_valid(node: int, serial: int) -> None:
    number = issue(node, serial)
    assert len(number) == 9
    assert number.isdigit()
    assert valid(number)
    assert node_of(number) == node
    assert int(number[1:8]) == serial


@given(NODES, SERIALS, st.integers(0, 8), st.integers(1, 9))
def test_number_with_one_wrong_digit_is_invalid(node: int, serial: int, place: int, shift: int) -> None:
    number = issue(node, serial)
    wrong = str((int(number[place]) + shift) % 10)
    assert not valid(number[:place] + wrong + number[place + 1 :])


@given(NODES, SERIALS, st.integers(0, 7))
def test_number_with_neighbours_swapped_is_invalid(node: int, serial: int, place: int) -> None:
    number = issue(node, serial)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not valid(swapped)


@given(NODES, SERIALS, SERIALS)
def test_number_differs_for_each_serial(node: int, one: int, other: int) -> None:
    assert (issue(node, one) == issue(node, other)) is (one == other)


@given(st.text(max_size=12))
def test_valid_takes_any_text_without_error(text: str) -> None:
    assert not valid(text) or (len(text) == 9 and text.isascii())


@pytest.mark.parametrize(
    "text", ["", "000000000", "१२३४५६७८९", "10000001", "1000000100", "1000 0001", "²" * 9, issue(1, 1) + "\n"]
)
def test_valid_refuses_other_forms(text: str) -> None:
    assert not valid(text)


@pytest.mark.parametrize(("node", "serial"), [(0, 1), (10, 1), (1, 0), (1, -5)])
def test_issue_refuses_what_cannot_be(node: int, serial: int) -> None:
    with pytest.raises(ValueError, match=r"node|serial"):
        issue(node, serial)


def test_issue_after_the_last_serial_says_what_to_do() -> None:
    with pytest.raises(NumbersExhaustedError, match="set `node`"):
        issue(3, LAST_SERIAL + 1)
