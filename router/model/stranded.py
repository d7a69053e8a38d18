"""What is known of people who are stuck far from home, beside what every ticket has."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

STRANDED: Final = "stranded"
"""The need of our own people in another state."""
STRANDED_HERE: Final = "stranded-here"
"""The need of another state's people in a district of ours."""
STRANDED_NEEDS: Final = frozenset({STRANDED, STRANDED_HERE})

Want: TypeAlias = Literal["food", "shelter", "travel", "medical"]
WANTS: Final[tuple[Want, ...]] = get_args(Want)

MAX_PLACE_LENGTH: Final = 200


class StrandedFacts(BaseModel):
    """Where they belong and what they lack; ids as in ``router.geo``.

    The state they are in, their postal code, their number and their telephone are fields of the ticket itself.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    home_district: str | None = None
    """Of ours, to which they want to come home; None: not said."""
    home_state: str | None = None
    """Of people of another state who are stranded here: theirs."""
    wants: tuple[Want, ...] = ()
    """What they lack, in the order of `WANTS`."""
    place: Annotated[str, Field(max_length=MAX_PLACE_LENGTH)] = ""
    """Town, camp, employer: as written."""

    def filled_from(self, newer: StrandedFacts) -> StrandedFacts:
        """Return these facts with gaps filled from a newer report, and everything that either wants."""
        return StrandedFacts(
            home_district=self.home_district or newer.home_district,
            home_state=self.home_state or newer.home_state,
            wants=tuple(want for want in WANTS if want in {*self.wants, *newer.wants}),
            place=self.place or newer.place,
        )
