"""Typed commands of a session, against a fake Asterisk that answers as a real one was seen to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agi.dialplan import NextAction, finish
from agi.fastagi.dtmf import SECOND_WAY_S, DtmfDeduplicator
from agi.fastagi.errors import AgiCommandError, CallerGoneError, PromptMissingError
from agi.fastagi.session import AgiSession, RecordedSound
from tests.support.agi_client import Act, FakeCall
from tests.support.fastagi_harness import Step, harness, tried


async def test_info_of_a_call(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> Any:
        return session.info

    info, call = await tried(tmp_path, step, args=("104", "07554000000", "", "bsnl"))
    assert info.args == ("104", "07554000000", "", "bsnl")
    assert (info.script, info.uniqueid, info.channel) == ("call", call.uniqueid, call.header["agi_channel"])


async def test_ask_one_prompt_is_one_command(tmp_path: Path) -> None:
    keys, call = await tried(tmp_path, lambda s: s.ask(["one"], digits=6, wait_s=2.5), keys=["462001"])
    assert keys == "462001"
    assert call.commands[-1] == ["GET", "DATA", str(tmp_path / "hi/one"), "2500", "6"]
    assert call.names == ["GET DATA"]


async def test_ask_several_prompts_in_one_go(tmp_path: Path) -> None:
    keys, call = await tried(tmp_path, lambda s: s.ask(["one", "two", "one"], digits=2), keys=["12"])
    assert keys == "12"
    assert call.questions == [["hi/one", "hi/two", "hi/one"]]
    assert call.names == ["EXEC", "GET FULL VARIABLE"]


@pytest.mark.parametrize("names", [["one"], ["one", "two"]])
@pytest.mark.parametrize(
    ("pressed", "digits", "expected"),
    [
        ("", 1, ""),
        ("#", 1, ""),
        ("#", 6, ""),
        ("7", 1, "7"),
        ("*", 1, "*"),
        ("12#", 6, "12"),
        ("12", 6, "12"),
        ("*7", 6, "*7"),
        ("4620011", 6, "462001"),
        ("123456#", 6, "123456"),
    ],
)
async def test_ask_returns_the_keys(tmp_path: Path, names: list[str], pressed: str, digits: int, expected: str) -> None:
    keys, _ = await tried(tmp_path, lambda s: s.ask(names, digits=digits), keys=[pressed])
    assert keys == expected


async def test_ask_does_not_hear_the_keys_of_an_earlier_question(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> Any:
        first = await session.ask(["one", "two"])
        return first, await session.ask(["one", "two"])

    keys, _ = await tried(tmp_path, step, keys=["5", ""])
    assert keys == ("5", "")


async def test_ask_read_that_did_not_run_is_no_answer(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> Any:
        await session.ask(["one", "two"])
        return await session.ask(["one", "two"])

    class Skips(FakeCall):
        def _read(self, arguments: str) -> Any:
            if not self.questions:
                return super()._read(arguments)
            self.variables["READSTATUS"] = "SKIPPED"
            return "200 result=0"

    found: list[Any] = []

    async def handler(session: AgiSession) -> None:
        with pytest.raises(AgiCommandError) as raised:
            await step(session)
        found.append(raised.value)

    async with harness(tmp_path, handler) as served:
        await Skips("127.0.0.1", served.port, keys=["5"]).run()
    assert "SKIPPED" in str(found[0])


@pytest.mark.parametrize("names", [["one"], ["one", "two"]])
async def test_ask_hang_up_is_caller_gone(tmp_path: Path, names: list[str]) -> None:
    error, call = await tried(tmp_path, lambda s: s.ask(names), keys=[Act.HANG_UP])
    assert type(error) is CallerGoneError
    assert call.closed


async def test_play_several_and_none(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> None:
        await session.play(["one", "two"])
        await session.play([])

    _, call = await tried(tmp_path, step)
    assert call.played == ["hi/one", "hi/two"]
    assert call.names == ["EXEC"]


async def test_play_more_than_a_command_holds(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 200)
    _, call = await tried(deep, lambda s: s.play(["one", "two"] * 20))
    assert call.played == ["hi/one", "hi/two"] * 20
    assert len(call.names) > 1


async def test_ask_code_with_more_than_a_command_holds_is_refused(tmp_path: Path) -> None:
    error, call = await tried(tmp_path / ("d" * 200), lambda s: s.ask(["one", "two"] * 20, digits=6))
    assert type(error) is AgiCommandError
    assert "not sent" in str(error)
    assert call.names == []


@pytest.mark.parametrize(("pressed", "expected"), [(["", "", "4"], "4"), (["5"], "5"), (["", "#"], "")])
async def test_ask_key_with_more_than_a_command_holds(tmp_path: Path, pressed: list[str], expected: str) -> None:
    keys, call = await tried(tmp_path / ("d" * 200), lambda s: s.ask(["one", "two"] * 10), keys=pressed)
    assert keys == expected
    assert len(call.questions) == len(pressed)


async def test_ask_hash_of_a_full_code_is_not_the_next_answer(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> list[str]:
        code = await session.ask(["one"], digits=6)
        return [code, await session.ask(["one", "two"]), await session.ask(["one", "two"])]

    keys, call = await tried(tmp_path, step, keys=["462001", "#", "1", "#"])
    assert keys == ["462001", "1", ""]
    assert len(call.questions) == 4


async def test_play_prompt_that_is_missing(tmp_path: Path) -> None:
    error, call = await tried(tmp_path, lambda s: s.play(["one", "seventeen"]))
    assert type(error) is PromptMissingError
    assert "hi/seventeen" in str(error)
    assert call.commands == []


async def test_play_prompt_that_was_added_later(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> None:
        (tmp_path / "hi" / "new.alaw").write_bytes(b"\xd5" * 800)
        await session.play(["new"])

    _, call = await tried(tmp_path, step)
    assert call.played == ["hi/new"]


async def test_language_changes_prompts_and_channel(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> None:
        await session.set_language("en")
        await session.play(["two"])

    _, call = await tried(tmp_path, step)
    assert call.variables["CHANNEL(language)"] == "en"
    assert call.played == ["en/two"]


async def test_record_until_a_key(tmp_path: Path) -> None:
    recording, call = await tried(tmp_path, lambda s: s.record(tmp_path / "r", seconds=20), record_s=2.5)
    assert recording == RecordedSound(2.5, "#")
    assert call.recorded == [tmp_path / "r.wav"]
    assert call.commands[-1] == ["RECORD", "FILE", str(tmp_path / "r"), "wav", "0123456789*#", "20000"]


async def test_hash_behind_a_full_code_costs_no_key_where_keys_come_twice(tmp_path: Path) -> None:
    """Who hears the next question begin keys its answer at once, while the ``#`` is still to come by its second way."""

    class Keyed(DtmfDeduplicator):
        async def until_ends(self, count: int, within_s: float) -> None:
            if within_s == SECOND_WAY_S and self.pressed[-1] == "#":
                self.press("4")  # lost: nothing is being asked
            await super().until_ends(count, within_s)

        def press(self, keys: str) -> None:
            for key in keys:
                self.begin(key)
                self.end(key, 0.1)
                self.end(key, 0.1)

    presses = Keyed()
    pressed = iter(("755", "#", "20"))

    def heard(_: list[str]) -> str:
        keys = next(pressed)
        presses.press(keys)
        return keys[0]

    async def step(session: AgiSession) -> tuple[str, str]:
        return await session.ask(["one"], digits=3), await session.ask(["two"], digits=2)

    found, _ = await tried(tmp_path, step, presses=presses, keys=heard)
    assert (found, "".join(presses.pressed)) == (("755", "20"), "755#20")


async def test_record_waits_until_the_manager_has_told_of_the_key(tmp_path: Path) -> None:
    """Else that key would be a press of the next question, should it come by its second way too."""

    class Told(DtmfDeduplicator):
        async def until_ends(self, count: int, within_s: float) -> None:
            self.end("#", 0.1)
            await super().until_ends(count, within_s)

    presses = Told()
    await tried(tmp_path, lambda s: s.record(tmp_path / "r", seconds=20), presses=presses, record_s=2.5)
    assert presses.pressed == ["#"]


async def test_record_until_the_time_is_over(tmp_path: Path) -> None:
    step: Step = lambda s: s.record(tmp_path / "r", seconds=3, stop_keys="")  # noqa: E731
    recording, _ = await tried(tmp_path, step, record_s=9)
    assert recording == RecordedSound(3.0, "")


@pytest.mark.parametrize(
    "value", ["", "plain", 'a "b" c', "back\\slash\\", "  spaces\t", "हिंदी नाम", "a,b;c$d&e", '\\"']
)
async def test_set_variable_reaches_asterisk_as_it_is(tmp_path: Path, value: str) -> None:
    async def step(session: AgiSession) -> Any:
        await session.set_variable("WR_X", value)
        return await session.get_variable("WR_X")

    found, call = await tried(tmp_path, step)
    assert call.variables["WR_X"] == value
    assert found == value


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\rb", "a\0b", "\ud800"])
async def test_set_variable_refuses_what_breaks_the_protocol(tmp_path: Path, value: str) -> None:
    error, call = await tried(tmp_path, lambda s: s.set_variable("WR_X", value))
    assert type(error) is AgiCommandError
    assert "not sent" in str(error)
    assert call.names == []


async def test_get_variable_not_set(tmp_path: Path) -> None:
    assert (await tried(tmp_path, lambda s: s.get_variable("WR_X")))[0] is None


@pytest.mark.parametrize("value", ["hangup", "-1", "a (b) c", "two\nlines", "(", ")", "HANGUP"])
async def test_get_variable_strange_values(tmp_path: Path, value: str) -> None:
    async def step(session: AgiSession) -> Any:
        found = await session.get_variable("WR_X")
        await session.answer()
        return found

    assert (await tried(tmp_path, step, variables={"WR_X": value}))[0] == value


async def test_finish_sets_next_last_of_all(tmp_path: Path) -> None:
    async def step(session: AgiSession) -> None:
        await session.answer()
        await finish(session, NextAction.HUNT)

    _, call = await tried(tmp_path, step)
    assert call.next == "hunt"
    assert call.commands[-1] == ["SET", "VARIABLE", "WR_NEXT", "hunt"]
    assert call.closed
