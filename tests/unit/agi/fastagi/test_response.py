"""Replies to commands: whatever comes is read, or refused with a typed error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.fastagi.errors import AgiCommandError, CallerGoneError
from agi.fastagi.response import AgiResponse, parse_response, parse_variable

LINES = st.one_of(
    st.text(),
    st.builds("{}{}{}".format, st.sampled_from(["200", "511", "100", "520", "२००", "2oo"]),
              st.sampled_from([" ", "-", " result=", " result=-1", " result=1 ("]), st.text()),
)  # fmt: skip


@given(LINES)
def test_any_line_is_a_reply_or_a_typed_error(line: str) -> None:
    for parse in (parse_response, parse_variable):
        with contextlib.suppress(CallerGoneError, AgiCommandError):
            parse("GET DATA", line)


@given(st.text("0123456789*", min_size=1, max_size=20))
def test_keys_come_back(keys: str) -> None:
    assert parse_response("GET DATA", f"200 result={keys}").result == keys
    assert parse_response("GET DATA", f"200 result={keys} (timeout)") == AgiResponse(keys, "timeout")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_variable_comes_back(value: str) -> None:
    assert parse_variable("GET VARIABLE", f"200 result=1 ({value})") == value


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("200 result=0", AgiResponse("0", "")),
        ("200 result=", AgiResponse("", "")),
        ("200 result= (timeout)", AgiResponse("", "")),
        ("200 result=53 (dtmf) endpos=22400", AgiResponse("53", "dtmf", 22400)),
        ("200 result=0 (timeout) endpos=24000", AgiResponse("0", "timeout", 24000)),
        ("200 result=0 endpos=88", AgiResponse("0", "", 88)),
    ],
)
def test_reply_as_asterisk_sends_it(line: str, expected: AgiResponse) -> None:
    assert parse_response("X", line) == expected


@pytest.mark.parametrize(
    "line",
    ["511 Command Not Permitted on a dead channel or intercept routine", "200 result=-1 (hangup) endpos=24000"],
)
def test_reply_of_a_dead_channel(line: str) -> None:
    with pytest.raises(CallerGoneError):
        parse_response("X", line)


@pytest.mark.parametrize(
    "line",
    [
        "200 result=-1", "200 result=-2", "200 result=-1 (writefile)", "510 Invalid or unknown command", "200", "",
        "HANGUP", "200 something", "२०० result=1", "520-Invalid command syntax.\nUsage\n520 End of proper usage.",
        "999 result=1", "200result=1",
    ],
)  # fmt: skip
def test_reply_that_is_a_refusal(line: str) -> None:
    with pytest.raises(AgiCommandError) as raised:
        parse_response("EXEC", line)
    assert raised.value.command == "EXEC"
    assert raised.value.reply == line


@pytest.mark.parametrize("line", ["200 result=1", "200 result=1 (a", "200 result=-1", "510 x", "200 result=2 (a)"])
def test_variable_that_is_a_refusal(line: str) -> None:
    with pytest.raises(AgiCommandError):
        parse_variable("GET VARIABLE", line)
