"""Alerts at the broker: kept until they end, and put right after the broker has forgotten or somebody has meddled."""

from __future__ import annotations

import asyncio
from functools import partial

from router.broker.events import parse
from router.broker.link import BrokerLink
from router.store import alert_rows
from router.store.store import Store
from tests.brokers import Broker, opened_link, sent, until

ROOM = "district-bhopal"


async def tell(store: Store, room: str, **data: object) -> None:
    await store.write(partial(alert_rows.raise_alert, kind="overdue", room=room, data=data), outbox=True)


async def end(store: Store, room: str) -> None:
    await store.write(partial(alert_rows.end_alert, kind="overdue", room=room), outbox=True)


async def test_alert_is_kept_until_it_ends(broker: Broker, link: BrokerLink, store: Store) -> None:
    await tell(store, ROOM, tickets=["1"])
    await sent(store)
    held = await broker.retained("alerts/#")
    assert parse(held[f"alerts/overdue/{ROOM}"]).data["tickets"] == ["1"]
    await end(store, ROOM)
    await sent(store)
    assert await broker.retained("alerts/#") == {}


async def test_alerts_are_read_back_and_put_right_after_a_kill(broker: Broker, link: BrokerLink, store: Store) -> None:
    await tell(store, ROOM, n=1)
    await tell(store, "state", n=1)
    await sent(store)
    held = await broker.retained("alerts/#")
    await broker.kill()  # it forgets both
    await until(lambda: not link.connected)
    await end(store, "state")
    await broker.start()
    await link.wait_connected()
    await sent(store)
    assert await broker.retained("alerts/#") == {f"alerts/overdue/{ROOM}": held[f"alerts/overdue/{ROOM}"]}


async def test_alert_nobody_raised_is_cleared_on_the_next_connect(broker: Broker, store: Store) -> None:
    await broker.start()
    await tell(store, ROOM, n=1)
    async with broker.client("router") as forger:
        for topic in ("alerts/overdue/state", "alerts/nonsense/a/b", f"alerts/overdue/{ROOM}", "alerts"):
            await forger.publish(f"warroom/1/{topic}", "forged", qos=1, retain=True)
    async with opened_link(broker, store) as link, asyncio.timeout(15):
        await link.wait_connected()
        await sent(store)
    held = await broker.retained("alerts/#")
    assert list(held) == [f"alerts/overdue/{ROOM}"]
    assert parse(held[f"alerts/overdue/{ROOM}"]).data["n"] == 1
