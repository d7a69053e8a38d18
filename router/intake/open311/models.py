"""Response models of GeoReport v2, in the standard's order and names; our own fields follow."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Error(_Answer):
    """The problem of a request."""

    code: int
    description: str


class Endpoint(_Answer):
    """One way into an API."""

    specification: str
    url: str
    changeset: str
    type: Literal["production", "test"]
    formats: tuple[str, ...]


class Discovery(_Answer):
    """Service discovery (http://wiki.open311.org/Service_Discovery)."""

    changeset: str
    contact: str
    key_service: str
    endpoints: tuple[Endpoint, ...]


class Service(_Answer):
    """Something people may lack."""

    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime", "batch", "blackbox"]
    keywords: str
    group: str


class Value(_Answer):
    """One value of a list."""

    key: str
    name: str


class Attribute(_Answer):
    """One more question of a service."""

    variable: bool = True
    code: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool = False
    datatype_description: str
    order: int
    description: str
    values: tuple[Value, ...] = ()


class ServiceDefinition(_Answer):
    """What may be said about a service beyond the standard's own fields."""

    service_code: str
    attributes: tuple[Attribute, ...]


class Filed(_Answer):
    """A request that has been filed."""

    service_request_id: str
    service_notice: str
    account_id: str | None = None


class TokenResult(_Answer):
    """The request of a token."""

    service_request_id: str
    token: str


class ServiceRequest(_Answer):
    """A ticket as everybody may see it: what, in which district, how far. No person can be found by it."""

    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str
    service_name: str
    service_code: str
    description: str | None = None
    agency_responsible: str
    service_notice: str | None = None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str | None
    address: str | None = None
    address_id: str | None = None
    zipcode: str
    lat: float | None = None
    long: float | None = None
    media_url: str | None = None
    stage: str
    priority: int
    level: int
    district: str | None
    room: str
    merged_into: str | None


class StageCount(_Answer):
    """How many requests there were of a service in a district, in the last 90 days."""

    service_code: str
    service_name: str
    district: str | None
    open: int
    closed: int


class PersonalServiceRequest(ServiceRequest):
    """A ticket as a key with the right ``read-personal`` sees it."""

    name: str
    phone: str | None
    callback_wanted: bool
    landmark: str
    people: int | None
    quantity: str
    state: str | None
    language: str
    channel: str
    helpline: str | None
    transcript: str
    transcript_confidence: float | None
