"""What a bridged call costs Asterisk: `python -m tests.load.bridge_bench --calls 10 --seconds 20 --out FILE`.

The same telephones, the same sound, the same time: two by Dial, which is the floor; two in a conference; three in one.
Everybody speaks all the time, which is the dearest a conference can be: silence is left out of the mix.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.conftest import LiveStack, open_stack
from tests.load.usage import cpu_s
from tests.support.ports import free_ports
from tests.support.provider import Provider, provider_at
from tests.support.trunk_files import LOOPBACK
from warroom.sip_test_client import sip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from warroom.sip_test_client import TestCall

FAR_END = "127.0.3.106"
(PORT,) = free_ports(1)
TRUNK = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{PORT}"
channels = 100
dials = {{ 104 = "104" }}
dids = {{ 0755106 = "104" }}
qualify_s = 0
"""
# 901: two by Dial; 902: the same two in a conference; 903: one more in it. Its name: the caller's last three digits.
DIALPLAN = """
[did-loopback]
exten => 901,1,Dial(PJSIP/${CALLERID(num):-3}@far,20,i)
exten => 902,1,Dial(PJSIP/${CALLERID(num):-3}@far,20,iG(bench-conference^${CALLERID(num):-3}^1))
exten => 903,1,Goto(bench-conference,${CALLERID(num):-3},1)
[bench-conference]
exten => _XXX,1,NoOp()
 same => n,ConfBridge(${EXTEN},warroom,member)
"""
SPEECH = bytes(range(0x20, 0xA0)) * 125  # two seconds that are not silence
PER_MINUTES = 10


async def main(calls: int, seconds: float, out: Path) -> None:
    """Measure and write the figures."""
    with open_stack(trunks=LOOPBACK + TRUNK) as stack:
        (stack.data / "asterisk" / "local" / "extensions.conf").write_text(DIALPLAN)
        await asyncio.to_thread(stack.asterisk, "dialplan reload")
        async with provider_at(FAR_END, PORT) as far:
            used = {"idle": await _cpu(stack, seconds)}
            for kind, dids in (("pair", ["901"]), ("conference_of_2", ["902"]), ("conference_of_3", ["902", "903"])):
                async with _bridged(stack, far, calls, dids):
                    used[kind] = await _cpu(stack, seconds)
                print(f"{kind}: {used[kind]:.2f} s of CPU in {seconds:g} s of {calls} calls", flush=True)
    minutes = calls * seconds / 60
    each = {kind: (used[kind] - used["idle"]) / minutes * PER_MINUTES for kind in used if kind != "idle"}
    figures = {
        "calls": calls,
        "seconds": seconds,
        "idle_cpu_s": round(used["idle"], 3),
        f"cpu_s_per_{PER_MINUTES}_bridged_minutes": {kind: round(value, 3) for kind, value in each.items()},
        "times_the_pair": {kind: round(value / each["pair"], 2) for kind, value in each.items()},
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


async def _cpu(stack: LiveStack, seconds: float) -> float:
    pid = stack.processes.pid("asterisk")
    before = cpu_s(pid)
    await asyncio.sleep(seconds)
    return cpu_s(pid) - before


@asynccontextmanager
async def _bridged(stack: LiveStack, far: Provider, calls: int, dids: list[str]) -> AsyncIterator[None]:
    """So many calls are up, and everybody in them speaks."""
    async with AsyncExitStack() as exits:
        telephones: list[TestCall] = []
        for which in range(calls):
            name = f"{which:03}"
            first, *more = dids
            ringing = asyncio.create_task(_lift(exits, far, stack, name))
            telephones.append(await exits.enter_async_context(stack.call(first, caller=f"9811800{name}")))
            telephones.append(await ringing)
            others = [stack.call(did, caller=f"9811800{name}") for did in more]
            telephones += [await exits.enter_async_context(other) for other in others]
        speaking = [asyncio.create_task(_speak(telephone)) for telephone in telephones]
        try:
            yield
        finally:
            for task in speaking:
                task.cancel()
            await asyncio.gather(*speaking, return_exceptions=True)


async def _lift(exits: AsyncExitStack, far: Provider, stack: LiveStack, name: str) -> TestCall:
    invite = await far.rings(name)
    assert sip.dialled(invite) == name
    return await exits.enter_async_context(far.lifts(invite, stack.sip, stack.matcher))


async def _speak(telephone: TestCall) -> None:
    while True:
        await telephone.speak(SPEECH)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--calls", type=int, default=10)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--out", type=Path, required=True)
    given = options.parse_args()
    asyncio.run(main(given.calls, given.seconds, given.out))
