"""One `apply` for everything: what it changes, what it leaves alone, what it refuses; and what is said to run."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, answer
from tests.support.commands import warroom
from tests.support.faults import alerts_of, in_bridge, restart_service, shorten_all
from tests.support.ports import free_ports
from tests.support.provider import provider_at
from tests.support.trunk_files import LOOPBACK
from warroom.config.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR_END = "127.0.3.140"
(PORT,) = free_ports(1)
TRUNK = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{PORT}"
channels = 30
dids = {{ 07554000181 = "181", 07554001070 = "1070" }}
dials = {{ 108 = "0755108", 104 = "0755104" }}
qualify_s = 0
"""
OPERATORS = '[[operator]]\nid = "101"\nname = "Asha"\n'
HELPLINES = (PROJECT / "agi" / "destinations" / "helplines.toml").read_text("utf-8") + "\n[helpline.1070]\n"
CHANGED = HELPLINES.replace('greeting = ["greeting-181"]', 'greeting = ["greeting-104"]', 1)
ROUTES = (PROJECT / "router" / "tickets" / "routing" / "routes.toml").read_text("utf-8")

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("apply")]  # one stack for all of them, in this order


@pytest.fixture(scope="module")
def fresh() -> Iterator[LiveStack]:
    """A stack as it is after the first start: nobody can be rung."""
    with open_stack() as stack:
        shorten_all(stack)
        yield stack


def edit_settings(stack: LiveStack, before: str, after: str) -> None:
    path = stack.data / "settings.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


async def found(stack: LiveStack, *parts: str) -> list[dict[str, str]]:
    rows = json.loads((await warroom(stack.data, "doctor", "--json")).out)
    return [row for row in rows if row["part"] in parts]


async def differing(stack: LiveStack) -> dict[str, Any]:
    rows = json.loads((await warroom(stack.data, "settings", "show", "--json")).out)
    return {row["setting"]: row["needs"] for row in rows if row["needs"]}


async def test_fresh_stack_says_that_nobody_can_be_rung_and_so_does_the_call(fresh: LiveStack) -> None:
    async with fresh.call(caller="9811610001") as call:
        await answer(call, ((FIRST_MENU, "9"),))
        await call.hear("hi/emergency-nobody")
        await call.hear("hi/leave-message")
        assert "hi/emergency-wait" not in call.heard
        await call.hang_up()
    states = {row["what"].partition(":")[0]: row["state"] for row in await found(fresh, "reachability")}
    assert states == {
        "nobody can be rung for danger to life (key 9) on 181, 104": "wrong",
        "nobody can be rung for callers who want a person (key 0) on 181, 104": "wrong",
        "no emergency line is rung for danger to life on 181, 104": "wrong",
        "helpline 104 cannot be dialled from 181": "wrong",
        "helpline 181 cannot be dialled from 104": "wrong",
    }
    await until(lambda: alerts_of(fresh, "unreachable"), seconds=30)


async def test_one_apply_puts_all_in_force_while_a_call_goes_on(fresh: LiveStack) -> None:
    edit_settings(fresh, "[router.broker]", 'emergency = ["108"]\n[router.broker]')
    for name, text in (
        ("trunks.toml", LOOPBACK + TRUNK),
        ("operators.toml", OPERATORS),
        ("helplines.toml", CHANGED),
        ("routes.toml", ROUTES),
    ):
        (fresh.data / name).write_text(text)
    async with fresh.call(caller="9811610002") as before:
        await before.hear("hi/greeting-181")
        planned = await warroom(fresh.data, "apply", "--dry-run")
        assert "+[far](trunk)" in planned.out
        assert '+greeting = ["greeting-104"]' in planned.out
        assert "settings: calls.emergency: [] -> ['108']" in planned.out
        assert "nothing was changed: this was a dry run" in planned.out
        assert await differing(fresh) == {"calls.emergency": ["warroom apply"]}
        applied = await warroom(fresh.data, "apply", "--json")
        assert applied.code == 0, applied.err
        said = json.loads(applied.out)
        assert (said["trunks"]["added"], said["operators"]["added"], said["helplines"], said["routes"]) == (
            ["far"],
            ["101"],
            True,
            True,
        )
        assert await differing(fresh) == {}
        async with provider_at(FAR_END, PORT) as far, fresh.call(caller="9811610003") as after:
            await after.hear("hi/greeting-104")  # of the helplines just applied
            await answer(after, (("danger", "9"),))
            invite = await far.rings("0755108")
            async with far.lifts(invite, fresh.sip, fresh.matcher):
                await in_bridge(fresh)
                await after.hang_up()
        async with fresh.call("07554001070", caller="9811610005", local_ip=FAR_END) as own:
            await own.hear("hi/greeting-warroom")  # a helpline of one's own says what the war room says
        await answer(before, (("danger", "1"), ("food-menu", "1")))  # and the first call goes on
        await before.hear("hi/place-ask")
    assert [row["what"] for row in await found(fresh, "in force")] == ["what runs is what the files say"]
    left = {row["what"].partition(":")[0] for row in await found(fresh, "reachability")}
    assert left == {"helpline 181 cannot be dialled from 104", "no operator is at work, and these are open now"}


async def test_login_says_that_the_telephone_is_not_signed_in(fresh: LiveStack) -> None:
    said = await warroom(fresh.data, "operators", "login", "101")
    assert "101 is at work, but cannot be rung: the telephone is not signed in" in said.out


async def test_a_mistake_in_one_file_applies_none(fresh: LiveStack) -> None:
    (fresh.data / "trunks.toml").write_text(LOOPBACK)
    (fresh.data / "helplines.toml").write_text(CHANGED.replace('hours = "24/7"', 'hours = "always"', 1))
    (fresh.data / "operators.toml").write_text('[[operator]]\nid = "Dr Rao"\nname = "Rao"\n')
    refused, doctor = await asyncio.gather(warroom(fresh.data, "apply"), warroom(fresh.data, "doctor"))
    (fresh.data / "operators.toml").write_text(OPERATORS)
    (fresh.data / "helplines.toml").write_text(CHANGED)
    (fresh.data / "trunks.toml").write_text(LOOPBACK + TRUNK)
    assert (refused.code, refused.err.count("[helpline.181]: hours: ")) == (1, 1), refused.err
    assert "id: write 1 to 20 of a-z and 0-9" in refused.err
    told = " ".join(doctor.out.split())
    assert "[helpline.181]: hours: expected" in told  # with its brackets
    assert "every step leads somewhere" in told  # and hides no other row
    assert "far" in fresh.asterisk("pjsip show endpoints")


async def test_what_needs_a_restart_is_said_and_not_half_taken(fresh: LiveStack) -> None:
    edit_settings(fresh, "max_calls = ", "max_calls = 1")
    applied = await warroom(fresh.data, "apply")
    assert (applied.code, "needs a restart: calls.max_calls: " in applied.out) == (0, True)
    needs = ["warroom restart asterisk", "warroom restart serve"]
    assert await differing(fresh) == {"calls.max_calls": needs}
    (row,) = await found(fresh, "in force")
    assert (row["state"], row["mend"]) == ("wrong", " && ".join(needs))


async def test_service_that_is_away_takes_it_at_its_start(fresh: LiveStack) -> None:
    fresh.processes.stop("serve")
    (fresh.data / "helplines.toml").write_text(HELPLINES)
    applied = await warroom(fresh.data, "apply")
    assert (applied.code, "serve does not run, and takes it at its start" in applied.out) == (0, True), applied
    await restart_service(fresh)
    async with fresh.call(caller="9811610004") as call:
        await call.hear("hi/greeting-181")
