"""Telephone lines in use against those bought, and callers who wait for an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALL = "all"
"""The key of the sum over all helplines; no helpline has this id."""


class TrunkLine(NamedTuple):
    """A trunk in force.

    Attributes:
        name: As in ``trunks.toml``.
        channels: Calls at once that were bought.
        helplines: That its numbers lead to.
    """

    name: str
    channels: int
    helplines: frozenset[str]


def line_figures(
    nodes: Iterable[Mapping[str, Any]], queues: Iterable[Mapping[str, Any]], trunks: Iterable[TrunkLine]
) -> dict[str, dict[str, object]]:
    """Return lines by helpline, and the sum under `ALL`.

    ``in_use`` of a helpline are its callers; ``bought`` the channels of the trunks that deliver it, ``shared`` when one
    of them delivers another helpline too, so that the sum of all is less than what the helplines add up to. ``in_use``
    of the sum are channels: a caller put through to a number outside takes two. Nodes that are away count nothing.

    Args:
        nodes: The status of each node.
        queues: The status of each queue, as ``agi.queues.status`` sums it up.
        trunks: Trunks in force.
    """
    trunks = list(trunks)
    there = [node for node in nodes if node.get("state") == "online" and node.get("asterisk")]
    waits = [(int(queue.get("waiting", 0)), int(queue.get("longest_wait_s", 0))) for queue in queues]
    found: dict[str, dict[str, object]] = {
        ALL: {
            "in_use": sum(_channels(node, trunk.name) for node in there for trunk in trunks),
            "bought": sum(trunk.channels for trunk in trunks),
            "shared": False,
            "waiting": sum(waiting for waiting, _ in waits),
            "longest_s": max((longest for waiting, longest in waits if waiting), default=0),
        }
    }
    helplines = {helpline for trunk in trunks for helpline in trunk.helplines}
    helplines |= {helpline for node in there for helpline in node.get("calls", {})}
    for helpline in sorted(helplines):
        own = [trunk for trunk in trunks if helpline in trunk.helplines]
        found[helpline] = {
            "in_use": sum(int(node.get("calls", {}).get(helpline, 0)) for node in there),
            "bought": sum(trunk.channels for trunk in own),
            "shared": any(len(trunk.helplines) > 1 for trunk in own),
        }
    return found


def _channels(node: Mapping[str, Any], trunk: str) -> int:
    channels: int = (node.get("lines") or {}).get(trunk, {}).get("channels", 0)
    return channels
