"""Commands on the wire: every argument reaches Asterisk as one word, or nothing is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.fastagi.encoding import MAX_COMMAND, command_line
from agi.fastagi.errors import AgiCommandError
from tests.support.agi_client import split_words

WORDS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60)


@given(st.lists(WORDS, max_size=5))
def test_words_reach_asterisk_as_they_are(words: list[str]) -> None:
    raw = command_line("EXEC", *words)
    assert raw.count(b"\n") == 1
    assert split_words(raw.decode()) == ["EXEC", *words]


@given(WORDS, st.sampled_from("\r\n\0"), WORDS)
def test_words_that_would_be_two_commands_are_refused(before: str, bad: str, after: str) -> None:
    with pytest.raises(AgiCommandError, match="not sent"):
        command_line("SET VARIABLE", "A", before + bad + after)


@pytest.mark.parametrize("character", ["x", "ह"])
def test_command_as_long_as_asterisk_reads(character: str) -> None:
    room = MAX_COMMAND - len(command_line("EXEC", ""))
    size = len(character.encode())
    assert len(command_line("EXEC", character * (room // size))) <= MAX_COMMAND
    with pytest.raises(AgiCommandError, match="2047"):
        command_line("EXEC", character * (room // size + 1))
