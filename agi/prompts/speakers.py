"""A few speaking processes at once, for many texts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

from agi.prompts.tts import TtsEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

MAX_CONCURRENT_VOICES: Final = 2  # speaking processes: the smallest machine has two cores


def run_with_voices(
    items: Iterable[T], make: Callable[[T, TtsEngine], object], caught: type[Exception] | tuple[type[Exception], ...]
) -> Iterator[tuple[T, Exception | None]]:
    """Make something of each item, in threads with a speaking process each, which starts when it is first needed.

    Args:
        items: All of them.
        make: Makes one; in a thread.
        caught: The errors of one item that hinder none of the others.

    Yields:
        Each item as it is done, with the error there was.
    """
    voices: SimpleQueue[TtsEngine] = SimpleQueue()
    for _ in range(MAX_CONCURRENT_VOICES):
        voices.put(TtsEngine())

    def work(item: T) -> Exception | None:
        voice = voices.get()
        try:
            make(item, voice)
        except caught as error:
            return error
        finally:
            voices.put(voice)
        return None

    pool = ThreadPoolExecutor(MAX_CONCURRENT_VOICES, thread_name_prefix="voice")
    try:
        running = {pool.submit(work, item): item for item in items}
        for future in as_completed(running):
            yield running[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        for _ in range(MAX_CONCURRENT_VOICES):
            voices.get().close()
