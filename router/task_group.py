"""Work that goes on side by side and ends together, within a task that lives on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def run_together(*parts: Coroutine[Any, Any, object]) -> None:
    """Run coroutines until one fails or all have ended; none of them outlives the call.

    Stands in for ``asyncio.TaskGroup``. That of Python 3.11 cancels the task that waits for it when a part fails, and
    does not take it back (``Task.cancelling()`` stays one higher): from then on ``asyncio.timeout`` raises
    CancelledError instead of TimeoutError in that task, so that who connects again and again ends without a word. It
    also swallows a cancellation that arrives together with an error.

    Raises:
        Exception: the error of the first part to fail; of several at once that of the first in line.
    """
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task in done:
            task.result()
