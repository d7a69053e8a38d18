"""The OpenAPI description, complete enough to generate clients and tests from it."""

from __future__ import annotations

import re
from typing import Any

from router.intake.open311.models import (
    Discovery,
    Error,
    Filed,
    Service,
    ServiceDefinition,
    ServiceRequest,
    StageCount,
    TokenResult,
)
from router.intake.open311.multipart import MAX_FILES
from router.intake.open311.pairs import FORM, JSON, MULTIPART
from router.pictures import MAX_BYTES

DISCOVERY: Any = Discovery
SERVICES: Any = list[Service]
SERVICE: Any = ServiceDefinition
REQUESTS: Any = list[ServiceRequest]
COUNTS: Any = list[StageCount]
FILED: Any = list[Filed]
TOKEN: Any = list[TokenResult]

_ERRORS = {
    400: "A field is missing or wrong",
    403: "The key is missing, not valid, or has not this right",
    404: "There is no such service, request, token or jurisdiction",
    429: "Too many requests",
    503: "The store does not answer; try again after the seconds of Retry-After",
}
_BODY_ERRORS = {
    408: "The body came too slowly",
    413: "The body is too large",
    415: "Neither form nor JSON, or in a charset that is not taken; Accept-Post says which kinds are",
    422: "The Idempotency-Key came before, with another body",
}
_KEY = {"api_key": "The key; better in the header X-Api-Key, for logs keep addresses"}
_EVERYWHERE = {"jurisdiction_id": "May be left out"}
EVERYWHERE = frozenset(_KEY | _EVERYWHERE)
"""Parameters of every method."""
FILTERS = {
    "service_request_id": "Numbers, separated by commas; all else is then left aside",
    "service_code": "Codes of services, separated by commas",
    "start_date": "Requested not before; with its time zone",
    "end_date": "Requested not after; at most 90 days later",
    "status": "open, closed, or both separated by a comma",
    "district": "Codes of districts, separated by commas",
    "page_size": "1 to 1000",
    "page": "From 1, at most 100",
    "after": "The last number of the page before, instead of page: any number of pages, each as fast as the first",
}
FIELDS = _KEY | {
    **_EVERYWHERE,
    "service_code": "Of GET services",
    "lat": "Degrees north, WGS 84; with long",
    "long": "Degrees east, WGS 84",
    "address_string": "Where; instead of lat and long",
    "address_id": "Not used",
    "first_name": "The citizen's",
    "last_name": "The citizen's",
    "phone": "The citizen's, ten digits or with +",
    "email": "Not used",
    "device_id": "Not used",
    "account_id": "Not used",
    "description": "What is lacking, at most 4000 characters",
    "media_url": "Address of a picture: a link in the description, which this server never opens. May be sent several "
    "times, also as media_url[]",
    "attribute[district]": "One of GET services/<code>, as are all others named attribute[…]",
    "attribute[zipcode]": "A PIN code",
    "attribute[people]": "For how many",
}

_MEDIA: dict[str, Any] = {
    "type": "array",
    "maxItems": MAX_FILES,
    "items": {"type": "string", "format": "binary"},
    "description": (
        f"Pictures, JPEG, PNG, WebP or GIF of at most {MAX_BYTES} bytes each, shown to the room alone. One that cannot "
        "be kept is named in service_notice; the request is filed without it. The key stands in X-Api-Key, or before "
        "the files"
    ),
}


def with_openapi(model: Any, path: str, extension: str, *, method: str) -> dict[str, Any]:
    """Return what `APIRouter.add_api_route` takes to describe a method in one format; all of it for none."""
    status = 201 if method == "POST" else 200
    if not extension:
        return {"status_code": status}
    as_json = extension == ".json"
    responses: dict[int | str, dict[str, Any]] = {status: _content(model, as_json=as_json)}
    for code, what in (_ERRORS | (_BODY_ERRORS if method == "POST" else {})).items():
        responses[code] = {"description": what, **_content(list[Error], as_json=as_json)}
    query = _KEY | _EVERYWHERE | (FILTERS if path == "/requests" else {})
    parameters = [_parameter("X-Api-Key", "header", "The key")]
    parameters += [_parameter(name, "query", what) for name, what in ({} if method == "POST" else query).items()]
    extra: dict[str, Any] = {"parameters": parameters}
    if method == "POST":
        parameters.append(
            _parameter("Idempotency-Key", "header", "The same key files once; the same with another body is refused")
        )
        extra["requestBody"] = _body()
    return {"status_code": status, "responses": responses, "openapi_extra": extra, "name": _name(path, extension)}


def _name(path: str, extension: str) -> str:
    return " ".join(re.findall(r"[a-z]+", path)) + f" as {extension[1:]}"


def _parameter(name: str, where: str, what: str) -> dict[str, Any]:
    return {"name": name, "in": where, "required": False, "description": what, "schema": {"type": "string"}}


def _body() -> dict[str, Any]:
    properties = {name: {"type": "string", "description": what} for name, what in FIELDS.items()}
    schema = {"type": "object", "required": ["service_code"], "properties": properties}
    with_files = {**schema, "properties": properties | {"media": _MEDIA}}
    kinds = {FORM: schema, JSON: schema, MULTIPART: with_files}
    return {"required": True, "content": {kind: {"schema": one} for kind, one in kinds.items()}}


def _content(model: Any, *, as_json: bool) -> dict[str, Any]:
    return {"model": model, "content": {"application/json": {}}} if as_json else {"content": {"text/xml": {}}}
