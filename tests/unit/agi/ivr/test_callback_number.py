"""The number to call back."""

import pytest

from agi.ivr.context import NoValidInputError, OperatorRequestedError
from agi.ivr.steps.ticket.callback_number import CallbackNumberStep
from tests.support.ivr_fakes import MOBILE_E164, make_talk

CALLBACK = CallbackNumberStep(kind="callback-number", next="details")
OTHER = "9123456789"
DIGITS = tuple(f"number-{digit}" for digit in OTHER)


async def settled(tmp_path, keys, **options):
    talk = make_talk(tmp_path, keys, **options)
    assert await CALLBACK.run(talk) == "details"
    return talk


async def test_callback_on_the_own_number(tmp_path):
    talk = await settled(tmp_path, ["1"])
    assert talk.call.callback == MOBILE_E164
    assert talk.session.asked == [("callback-ask",)]


@pytest.mark.parametrize("keys", [f"{OTHER}#", f"0{OTHER}#", f"91{OTHER}#", f"0091{OTHER}", OTHER])
async def test_callback_on_another_number(tmp_path, keys):
    talk = await settled(tmp_path, ["2", keys, "1"])
    assert talk.call.callback == f"+91{OTHER}"
    assert talk.session.asked[1:] == [("callback-key",), ("callback-is", *DIGITS, "callback-confirm")]


async def test_callback_on_a_fixed_line(tmp_path):
    talk = await settled(tmp_path, ["2", "07552551234#", "1"])
    assert talk.call.callback == "+917552551234"


@pytest.mark.parametrize(
    ("caller", "why", "kept"),
    [
        ("", "callback-none", None),
        ("anonymous", "callback-none", None),
        ("+971501234567", "callback-cannot", "+971501234567"),
        ("+8801712345678", "callback-cannot", "+8801712345678"),
        ("1800111555", "callback-cannot", "+911800111555"),
        ("2551234", "callback-cannot", None),
    ],
)
async def test_callback_to_a_caller_who_cannot_be_called_is_asked_for(tmp_path, caller, why, kept):
    talk = await settled(tmp_path, [f"{OTHER}#", "1"], caller=caller)
    assert talk.session.asked[0] == (why, "callback-key")
    assert talk.call.callback == talk.call.number == f"+91{OTHER}"
    none_keyed = await settled(tmp_path, ["#", ""], caller=caller)
    assert (none_keyed.call.callback, none_keyed.call.number) == (None, kept)


async def test_callback_number_of_a_fixed_line_is_said_with_its_0(tmp_path):
    talk = await settled(tmp_path, ["2", "7552551234#", "1"])
    assert talk.session.asked[2] == ("callback-is", *(f"number-{d}" for d in "07552551234"), "callback-confirm")


@pytest.mark.parametrize("wrong", ["12345#", "5551234567#", "1800111555#", "181#", "00971501234567"])
async def test_callback_wrong_number_is_asked_again(tmp_path, wrong):
    talk = await settled(tmp_path, ["2", wrong, f"{OTHER}#", "1"])
    assert talk.session.asked[2] == ("callback-wrong", "callback-key")
    assert talk.call.callback == f"+91{OTHER}"


async def test_callback_not_confirmed_is_keyed_again(tmp_path):
    talk = await settled(tmp_path, ["2", "9812300000#", "2", f"{OTHER}#", "1"])
    assert talk.call.callback == f"+91{OTHER}"


async def test_callback_without_any_number_goes_on(tmp_path):
    talk = await settled(tmp_path, ["#", ""], caller="")
    assert talk.session.asked[1] == ("no-key", "callback-key")
    assert talk.session.heard[-1] == "callback-skip"
    assert talk.call.callback is None


async def test_callback_three_wrong_numbers_are_lost(tmp_path):
    with pytest.raises(NoValidInputError):
        await CALLBACK.run(make_talk(tmp_path, ["2", "1#", "1#", "1#"]))


async def test_callback_human_while_keying(tmp_path):
    with pytest.raises(OperatorRequestedError):
        await CALLBACK.run(make_talk(tmp_path, ["2", "0#"]))


async def test_callback_star_while_keying_begins_again(tmp_path):
    talk = await settled(tmp_path, ["2", "981*#", f"{OTHER}#", "1"])
    assert talk.session.asked[1] == talk.session.asked[2] == ("callback-key",)


async def test_callback_is_not_asked_twice_in_a_call(tmp_path):
    talk = await settled(tmp_path, ["1"])
    await CALLBACK.run(talk)
    assert len(talk.session.asked) == 1
