"""What a report's page and file say, in either language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from board.reports.charts import bars, columns, heat_class
from board.reports.figures import UNKNOWN, Figures
from router.india import local

if TYPE_CHECKING:
    from datetime import date

    from board.reports.reader import Report
    from router.geo import Places
    from router.stock.items import Items
    from router.stock.shortage import StockStatus

MAX_NEEDS: Final = 12
"""Needs of the heat table and the chart; the rest are one column."""
REST: Final = "rest"
_HOUR, _DAY = 60, 24 * 60
_UNITS: Final = {"hi": ("मि", "घं", "दि"), "en": ("min", "h", "d")}
_WORDS: Final = {
    "unknown": ("जिला ज्ञात नहीं", "District not known"),
    "rest": ("अन्य", "Others"),
    "state": ("पूरा राज्य", "Whole state"),
    "by_need": ("ज़रूरत के अनुसार टिकट", "Tickets by need"),
    "by_hour": ("घंटे के अनुसार टिकट", "Tickets by hour"),
    "by_day": ("दिन के अनुसार टिकट", "Tickets by day"),
}
HEADINGS: Final = {
    "district": ("ज़िला", "District"),
    "opened": ("आए", "Opened"),
    "open": ("अभी खुले", "Open now"),
    "acknowledge_median": ("देखने में, मध्यिका (मिनट)", "To acknowledge, median (min)"),
    "acknowledge_90": ("देखने में, 90 % तक (मिनट)", "To acknowledge, 90th percentile (min)"),
    "resolve_median": ("मदद में, मध्यिका (मिनट)", "To resolve, median (min)"),
    "resolve_90": ("मदद में, 90 % तक (मिनट)", "To resolve, 90th percentile (min)"),
    "confirmed": ("नागरिक ने पुष्टि की", "Confirmed by the citizen"),
    "unconfirmed": ("पुष्टि नहीं हो सकी", "Citizen not reached"),
    "reopened": ("फिर से खुले", "Reopened"),
    "rejected": ("अस्वीकार", "Rejected"),
    "merged": ("जोड़े या वापस लिए गए", "Merged or withdrawn"),
}
"""Of the CSV file, in order; Hindi and English."""
_COUNTS: Final = ("confirmed", "unconfirmed", "reopened", "rejected", "merged")


def page_values(report: Report, places: Places, items: Items, *, lang: str, today: date) -> dict[str, Any]:
    """Return what the template shows."""
    hindi, figures = lang == "hi", report.figures
    names = {need.id: need.name_hi if hindi else need.name for need in places.needs.values()}
    needs = _needs(figures.state)
    heat_most = max((count for one in figures.districts.values() for count in one.by_need.values()), default=0)
    rows = _rows(report, places, lang)
    by_need = [(names.get(need, need), figures.state.by_need[need]) for need in needs]
    period = report.period
    by_time = (
        [(f"{hour:02}", figures.by_hour[hour]) for hour in range(24)]
        if period.kind == "day"
        else [(f"{day:%d.%m}", figures.by_day[day.isoformat()]) for day in period.days]
    )
    return {
        "period": period,
        "as_of": f"{local(report.as_of):%d.%m.%Y %H:%M}",
        "title_days": f"{period.first:%d.%m.%Y}" + ("" if period.kind == "day" else f" – {period.days[-1]:%d.%m.%Y}"),
        "has_after": period.after.first <= today,
        "rows": [(name, one, _durations(one, lang)) for name, one in rows],
        "state": (figures.state, _durations(figures.state, lang)),
        "needs": [names.get(need, need) for need in needs],
        "heat": [(name, [_heat(one.by_need[need], heat_most) for need in needs], one.opened) for name, one in rows],
        "need_chart": bars(_word("by_need", lang), by_need),
        "time_chart": columns(_word("by_hour" if period.kind == "day" else "by_day", lang), by_time),
        "short": [_shortage(one, places, items, lang) for one in report.short],
        "cut": figures.cut,
    }


def csv_rows(report: Report, places: Places, *, lang: str) -> list[list[Any]]:
    """Return heading and rows: the state first, then each district; minutes as whole numbers, needs by their names."""
    hindi = lang == "hi"
    needs = [need for need in places.needs if report.figures.state.by_need[need]]
    names = {need.id: need.name_hi if hindi else need.name for need in places.needs.values()}
    heading: list[Any] = [HEADINGS[key][0 if hindi else 1] for key in HEADINGS]
    rows = [[*heading, *(names[need] for need in needs)]]
    for name, one in ((_word("state", lang), report.figures.state), *_rows(report, places, lang)):
        spans = ("acknowledge", "resolve")
        times = [_whole(value) for what in spans for value in (one.median(what), one.ninetieth(what))]
        counts = [getattr(one, key) for key in _COUNTS]
        rows.append([name, one.opened, one.open, *times, *counts, *(one.by_need[need] for need in needs)])
    return rows


def duration(minutes: float | None, lang: str) -> str:
    """Return minutes as people say them: ``45 min``, ``3 h 20 min``, ``2 d 4 h``; a dash for none."""
    if minutes is None:
        return "–"
    minute, hour, day = _UNITS[lang]
    whole = round(minutes)
    if whole < _HOUR:
        return f"{whole} {minute}"
    if whole < _DAY:
        return f"{whole // _HOUR} {hour} {whole % _HOUR} {minute}"
    return f"{whole // _DAY} {day} {whole % _DAY // _HOUR} {hour}"


def _rows(report: Report, places: Places, lang: str) -> list[tuple[str, Figures]]:
    """Return each district that has any tickets, the most first, and last those whose district nobody knows."""
    found = sorted(report.figures.districts.items(), key=lambda pair: (pair[0] == UNKNOWN, -pair[1].opened, pair[0]))
    return [(_district(district, places, lang), one) for district, one in found]


def _district(district: str, places: Places, lang: str) -> str:
    known = places.districts.get(district)
    if known is None:
        return district or _word("unknown", lang)
    return known.name_hi if lang == "hi" else known.name


def _needs(state: Figures) -> list[str]:
    return [need for need, _ in state.by_need.most_common(MAX_NEEDS)]


def _durations(one: Figures, lang: str) -> dict[str, str]:
    return {
        f"{what}_{name}": duration(value, lang)
        for what in ("acknowledge", "resolve")
        for name, value in (("median", one.median(what)), ("90", one.ninetieth(what)))
    }


def _heat(count: int, most: int) -> tuple[int, int]:
    return count, heat_class(count, most)


def _shortage(one: StockStatus, places: Places, items: Items, lang: str) -> dict[str, Any]:
    item = items.by_id[one.item]
    return {
        "district": _district(one.district, places, lang),
        "item": item.name_hi if lang == "hi" else item.name,
        "days_left": one.days_left,
        "times": one.times if one.since else None,
        "state": one.state,
    }


def _whole(minutes: float | None) -> int | str:
    return "" if minutes is None else round(minutes)


def _word(key: str, lang: str) -> str:
    return _WORDS[key][0 if lang == "hi" else 1]
