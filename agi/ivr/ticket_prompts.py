"""The prompts that read the state of a ticket to a caller."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from agi.ivr.prompt_names import (
    MAX_NUMBER,
    SILENCE_HALF,
    Prompt,
    PromptDeclarations,
    district_prompt,
    need_prompt,
    number_prompt,
    state_prompt,
)
from router.india import INDIA
from router.model.stages import Stage

if TYPE_CHECKING:
    from datetime import date, datetime

    from router.geo import Places
    from router.model.ticket import Ticket

WEEK_DAYS: Final = 7
"""Up to a week ahead a day has its name; later it is so many days."""
MAX_DAYS: Final = MAX_NUMBER
"""What takes longer is not promised."""
HALF_DAY: Final = 12
DAY_BEGINS: Final = 4
"""The hour at which a day begins, for the words today and tomorrow."""
_PARTS: Final = ((DAY_BEGINS, "night"), (12, "morning"), (16, "noon"), (20, "evening"), (24, "night"))
"""Parts of the day as they are said in Hindi, each with the hour it ends before."""
_HELP_COMES: Final = frozenset({Stage.ROUTED, Stage.ACKNOWLEDGED, Stage.IN_PROGRESS, Stage.REOPENED})
"""The stages in which a room is working on it, so that its name and the expected time are said."""

_PART_NAMES: Final = sorted({name for _, name in _PARTS})

_declare = PromptDeclarations(__name__)
STATUS_OF: Final = _declare("status-of")
STATUS_ROOM: Final = _declare("status-room")
ROOM_DISTRICT: Final = _declare("room-district")
ROOM_STATE: Final = _declare("room-state")
ROOM_OUTSIDE: Final = _declare("room-outside")
ROOM_OTHER: Final = _declare("room-other")
NOTE: Final = _declare("status-note")
NOTE_FROM: Final = _declare("status-note-from")
NOTE_LATER: Final = _declare("status-note-later")
EXPECTED: Final = _declare("status-expected")
LATE: Final = _declare("status-late")
TODAY: Final = _declare("day-today")
TOMORROW: Final = _declare("day-tomorrow")
YESTERDAY: Final = _declare("day-yesterday")
DAYS_LATER: Final = _declare("days-later")
OCLOCK: Final = _declare("oclock")
HOURS_AND: Final = _declare("clock-and")
MINUTES: Final = _declare("clock-minutes")
WEEKDAYS: Final = {day: _declare(f"weekday-{day}") for day in range(1, WEEK_DAYS + 1)}
MONTHS: Final = {month: _declare(f"month-{month}") for month in range(1, 13)}
PARTS: Final = {part: _declare(f"part-{part}") for part in _PART_NAMES}
STAGES: Final = {stage: _declare(f"stage-{stage.value.replace('_', '-')}") for stage in Stage}


def spoken_status(ticket: Ticket, places: Places, now: datetime) -> list[Prompt]:
    """Return the prompts for the telephone that the ticket belongs to: need, stage, room and time limit.

    Caller IDs can be forged, so a private need is not named: only the stage is.
    """
    if is_private(ticket, places):
        return [spoken_stage(ticket)]
    need = (STATUS_OF, need_prompt(ticket.service_code)) if ticket.service_code in places.needs else ()
    names = [*need, spoken_stage(ticket)]
    if ticket.stage in _HELP_COMES:
        names += [SILENCE_HALF, STATUS_ROOM, *_room(ticket, places)]
        names += spoken_expectation(ticket.expected_datetime, now) if ticket.expected_datetime else []
    return names


def spoken_note(ticket: Ticket, note: Prompt | None, now: datetime) -> list[Prompt]:
    """Return the prompts of the room's word to the citizen; one that was not written today has its date.

    Args:
        ticket: It has such a word.
        note: Its sound; None: it is not ready.
        now: Aware.
    """
    if note is None:
        return [SILENCE_HALF, NOTE_LATER]
    written = ticket.for_citizen_datetime or ticket.updated_datetime
    today = written.astimezone(INDIA).date() == now.astimezone(INDIA).date()
    return [SILENCE_HALF, NOTE, *([] if today else [NOTE_FROM, *spoken_moment(written, now)]), note]


def is_private(ticket: Ticket, places: Places) -> bool:
    """Whether its need is nobody else's business (needs.csv: private); one that is not known is."""
    need = places.needs.get(ticket.service_code)
    return need is None or need.private


def spoken_stage(ticket: Ticket) -> Prompt:
    """The stage: all that an unknown telephone hears."""
    return STAGES[ticket.stage]


def spoken_expectation(when: datetime, now: datetime) -> list[Prompt]:
    """By when help is expected; the full hour after it, for nobody waits for minutes."""
    if when <= now:
        return [LATE]
    local = (when + timedelta(hours=1, microseconds=-1)).astimezone(INDIA).replace(minute=0, second=0, microsecond=0)
    days = (_spoken_day(local) - _spoken_day(now.astimezone(INDIA))).days
    if days >= WEEK_DAYS:
        return [EXPECTED, number_prompt(days), DAYS_LATER] if days <= MAX_DAYS else []
    day = (TODAY, TOMORROW)[days] if days <= 1 else WEEKDAYS[_spoken_day(local).isoweekday()]
    part = next(name for before, name in _PARTS if local.hour < before)
    return [EXPECTED, day, PARTS[part], number_prompt(local.hour % HALF_DAY or HALF_DAY), OCLOCK]


def spoken_moment(when: datetime, now: datetime) -> list[Prompt]:
    """When something was, by the clock in India: the day, its part, hour and minute."""
    local = when.astimezone(INDIA)
    days = (now.astimezone(INDIA).date() - local.date()).days
    day = {0: [TODAY], 1: [YESTERDAY]}.get(days, [number_prompt(local.day), MONTHS[local.month]])
    part = next(name for before, name in _PARTS if local.hour < before)
    hour = number_prompt(local.hour % HALF_DAY or HALF_DAY)
    minutes = [HOURS_AND, number_prompt(local.minute), MINUTES] if local.minute else [OCLOCK]
    return [*day, PARTS[part], hour, *minutes]


def _spoken_day(local: datetime) -> date:
    """One o'clock at night still belongs to the evening before: "tonight", not "tomorrow night"."""
    return (local - timedelta(hours=DAY_BEGINS)).date()


def _room(ticket: Ticket, places: Places) -> list[Prompt]:
    for district in places.districts.values():
        if district.room == ticket.room:
            return [district_prompt(district.id), ROOM_DISTRICT]
    if ticket.room == places.room_of(None):
        return [ROOM_STATE]
    return [state_prompt(ticket.state), ROOM_OUTSIDE] if ticket.state in places.states else [ROOM_OTHER]
