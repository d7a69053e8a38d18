"""Takes what `warroom apply` put in force, while the service of the calls runs: new calls see it, others go on."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from typing import TYPE_CHECKING, Any, Final, NoReturn

from agi.settings import CallSettings
from router.errors import UserError
from router.polling import poll_forever
from warroom.config.apply.in_force import flatten, nested, taken_while_running, write_running
from warroom.config.apply.together import mark_of, marks_of_conversations
from warroom.config.folders import read_file
from warroom.services.call_setup import load_calls_in_force

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from warroom.services.call_setup import CallSetup

POLL_INTERVAL_S: Final = 0.2
"""Between two looks at the time of one file: whoever has typed `warroom apply` waits for it."""

_log = logging.getLogger(__name__)


class ConfigReload:
    """Looks for applied changes, takes them, and records that it has.

    Args:
        setup: The configuration the service runs with.
        operators: Reads the operators in force again.
    """

    def __init__(self, setup: CallSetup, operators: Callable[[], Awaitable[object]]) -> None:
        self._setup = setup
        self._layout = setup.layout
        self._operators = operators
        self._settings = dict(flatten(setup.settings))
        self._seen = mark_of(self._layout.applied)

    async def run(self) -> NoReturn:
        """Record the running configuration, then poll until cancelled."""
        await asyncio.to_thread(self._write, "", "")
        await poll_forever(self._look, every_s=POLL_INTERVAL_S)

    async def _look(self) -> None:
        mark = await asyncio.to_thread(mark_of, self._layout.applied)
        if mark == self._seen:
            return
        self._seen = mark
        generation, problem = "", ""
        try:
            said: dict[str, Any] = json.loads(await asyncio.to_thread(read_file, self._layout.applied))
            generation = str(said["generation"])
            await self._take(said["settings"])
            _log.info("applied: helplines, conversations, routes, operators, trunks and settings are in force")
        except (UserError, OSError, ValueError, KeyError) as error:
            problem = str(error)
            _log.error("applied, but not taken; what was in force before stays: %s", problem)
        await asyncio.to_thread(self._write, generation, problem)

    async def _take(self, settings: dict[str, Any]) -> None:
        setup = self._setup
        now = {**self._settings, **{name: value for name, value in settings.items() if taken_while_running(name)}}
        calls = CallSettings.model_validate(nested(now, "calls"))
        in_force = await asyncio.to_thread(load_calls_in_force, self._layout.data, setup.places)
        await setup.trunks.take(calls, in_force.helplines.rooms)
        await asyncio.to_thread(setup.rules.look)
        await self._operators()
        setup.in_force.replace(in_force)
        self._settings = now

    def _write(self, generation: str, problem: str) -> None:
        write_running(
            self._layout.data,
            "serve",
            self._settings,
            pid=os.getpid(),
            generation=generation,
            problem=problem,
            conversations=marks_of_conversations(),
        )
