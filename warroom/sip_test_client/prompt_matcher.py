"""Recognises prompts: native sound is not transcoded, so the bytes of a packet identify its prompt."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from warroom.sip_test_client.codecs import ALAW
from warroom.sip_test_client.rtp import FRAME_BYTES

if TYPE_CHECKING:
    from pathlib import Path

MIN_DISTINCT = 8  # different code words in a packet; fewer is silence or hum, found in every prompt


class PromptMatcher:
    """Tells prompts apart by the exact bytes of their 20 ms packets.

    A sound that was transcoded on its way is not recognised: what this ear knows came through untouched.

    Args:
        frames: Packet -> (`<language>/<name>`, place in it), for every packet found in one prompt only.
        twins: Name -> the name under which a prompt of the very same sound is known.
    """

    def __init__(self, frames: dict[bytes, tuple[str, int]], twins: dict[str, str]) -> None:
        self._frames = frames
        self._twins = twins

    @classmethod
    def of(cls, prompts: Path, form: str = ALAW.form) -> PromptMatcher:
        """Learn every `<language>/<name>.<form>` below this folder."""
        return _learn(prompts, form)

    def place(self, frame: bytes) -> tuple[str, int] | None:
        """Return the `<language>/<name>` this packet is from and its place there, or None when it could be any."""
        return self._frames.get(frame)

    def known_as(self, name: str) -> str:
        """Return the name under which a prompt is heard: its own, or that of one that sounds the same."""
        return self._twins.get(name, name)


@functools.lru_cache(maxsize=4)
def _learn(prompts: Path, form: str) -> PromptMatcher:
    sounds: dict[bytes, str] = {}
    twins: dict[str, str] = {}
    places: dict[bytes, tuple[str, int]] = {}
    shared: set[bytes] = set()
    for path in sorted(prompts.glob(f"??/*.{form}")):
        name, data = f"{path.parent.name}/{path.stem}", path.read_bytes()
        if sounds.setdefault(data, name) != name:
            twins[name] = sounds[data]
            continue
        for index in range(len(data) // FRAME_BYTES):
            frame = data[index * FRAME_BYTES : (index + 1) * FRAME_BYTES]
            if len(set(frame)) >= MIN_DISTINCT and places.setdefault(frame, (name, index)) != (name, index):
                shared.add(frame)
    return PromptMatcher({frame: place for frame, place in places.items() if frame not in shared}, twins)
