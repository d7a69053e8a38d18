"""One finding of `warroom doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One thing looked at.

    Attributes:
        part: The part checked.
        state: `ok`, `wrong`, or `warning`: it works, and an admin should know.
        what: The finding.
        mend: The command or step that mends it; empty when all is well.
    """

    part: str
    state: str
    what: str
    mend: str = ""
