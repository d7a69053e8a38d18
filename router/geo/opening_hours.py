"""Opening hours as written in a table: ``Mo-Sa 08:00-20:00; Su 09:00-13:00``.

A part of the syntax of OpenStreetMap's ``opening_hours`` key (wiki.openstreetmap.org/wiki/Key:opening_hours): rules
divided by ``;``, each of days (all without any) and times, or ``off``; a later rule counts for its days in the place
of an earlier one, and one without days for those that no other names; ``24/7``. Times are India's; past midnight is
written ``20:00-02:00``. Beside it what offices write: ``Mon-Sat 9:00am-5:30pm, Sun closed``, ``08.00–20.00``,
``8-20``, ``0800-2000 hrs``, ``24x7``, ``24 hours``, ``9 am to 5 pm (Mon-Sat)``,
``सुबह 9 से शाम 5``. Public holidays (``PH``) are read and left aside, for nobody here knows which day is one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from router.clock import DAY_MINUTES
from router.digits import plain
from router.geo.spoken_hours import in_signs
from router.india import INDIA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

NOON = 12 * 60
DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
EXPECTED = "'24/7' or times such as '08:00-20:00' or 'Mo-Sa 08:00-13:00,16:00-20:00; Su off'"

_MAX_CHARS = 200  # characters; no week needs more

_DAY = (
    r"(?:mo(?:n(?:day)?)?|tu(?:e(?:s(?:day)?)?)?|we(?:d(?:s|nesday)?)?|th(?:u(?:r(?:s(?:day)?)?)?)?|fr(?:i(?:day)?)?"
    r"|sa(?:t(?:urday)?)?|su(?:n(?:day)?)?)s?\b\.?"
)
_TO = r"\s*(?:-|\bto\b|\btill\b|\buntil\b|से)\s*"
_AND = r"\s*(?:,|&|/|\band\b)\s*"
_CLOCK = r"(?P<{0}>\d{{4}}|\d{{1,2}}(?:[:.]\d{{2}})?)\s*(?P<{0}_half>[ap]\.?\s?m\b\.?)?(?:\s*(?:hrs?|hours?)\b\.?)?"
_TOKEN = re.compile(
    rf"(?P<always>24\s*[/x*×]\s*7|24\s*(?:hours|hrs?)\b\.?|round the clock|always open|open always)"
    rf"|(?P<holidays>(?:ph|sh|public holidays?)\b\s*(?:off|closed|\d[\d:.,\s-]*)?)"
    rf"|(?P<every>daily|every\s?day|all days)"
    rf"|(?P<days>{_DAY}(?:(?:{_TO}|{_AND}){_DAY})*)"
    rf"|(?P<span>{_CLOCK.format('first')}{_TO}{_CLOCK.format('last')})"
    rf"|(?P<off_on>(?:off|closed)\s+(?:on\s+)?(?={_DAY}))"
    rf"|(?P<off>off\b|closed\b(?:\s*on\b)?|holiday\b|बंद)"
    rf"|(?P<rule>[;\n])"
    rf"|(?P<between>[\s,:|()&]+|\band\b|\bopen\b)",
    re.ASCII,
)
_LETTERS = {"days": "d", "span": "s", "always": "s", "off": "o", "off_on": "o", "every": "e"}
_DAYS_BEHIND = re.compile("(s+d)+")  # "9 am to 5 pm (Mon-Sat)": the days come behind the times all through
_DAY_IN = re.compile(_DAY, re.ASCII)

_Token = tuple[str, re.Match[str]]

Span = tuple[int, int]
"""From and to, in minutes after midnight; ``to`` may lie on the next day."""


class OpeningHours:
    """When a place is open.

    Args:
        text: As in the table; empty: not known.

    Raises:
        ValueError: it cannot be read; the text says the expected form.
    """

    def __init__(self, text: str) -> None:
        self.known = False
        self._days: list[Sequence[Span]] = [()] * len(DAYS)
        if len(text) > _MAX_CHARS:
            raise ValueError(f"expected {EXPECTED}")
        if text.strip() and not self._read(in_signs(plain(text).casefold())):
            raise ValueError(f"expected {EXPECTED}")

    def _read(self, text: str) -> bool:
        """Read the whole text; return whether anything in it says when."""
        tokens = _tokens(text)
        twelve = any(token["first_half"] or token["last_half"] for _, token in tokens)
        rules = [rule for part in _parts(tokens) for rule in _rules(part, twelve=twelve)]
        if not any(rule.spans for rule in rules) and any(rule.off and rule.days for rule in rules):
            self._days = [((0, DAY_MINUTES),)] * len(DAYS)  # "Sunday closed": of the others it says nothing
        for one in sorted(rules, key=lambda one: bool(one.days)):  # rules for a day override those for all days
            self._put(one)
        return any(kind not in ("rule", "every", "days", "between") for kind, _ in tokens)

    def _put(self, rule: _Rule) -> None:
        if rule.days and not (rule.spans or rule.off):
            raise ValueError(f"days without times; expected {EXPECTED}")
        if rule.off and rule.spans:
            raise ValueError(f"open and closed at once; expected {EXPECTED}")
        if rule.spans or rule.off:
            self.known = True
            for day in rule.days or range(len(DAYS)):
                self._days[day] = tuple(rule.spans)

    @property
    def never(self) -> bool:
        """Whether it is known to be closed all week."""
        return self.known and not any(self._days)

    def open_at(self, when: datetime) -> bool:
        """Whether it is open, as far as is known: unknown hours count as open."""
        if not self.known:
            return True
        local = when.astimezone(INDIA)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        today, yesterday = self._days[day], self._days[day - 1]
        return any(start <= minute < end for start, end in today) or any(
            minute < end - DAY_MINUTES for _, end in yesterday
        )


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> OpeningHours:
    """Return hours that were read before, or read them: thousands of places share a few.

    Raises:
        ValueError: they cannot be read; the text says the expected form.
    """
    return OpeningHours(text)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"expected {EXPECTED}")
        found.append((token.lastgroup or "", token))
        at = token.end()
    return found


class _Rule:
    """Days and their hours, as far as they were read."""

    def __init__(self) -> None:
        self.days: list[int] = []
        self.spans: list[Span] = []
        self.off = False

    def add(self, token: re.Match[str], *, twelve: bool) -> None:
        """Add times; in hours of a half day without am or pm they go on from those before: "9am-1pm, 4-8"."""
        start, end = _span(token)
        before = self.spans[-1][1] if self.spans else 0
        bare = not (token["first_half"] or token["last_half"])
        if twelve and bare and start < before <= start + NOON and end <= NOON:
            start, end = start + NOON, end + NOON
        self.spans.append((start, end))


def _parts(tokens: list[_Token]) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    for kind, token in tokens:
        if kind == "rule":
            parts.append([])
        else:
            parts[-1].append((kind, token))
    return parts


def _rules(tokens: list[_Token], *, twelve: bool) -> list[_Rule]:
    """Read the part between two semicolons: days before their times, or behind them all through."""
    rules = [_Rule()]
    behind = _DAYS_BEHIND.fullmatch("".join(_LETTERS.get(kind, "") for kind, _ in tokens)) is not None
    for kind, token in tokens:
        rule = rules[-1]
        of_others = kind == "span" and rule.days and (rule.off or behind)
        next_days = kind in ("days", "off_on") and rule.spans and not behind
        if kind == "every" or of_others or next_days or (kind == "days" and rule.off and rule.days):
            rules.append(rule := _Rule())
        if kind == "days":
            rule.days = _days(token[0])
        elif kind == "span":
            rule.add(token, twelve=twelve)
        elif kind == "always":
            rule.spans.append((0, DAY_MINUTES))
        rule.off |= kind in ("off", "off_on")
    return rules


def _span(token: re.Match[str]) -> Span:
    first, last = token["first"], token["last"]
    first_half, last_half = _halves(first, _half(token["first_half"]), last, _half(token["last_half"]))
    start, end = _minutes(first, first_half), _minutes(last, last_half)
    if max(start, end) > DAY_MINUTES or start == end:
        raise ValueError(f"expected {EXPECTED}")
    if end < start < NOON:
        raise ValueError(f"ends before it begins: write am and pm, or 24 hours; expected {EXPECTED}")
    return start, end if end > start else end + DAY_MINUTES


def _half(text: str | None) -> str:
    return f"{text[0]}m" if text else ""


def _halves(first: str, first_half: str, last: str, last_half: str) -> tuple[str, str]:
    """Return am or pm of both ends where one has it: "9-5pm" begins in the morning, "9am-5" ends in the afternoon."""
    if first_half and not last_half and _minutes(last, "") <= NOON:
        last_half = first_half if _minutes(last, first_half) > _minutes(first, first_half) else "pm"
    elif last_half and not first_half and _minutes(first, "") <= NOON:
        first_half = last_half if _minutes(first, last_half) < _minutes(last, last_half) else "am"
    return first_half, last_half


def _minutes(clock: str, half: str) -> int:
    digits = re.sub(r"[:.]", "", clock)
    hour, minute = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))  # noqa: PLR2004
    if minute > 59 or (half and not 1 <= hour <= 12):  # noqa: PLR2004
        raise ValueError(f"expected {EXPECTED}")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60 + minute


def _days(text: str) -> list[int]:
    days: list[int] = []
    for part in re.split(_AND, text):
        ends = [DAYS.index(day[0][:2]) for day in _DAY_IN.finditer(part)]
        if len(ends) > 2:  # noqa: PLR2004
            raise ValueError(f"days are Mo, Tu, We, Th, Fr, Sa, Su; expected {EXPECTED}")
        first, last = ends[0], ends[-1]
        days += [day % len(DAYS) for day in range(first, last + 1 if last >= first else last + 1 + len(DAYS))]
    return days
