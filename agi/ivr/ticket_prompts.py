"""How a ticket stands, in the prompts that say it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from router.india import INDIA
from router.tickets.stages import Stage

if TYPE_CHECKING:
    from datetime import date, datetime

    from router.geo import Places
    from router.tickets.ticket import Ticket

WEEK_DAYS: Final = 7
"""Up to a week ahead a day has its name; later it is so many days."""
MAX_DAYS: Final = 100
"""The largest number there is a prompt of: what takes longer is not promised."""
HALF_DAY: Final = 12
DAY_BEGINS: Final = 4
"""The hour at which a day begins for who speaks of today and tomorrow."""
_PARTS: Final = ((DAY_BEGINS, "night"), (12, "morning"), (16, "noon"), (20, "evening"), (24, "night"))
"""Parts of the day as they are said in Hindi, each with the hour it ends before."""
_HELP_COMES: Final = frozenset({Stage.ROUTED, Stage.ACKNOWLEDGED, Stage.IN_PROGRESS, Stage.REOPENED})
"""Where somebody is working on it, so that who and by when are worth a word."""

PROMPTS: Final = (
    "status-of",
    "status-room",
    "room-district",
    "room-state",
    "room-outside",
    "room-other",
    "status-expected",
    "status-late",
    "day-today",
    "day-tomorrow",
    "days-later",
    "oclock",
    *(f"weekday-{day}" for day in range(1, WEEK_DAYS + 1)),
    *(f"part-{part}" for part in sorted({name for _, name in _PARTS})),
    *(f"stage-{stage.value.replace('_', '-')}" for stage in Stage),
    *(f"number-{number}" for number in range(MAX_DAYS + 1)),
)
"""All that may be said of a ticket, but for needs and districts."""

MOMENT_PROMPTS: Final = (
    "day-today",
    "day-yesterday",
    "oclock",
    "clock-and",
    "clock-minutes",
    *(f"part-{part}" for part in sorted({name for _, name in _PARTS})),
    *(f"month-{month}" for month in range(1, 13)),
    *(f"number-{number}" for number in range(60)),
)
"""What `moment` may say."""


def spoken_status(ticket: Ticket, places: Places, now: datetime) -> list[str]:
    """What its own telephone hears of a ticket: what was asked for, the stage, whose it is, and by when.

    Anybody can call under its number: of a private need the stage alone is told.
    """
    if is_private(ticket, places):
        return [spoken_stage(ticket)]
    need = ("status-of", f"need-{ticket.service_code}") if ticket.service_code in places.needs else ()
    names = [*need, spoken_stage(ticket)]
    if ticket.stage in _HELP_COMES:
        names += ["silence-half", "status-room", *_room(ticket, places)]
        names += spoken_expectation(ticket.expected_datetime, now) if ticket.expected_datetime else []
    return names


def is_private(ticket: Ticket, places: Places) -> bool:
    """Whether its need is nobody else's business (needs.csv: private); one that is not known is."""
    need = places.needs.get(ticket.service_code)
    return need is None or need.private


def spoken_stage(ticket: Ticket) -> str:
    """The stage: all that an unknown telephone hears."""
    return f"stage-{ticket.stage.value.replace('_', '-')}"


def spoken_expectation(when: datetime, now: datetime) -> list[str]:
    """By when help is expected; the full hour after it, for nobody waits for minutes."""
    if when <= now:
        return ["status-late"]
    local = (when + timedelta(hours=1, microseconds=-1)).astimezone(INDIA).replace(minute=0, second=0, microsecond=0)
    days = (_spoken_day(local) - _spoken_day(now.astimezone(INDIA))).days
    if days >= WEEK_DAYS:
        return ["status-expected", f"number-{days}", "days-later"] if days <= MAX_DAYS else []
    day = ("day-today", "day-tomorrow")[days] if days <= 1 else f"weekday-{_spoken_day(local).isoweekday()}"
    part = next(name for before, name in _PARTS if local.hour < before)
    return ["status-expected", day, f"part-{part}", f"number-{local.hour % HALF_DAY or HALF_DAY}", "oclock"]


def spoken_moment(when: datetime, now: datetime) -> list[str]:
    """When something was, by the clock in India: the day, its part, hour and minute."""
    local = when.astimezone(INDIA)
    days = (now.astimezone(INDIA).date() - local.date()).days
    day = {0: ["day-today"], 1: ["day-yesterday"]}.get(days, [f"number-{local.day}", f"month-{local.month}"])
    part = next(name for before, name in _PARTS if local.hour < before)
    hour = f"number-{local.hour % HALF_DAY or HALF_DAY}"
    minutes = ["clock-and", f"number-{local.minute}", "clock-minutes"] if local.minute else ["oclock"]
    return [*day, f"part-{part}", hour, *minutes]


def _spoken_day(local: datetime) -> date:
    """One o'clock at night still belongs to the evening before: "tonight", not "tomorrow night"."""
    return (local - timedelta(hours=DAY_BEGINS)).date()


def _room(ticket: Ticket, places: Places) -> list[str]:
    for district in places.districts.values():
        if district.room == ticket.room:
            return [f"district-{district.id}", "room-district"]
    if ticket.room == places.room_of(None):
        return ["room-state"]
    return [f"state-{ticket.state}", "room-outside"] if ticket.state in places.states else ["room-other"]
