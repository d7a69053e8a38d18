"""What a room is told when something is refused: wholly English in one field, wholly Hindi in the other."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from agi.call_control import errors as call_control_errors
from agi.queues import presence_commands
from router.localized import LocalizedMessage
from router.model.rooms.task import STAGES_HI
from router.model.stages import NAMES_HI
from router.mqtt import operator_messages
from router.stock.stock_report import StockReport
from router.strict_json import validate_json
from router.tasks.command import TaskCommand
from router.tickets.command import Command
from router.tickets.errors import REASONS, CommandRefusedError
from router.tickets.workflow import ACTIONS, ACTIONS_HI
from router.validation_messages import what_is_wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

GOOD = {"command_id": "c", "ticket": "100000011", "action": "acknowledge"}
STOCK = {"quantity": 1, "unit": "kg", "daily_use": 1, "as_of": "2020-04-01T12:00:00Z"}
MALFORMED: list[tuple[type[BaseModel], object]] = [
    *(
        (Command, GOOD | wrong)
        for wrong in (
            {"ticket": "12"},
            {"ticket": 100000011},
            {"command_id": "a b"},
            {"command_id": "x" * 65},
            {"foo": 1},
            {"action": "delete"},
            {"if_version": 0},
            {"if_version": "1"},
            {"if_version": 1.5},
            {"by": "x" * 201},
            {"whole_cluster": "yes"},
            {"changes": []},
            {"changes": {"zipcode": "46200"}},
            {"changes": {"phone": "12"}},
            {"changes": {"people": 0}},
            {"changes": {"people": 10**9}},
            {"changes": {"expected_datetime": 5}},
            {"changes": {"expected_datetime": "2020-13-01T00:00:00Z"}},
            {"changes": {"expected_datetime": "2020-04-01T00:00:00"}},
            {"changes": {"expected_datetime": "1999-04-01T00:00:00Z"}},
            {"action": "merge"},
            {"action": "reroute"},
            {"action": "correct"},
            {"action": "note"},
            {"reason": "other"},
            {"into": "100000011"},
            {"room": "state"},
            {"action": "correct", "whole_cluster": True, "changes": {"people": 1}},
        )
    ),
    (Command, {"ticket": "100000011"}),
    (Command, []),
    (Command, "text"),
    (TaskCommand, {"command_id": "c", "action": "finish-task", "task": "42"}),
    *((StockReport, STOCK | wrong) for wrong in ({"quantity": -1}, {"quantity": "1"}, {"unit": 1}, {"as_of": "x"})),
]


def latin_outside_names(hindi: str) -> str:
    """Return the Latin letters that are no name of a field, of a topic, or of a value that may stand in one."""
    without = re.sub(r"`[^`]*`|'[^']*'|\([a-z]+\)|(?:^|; )[a-z_.]+:|2020-04-01T12:00:00", "", hindi)
    return "".join(re.findall("[A-Za-z]+", without))


@pytest.mark.parametrize(
    "reasons",
    [REASONS, operator_messages.REASONS, call_control_errors.REASONS, presence_commands.REASONS],
    ids=["rooms", "operators", "calls", "presence"],
)
def test_every_reason_is_told_wholly_in_hindi_too(reasons: Mapping[str, LocalizedMessage]) -> None:
    for code, said in reasons.items():
        names = set(re.findall(r"\{([a-z_]+)", said.en + said.hi))
        english, hindi = said.format(**dict.fromkeys(names, LocalizedMessage("seven", "सात")))
        assert re.search("[ऀ-ॿ]", hindi), code
        assert not latin_outside_names(hindi), code
        assert not re.search("[ऀ-ॿ]", english), code


def test_every_action_and_stage_has_a_name_in_hindi() -> None:
    assert set(ACTIONS_HI) == set(ACTIONS)
    assert not re.search("[A-Za-z]", "".join([*ACTIONS_HI.values(), *NAMES_HI.values(), *STAGES_HI.values()]))


@pytest.mark.parametrize(("model", "payload"), MALFORMED, ids=str)
def test_what_is_malformed_is_told_wholly_in_hindi_too(model: type[BaseModel], payload: object) -> None:
    with pytest.raises(ValidationError) as caught:
        validate_json(model, json.dumps(payload))
    wrong = what_is_wrong(caught.value)
    refusal = CommandRefusedError("malformed", wrong=wrong)
    assert not latin_outside_names(refusal.reason_hi.split(": ", 1)[1]), refusal.reason_hi
    assert "Input should" not in refusal.reason
    assert "String should" not in refusal.reason
    assert refusal.reason_hi.count("इस का मान ठीक नहीं है") == 0, "a kind of mistake without words of its own"


@pytest.mark.parametrize("payload", ["", "{", '{"ticket": 1, "ticket": 2}'])
def test_what_is_no_json_is_told_wholly_in_hindi_too(payload: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validate_json(Command, payload)
    assert not latin_outside_names(what_is_wrong(caught.value).hi)
