"""Open311 services: the needs, and the attributes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from router.intake.open311.models import Attribute, Service, ServiceDefinition, Value

if TYPE_CHECKING:
    from router.geo import Need, Places

_INTERNAL = frozenset({"listen"})  # a recording nobody has heard yet: not a thing to ask for
_DANGER = "danger"
_TEXTS = (
    ("zipcode", "PIN code where help is needed", "six digits"),
    ("landmark", "What is near", "text"),
    ("quantity", "How much is needed", "text, such as 10 kg"),
)
DANGER_NOTICE = (
    "जान का ख़तरा हो तो अभी 112 या 108 पर फ़ोन कीजिए; इस अनुरोध के उत्तर की प्रतीक्षा न कीजिए। / "
    "If a life is in danger, ring 112 or 108 now; do not wait for an answer to this request."
)
NOTICE = (
    "आपका अनुरोध नियंत्रण कक्ष को मिल गया है। कृपया इसका नंबर सँभालकर रखिए। / "
    "The control room has this request now. Please keep its number."
)


def offered(places: Places) -> dict[str, Need]:
    """Return the needs that may be filed, by service code."""
    return {code: need for code, need in places.needs.items() if code not in _INTERNAL}


def service_list(places: Places) -> list[Service]:
    """Return the list of services (GET Service List)."""
    return [
        Service(
            service_code=need.id,
            service_name=need.name,
            description=f"{need.name} / {need.name_hi}." + (f" {DANGER_NOTICE}" if need.id == _DANGER else ""),
            metadata=True,
            type="realtime",
            keywords=need.name_hi,
            group=need.group,
        )
        for need in offered(places).values()
    ]


def definition(places: Places, code: str) -> ServiceDefinition | None:
    """Return what may be said of a service (GET Service Definition), None when there is no such service."""
    if code not in offered(places):
        return None
    attributes = (
        *(_attribute(name, "string", what, form) for name, what, form in _TEXTS),
        _attribute("people", "number", "For how many people", "1 or more"),
        _list("district", "District where help is needed", [(d.id, d.name) for d in places.districts.values()]),
        _list("state", "For somebody stranded outside: the state", [(s.id, s.name) for s in places.states.values()]),
        _list("language", "Language to answer in", [("hi", "हिन्दी"), ("en", "English")]),
        _list("callback", "May we ring back?", [("yes", "Yes"), ("no", "No")]),
    )
    ordered = tuple(item.model_copy(update={"order": order}) for order, item in enumerate(attributes, 1))
    return ServiceDefinition(service_code=code, attributes=ordered)


def _attribute(
    code: str,
    kind: Literal["string", "number", "singlevaluelist"],
    what: str,
    form: str,
    values: tuple[Value, ...] = (),
) -> Attribute:
    return Attribute(code=code, datatype=kind, description=what, datatype_description=form, values=values, order=0)


def _list(code: str, what: str, values: list[tuple[str, str]]) -> Attribute:
    items = tuple(Value(key=key, name=name) for key, name in values)
    return _attribute(code, "singlevaluelist", what, "the key of one of the values", items)


def notice(code: str) -> str:
    """Return the information that the citizen gets with the number."""
    return DANGER_NOTICE if code == _DANGER else NOTICE
