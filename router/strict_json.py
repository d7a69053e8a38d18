"""Strict JSON: a name that occurs twice in one object is an error, and is named.

RFC 8259 (4) leaves it open what such an object means, and readers differ: most take the last one in silence. Whoever
sent both would then be answered that all was well.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from router.errors import WarroomError

M = TypeVar("M", bound=BaseModel)

_MAX_NAME_CHARS = 64  # characters of a name that are repeated in an answer


class DuplicateNameError(WarroomError, ValueError):
    """A name comes twice in one object; the text is the name."""


def read_json(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        DuplicateNameError: a name comes twice.
        ValueError: it is no JSON; NaN and Infinity are none (RFC 8259, 6).
        RecursionError: it is too deep.
    """
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)


def validate_json(model: type[M], payload: bytes | str) -> M:
    """Return the model that a JSON text says, as ``model.model_validate_json`` does.

    Raises:
        ValidationError: it is none, or a name comes twice in it.
    """
    try:
        json.loads(payload, object_pairs_hook=_once, strict=False)
    except DuplicateNameError as name:
        why = PydanticCustomError("repeated_name", "comes twice")
        details = InitErrorDetails(type=why, loc=(str(name),), input=None)
        raise ValidationError.from_exception_data(model.__name__, [details], hide_input=True) from None
    except (ValueError, RecursionError):
        pass  # the model reports the fault
    return model.model_validate_json(payload)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DuplicateNameError(twice.encode("ascii", "backslashreplace").decode()[:_MAX_NAME_CHARS] or "(empty name)")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
