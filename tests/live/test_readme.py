"""The README's commands: each is one that CI runs, or is run here."""

from __future__ import annotations

import asyncio
import re

from tests.live.conftest import LiveStack
from tests.support.brokers import WAIT_S
from tests.support.citizen import RATION_IN_BHOPAL, answer, booked, skip_details
from warroom.config.paths import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_readme_make_commands_exist_and_the_first_ones_run_in_ci() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", README)) - {"git"}
    assert named <= targets
    ci = (PROJECT / ".ci" / "run").read_text()
    assert {f"make {name}" for name in ("demo", "test", "check")} <= set(ci.splitlines())


async def test_readme_room_line_shows_a_ticket(stack: LiveStack) -> None:
    line = re.search(r"^mosquitto_sub .*?-v$", README, re.MULTILINE | re.DOTALL)
    assert line is not None
    command = line[0].replace("-p 1883", f"-p {stack.settings.router.broker.port}").replace("var/", f"{stack.data}/")
    async with stack.call(caller="9811400001") as call:
        await answer(call, RATION_IN_BHOPAL)
        await skip_details(call)
        await booked(call)
    process = await asyncio.create_subprocess_shell(f"exec {command}", stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(WAIT_S):
            while b"+919811400001" not in await process.stdout.readline():
                pass
    finally:
        process.terminate()
        await process.wait()
