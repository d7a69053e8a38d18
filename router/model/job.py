"""Durable jobs: their kinds, and one that a worker has taken."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

ORIGINATE: Final = "originate"
"""Call a citizen about a ticket; key ``<number>/<version>``."""

TRANSCRIBE: Final = "transcribe"
"""Write down what a recording says."""

CALL: Final = "call"
"""Call a citizen who could not be spoken with; key ``<E.164>/<uniqueid of the call>``: see `ask_for_call`."""


class Job(NamedTuple):
    """A job that has been taken.

    Attributes:
        id: Names the row to the functions below.
        kind: ``originate``, ``transcribe``.
        key: What it is about; one row for each kind and key, ever.
        priority: 1 to 4.
        payload: What the asker gave along.
        claims: How often it has been taken, this time included: work that kills its worker shows here.
        attempts: How often it was tried in vain, as ``retry`` counted.
        checkpoint: What a matcherlier taker noted and did not take back: "" when nothing was under way.
    """

    id: int
    kind: str
    key: str
    priority: int
    payload: dict[str, Any]
    claims: int
    attempts: int
    checkpoint: str
