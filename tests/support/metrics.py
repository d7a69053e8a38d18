"""What Asterisk's own web server tells Prometheus."""

from __future__ import annotations

import asyncio
import base64
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack


async def metrics(stack: LiveStack, password: str | None) -> tuple[int, str]:
    """Return status and text of the page, asked for with this password; None: with none at all."""
    request = urllib.request.Request(f"http://127.0.0.1:{stack.settings.calls.http_port}/metrics")
    if password is not None:
        word = base64.b64encode(f"metrics:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {word}")

    def asked() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    return await asyncio.to_thread(asked)
