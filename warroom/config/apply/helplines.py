"""The helplines of a data directory: the admin's validated file, and a copy of the version in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agi.destinations.loader import read_helplines
from agi.ivr.menus import spoken_menus
from agi.prompts.catalog import prompt_names
from router.geo import load_places
from warroom.config.apply.transaction import to_start_with
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from agi.destinations.schema import Helplines


@dataclass(frozen=True, slots=True)
class HelplineSet:
    """Validated helplines, ready to be applied.

    Attributes:
        helplines: The helplines.
        source: The text they were read from; empty for those that come with the program.
    """

    helplines: Helplines
    source: str


def check_helplines(data: Path) -> HelplineSet:
    """Read and check the admin's helplines with the prompts they greet with.

    Raises:
        HelplinesError: With every mistake.
    """
    path = DataDirectory(data).helplines
    places = load_places()
    helplines = read_helplines(path, places, prompts=prompt_names(places, spoken_menus()))
    return HelplineSet(helplines, path.read_text("utf-8-sig") if path.exists() else "")


def applied_helplines(data: Path) -> Helplines:
    """Return the helplines that were put in force last.

    Raises:
        HelplinesError: The copy was spoilt.
    """
    return read_helplines(DataDirectory(data).helplines_in_force, load_places())


def initial_helplines(data: Path) -> HelplineSet:
    """Return the admin's helplines; after a mistake in them, those that were in force before.

    Raises:
        HelplinesError: There is a mistake, and nothing was in force before.
    """
    return to_start_with(
        "helplines",
        data,
        DataDirectory(data).helplines_in_force,
        (),
        check=lambda: check_helplines(data),
        before=lambda source, _: HelplineSet(applied_helplines(data), source),
    )
