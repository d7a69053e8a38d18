"""From what a recogniser heard to what it settles on a ticket."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from recordings.understanding.corrections import corrected_fields
from recordings.understanding.filling import fill, reasons
from recordings.understanding.reading import understand
from router.tickets.settling import Settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recordings.understanding.findings import Understanding
    from recordings.understanding.lexicon import Lexicon
    from router.store.ticket_rows import HistoryLine
    from router.tickets.recording import Heard
    from router.tickets.settling import Settle
    from router.tickets.ticket import Ticket


def settle_by(heard: Heard, lexicon: Lexicon, *, language: str) -> Settle:
    """Understand what was heard; return what decides, on the ticket as it will be then, which fields that settles.

    Args:
        heard: With its raw words, those that were not recognised among them, and their confidences.
        lexicon: As loaded once.
        language: Of the recording, ``hi`` or ``en``.
    """
    text = " ".join(word for word, *_ in heard.words)
    confidences = [confidence for *_, confidence in heard.words]
    return partial(_settled, understand(text, lexicon, language_hint=language, word_confidence=confidences))


def _settled(found: Understanding, ticket: Ticket, history: Sequence[HistoryLine]) -> Settled:
    fields = fill(ticket, found, corrected=corrected_fields(history))
    return Settled(fields, reasons(fields, found))
