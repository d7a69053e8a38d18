"""Maps the entities of a transcript, or of a written text, to the fields of a ticket."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from recordings.nlu.corrections import corrected_fields
from recordings.nlu.pipeline import understand
from recordings.nlu.slot_filling import fill_slots, reasons
from router.tickets.findings.apply_findings import FieldUpdates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recordings.nlu.entities import Understanding
    from recordings.nlu.lexicon import Lexicon
    from router.model.calls.recording_record import Transcription
    from router.model.ticket import Ticket
    from router.model.ticket_views import TicketHistoryLine
    from router.tickets.findings.apply_findings import KnownFields, Settle


def settle_by(heard: Transcription, lexicon: Lexicon, *, language: str) -> Settle:
    """Understand a transcript; return a function that decides, on the ticket as it is then, which fields it settles.

    Args:
        heard: With its raw words, those that were not recognised among them, and their confidences.
        lexicon: As loaded once.
        language: Of the recording, ``hi`` or ``en``.
    """
    text = " ".join(word for word, *_ in heard.words)
    confidences = [confidence for *_, confidence in heard.words]
    return partial(_settled, understand(text, lexicon, language_hint=language, word_confidence=confidences))


def read_text(lexicon: Lexicon, text: str, known: KnownFields, *, language: str) -> FieldUpdates:
    """Return the fields that a written text settles: `router.intake.base.TextUnderstanding`, with a lexicon given."""
    found = understand(text, lexicon, language_hint=language)
    fields = fill_slots(known, found)
    return FieldUpdates(fields, reasons(fields, found))


def _settled(found: Understanding, ticket: Ticket, history: Sequence[TicketHistoryLine]) -> FieldUpdates:
    fields = fill_slots(ticket, found, corrected=corrected_fields(history))
    return FieldUpdates(fields, reasons(fields, found))
