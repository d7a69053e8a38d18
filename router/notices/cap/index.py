"""The index of CAP messages: an Atom feed (RFC 4287) with a link to each."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from router.notices.cap.message import cap_time, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.model.notice import CapMessage
    from router.notices.settings import NoticeSettings

CAP_TYPE: Final = "application/cap+xml"
"""The media type of a message (OASIS CAP 1.2; registered with IANA)."""
ATOM_TYPE: Final = "application/atom+xml"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_BEGIN: Final = "2000-01-01T00:00:00+05:30"
"""When an index was changed in which there was never anything."""


def make_index(messages: Sequence[CapMessage], base: str, settings: NoticeSettings) -> str:
    """Return the feed.

    Args:
        messages: Newest first.
        base: Address of the folder in which the index and the messages lie, with a slash at its end.
        settings: Who sends them.
    """
    feed = ET.Element("feed", xmlns=_ATOM)
    _add(feed, "id", _name(settings.sender))
    _add(feed, "title", f"{settings.sender_name}: notices to the public / {settings.sender_name_hi}: जन सूचनाएँ")
    _add(feed, "updated", cap_time(messages[0].sent) if messages else _BEGIN)
    author = ET.SubElement(feed, "author")
    _add(author, "name", settings.sender_name)
    ET.SubElement(feed, "link", rel="self", type=ATOM_TYPE, href=f"{base}index.xml")
    for message in messages:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", _name(message.identifier))
        _add(entry, "title", message.title)
        _add(entry, "updated", cap_time(message.sent))
        _add(entry, "published", cap_time(message.sent))
        ET.SubElement(entry, "category", term=message.kind)
        ET.SubElement(entry, "link", rel="alternate", type=CAP_TYPE, href=f"{base}{message.identifier}.xml")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(feed, encoding="unicode")}\n'


def _name(text: str) -> str:
    """Return an IRI that is always the same for a text (RFC 4287, section 4.2.6)."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, text).urn


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = plain(text)
