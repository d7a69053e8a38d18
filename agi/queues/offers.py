"""Records the operators a waiting call was offered to, and the one who took it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from agi.dialplan import OPERATOR_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.connection import AmiConnection
    from agi.journal.journal import CallNotes

_PREFIX: Final = f"PJSIP/{OPERATOR_PREFIX}"


def note_offers(link: AmiConnection, notes_of: Callable[[str], CallNotes]) -> None:
    """Write down, from now on, what app_queue says of each call offered (AgentRingNoAnswer) and taken (AgentConnect).

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        notes_of: Returns where what happens in a call is written down.
    """
    link.on_event("AgentRingNoAnswer", partial(_note, notes_of, "not-taken"))
    link.on_event("AgentConnect", partial(_note, notes_of, "taken"))


def _note(notes_of: Callable[[str], CallNotes], kind: str, event: Mapping[str, object]) -> None:
    call = event.get("Uniqueid")
    if isinstance(call, str) and call:
        notes_of(call).note(
            kind,
            queue=str(event.get("Queue", "")),
            operator=str(event.get("Interface", "")).removeprefix(_PREFIX),
            rang=_seconds(event.get("RingTime")) // (1000 if kind == "not-taken" else 1),
        )


def _seconds(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else 0
