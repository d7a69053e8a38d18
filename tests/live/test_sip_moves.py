"""Sound that comes from another port after a while is heard again; what a stranger sends never is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers import until
from tests.support.citizen import answer
from tests.support.faults import TO_RATION
from tests.support.firewall import one_port
from tests.support.sip_trunk_files import AT
from tests.support.telephones import InDialog, Moving
from warroom.sip_test_client import sip
from warroom.sip_test_client.rtp import RtpStream

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack

pytestmark = pytest.mark.xdist_group("sip-moves")  # one stack for all of them

#: A stranger's RTP time. Asterisk takes no key older than the last one: what is older is left out for that alone.
AHEAD = 1 << 31


@pytest.mark.long
async def test_sip_sound_that_moves_is_heard_again_and_a_stranger_s_never(sip_stack: LiveStack) -> None:
    """Silence is asked after: the answer names the new port, or, where a network hides it, it is learnt then."""
    named, hidden = (
        Moving(sip_stack.sip, "181", matcher=sip_stack.matcher, caller=f"981152006{hides:d}", hidden=hides)
        for hides in (False, True)
    )
    await asyncio.gather(_moves(named), _moves(hidden))


@pytest.mark.long
async def test_sip_sound_that_moves_without_a_word_is_heard_behind_the_rule_and_a_stranger_s_never(
    sip_stack: LiveStack,
) -> None:
    """It names its old port for ever; deploy/nftables/one-port.nft has Asterisk see one port all the time."""
    host = AT["moves"][0]
    telephone = Moving(sip_stack.sip, "181", matcher=sip_stack.matcher, local_ip=host, caller="9811520063", tells=False)
    with one_port(host):
        async with telephone as call:
            await _to_the_place(call)
            await call.move()
            await _injected(call, "9")
            assert (await call.reinvite()).status == 200
            await call.press("462001#")
            await call.hear("hi/place-is")


async def _moves(telephone: Moving) -> None:
    async with telephone as call:
        await _to_the_place(call)
        await call.move()
        await until(lambda: "INVITE" in [one.method for one in call.asked], seconds=60)
        await _injected(call, "9")
        await call.press("462001#")
        await call.hear("hi/place-is")


async def _to_the_place(call: InDialog) -> None:
    """Lead a caller to the question for the place; a stranger's key on the way is not taken."""
    await answer(call, TO_RATION[:1])
    await call.hear("hi/food-menu")
    await _injected(call, "1")  # were it taken, the caller's own would belong to the place
    await answer(call, TO_RATION[1:])
    await call.hear("hi/place-ask")


async def _injected(call: InDialog, keys: str) -> None:
    """Press keys from a stranger's address, where the sound of a call goes."""
    stranger = RtpStream(lambda _: None)
    stranger._timestamp = AHEAD
    where = ("127.0.9.78", 0)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: stranger, local_addr=where)
    sending = asyncio.create_task(stranger.send_to(sip.media_address(call._answer.result().body)))
    try:
        await stranger.keys(keys)
    finally:
        sending.cancel()
        transport.close()
