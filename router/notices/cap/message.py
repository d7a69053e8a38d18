"""A CAP 1.2 message of a notice. Elements stand in the order of the OASIS schema, which is a sequence."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final, Literal
from xml.etree import ElementTree as ET

from router.india import local
from router.model.notice import CapMessage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.model.notice import Notice
    from router.notices.settings import NoticeSettings

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
LGD: Final = "LGD_DISTRICT_CODE"
"""``valueName`` of a district's code in India's Local Government Directory."""

_HEADLINE: Final = 160  # characters: the standard's own advice (CAP 1.2, section 3.2.2, headline)
_RANDOM_BYTES: Final = 8  # of an identifier: none comes twice, whatever backup a store was restored from
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say (section 2.2, Char)."""

Kind = Literal["Alert", "Update", "Cancel"]
_WITHDRAWN: Final = {
    "en": "This notice is withdrawn and no longer holds.",
    "hi": "यह सूचना वापस ले ली गई है और अब लागू नहीं है।",
}
_WITHDRAWN_HEAD: Final = {"en": "Withdrawn: ", "hi": "वापस ली गई: "}
_LANGUAGES: Final = {"hi": "hi-IN", "en": "en-IN"}


def cap_time(at: datetime) -> str:
    """Return a moment as CAP writes it: to the second, with India's offset (never ``Z``: CAP 1.2, section 3.3.2)."""
    return local(at).isoformat(timespec="seconds")


def plain(text: str) -> str:
    """Return a text without what XML cannot say."""
    return _FORBIDDEN.sub("", text)


def make_message(
    notice: Notice,
    kind: Kind,
    sent: datetime,
    settings: NoticeSettings,
    *,
    references: str = "",
    codes: Mapping[str, str],
) -> CapMessage:
    """Return the message by which a notice is published, brought up to date or withdrawn.

    Args:
        notice: The revision it is about.
        kind: CAP's ``msgType``.
        sent: Now.
        settings: Who sends it.
        references: The message it takes the place of: ``sender,identifier,sent``.
        codes: LGD codes of districts, by id; a district without one has its name alone.
    """
    identifier = f"{settings.sender}.{notice.id}.{notice.revision}.{kind.lower()}.{secrets.token_hex(_RANDOM_BYTES)}"
    exercise = notice.exercise or settings.cap_exercise
    alert = ET.Element("alert", xmlns=NAMESPACE)
    _add(alert, "identifier", identifier)
    _add(alert, "sender", settings.sender)
    _add(alert, "sent", cap_time(sent))
    _add(alert, "status", "Exercise" if exercise else "Actual")
    _add(alert, "msgType", kind)
    _add(alert, "scope", "Public")
    if note := "; ".join(filter(None, ("This is an exercise." if exercise else "", notice.reason))):
        _add(alert, "note", note)
    if references:
        _add(alert, "references", references)
    for language in _LANGUAGES:
        _add_info(alert, notice, language, sent, settings, codes, withdrawn=kind == "Cancel")
    document = ET.tostring(alert, encoding="unicode", xml_declaration=False)
    return CapMessage(
        identifier=identifier,
        notice=notice.id,
        revision=notice.revision,
        kind=kind,
        sender=settings.sender,
        title=headline(notice, "en", withdrawn=kind == "Cancel"),
        sent=sent,
        expires=notice.ends,
        document=f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n',
    )


def reference_to(message: CapMessage) -> str:
    """Return how later messages refer to one."""
    return f"{message.sender},{message.identifier},{cap_time(message.sent)}"


def headline(notice: Notice, language: str, *, withdrawn: bool) -> str:
    """Return what it is about, and where, in a line."""
    event, area = (notice.event_hi, notice.area_hi) if language == "hi" else (notice.event, notice.area)
    said = plain(f"{_WITHDRAWN_HEAD[language] if withdrawn else ''}{event}: {area}")
    return said if len(said) <= _HEADLINE else f"{said[: _HEADLINE - 1]}…"


def _add_info(
    alert: ET.Element,
    notice: Notice,
    language: str,
    sent: datetime,
    settings: NoticeSettings,
    codes: Mapping[str, str],
    *,
    withdrawn: bool,
) -> None:
    hindi = language == "hi"
    info = ET.SubElement(alert, "info")
    _add(info, "language", _LANGUAGES[language])
    _add(info, "category", notice.category)
    _add(info, "event", notice.event_hi if hindi else notice.event)
    _add(info, "urgency", "Past" if withdrawn else notice.urgency)
    _add(info, "severity", notice.severity)
    _add(info, "certainty", "Unlikely" if withdrawn else notice.certainty)
    _add(info, "effective", cap_time(sent))
    _add(info, "onset", cap_time(notice.starts))
    _add(info, "expires", cap_time(notice.ends))
    _add(info, "senderName", settings.sender_name_hi if hindi else settings.sender_name)
    _add(info, "headline", headline(notice, language, withdrawn=withdrawn))
    text = notice.text_hi if hindi else notice.text
    _add(info, "description", f"{_WITHDRAWN[language]}\n{text}" if withdrawn else text)
    if settings.contact:
        _add(info, "contact", settings.contact)
    area = ET.SubElement(info, "area")
    _add(area, "areaDesc", notice.area_hi if hindi else notice.area)
    for code in [codes[district] for district in notice.districts if district in codes]:
        geocode = ET.SubElement(area, "geocode")
        _add(geocode, "valueName", LGD)
        _add(geocode, "value", code)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = plain(text)
