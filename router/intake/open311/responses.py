"""Responses as JSON or XML, by URL extension or Accept header; errors as in the standard."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # only ever writes here

from starlette.responses import Response

from router.errors import WarroomError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel
    from starlette.requests import Request


class Format(StrEnum):
    """The two formats."""

    JSON = "json"
    XML = "xml"


_MEDIA = {Format.JSON: "application/json", Format.XML: "text/xml"}
_XML_TYPES = frozenset({"text/xml", "application/xml"})
_ITEMS = {
    "attributes": "attribute",
    "counts": "count",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}
"""What an item of each list is called in XML."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 (5th ed.), production 2


class Open311Error(WarroomError):
    """A request that cannot be answered.

    Args:
        code: HTTP status.
        descriptions: The fault and the expected form, one for each mistake.
        headers: To send along.
    """

    def __init__(self, code: int, *descriptions: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(*descriptions)
        self.code = code
        self.descriptions = descriptions
        self.headers = headers


def response_format(request: Request) -> Format:
    """Return the format wanted: that of the extension, else the one accepted with the higher weight, else JSON."""
    extension = request.url.path.rpartition("/")[2].rpartition(".")[2]
    if extension in set(Format):
        return Format(extension)
    weights = {Format.JSON: 0.0, Format.XML: 0.0}
    for part in request.headers.get("accept", "").split(","):
        media, *options = part.lower().replace(" ", "").split(";")
        kind = Format.XML if media in _XML_TYPES else Format.JSON if media == "application/json" else None
        if kind:
            weights[kind] = max(weights[kind], _weight(options))
    return Format.XML if weights[Format.XML] > weights[Format.JSON] else Format.JSON


def _weight(options: Sequence[str]) -> float:
    """Return the q of a media range (RFC 9110, 12.4.2), 1 when there is none or it makes no sense."""
    given = next((option[2:] for option in options if option.startswith("q=")), "1")
    return float(given) if re.fullmatch(r"[01](\.[0-9]{0,3})?", given, re.ASCII) else 1.0


def render(
    wanted: Format,
    root: str,
    value: BaseModel | Sequence[BaseModel],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a model, or a list of them, under this root's name in the format wanted."""
    data = [item.model_dump() for item in value] if not hasattr(value, "model_dump") else value.model_dump()
    text = _as_json(data) if wanted is Format.JSON else _as_xml(root, data)
    return Response(text, status, headers, f"{_MEDIA[wanted]}; charset=utf-8")


def render_error(request: Request, code: int, *descriptions: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as the standard has it: ``errors`` with a code and a description each."""
    wanted = response_format(request)
    data = [{"code": code, "description": description} for description in descriptions]
    text = _as_json(data) if wanted is Format.JSON else _as_xml("errors", data)
    return Response(text, code, headers, f"{_MEDIA[wanted]}; charset=utf-8")


def _as_json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _as_xml(root: str, data: object) -> bytes:
    text: bytes = ET.tostring(_element(root, data), encoding="utf-8", xml_declaration=True)
    return text


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, item) for key, item in value.items())
    elif isinstance(value, list | tuple):
        element.extend(_element(_ITEMS[name], item) for item in value)
    elif value is not None:
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        element.text = _NOT_XML.sub("\ufffd", text)
    return element
