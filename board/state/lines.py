"""Telephone lines in use against those bought, and callers who wait for an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ALL: Final = "all"
"""The key of the sum over all helplines; no helpline has this id."""
DISTRICT: Final = "district"
"""The helplines of the districts' control rooms stand as one: they are more than a wall has room for."""


def line_figures(
    nodes: Iterable[Mapping[str, Any]], queues: Iterable[Mapping[str, Any]], trunks: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, object]]:
    """Return lines by helpline, and the sum under `ALL`.

    ``in_use`` of a helpline are its callers; ``bought`` the channels of the trunks that deliver it, ``shared`` when one
    of them delivers another helpline too, so that the sum is less than what the helplines add up to. ``in_use`` of the
    sum are channels: a caller put through to a number outside takes two. The sum has ``waiting`` too, callers in all
    queues, and ``waiting_since``, when the first of them came; nodes that are away count nothing.

    Args:
        nodes: The data of ``nodes/<node>``.
        queues: Of ``queues/<queue>``.
        trunks: Of ``trunks/<trunk>``.
    """
    callers: dict[str, int] = {}
    for node in nodes:
        if node.get("state") == "online" and node.get("asterisk"):
            for helpline, count in node.get("calls", {}).items():
                callers[_group(helpline)] = callers.get(_group(helpline), 0) + count
    waits = [queue for queue in queues if queue["waiting"]]
    found: dict[str, dict[str, object]] = {
        ALL: {
            "in_use": sum(trunk["in_use"] for trunk in trunks),
            "bought": sum(trunk["bought"] for trunk in trunks),
            "shared": False,
            "waiting": sum(queue["waiting"] for queue in waits),
            "waiting_since": min((queue["waiting_since"] for queue in waits if queue["waiting_since"]), default=None),
        }
    }
    delivered = [(trunk, {_group(helpline) for helpline in trunk.get("helplines", ())}) for trunk in trunks]
    for helpline in sorted(callers.keys() | {one for _, helplines in delivered for one in helplines}):
        own = [(trunk["bought"], helplines) for trunk, helplines in delivered if helpline in helplines]
        found[helpline] = {
            "in_use": callers.get(helpline, 0),
            "bought": sum(bought for bought, _ in own),
            "shared": any(len(helplines) > 1 for _, helplines in own),
        }
    return found


def _group(helpline: str) -> str:
    return DISTRICT if helpline.startswith(f"{DISTRICT}-") else helpline
