"""Types of option values, validated while the command line is parsed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from router import bounds
from router.phone_numbers import normalise
from warroom.cli.common import CommandError

DAYS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"]
"""How a day is typed: as in ISO 8601, or as people in India write it."""
TIMES = [*DAYS, "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"]
"""How a day or a time is typed; one without a zone is India's."""

_LINE: TypeAdapter[str] = TypeAdapter(bounds.Line)

Limit = Annotated[int, typer.Option(min=1, max=bounds.MAX_ROWS, help="Maximum number of rows, newest first.")]
"""Of a list; more than a person reads is an export."""


def moment(value: datetime | None) -> datetime | None:
    """Refuse a time that is out of bounds; one without a zone stays without.

    Raises:
        typer.BadParameter: it is.
    """
    try:
        if value is not None:
            bounds.moment(value if value.tzinfo else value.replace(tzinfo=UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return value


def line(value: str) -> str:
    """Return a text of one line.

    Raises:
        typer.BadParameter: it is empty, or too long.
    """
    try:
        text = _LINE.validate_python(value)
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"]) from None
    if not text:
        raise typer.BadParameter("is empty")
    return text


def telephone_number(typed: str, option: str = "") -> str:
    """Return a telephone number that was typed in any form, as E.164.

    Args:
        typed: The number.
        option: Where it was typed, such as ``--phone``; empty for an argument.

    Raises:
        CommandError: It is none.
    """
    phone = normalise(typed).e164
    if phone is None:
        where = f"{option}: " if option else ""
        raise CommandError(f"{where}{typed!r} is no telephone number; write it as +91 and ten digits")
    return phone
