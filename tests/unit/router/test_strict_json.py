"""JSON from outside."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from router.strict_json import DuplicateNameError, read_json, validate_json
from router.validation_messages import what_is_wrong

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class Within(BaseModel):
    a: int = 0


class Model(BaseModel):
    a: int = 0
    within: Within = Within()


@given(_VALUES)
def test_reads_what_json_says(value: object) -> None:
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"x": {"a": 1, "\\u0061": 2}}]'])
def test_names_what_comes_twice(text: str) -> None:
    with pytest.raises(DuplicateNameError, match=r"^a$"):
        read_json(text)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "", "{", "\ufeff1"])
def test_refuses_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting|BOM"):
        read_json(text)


@pytest.mark.parametrize(
    ("payload", "wrong"),
    [
        (b'{"a": 1, "a": 2}', "a: comes twice"),
        (b'{"within": {"a": 1, "a": 2}}', "a: comes twice"),
        (b'{"' + b"x" * 99 + b'": 1, "' + b"x" * 99 + b'": 2}', f"{'x' * 64}: comes twice"),
        (b'{"a": "x"}', "a: expected a whole number"),
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xff\xfe{\x00}\x00", "is not JSON"),
    ],
)
def test_a_model_says_what_is_wrong(payload: bytes, wrong: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validate_json(Model, payload)
    assert wrong in what_is_wrong(caught.value).en


def test_a_model_that_is_right() -> None:
    assert validate_json(Model, b'{"a": 5, "within": {"a": 6}}') == Model(a=5, within=Within(a=6))
