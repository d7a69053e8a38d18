"""A name that is mistyped is an error with near ones, never "nothing"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from warroom.cli.common import CommandError
from warroom.cli.main import make_app
from warroom.cli.names import known_name, known_room

if TYPE_CHECKING:
    from pathlib import Path


def test_near_names_are_told() -> None:
    assert known_name("--trunk", "bsnl", {"bsnl", "pri"}) == "bsnl"
    with pytest.raises(CommandError, match=r"--trunk: there is no 'bnsl' \(do you mean bsnl\?\); one of: bsnl, pri"):
        known_name("--trunk", "bnsl", {"bsnl", "pri"})
    with pytest.raises(CommandError, match=r"do you mean .*district-bhopal"):
        known_room("bhopal")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("tickets", "list", "--room", "bhopal"), "district-bhopal"),
        (("tickets", "list", "--need", "rashion"), "ration"),
        (("tickets", "list", "--district", "bopal"), "bhopal"),
        (("tickets", "list", "--stage", "acknowleged"), "acknowledged"),
        (("tickets", "list", "--older-than", "2 days"), "6h"),
        (("tickets", "list", "--phone", "12"), "no telephone number"),
        (("tickets", "clusters", "--room", "district-bopal"), "district-bhopal"),
        (("tickets", "export", "--since", "2020-04-01", "--room", "bhopal"), "district-bhopal"),
        (("alerts", "list", "--room", "bhopal"), "district-bhopal"),
        (("alerts", "list", "--kind", "trunk"), "trunk-down"),
        (("shortage", "--room", "bhopal"), "district-bhopal"),
        (("facilities", "list", "--district", "bopal"), "bhopal"),
        (("calls", "list", "--outcome", "refused"), "rejected"),
        (("calls", "list", "--number", "12"), "no telephone number"),
        (("calls", "list", "--did", "1"), "three digits"),
        (("stats", "--day", f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}"), "has not come yet"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_filters_that_fit_nothing_are_errors(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        make_app(words)(["--data", str(tmp_path), *words], standalone_mode=False)
