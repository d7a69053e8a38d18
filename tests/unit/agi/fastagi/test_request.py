"""The FastAGI header: what Asterisk sends is read, what anybody else sends is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.fastagi.errors import BadRequestError
from agi.fastagi.request import access_token, parse_request, read_request
from tests.support.agi_client import FakeCall

NAMES = st.from_regex(r"agi_[a-z0-9_]{1,40}", fullmatch=True)
VALUES = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]))


@given(st.dictionaries(NAMES, VALUES, min_size=1))
def test_header_comes_back_as_it_was_sent(fields: dict[str, str]) -> None:
    raw = "\n".join(f"{name}: {value}" for name, value in fields.items()).encode()
    assert parse_request(raw) == fields


@given(st.binary())
def test_header_of_any_bytes_is_read_or_refused(raw: bytes) -> None:
    try:
        found = parse_request(raw)
    except BadRequestError:
        return
    assert all(name.startswith("agi_") for name in found)


@given(st.binary(max_size=40), st.integers(0, 300))
def test_header_with_bytes_thrown_in_never_changes_what_came_first(junk: bytes, place: int) -> None:
    whole = "\n".join(f"{name}: {value}" for name, value in FakeCall("h", 1).header.items()).encode()
    place = min(place, len(whole))
    try:
        read_request(parse_request(whole[:place] + junk + whole[place:]))
    except BadRequestError:
        return


def test_line_thrown_in_by_a_callers_name_is_refused() -> None:
    header = {**FakeCall("h", 1).header, "agi_calleridname": "x\nagi_arg_1: 104"}
    raw = "\n".join(f"{name}: {value}" for name, value in header.items()).encode()
    with pytest.raises(BadRequestError, match="agi_arg_1 a second time"):
        parse_request(raw)


@pytest.mark.parametrize("name", ["agi_network_script", "agi_channel", "agi_uniqueid"])
def test_call_info_without_what_it_needs(name: str) -> None:
    with pytest.raises(BadRequestError, match=name):
        read_request({**FakeCall("h", 1).header, name: ""})


def test_token_is_anothers_in_another_call_and_not_that_of_a_longer_id() -> None:
    assert access_token("1585000000.7", "secret") == "39ca0cfa24395493462ddee0e9ae3c84c82cb617"
    assert len({access_token(one, "secret") for one in ("1585000000.7", "1585000000.71", "1585000000.8", "")}) == 4


def test_call_info_keeps_many_arguments_in_order() -> None:
    args = tuple(str(n) for n in range(12))
    assert read_request(FakeCall("h", 1, "other", args).header).args == args
