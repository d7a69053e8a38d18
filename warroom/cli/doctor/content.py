"""Content checks of `warroom doctor`: places, helplines, conversations, routes, operators, prompts. Each by itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agi.calls.flows import load_flows
from agi.destinations.loader import HelplinesError, read_helplines
from agi.ivr.flow import FlowError
from agi.ivr.menus import spoken_menus
from agi.prompts.build import list_prompts
from agi.prompts.catalog import prompt_names
from agi.prompts.errors import TextsError
from agi.prompts.tts import speaker_of
from agi.queues.loader import OperatorsError, read_operators
from router.geo import PlacesError, load_places
from router.tickets.routing.rule_file import RulesError, read_rules, shipped_rules
from warroom.cli.doctor.finding import DoctorFinding
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from agi.prompts.menus import Menus
    from agi.prompts.voices import Voices
    from router.geo import Places

_CORRECT = "correct the file and line named"


def content(data: Path, voices: Voices) -> Iterator[DoctorFinding]:
    """Yield the state of each file of content; a mistake in one hides none of the others."""
    try:
        places = load_places()
    except PlacesError as error:
        yield DoctorFinding("places", "wrong", str(error), _CORRECT)
        return  # all the others name places
    yield DoctorFinding("places", "ok", f"{len(places.districts)} districts, {len(places.rooms)} rooms")
    yield _routes(data, places)
    yield _operators(data, places)
    try:
        menus = spoken_menus()
        prompts = prompt_names(places, menus)
    except (TextsError, FlowError) as error:
        yield DoctorFinding("prompts", "wrong", str(error), _CORRECT)
        yield from _helplines(data, places, None)
        return
    yield from _helplines(data, places, prompts)
    yield _prompts(data, places, menus, voices)


def _helplines(data: Path, places: Places, prompts: Mapping[str, Collection[str]] | None) -> Iterator[DoctorFinding]:
    """How the helplines are, and the conversations that they begin."""
    starts: Collection[str] = ()
    try:
        helplines = read_helplines(DataDirectory(data).helplines, places, prompts=prompts)
        starts = helplines.starts
        yield DoctorFinding(
            "helplines", "ok", f"{len(helplines.by_id)}, and {len(helplines.rooms)} telephones of rooms"
        )
    except HelplinesError as error:
        yield DoctorFinding("helplines", "wrong", str(error), f"{_CORRECT}; those in force stay")
    if prompts is None:
        return  # reported with the prompts
    try:
        load_flows(prompts, places.needs.keys(), starts)
        yield DoctorFinding("conversation", "ok", "every step leads somewhere")
    except FlowError as error:
        yield DoctorFinding("conversation", "wrong", str(error), _CORRECT)


def _routes(data: Path, places: Places) -> DoctorFinding:
    own = DataDirectory(data).routes
    try:
        rules = read_rules(own, places) if os.path.lexists(own) else shipped_rules(places)
    except RulesError as error:
        return DoctorFinding("routes", "wrong", str(error), "correct the lines named; the rules before stay in force")
    return DoctorFinding("routes", "ok", f"{len(rules.rules)} rules of {rules.source}")


def _operators(data: Path, places: Places) -> DoctorFinding:
    try:
        operators = read_operators(DataDirectory(data).operators, places.divisions)
    except OperatorsError as error:
        return DoctorFinding("operators", "wrong", str(error), f"{_CORRECT}; those in force stay")
    return DoctorFinding("operators", "ok", f"{len(operators.operator)} operators")


def _prompts(data: Path, places: Places, menus: Menus, voices: Voices) -> DoctorFinding:
    prompts = list_prompts(places, menus, data, voices)
    if lacking := [f"{one.language}/{one.name}" for one in prompts if one.state in ("missing", "outdated")]:
        what = f"{len(lacking)} missing, such as {lacking[0]}"
        return DoctorFinding("prompts", "wrong", what, "warroom apply")
    spoken = (one for one in prompts if one.engine)
    other = [f"{one.language}/{one.name}" for one in spoken if one.engine != voices.wanted(speaker_of(one.text)).engine]
    if other:
        what = f"{len(other)} in another voice than the others, such as {other[0]}"
        return DoctorFinding("prompts", "warning", what, "warroom voice install, then warroom apply")
    return DoctorFinding("prompts", "ok", f"none missing in {DataDirectory(data).prompts}")
