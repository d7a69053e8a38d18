"""What the nodes say of themselves, read at a real broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.mqtt.commands.node_client import nodes
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.support.brokers import PASSWORDS, opened_link

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from tests.support.brokers import Broker


async def test_nodes_are_read_as_they_are_now(broker: Broker, store: Storage) -> None:
    await broker.start()
    account = {"account": ROUTER_ACCOUNT, "password": PASSWORDS[ROUTER_ACCOUNT], "client": "test-lines"}
    with pytest.raises(TimeoutError):
        await nodes(broker.settings, **account, limit_s=0.5)
    async with opened_link(broker, store) as link:
        await link.wait_connected()
        link.set_node_status({"asterisk": True, "stages": {"181": {"menu": 2}}})
        found = {}
        while "stages" not in found:  # published within a second
            found = (await nodes(broker.settings, **account, limit_s=5))["1"]
        assert (found["state"], found["stages"]) == ("online", {"181": {"menu": 2}})
    assert (await nodes(broker.settings, **account, limit_s=5))["1"]["state"] == "offline"
