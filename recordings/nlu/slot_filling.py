"""Chooses the entities that fill a ticket: only fields nobody has settled, and only reliable findings."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recordings.nlu.pipeline import STRANDED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from recordings.nlu.entities import Entity, Field, Understanding
    from router.tickets.findings.apply_findings import KnownFields

UNKNOWN_NEEDS = frozenset({"listen", "other"})
"""Needs that say that the need is not known: keyed or corrected ones are never among them."""

NEED_FROM = 0.6
"""A plain word for a need, well heard, scores above 0.85; a fuzzy one without a verb 0.7; "help" alone 0.45."""

DANGER_FROM = 0.75
"""It rings the emergency desk: not on a half-heard word."""

DISTRICT_FROM = 0.75
"""A wrong district costs more than none, which the state room asks for. Below it lie: names that are also other words
(सीधी, धार, गुना: 0.72) without "में", "से", "जिला" beside them; places somebody only wants to go to (0.6); each of several
districts (0.7)."""

AMOUNT_FROM = 0.6
"""Quantity and people: a room checks them anyway when it calls."""

PLACE_WORDS_FROM = 0.4
"""Village and landmark are the caller's own words: shown as heard unless hardly heard at all."""

URGENT_FROM = 0.7
URGENT_PRIORITY = 2
"""Haste makes a ticket high (2), never an emergency (1): that is the need's own, or a key's."""


def fill_slots(
    ticket: KnownFields, understanding: Understanding, *, corrected: Collection[str] = ()
) -> dict[str, object]:
    """Return the ticket fields a text settles, by name.

    Keys pressed and persons outrank words: a field that has a value stays, and so does one a person corrected, even
    if to "other" or to nothing. Who applies the fields also applies what follows from them (room, desk, stage, the
    need's own priority where it is higher).

    Args:
        ticket: The ticket as it is now, or a future one.
        understanding: Of its text.
        corrected: Names of the ticket's fields that persons have corrected.
    """
    found: dict[str, object] = {}
    need = _need(understanding)
    if need and ticket.service_code in UNKNOWN_NEEDS and need.value != ticket.service_code:
        found["service_code"] = need.value
    found.update(_place(ticket, understanding, str(found.get("service_code", ticket.service_code))))
    quantities = _sure(understanding, "quantity", AMOUNT_FROM)
    if quantities and not ticket.quantity:
        found["quantity"] = ", ".join(finding.value for finding in quantities)
    people = _sure(understanding, "people", AMOUNT_FROM)
    if people and ticket.people is None:
        found["people"] = int(people[0].value)
    villages = _sure(understanding, "village", PLACE_WORDS_FROM)
    if villages and not ticket.address:
        found["address"] = ", ".join(finding.words for finding in villages)
    landmarks = _sure(understanding, "landmark", PLACE_WORDS_FROM)
    if landmarks and not ticket.landmark:
        found["landmark"] = ", ".join(finding.words for finding in landmarks)
    if _sure(understanding, "urgent", URGENT_FROM) and (ticket.priority > URGENT_PRIORITY or "service_code" in found):
        found["priority"] = URGENT_PRIORITY
    return {name: value for name, value in found.items() if name not in corrected}


_SAID_BY: Final[Mapping[str, Field]] = MappingProxyType({
    "service_code": "need",
    "district": "district",
    "state": "state",
    "zipcode": "zipcode",
    "quantity": "quantity",
    "people": "people",
    "address": "village",
    "landmark": "landmark",
    "priority": "urgent",
})  # fmt: skip
_JOINED = frozenset({"quantity", "address", "landmark", "priority"})  # their value is not one finding's


def reasons(filled: Mapping[str, object], understanding: Understanding) -> tuple[str, ...]:
    """Return the findings that ticket fields were filled from, as persons read them: ``राशन → need ration, 0.93``.

    Args:
        filled: The fields and their values, in the order of the history.
        understanding: Of the text they are from.
    """
    return tuple(
        str(finding)
        for name, value in filled.items()
        for finding in understanding.of(_SAID_BY[name])
        if name in _JOINED or finding.value == str(value)
    )


def _need(understanding: Understanding) -> Entity | None:
    """The first need that is sure enough; danger needs more."""
    for finding in understanding.of("need"):
        if finding.score >= (DANGER_FROM if finding.value == "danger" else NEED_FROM):
            return finding
    return None


def _place(ticket: KnownFields, understanding: Understanding, need: str) -> dict[str, object]:
    """District, or for a stranded citizen the other state, whose officers the state's room contacts."""
    if ticket.district is not None or ticket.state is not None:
        return {}
    states = _sure(understanding, "state", DISTRICT_FROM)
    if states and need == STRANDED:
        return {"state": states[0].value}
    found: dict[str, object] = {}
    districts = _sure(understanding, "district", DISTRICT_FROM)
    if districts:
        found["district"] = districts[0].value
    zipcodes = _sure(understanding, "zipcode", DISTRICT_FROM)
    if zipcodes and districts and not ticket.zipcode:
        found["zipcode"] = zipcodes[0].value
    return found


def _sure(understanding: Understanding, field: Field, least: float) -> list[Entity]:
    return [finding for finding in understanding.of(field) if finding.score >= least]
