"""The process of the calls: what its components are put together to."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from agi import dialplan
from agi.fastagi.component import FastAgiComponent
from tests.support.prepare_data import prepare_data
from warroom.config.paths import PROJECT
from warroom.config.settings import load_settings
from warroom.services.call_setup import load_call_setup
from warroom.services.calls import make_process

if TYPE_CHECKING:
    from pathlib import Path


async def test_each_script_has_a_handler_and_each_handler_a_script_that_the_dialplan_asks_for(tmp_path: Path) -> None:
    prepare_data(tmp_path)
    process = make_process(await asyncio.to_thread(load_call_setup, tmp_path, load_settings(tmp_path)))
    (server,) = (part for part in process.components if isinstance(part, FastAgiComponent))
    files = (PROJECT / "asterisk_conf").glob("*.conf")
    asked = {
        script for file in files for script in re.findall(r"AGI\(agi://.*?}/([\w-]+)[,)]", file.read_text("utf-8"))
    }
    named = {value for name, value in vars(dialplan).items() if name.startswith("SCRIPT_")}
    assert len(asked) > 5
    assert set(server.routes) == asked
    assert set(server.routes) == named
