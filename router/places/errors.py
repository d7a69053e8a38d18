"""What can be wrong with the tables of places and needs."""

from collections.abc import Sequence


class PlacesError(Exception):
    """The tables of places and needs cannot be used as they are.

    Attributes:
        problems: Every problem found, one line each, with file and line, what is wrong and what is expected.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
