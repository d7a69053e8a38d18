"""Named templates as they are registered for DLT; the only texts that are sent.

In India each commercial text must be one that its sender has registered (TRAI, TCCCPR 2018) under an id, with a place
for each variable. Since the direction of 18 November 2025 each place says by its tag what may stand there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from router.intake.sms.provider.parts import Parts, count_parts
from router.outside_text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from router.geo import Places

PLACE: Final = re.compile(r"\{#([A-Za-z]+)#\}")
TAGS: Final = ("var", "number", "numeric", "alphanumeric", "cbn", "url", "urlott", "email")
"""``{#var#}`` of templates that were registered before the direction; the others are typed."""
MAX_VALUE_CHARS: Final = 30
"""Operators match at most so many characters for one place of a template."""
MAX_TEXT_CHARS: Final = 2000
"""Of a text as it is sent: the portals' and the providers' limit."""
_DIGITS_ONLY: Final = ("number", "numeric", "cbn")
_NOT_OURS: Final = ("url", "urlott", "email")

TELEPHONE: Final = "telephone"
"""The variable whose value is ``replies_to`` of the provider: where citizens send their texts."""

Language = Literal["hi", "en"]


class Template(BaseModel):
    """One registered text in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    language: Language
    dlt_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{10,25}$")]
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS)]
    variables: tuple[str, ...] = ()
    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+]{3,15}$")] | None = None
    provider_id: str = ""

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with the values of its variables.

        Raises:
            KeyError: a value is missing.
        """
        given = iter([fit(values[name]) for name in self.variables])
        return PLACE.sub(lambda _: next(given), self.text)


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables that texts may have, each with its longest value in each language."""

    longest: Mapping[str, Mapping[Language, str]]

    def values(self, language: Language) -> dict[str, str]:
        """Return the longest value of each."""
        return {name: of[language] for name, of in self.longest.items()}


ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket-number": ("number", "need", "district", TELEPHONE),
    "did-help-come": ("number", "need", "district", TELEPHONE),
    "rejected": ("number", "need", "district", TELEPHONE),
    "status": ("number", "stage", "need", "district", TELEPHONE),
    "no-such-ticket": (TELEPHONE,),
    "reopened": ("number", TELEPHONE),
    "stopped": (TELEPHONE,),
}
"""The templates that the program asks for, with the variables that it has a value for. Any other name is a notice's."""


def fit(value: str) -> str:
    """Return a value as it may stand at a place: one line, at most `MAX_VALUE_CHARS`, cut at the end of a word."""
    line = " ".join(clean(value).split())
    if len(line) <= MAX_VALUE_CHARS:
        return line
    words, _, _ = line[: MAX_VALUE_CHARS + 1].rpartition(" ")
    return (words or line[:MAX_VALUE_CHARS]).rstrip(" ,-")


def known_variables(places: Places, stages: Mapping[Language, Iterable[str]]) -> Variables:
    """Return the variables, with the longest values there are.

    Args:
        places: Has the names of needs and districts.
        stages: The words for each stage, by language.
    """
    needs, districts = places.needs.values(), places.districts.values()
    longest: dict[str, dict[Language, str]] = {
        "number": _both("1" + "0" * 8),
        "need": {"hi": _longest(one.name_hi for one in needs), "en": _longest(one.name for one in needs)},
        "district": {"hi": _longest(one.name_hi for one in districts), "en": _longest(one.name for one in districts)},
        "stage": {"hi": _longest(stages["hi"]), "en": _longest(stages["en"])},
        "date": _both("30-11-2026"),
        "time": _both("23:59"),
        TELEPHONE: _both("9" * 13),
        "notice": {"hi": "न" * MAX_VALUE_CHARS, "en": "n" * MAX_VALUE_CHARS},
    }
    return Variables(longest)


def mistakes(template: Template, variables: Variables, max_parts: int) -> Iterable[tuple[str, str]]:
    """Return what is wrong with a template: the key, and the fault with what to do."""
    tags = PLACE.findall(template.text)
    if "{#" in PLACE.sub("", template.text) or "#}" in PLACE.sub("", template.text):
        yield "text", "a variable is not written as {#var#} or {#numeric#}: copy the text as it was registered"
    if unknown := [tag for tag in tags if tag not in TAGS]:
        yield "text", f"unknown tag {{#{unknown[0]}#}} (known: {', '.join(TAGS)})"
    if refused := [tag for tag in tags if tag in _NOT_OURS]:
        yield "text", f"{{#{refused[0]}#}}: the program has no value of this kind"
    allowed = ALLOWED.get(template.name, tuple(variables.longest))
    if wrong := [name for name in template.variables if name not in allowed]:
        yield "variables", f"{wrong[0]!r} is no variable of {template.name!r} (known: {', '.join(allowed) or 'none'})"
        return
    if len(tags) != len(template.variables):
        yield (
            "variables",
            f"{len(template.variables)} named, but the text has {len(tags)} places: name one for each, in their order",
        )
        return
    values = variables.values(template.language)
    for tag, name in zip(tags, template.variables, strict=True):
        if tag in _DIGITS_ONLY and not values[name].isdecimal():
            yield "text", f"{{#{tag}#}} takes digits alone, and {name} has letters: register it as {{#alphanumeric#}}"
    yield from _too_long(template, values, max_parts)


def _too_long(template: Template, values: Mapping[str, str], max_parts: int) -> Iterable[tuple[str, str]]:
    filled = template.fill(values)
    parts = count_parts(filled)
    if len(filled) > MAX_TEXT_CHARS:
        yield "text", f"with the longest values it has {len(filled)} characters; at most {MAX_TEXT_CHARS} can be sent"
    elif parts.parts > max_parts:
        sent = f"it is sent in {parts.parts} parts ({parts.units} units of {parts.encoding})"
        yield "text", f"with the longest values {sent}: register a shorter text, or raise max_parts ({max_parts})"


def longest_parts(template: Template, variables: Variables) -> Parts:
    """Return the parts of a template with the longest values."""
    return count_parts(template.fill(variables.values(template.language)))


def _both(value: str) -> dict[Language, str]:
    return {"hi": value, "en": value}


def _longest(values: Iterable[str]) -> str:
    return max((fit(value) for value in values), key=lambda value: (count_parts(value).encoding, len(value)))
