"""Payload of a stock report, ``rooms/<room>/stock/<item>``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from router.bounds import PastMoment, Quantity  # noqa: TC001  (pydantic reads them)


class StockReport(BaseModel):
    """A room's report of one item. An empty message takes its last report back."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    quantity: Quantity
    """The amount in stock."""
    unit: Annotated[str, Field(max_length=40)]
    """The item's unit, as in items.csv: said along so that tons are not taken for kilograms."""
    daily_use: Quantity
    """The use per day; 0: none at present."""
    as_of: PastMoment
    """When it was counted, with time zone. An older report does not take the place of a newer one."""
