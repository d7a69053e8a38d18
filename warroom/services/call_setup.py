"""Reads the files that the process of the calls needs before it starts: configuration, conversations, secrets."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agi.calls.flows import CallsInForce, load_flows
from agi.core import Core
from agi.ivr.menus import spoken_menus
from agi.ivr.steps.menu import MenuStep
from agi.prompts.catalog import prompt_names
from recordings.answers.listener import AnswerListener, worker_count
from recordings.spool import Spool
from router.geo import Places, load_places
from router.intake.service import IntakeService
from router.mqtt.connection import MqttConnection
from router.stock.items import Items, load_items
from warroom.config.apply.helplines import applied_helplines
from warroom.config.paths import DataDirectory
from warroom.config.secrets import AGI, AMI, MQTT_ROUTER, read_secret, room_pin
from warroom.monitoring.trunk_watch import TrunkWatch
from warroom.services.ticket_service_factory import make_rules

if TYPE_CHECKING:
    from pathlib import Path

    from agi.ivr.flow import Flow
    from agi.settings import CallSettings
    from recordings.answers.vocabulary import Question
    from router.tickets.routing.reloading_rules import ReloadingRules
    from warroom.config.settings import Settings
    from warroom.services.store.component import StoreComponent, TicketsComponent


@dataclass(frozen=True, slots=True)
class CallSecrets:
    """Secrets between the service and its clients; never logged."""

    ami: str
    agi: str
    mqtt: str


@dataclass(frozen=True, slots=True)
class CallSetup:
    """All of it.

    Attributes:
        settings: This node's.
        layout: The data directory.
        places: Districts, needs and rooms.
        items: The items in stock.
        rules: Routing rules; read again when they change.
        in_force: The helplines and conversations for new calls; `warroom apply` replaces them.
        trunks: Those in force; read again when they change.
        spool: The recordings.
        secrets: As the name says.
    """

    settings: Settings
    layout: DataDirectory
    places: Places
    items: Items
    rules: ReloadingRules
    in_force: CallsInForce
    trunks: TrunkWatch
    spool: Spool
    secrets: CallSecrets

    def pin_of(self, room: str) -> str | None:
        """Return a room's PIN as it is now, None when it has none. Blocks."""
        with contextlib.suppress(FileNotFoundError):
            return read_secret(self.layout.data, room_pin(room))
        return None


def load_call_setup(data: Path, settings: Settings) -> CallSetup:
    """Read all of it. Blocks: not for the event loop.

    Raises:
        UserError: something has a mistake, which it names.
        FileNotFoundError: a secret is missing: the stack has never been started.
    """
    layout = DataDirectory(data)
    places = load_places()
    rules = make_rules(data, places)
    in_force = load_calls_in_force(data, places)
    return CallSetup(
        settings=settings,
        layout=layout,
        places=places,
        items=load_items(places.needs),
        rules=rules,
        in_force=in_force,
        trunks=TrunkWatch(data, settings.calls, in_force.helplines.rooms),
        spool=Spool(layout.incoming, layout.kept),
        secrets=CallSecrets(
            ami=read_secret(data, AMI), agi=read_secret(data, AGI), mqtt=read_secret(data, MQTT_ROUTER)
        ),
    )


def load_calls_in_force(data: Path, places: Places) -> CallsInForce:
    """Read helplines and conversations. Blocks.

    Raises:
        UserError: One has a mistake, which it names.
    """
    helplines = applied_helplines(data)
    prompts = prompt_names(places, spoken_menus())
    return CallsInForce(helplines, load_flows(prompts, places.needs.keys(), helplines.starts))


def make_core(setup: CallSetup, store: StoreComponent, tickets: TicketsComponent) -> Core:
    """Return what nearly every component is given."""
    node = setup.settings.router.node
    broker = MqttConnection(
        setup.settings.router.broker, node=node, password=setup.secrets.mqtt, store=store.storage, places=setup.places
    )
    return Core(
        node=node,
        store=store.storage,
        desk=tickets.service,
        intake=IntakeService(tickets.service, setup.places),
        places=setup.places,
        broker=broker,
    )


def make_answer_listener(setup: CallSetup) -> AnswerListener:
    """Return what hears the answers that callers speak; it starts no process where the settings have none asked."""
    return AnswerListener(
        models=setup.settings.recordings.models,
        questions=spoken_questions(setup.settings.calls, setup.places, setup.in_force.flows.main),
        places=setup.places,
        folder=setup.layout.answers,
        workers=worker_count(setup.settings.calls.spoken_answers.workers),
        limit_s=setup.settings.calls.spoken_answers.limit_s,
    )


def spoken_questions(calls: CallSettings, places: Places, flow: Flow) -> dict[Question, frozenset[str]]:
    """Return the questions that callers answer by speaking, and what may be answered to each."""
    asked: dict[Question, frozenset[str]] = {}
    if calls.spoken_answers.district:
        asked["district"] = frozenset(places.districts)
    needs = frozenset(need for step in flow.steps.values() if isinstance(step, MenuStep) for need in step.said)
    if calls.spoken_answers.need and needs:
        asked["need"] = needs
    return asked
