"""Whose calls an operator may change, and what the war room alone may."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agi.call_control.commands import (
    BlindTransferCommand,
    CallControlCommands,
    CompleteTransferCommand,
    ConferenceCommand,
    ConsultCommand,
    DropCommand,
    ListCallsCommand,
    MergeCommand,
)
from router.tickets.errors import CommandRefusedError

ASHAS_LEG = "1.2"


class Bridging:
    """Calls 1.1, in which asha is, and 5.1, in which she is not."""

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.directory = self

    def __getattr__(self, name: str) -> Any:
        async def done(*words: str) -> dict[str, Any]:
            self.done.append((name, *words))
            return {}

        return done

    async def uniqueid(self, call: str) -> str:
        return {"100000011": "1.1"}.get(call, call)

    def in_call(self, operator: str, call: str) -> str:
        return ASHAS_LEG if (operator, call) == ("asha", "1.1") else ""

    async def calls(self) -> list[dict[str, str]]:
        return [{"call": "1.1"}, {"call": "5.1"}]


def command(model: type[Any], **words: str) -> Any:
    return model.model_validate(
        {"command_id": "x", "action": model.model_fields["action"].annotation.__args__[0], **words}
    )


async def test_operator_acts_by_the_own_leg_in_the_own_calls_alone() -> None:
    bridging = Bridging()
    take = CallControlCommands(bridging)  # type: ignore[arg-type]
    await take._consult("asha", command(ConsultCommand, call="100000011", destination="line-104"))
    await take._blind_transfer("asha", command(BlindTransferCommand, call="1.1", destination="line-104"))
    await take._complete_transfer("asha", command(CompleteTransferCommand, call="1.1"))
    assert bridging.done == [
        ("consult", "1.1", "line-104", ASHAS_LEG),
        ("blind_transfer", "1.1", "line-104", ASHAS_LEG),
        ("complete_transfer", "1.1", ASHAS_LEG),
    ]
    assert (await take._calls("asha", command(ListCallsCommand)))["calls"] == [{"call": "1.1"}]
    for attempt in (
        take._conference("asha", command(ConferenceCommand, call="5.1")),
        take._drop("ravi", command(DropCommand, call="1.1", leg="1.1")),
    ):
        with pytest.raises(CommandRefusedError) as refused:
            await attempt
        assert refused.value.code == "not-yours"
    with pytest.raises(CommandRefusedError) as refused:
        await take._merge("asha", command(MergeCommand, call="1.1", other="5.1"))
    assert refused.value.code == "warroom-only"
    assert len(bridging.done) == 3


async def test_war_room_acts_on_every_call() -> None:
    bridging = Bridging()
    take = CallControlCommands(bridging)  # type: ignore[arg-type]
    await take._conference("warroom", command(ConferenceCommand, call="5.1"))
    await take._merge("warroom", command(MergeCommand, call="1.1", other="5.1"))
    await take._complete_transfer("warroom", command(CompleteTransferCommand, call="5.1", leg="operator-ravi"))
    assert bridging.done == [
        ("conference", "5.1"),
        ("merge", "1.1", "5.1"),
        ("complete_transfer", "5.1", "operator-ravi"),
    ]
    assert len((await take._calls("warroom", command(ListCallsCommand)))["calls"]) == 2


@pytest.mark.parametrize(
    "destination", ["PJSIP/0900@far", "line-104,1", "${SHELL}", "a\r\nAction: Originate", "", "x" * 65]
)
def test_what_could_be_more_than_a_name_is_no_way(destination: str) -> None:
    with pytest.raises(ValidationError):
        command(ConsultCommand, call="1.1", destination=destination)
