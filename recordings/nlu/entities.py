"""The entities found in a text, with the words that they were found by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Field = Literal[
    "need", "no-need", "district", "state", "zipcode", "quantity", "people", "village", "landmark", "urgent"
]


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing found.

    Attributes:
        field: The field of the ticket; ``no-need`` is a need that was named and is met, or not wanted.
        value: An id of ``router.geo`` (need, district, state), ``10 kg``, a whole number (people), the words
            themselves (village, landmark), ``yes`` (urgent), six digits (zipcode).
        words: The words as they stand in the text.
        score: 0 to 1: how well the words fit, how surely they mean this, how surely they were heard, multiplied.
    """

    field: Field
    value: str
    words: str
    score: float

    def __str__(self) -> str:
        return f"{self.words} → {self.field} {self.value}, {self.score:.2f}"


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that was found in a text; of each field the surest first."""

    findings: tuple[Entity, ...] = ()

    def of(self, field: Field) -> tuple[Entity, ...]:
        """Return the findings of one field, the surest first."""
        return tuple(finding for finding in self.findings if finding.field == field)

    def best(self, field: Field) -> Entity | None:
        """Return the surest finding of a field."""
        return next(iter(self.of(field)), None)

    @property
    def need(self) -> str | None:
        """Id of the need that comes first: danger to life, else the surest."""
        return self._value("need")

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of all needs, the first one first."""
        return tuple(finding.value for finding in self.of("need"))

    @property
    def district(self) -> str | None:
        """Id of the district."""
        return self._value("district")

    @property
    def state(self) -> str | None:
        """Id of another state that was named."""
        return self._value("state")

    @property
    def quantity(self) -> str:
        """Every amount in the order spoken, such as ``10 kg, 2 litre``; "" for none."""
        return ", ".join(finding.value for finding in self.of("quantity"))

    @property
    def people(self) -> int | None:
        """Number of people."""
        value = self._value("people")
        return None if value is None else int(value)

    @property
    def urgent(self) -> bool:
        """Whether words of haste or danger were heard."""
        return bool(self.of("urgent"))

    def _value(self, field: Field) -> str | None:
        found = self.best(field)
        return None if found is None else found.value
