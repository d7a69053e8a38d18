"""Builds a submission from the fields of a POST."""

from __future__ import annotations

import difflib
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from router import phone_numbers
from router.bounds import MAX_PEOPLE
from router.digits import pin_code, whole_number
from router.intake.base import Submission
from router.intake.open311.openapi import FIELDS
from router.intake.open311.photographs import NO_FILES
from router.intake.open311.responses import Open311Error
from router.intake.open311.services import definition, offered
from router.model.rooms.decided_command import digest
from router.phone_numbers import UNKNOWN_NUMBER, PhoneNumber, PhoneNumberError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places
    from router.intake.open311.photographs import Sorted

_MAX_CHARS = {"description": 4000, "address_string": 500, "first_name": 100, "last_name": 100}
_MAX_ATTRIBUTE_CHARS = 200
_ATTRIBUTE = re.compile(r"attribute\[([^\]]*)\]")
_MEDIA = 10  # addresses of pictures; a request is about one trouble
_MAX_MEDIA_URL_CHARS = 2000  # characters of one
_MEDIA_BETWEEN = re.compile(r"\n|,(?=https?://)")
_MAX_SHOWN_CHARS = 60  # characters of a name that an answer repeats
_NOT_CONTENT = frozenset({"api_key", "jurisdiction_id"})


@dataclass(slots=True)
class _Reading:
    """The fields, and every mistake found in them."""

    fields: Mapping[str, str]
    mistakes: list[str]

    def text(self, name: str) -> str:
        """A field's text, within its length."""
        value, most = self.fields.get(name, ""), _MAX_CHARS.get(name, _MAX_ATTRIBUTE_CHARS)
        if len(value) > most:
            self.mistakes.append(f"{name}: longer than {most} characters")
        return value

    def degrees(self, name: str, most: float) -> float | None:
        """A field's angle."""
        value = self.fields.get(name)
        if value is None:
            return None
        try:
            angle = float(value)
        except ValueError:
            angle = math.nan
        if not abs(angle) <= most:
            self.mistakes.append(f"{name}: expected degrees from -{most:g} to {most:g} (WGS 84)")
            return None
        return angle

    def attributes(self, places: Places, code: str) -> dict[str, str]:
        """The attributes, each known to the service and of its kind."""
        service = definition(places, code)
        known = {attribute.code: attribute for attribute in service.attributes} if service else {}
        given = {}
        for name in self.fields:
            match = _ATTRIBUTE.fullmatch(name)
            if not match:
                continue
            attribute = known.get(match[1])
            value = self.text(name)
            if attribute is None:
                code = match[1][:_MAX_SHOWN_CHARS]
                self.mistakes.append(f"attribute[…]: unknown to this service: {code}; expected {', '.join(known)}")
            elif attribute.values and value not in {item.key for item in attribute.values}:
                self.mistakes.append(f"{name}: expected one of the keys in GET services/{code}")
            else:
                given[match[1]] = value
        return given

    def unknown(self) -> None:
        """Report each unknown field: its content would be lost."""
        for name in self.fields:
            if name not in FIELDS and not _ATTRIBUTE.fullmatch(name):
                near = difflib.get_close_matches(name, FIELDS, n=1)
                hint = f"; do you mean {near[0]}?" if near else ""
                self.mistakes.append(
                    f"{name[:_MAX_SHOWN_CHARS] or '(a field without a name)'}: there is no such field{hint}"
                )


def content_of(fields: Mapping[str, str], files: str = "") -> str:
    """Return a digest of a request's content, whatever the order of its fields.

    Args:
        fields: As sent.
        files: The digest of its files; empty when it has none.
    """
    said = {name: text for name, text in fields.items() if name not in _NOT_CONTENT}
    return digest(json.dumps(said | ({"files": files} if files else {}), sort_keys=True))


def submission_of(
    fields: Mapping[str, str], places: Places, *, source_key: str, photographs: Sorted = NO_FILES
) -> Submission:
    """Return the content of a POST (http://wiki.open311.org/GeoReport_v2, POST Service Request).

    Args:
        fields: As sent: ``service_code`` and a place are required.
        places: Districts, needs, PIN codes.
        source_key: Filing twice with the same key files once.
        photographs: The files sent along; the room reads which of them were not kept.

    Raises:
        Open311Error: 400, with every mistake.
    """
    reading = _Reading(fields, [])
    reading.unknown()
    code = fields.get("service_code", "")
    if not code:
        reading.mistakes.append("service_code: missing; see GET services")
    elif code not in offered(places):
        reading.mistakes.append("service_code: unknown; see GET services")
    attributes = reading.attributes(places, code) if code in offered(places) else {}
    submission = Submission(
        source_key=source_key,
        content=content_of(fields, photographs.digest),
        status_notes="; ".join(f"तस्वीर नहीं रखी गई: {why}" for why in photographs.refused),
        channel="api",
        need=code,
        text=reading.text("description"),
        media_urls=_media_urls(reading),
        name=" ".join(filter(None, (reading.text("first_name"), reading.text("last_name")))),
        sender=_sender(reading),
        callback_wanted=attributes.get("callback", "yes") == "yes",
        language=attributes.get("language", "hi"),
        landmark=attributes.get("landmark", ""),
        quantity=attributes.get("quantity", ""),
        people=_people(reading, attributes),
        **_place(reading, attributes),
    )
    if reading.mistakes:
        raise Open311Error(400, *reading.mistakes)
    return submission


def _place(reading: _Reading, attributes: Mapping[str, str]) -> dict[str, Any]:
    """Where: the standard's lat and long or address_string, or our attributes district and zipcode."""
    lat, long = reading.degrees("lat", 90), reading.degrees("long", 180)
    address = reading.text("address_string")
    given = attributes.get("zipcode", "")
    zipcode = (pin_code(given) or "") if given else ""
    district, state = attributes.get("district"), attributes.get("state")
    if given and not zipcode:
        reading.mistakes.append("attribute[zipcode]: expected a PIN code of six digits")
    if ("lat" in reading.fields) != ("long" in reading.fields):
        reading.mistakes.append("lat and long: only one of them was sent")
    if not (address or given or district or state or "lat" in reading.fields):
        reading.mistakes.append(
            "where: send lat and long, or address_string, or attribute[district], or attribute[zipcode]; "
            "address_id is not known here"
        )
    return {
        "lat": lat,
        "long": long,
        "address": address,
        "zipcode": zipcode,
        "district": district,
        "state": state,
    }


def _media_urls(reading: _Reading) -> tuple[str, ...]:
    media = list(dict.fromkeys(filter(None, _MEDIA_BETWEEN.split(reading.fields.get("media_url", "")))))
    if len(media) > _MEDIA:
        reading.mistakes.append(f"media_url: {len(media)} of them; expected at most {_MEDIA}")
    if not all(map(_is_address, media)):
        reading.mistakes.append(
            f"media_url: expected an http or https address, at most {_MAX_MEDIA_URL_CHARS} characters"
        )
    return tuple(media)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.netloc)
        and " " not in text
        and len(text) <= _MAX_MEDIA_URL_CHARS
    )


def _sender(reading: _Reading) -> PhoneNumber:
    given = reading.text("phone")
    if not given:
        return UNKNOWN_NUMBER
    try:
        return phone_numbers.read(given)
    except PhoneNumberError as error:
        reading.mistakes.append(f"phone: not a telephone number: {error}")
        return UNKNOWN_NUMBER


def _people(reading: _Reading, attributes: Mapping[str, str]) -> int | None:
    given = attributes.get("people")
    if given is None:
        return None
    people = whole_number(given)
    if people is None or not 1 <= people <= MAX_PEOPLE:
        reading.mistakes.append(f"attribute[people]: expected a number from 1 to {MAX_PEOPLE}")
        return None
    return people
