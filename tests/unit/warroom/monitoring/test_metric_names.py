"""Rules, dashboard and docs name metrics that exist, and labels have no personal data."""

from __future__ import annotations

import json
import re
from typing import Final

from warroom.config.paths import PROJECT
from warroom.monitoring.alert_kinds import KINDS

MADE: Final = re.compile(r'\b(Gauge|Counter|Info)\(\s*"(warroom_\w+)", "[^"]*"(?:, \[([^\]]*)\])?')
SUFFIX: Final = {"Gauge": "", "Counter": "_total", "Info": "_info"}
LABELS: Final = {"helpline", "reason", "trunk", "queue", "state", "stage", "kind", "channel", "answer"}
"""None of them has more than some hundred values, and none is a number or a ticket."""


def made() -> dict[str, str]:
    """The labels of each metric by its name, from the code that makes them."""
    text = "\n".join(path.read_text("utf-8") for path in (PROJECT / "warroom").rglob("*.py"))
    return {f"{name}{SUFFIX[kind]}": labels for kind, name, labels in MADE.findall(text)}


def named(text: str) -> set[str]:
    return set(re.findall(r"\bwarroom_\w+", text))


def test_labels() -> None:
    found = made()
    assert len(found) >= 22
    assert {label for labels in found.values() for label in re.findall(r"\w+", labels)} == LABELS


def test_dashboard_names_existing_metrics() -> None:
    dashboard = json.loads((PROJECT / "deploy/grafana/warroom.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert queries
    for query in queries:
        assert named(query) <= made().keys()
        assert named(query) or "process_" in query


def test_rules_name_existing_metrics_and_rows_of_the_docs() -> None:
    rules = (PROJECT / "deploy/prometheus/warroom.rules.yml").read_text("utf-8")
    assert named(rules) <= made().keys()
    assert rules.count("- alert:") <= 16
    links = re.findall(r'runbook: "docs/alerts.md#([a-z-]+)"', rules)
    assert len(links) == rules.count("- alert:")
    assert set(links) <= KINDS.keys()


def test_docs_name_every_metric() -> None:
    page = (PROJECT / "docs/alerts.md").read_text("utf-8")
    assert named(page) == made().keys()
