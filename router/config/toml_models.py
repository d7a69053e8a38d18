"""Validates tables of a TOML file with models: every mistake with its line and the expected value."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from router.config.toml_table import hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from router.config.toml_table import Table

Model = TypeVar("Model", bound=BaseModel)


def parse_table(table: Table, model: type[Model], expected: Mapping[str, str], elsewhere: str = "") -> Model | None:
    """Return one table as its model; None and its problems noted.

    Args:
        table: Of the file.
        model: The model of the table.
        expected: What to write, by key, where the model knows a pattern alone; ``key.[key]`` of a table's keys.
        elsewhere: What to say of an unknown key that is like no known one.
    """
    table.only(model.model_fields, elsewhere)
    try:
        return model.model_validate({key: value for key, value in table.values.items() if key in model.model_fields})
    except ValidationError as error:
        problems = error.errors(include_url=False)
        for problem in problems:
            if problem["type"] == "too_short" and any(_within(other["loc"], problem["loc"]) for other in problems):
                continue  # a list that is too short once its wrong entries are left out
            place = [str(one) for one in problem["loc"] if one != "[key]"]
            named = problem["msg"].removeprefix("Value error, ").partition(":")[0]
            key = ".".join(place) or (named if named in model.model_fields else "")
            of_key = expected.get(f"{place[0]}.[key]") if "[key]" in problem["loc"] else None
            if problem["type"] == "string_type" and isinstance(problem["input"], int | float):
                of_key = f'put it in quotes: "{problem["input"]}"'
            said = _said(".".join(place), problem["type"], of_key or problem["msg"], expected, place)
            if problem["type"] == "extra_forbidden" and place[-1] == "password":
                said += ": the password itself stands in a file of its own, which password_file names"
            elif problem["type"] == "extra_forbidden":
                said += hint(place[-1], _keys_within(model, place[:-1])) or elsewhere
            table.bad(said, key)
        return None


def _within(inner: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) > 0 and inner[: len(outer)] == outer


def _keys_within(model: type[BaseModel], place: list[str]) -> list[str]:
    """The keys of the table in a model that a path of names leads to."""
    for name in place:
        model = next(_models(model.model_fields[name].annotation))
    return list(model.model_fields)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield one


def _said(where: str, kind: str, message: str, expected: Mapping[str, str], place: list[str]) -> str:
    message = message.removeprefix("Value error, ")
    if kind == "missing":
        return f"{where} is missing"
    if kind == "extra_forbidden":
        return f"unknown key {where!r}"
    if kind == "string_pattern_mismatch":
        return f"{where}: {expected.get(place[0], message)}"
    return f"{where}: {message}" if where else message
