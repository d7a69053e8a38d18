"""Submission and receipt: the interface between channels and tickets.

A channel knows how its messages come and how they are answered; it makes a `Submission` of each and gives it to
`router.intake.service.IntakeService`. Where the citizen is, what the words mean, whether the trouble is known already
and who is to see to it is the same for all of them, and none of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from router.phone_numbers import UNKNOWN_NUMBER, PhoneNumber
from router.tickets.opening.content import TicketContent

if TYPE_CHECKING:
    from fastapi import APIRouter

    from router.model.ticket import Ticket
    from router.tickets.findings.apply_findings import FieldUpdates, KnownFields
    from router.tickets.opening.report import OpenOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(TicketContent):
    """One request as a channel got it. Fields hold explicit statements of the sender: a key, a form's field.

    Attributes:
        sender: Whose trouble it is; without a number when that is not known.
        text: In the sender's own words, checked for length by the channel. It fills fields that are not stated.
        media_urls: Addresses of pictures, for a room to open or not.
    """

    sender: PhoneNumber = UNKNOWN_NUMBER
    text: str = ""
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The information for the sender: the ticket is committed.

    Attributes:
        ticket: Its present version.
        outcome: Whether it is new.
    """

    ticket: Ticket
    outcome: OpenOutcome

    @property
    def number(self) -> str:
        """The nine digits."""
        return self.ticket.number


class IntakeChannel(Protocol):
    """A way in over HTTP, as the api process serves it; `warroom.services.intake_channels` lists them.

    The telephone and its messages are served by calls, a list of requests by a command: they submit as these do.
    """

    def router(self) -> APIRouter:
        """Return the channel's paths, below a prefix of its own."""


class TextUnderstanding(Protocol):
    """Finds need, place, quantity and urgency in a text. `recordings.nlu` does; here it is handed in."""

    def __call__(self, text: str, known: KnownFields, *, language: str) -> FieldUpdates:
        """Return the fields that the text settles and which words say so; never a field that is known.

        Pure and bounded, but not quick enough for the event loop: it runs in a thread.

        Args:
            text: In Hindi, romanised Hindi or English.
            known: The sender's other statements.
            language: ``hi`` or ``en``: decides where the words do not.
        """
