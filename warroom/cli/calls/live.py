"""`warroom calls live`: the calls that go on."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import aiomqtt
import typer

from router.india import short
from router.mqtt.commands.node_client import nodes
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from warroom.cli.common import CommandError, Json, console, data_of, print_json, show
from warroom.config.secrets import MQTT_ROUTER, read_secret
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TIMEOUT_S = 5.0  # retained messages come with the subscription


def live(context: typer.Context, *, as_json: Json = False) -> None:
    """Show the live calls: callers by helpline and stage, and callers and channels by trunk and telephone."""
    found = _status(data_of(context))
    if as_json:
        print_json(found)
        return
    for node, status in sorted(found.items()):
        console.print(_state(node, status), highlight=False)
    callers = [row for node, status in sorted(found.items()) for row in _callers(node, status)]
    heads = {"node": "Node", "helpline": "Helpline", "stage": "Stage", "callers": "Callers"}
    show(callers, heads, as_json=False, empty="no callers")
    used = [row for node, status in sorted(found.items()) for row in _used(node, status)]
    if used:
        heads = {"node": "Node", "line": "Trunk or telephone", "callers": "Callers", "channels": "Channels"}
        show(used, heads, as_json=False, empty="")


def _state(node: str, status: Mapping[str, Any]) -> str:
    if status.get("state") != "online":
        return f"node {node}: offline since {short(status['at'])} IST"
    if not status.get("asterisk"):
        return f"node {node}: no link to Asterisk now; see: warroom doctor"
    channels = sum(counts["channels"] for counts in _live(status, "lines").values())
    rejected = status.get("rejected") or {}
    whys = f" ({', '.join(f'{why} {count}' for why, count in rejected.items())})" if rejected else ""
    callers = f"{sum(status['calls'].values())} callers on {channels} channels"
    return f"node {node}: {callers}; rejected today: {sum(rejected.values())}{whys}"


def _live(status: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    """Outdated counts are not shown."""
    found: Mapping[str, Any] = status.get(what) or {}
    return found if status.get("asterisk") else {}


def _callers(node: str, status: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"node": node, "helpline": helpline, "stage": stage, "callers": count}
        for helpline, stages in sorted(_live(status, "stages").items())
        for stage, count in sorted(stages.items())
    ]


def _used(node: str, status: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"node": node, "line": line, **counts} for line, counts in sorted(_live(status, "lines").items())]


def _status(data: Path) -> dict[str, Any]:
    broker = load_settings(data).router.broker
    try:
        password = read_secret(data, MQTT_ROUTER)
        return asyncio.run(
            nodes(broker, ROUTER_ACCOUNT, password, client=f"warroom-live-{os.getpid()}", limit_s=_TIMEOUT_S)
        )
    except FileNotFoundError:
        raise CommandError(f"{data} has no account for the broker; start the stack once: warroom up") from None
    except TimeoutError:
        raise CommandError("no node has reported: is `warroom serve` running? see: warroom doctor") from None
    except aiomqtt.MqttError as error:
        raise CommandError(f"no way to the broker at {broker.host}:{broker.port}: {error}") from None
