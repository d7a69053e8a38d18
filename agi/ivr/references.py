"""The names in a step of the flow file: of other steps, prompts, needs, keys. They follow from its fields' types."""

from __future__ import annotations

from enum import Enum, auto
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_UNIONS = (Union, UnionType)
_NAMELESS = (bool, int, float, type(None), ...)

GREETING = "{greeting}"
"""In a step's prompts: the greeting of the helpline that was called."""
_FILLED_IN: Mapping[str, tuple[str, ...]] = {
    GREETING: (),  # checked with the helplines
    "{other}": ("english", "hindi"),
}

CHOICE_KEYS = frozenset("123456789")


class NameOf(Enum):
    """The kind of thing that a text of a step names."""

    STEP = auto()
    PROMPT = auto()
    NEED = auto()
    TEXT = auto()
    KEY = auto()


class MustEnd(Enum):
    """A demand on the step that a field leads to."""

    CALL = auto()


def _choice_key(key: str) -> str:
    if key not in CHOICE_KEYS:
        raise ValueError(f"'{key}' is no key for a choice: use 1 to 9 (0 and * are the same everywhere)")
    return key


Target = Annotated[str, NameOf.STEP]
"""A step that may follow."""
LastTarget = Annotated[str, NameOf.STEP, MustEnd.CALL]
"""A step that may follow, and ends the call without leading anywhere."""
PromptName = Annotated[str, NameOf.PROMPT]
"""A prompt; `{greeting}` and `{other}` are filled in for the call."""
PromptNames = Annotated[tuple[PromptName, ...], Field(strict=False)]
"""Prompts in speaking order."""
NeedId = Annotated[str, NameOf.NEED]
"""A need (needs.csv)."""
TextName = Annotated[str, NameOf.TEXT]
"""A text of agi/prompts/texts; `{other}` as in a prompt's name. A menu that has none cannot be put together."""
ChoiceKey = Annotated[str, NameOf.KEY, AfterValidator(_choice_key)]
"""A key of the telephone that a menu may give a meaning."""


def names_in(model: BaseModel, kind: Enum) -> Iterator[tuple[str, str]]:
    """Every name of a kind that a step holds, in nested tables and lists too.

    Yields:
        The dotted path of the key in the flow file that holds it, and the name.
    """
    for attribute, field in type(model).model_fields.items():
        key = field.alias or attribute
        for path, name in _names_of(getattr(model, attribute), field.annotation, field.metadata, kind):
            yield ".".join(filter(None, (key, path))), name


def filled_in(template: str) -> list[str]:
    """All prompt names a name with `{greeting}` or `{other}` may become."""
    names = [template]
    for mark, values in _FILLED_IN.items():
        names = [name.replace(mark, value) for name in names for value in (values if mark in name else ("",))]
    return names


def unchecked_fields(model: type[BaseModel]) -> Iterator[str]:
    """The fields whose type may hold a text without a kind of name: no check would see it."""
    for attribute, field in model.model_fields.items():
        if _is_unchecked(field.annotation, field.metadata):
            yield f"{model.__name__}.{attribute}"


def _names_of(value: Any, annotation: Any, metadata: Sequence[Any], kind: Enum) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if kind in metadata:
        yield "", str(value)
    elif get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        yield from _names_of(value, inner, marks, kind)
    elif isinstance(value, BaseModel):
        yield from names_in(value, kind)
    else:
        for key, part, of_part in _parts(value, annotation):
            for path, name in _names_of(part, of_part, (), kind):
                yield ".".join(filter(None, (key, path))), name


def _parts(value: Any, annotation: Any) -> Iterator[tuple[str, Any, Any]]:
    """The parts of a value: the key of each part, the part, and its type."""
    origin, types = get_origin(annotation), get_args(annotation)
    if origin in _UNIONS:
        for one in types:
            yield "", value, one
    elif origin is dict and isinstance(value, dict):
        of_keys, of_values = types
        for key, each in value.items():
            yield "", key, of_keys
            yield key, each, of_values
    elif origin in (list, tuple) and isinstance(value, list | tuple):
        alike = origin is list or ... in types
        for place, each in enumerate(value):
            yield "", each, types[0 if alike else place]


def _is_unchecked(annotation: Any, metadata: Sequence[Any]) -> bool:
    origin, types = get_origin(annotation), get_args(annotation)
    if any(isinstance(mark, NameOf) for mark in metadata) or origin is Literal:
        return False
    if origin is Annotated:
        return _is_unchecked(types[0], types[1:])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(unchecked_fields(annotation))
    if origin in (*_UNIONS, dict, list, tuple):
        return any(_is_unchecked(one, ()) for one in types)
    return annotation not in _NAMELESS
