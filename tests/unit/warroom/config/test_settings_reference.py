"""docs/settings.md names every setting, as the models have it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from warroom.config.settings import Settings
from warroom.config.settings_reference import REFERENCE, render_reference

if TYPE_CHECKING:
    from collections.abc import Iterator


def leaves(value: object, schema: dict[str, object]) -> Iterator[str]:
    """Names of the settings below a model, as its JSON schema has them."""
    assert isinstance(value, dict)
    for name, part in value.get("properties", {}).items():
        below = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else None  # type: ignore[index]
        yield from leaves(below, schema) if below else (name,)


def test_settings_reference_is_fresh() -> None:
    assert REFERENCE.read_text("utf-8") == render_reference(), "run: make settings-reference"


def test_settings_reference_has_every_setting_with_a_meaning() -> None:
    page = render_reference()
    schema = json.loads(json.dumps(Settings.model_json_schema()))
    names = list(leaves(schema, schema))
    assert len(names) > 50
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(names)
    assert [row for row in rows if len(row.split(" | ")[-1]) < len("Port. |")] == []
