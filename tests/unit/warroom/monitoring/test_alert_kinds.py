"""Every kind of alert has its row in docs/alerts.md, and every row is a kind that something raises."""

from __future__ import annotations

import re

from agi.trunks import unknown_numbers
from router.mqtt.mosquitto import quotas
from router.stock import monitor as stock
from router.tasks import service as tasks
from router.tickets.routing import reloading_rules
from router.tickets.sla import escalation, monitor, overdue_alerts
from warroom.config.paths import PROJECT
from warroom.monitoring import callback_flood_watch, certificate_watch, dead_end_watch, manager_watch, overload
from warroom.monitoring.alert_kinds import KINDS
from warroom.services import transcription

RAISED = {
    unknown_numbers.KIND, quotas.KIND, stock.KIND, tasks.KIND, reloading_rules.ALERT, escalation.UNREADABLE,
    monitor.ROOM_OFFLINE, *overdue_alerts.KINDS.values(), callback_flood_watch.KIND, certificate_watch.KIND,
    dead_end_watch.KIND, manager_watch.KIND, overload.KIND, transcription._DISK,
}  # fmt: skip
CODE = [path for top in ("agi", "recordings", "router", "warroom") for path in (PROJECT / top).rglob("*.py")]


def test_every_kind_has_a_row_and_every_row_is_a_kind() -> None:
    page = (PROJECT / "docs" / "alerts.md").read_text("utf-8")
    rows = re.findall(r'^\| <a id="([a-z-]+)"></a>`([a-z-]+)` \| (yes|no) \|', page, re.MULTILINE)
    assert [(kind, kind, "yes" if one.outward else "no") for kind, one in KINDS.items()] == rows


def test_every_kind_is_raised_and_nothing_else() -> None:
    texts = {path: path.read_text("utf-8") for path in CODE if path.name != "alert_kinds.py"}
    conditions = {kind for text in texts.values() for kind in re.findall(r'\bCondition\(\s*"([a-z-]+)"', text)}
    named = {kind for text in texts.values() for kind in re.findall(r'^KIND: Final = "([a-z-]+)"', text, re.MULTILINE)}
    assert KINDS.keys() >= RAISED | conditions, "a kind without a row"
    assert KINDS.keys() - RAISED - conditions - named == set(), "nothing raises these"


def test_who_raises_alerts_is_known_to_the_test_above() -> None:
    """A new module that raises alerts adds its kind there."""
    callers = {
        path.relative_to(PROJECT).as_posix()
        for path in CODE
        if re.search(r"\.(raise_alert|replace_active)\(", path.read_text("utf-8"))
    }
    assert len(callers - {"router/storage/repositories/rooms/alert_repository.py"}) == 15, sorted(callers)
