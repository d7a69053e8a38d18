"""Parses stored documents into models; one that cannot be read is reported, and the others are not affected."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel, ValidationError

from router.storage.errors import UnreadableDocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

Model = TypeVar("Model", bound=BaseModel)

_MAX_REPORTED: Final = 1_000  # documents; each is reported once, for lists are read all day

_log = logging.getLogger(__name__)
_told: set[int] = set()


def readable(model: type[Model], documents: Iterable[str]) -> list[Model]:
    """Return those documents of a list that can be read; each of the others is logged once."""
    return [found for document in documents if (found := _read(model, document)) is not None]


def parsed(model: type[Model], document: str, name: str) -> Model:
    """Return one document.

    Raises:
        UnreadableDocumentError: it cannot be read; ``name`` says which it is.
    """
    try:
        return model.model_validate_json(document)
    except ValidationError as error:
        raise UnreadableDocumentError(name, _wrong_in(error)) from None


def _read(model: type[Model], document: str) -> Model | None:
    try:
        return model.model_validate_json(document)
    except ValidationError as error:
        known = hash(document)
        if known not in _told and len(_told) < _MAX_REPORTED:
            _told.add(known)
            wrong = _wrong_in(error)
            _log.error("a %s in the store cannot be read and is left out of lists: %s", model.__name__, wrong)
        return None


def _wrong_in(error: ValidationError) -> str:
    """Name the fields, never their values."""
    places = (".".join(map(str, one["loc"])) for one in error.errors(include_input=False)[:3])
    return ", ".join(place or "no JSON" for place in places)
