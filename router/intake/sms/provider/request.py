"""Makes the provider's request of a message: every value that is filled in has a name in braces, such as ``{to}``."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from router.intake.sms.provider.parts import count_parts
from router.intake.sms.provider.paths import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from router.intake.sms.provider.schema import NumberForm, SmsMap
    from router.intake.sms.provider.templates import Template

NAMES: Final = (
    "to",
    "text",
    "header",
    "entity",
    "template",
    "provider_template",
    "encoding",
    "reference",
    "report_url",
)
"""What a value may name; ``{provider_template}`` is the provider's own id of a template."""
_NAMED: Final = re.compile(r"\{([^{}]*)\}")


class Request(NamedTuple):
    """A request as it goes out. It holds a number and a secret: never log it.

    Attributes:
        basic: User and password of basic authentication; None: another way.
    """

    method: str
    url: str
    headers: dict[str, str]
    query: dict[str, str]
    form: dict[str, str] | None
    json: Any
    basic: tuple[str, str] | None


class Message(NamedTuple):
    """What is to be sent.

    Attributes:
        to: E.164.
        template: With its ids.
        values: Of its variables.
        reference: Our name of the message, which a report may bring back.
        report_url: Where the provider reports; may be empty.
    """

    to: str
    template: Template
    values: Mapping[str, str]
    reference: str
    report_url: str = ""


def make_request(sms: SmsMap, secret: str, message: Message) -> Request:
    """Return the request that hands a message to the provider.

    Raises:
        KeyError: a value of the template is missing.
    """
    template, send, auth = message.template, sms.send, sms.auth
    text = template.fill(message.values)
    encoding = count_parts(text).encoding
    named = {
        "to": written(message.to, send.numbers),
        "text": text,
        "header": template.header or sms.provider.header,
        "entity": sms.provider.entity,
        "template": template.dlt_id,
        "provider_template": template.provider_id,
        "encoding": send.gsm7 if encoding == "gsm7" else send.ucs2,
        "reference": message.reference,
        "report_url": message.report_url,
    }
    headers = {name: fill(value, named) for name, value in sms.headers.items()}
    query = {name: fill(value, named) for name, value in sms.query.items()}
    fields = _fill_all(copy.deepcopy(dict(sms.fields)), named)
    for position, name in enumerate(template.variables if send.variables_at else (), 1):
        find(fields, send.variables_at)[send.variable_names.replace("{position}", str(position))] = message.values[name]
    if auth.by != "basic":
        {"header": headers, "query": query, "field": fields}[auth.by][auth.name] = auth.prefix + secret
    return Request(
        send.method,
        send.url,
        headers,
        query,
        fields if send.body == "form" else None,
        fields if send.body == "json" else None,
        (auth.user, secret) if auth.by == "basic" else None,
    )


def written(e164: str, form: NumberForm) -> str:
    """Return a number of India as the provider takes it."""
    if form == "e164":
        return e164
    return e164.removeprefix("+") if form == "country" else e164.removeprefix("+91")


def fill(value: str, named: Mapping[str, str]) -> str:
    """Fill in what a value names."""
    return _NAMED.sub(lambda found: named[found[1]], value)


def unknown_names(value: object) -> Iterator[str]:
    """Return names in braces, anywhere in a value, that nothing is known by."""
    for text in _texts(value):
        yield from (found for found in _NAMED.findall(text) if found not in NAMES)


def names_in(value: object) -> set[str]:
    """Return all names in braces, anywhere in a value."""
    return {found for text in _texts(value) for found in _NAMED.findall(text)}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _fill_all(value: Any, named: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _fill_all(one, named) for name, one in value.items()}
    if isinstance(value, list):
        return [_fill_all(one, named) for one in value]
    return fill(value, named) if isinstance(value, str) else value
