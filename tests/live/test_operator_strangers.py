"""An operator's password in wrong hands: a telephone that signs in and names somebody else's address rings nobody."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support.citizen import answer
from tests.support.faults import shorten
from tests.support.operators import at_work, has, operator_at
from tests.support.queue_stack import OPERATORS, TO_A_PERSON
from tests.support.telephones import FAR_END, FAR_PORT, far_end
from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.support.operators import OperatorTelephone

#: Calls come in by this trunk; at its server is the provider's gateway, which would put any number through for us.
TRUNKS = f"""[[trunk]]
name = "loopback"
server = "{FAR_END}:{FAR_PORT}"
match = ["127.0.1.0/24"]
channels = 600
dids = {{ 181 = "181" }}
qualify_s = 0
"""
DESK = "127.0.5.61"
SOFTPHONE = '[[operator]]\nid = "301"\nname = "At home"\nkind = "softphone"\n'

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("operator-strangers")]


@pytest.fixture(scope="module")
def desks() -> Iterator[LiveStack]:
    with open_stack(operators=f"{OPERATORS}\n{SOFTPHONE}", trunks=TRUNKS) as stack:
        shorten(stack, "hi/human-wait", "hi/human-none")
        yield stack


@pytest.mark.parametrize("operator", ["101", "301"])
async def test_telephone_is_rung_where_it_signs_in_from_whatever_address_it_names(
    desks: LiveStack, operator: str
) -> None:
    async with far_end() as gateway, _signed_in(desks, operator, f"{FAR_END}:{FAR_PORT}") as telephone:
        async with desks.call(caller="9811495001") as call:
            await answer(call, TO_A_PERSON)
            assert sip.dialled(await telephone.rings(telephone.name)) == telephone.name
            await call.hang_up()
        assert gateway.invites == []


@pytest.mark.parametrize(
    ("operator", "destination"),
    [
        ("101", f";maddr={FAR_END}"),
        ("301", f";maddr={FAR_END}"),
        ("101", f";transport=udp;x=y;m%61ddr={FAR_END}"),
        ("101", f"?Route=%3Csip%3A{FAR_END}%3APORT%3Blr%3E"),
        ("301", f"?Route=%3Csip%3A{FAR_END}%3APORT%3Blr%3E"),
    ],
)
async def test_telephone_whose_address_names_another_way_is_not_rung_and_its_operator_is_paused(
    desks: LiveStack, operator: str, destination: str
) -> None:
    async with (
        far_end() as gateway,
        _signed_in(desks, operator, DESK + destination.replace("PORT", str(FAR_PORT))) as telephone,
    ):
        async with desks.call(caller="9811495002") as call:
            await answer(call, TO_A_PERSON)
            await has(desks, "general-hi", members=1, paused=1)
            await call.hang_up()
        assert (gateway.invites, telephone.invites) == ([], [])


@asynccontextmanager
async def _signed_in(desks: LiveStack, operator: str, contact: str) -> AsyncIterator[OperatorTelephone]:
    """An operator at work; then somebody signs in as this operator, from a port like the gateway's own."""
    async with (
        at_work(desks, **{f"o{operator}": DESK}),
        operator_at(desks, operator, DESK, port=FAR_PORT, contact=contact) as telephone,
    ):
        await has(desks, "general-hi", members=1)
        yield telephone
