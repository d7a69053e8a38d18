"""Each FastAGI script has one handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agi.fastagi.component import merge_routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.fastagi.server import Handler
    from agi.fastagi.session import AgiSession


async def _answer(session: AgiSession) -> None:
    await session.answer()


class Part:
    """A component with scripts."""

    def __init__(self, name: str, *scripts: str) -> None:
        self.name = name
        self.routes: Mapping[str, Handler] = dict.fromkeys(scripts, _answer)


def test_routes_of_all_parts_are_served() -> None:
    assert merge_routes([Part("queues", "turn", "missed"), Part("calls", "call")]).keys() == {"turn", "missed", "call"}


def test_routes_with_two_handlers_of_one_script_are_refused() -> None:
    with pytest.raises(ValueError, match="'call': voicemail has a handler"):
        merge_routes([Part("calls", "call"), Part("voicemail", "call")])
