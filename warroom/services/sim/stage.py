"""What all simulated people share: the stack, its places, chance, and the mark of what is only simulated."""

from __future__ import annotations

import ipaddress
import random
from collections import Counter
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from agi.prompts.build import spoken_alaw
from router.errors import UserError
from router.geo import load_places
from router.geo.csv_table import read_table
from warroom.config.apply.operators import applied_operators
from warroom.config.apply.trunks import applied_trunks
from warroom.config.paths import PROMPT_CACHE, DataDirectory
from warroom.services.loopback_line import find_loopback_line
from warroom.sip_test_client import PromptMatcher

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agi.queues.schema import Operator
    from agi.trunks.schema import Trunks
    from router.geo import Places
    from warroom.config.settings import Settings
    from warroom.services.loopback_line import LoopbackLine

MARK: Final = "अभ्यास SIMULATION"
"""The citizen's name on every ticket of a simulation: what a person sees first."""
BY: Final = "simulation"
"""Who gives the commands of rooms."""
SPEECH: Final = (
    "गाँव बैरसिया। पंचायत भवन के पास। हम पाँच लोग हैं।",
    "मेरा नाम रमेश है। घर में राशन ख़त्म हो गया है। तीन बच्चे हैं।",
    "वार्ड नंबर बारह, हनुमान मंदिर के सामने। दो लोग बीमार हैं।",
)
"""What citizens say after the beep."""


class OutsideTrunkError(UserError):
    """The stack is connected to the telephone network; the text names the trunk."""


@dataclass(slots=True)
class Stage:
    """One simulation.

    Attributes:
        data: The data directory of the stack.
        settings: Its settings.
        places: Districts, needs and rooms.
        line: How simulated citizens call in.
        trunks: Those in force.
        operators: Those in force.
        matcher: Knows the prompts.
        speech: Things that citizens say, A-law.
        pins: A postal code of each district.
        chance: Every choice is drawn from it: the same seed gives the same people.
        phones: Numbers of the simulated citizens, E.164.
        counts: What has happened, by word.
    """

    data: Path
    settings: Settings
    places: Places
    line: LoopbackLine
    trunks: Trunks
    operators: tuple[Operator, ...]
    matcher: PromptMatcher
    speech: tuple[bytes, ...]
    pins: Mapping[str, str]
    chance: random.Random
    phones: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def sip(self) -> tuple[str, int]:
        """Where the exchange takes SIP."""
        calls = self.settings.calls
        return ("127.0.0.1" if calls.sip_bind == "0.0.0.0" else calls.sip_bind), calls.sip_port  # noqa: S104

    def new_phone(self) -> str:
        """Draw the number of a new citizen: ten digits."""
        phone = f"98{self.chance.randrange(10**8):08}"
        self.phones.add(f"+91{phone}")
        return phone


def set_stage(data: Path, settings: Settings, *, seed: int, forced: bool) -> Stage:
    """Read all that a simulation needs. Blocks.

    Args:
        data: The data directory of a running stack.
        settings: Its settings.
        seed: Of chance.
        forced: Whether a stack with trunks to the outside is allowed.

    Raises:
        OutsideTrunkError: It has one, and this is not forced.
        UserError: No trunk takes calls from this machine.
    """
    trunks = applied_trunks(data)
    if not forced:
        check_no_outside(trunks)
    places = load_places()
    return Stage(
        data=data,
        settings=settings,
        places=places,
        line=find_loopback_line(trunks),
        trunks=trunks,
        operators=applied_operators(data).operator,
        matcher=PromptMatcher.of(DataDirectory(data).prompts),
        speech=tuple(spoken_alaw(text, "hi", PROMPT_CACHE) for text in SPEECH),
        pins=_pins(places),
        chance=random.Random(seed),  # noqa: S311 - no secret
    )


def check_no_outside(trunks: Trunks) -> None:
    """Make sure that no trunk leads to the telephone network. Raises OutsideTrunkError."""
    outside = [trunk.name for trunk in trunks.trunk if not is_loopback(trunk.host)]
    if outside:
        raise OutsideTrunkError(
            f"trunk {outside[0]} leads to the telephone network: a simulation fills real queues and rooms with people "
            "who are not there; use a stack of its own, or --force"
        )


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pins(places: Places) -> dict[str, str]:
    """Return a postal code that lies in one district alone, for each district."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for row in read_table(files("router.geo") / "data", "pins.csv", ("from", "to", "district"), problems) or ():
        for pin in range(int(row.text("from")), int(row.text("to")) + 1):
            districts = places.by_pin(str(pin))
            if len(districts) == 1:
                found.setdefault(districts[0].id, str(pin))
                if row.text("district") in found:
                    break
    return found
