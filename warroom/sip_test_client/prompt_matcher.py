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

    A sound that was transcoded on its way is not recognised: what this matcher knows came through untouched.

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
        paths = sorted(prompts.glob(f"??/*.{form}"))
        return _learn(tuple((f"{path.parent.name}/{path.stem}", _Sound(path)) for path in paths))

    def place(self, frame: bytes) -> tuple[str, int] | None:
        """Return the `<language>/<name>` this packet is from and its place there, or None when it could be any."""
        return self._frames.get(frame)

    def known_as(self, name: str) -> str:
        """Return the name under which a prompt is heard: its own, or that of one that sounds the same."""
        return self._twins.get(name, name)


class _Sound:
    """A prompt's file, equal to every link to the same one: data directories share the sounds of their prompts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        found = path.stat()
        self._file = found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sound) and self._file == other._file

    def __hash__(self) -> int:
        return hash(self._file)


@functools.lru_cache(maxsize=4)
def _learn(prompts: tuple[tuple[str, _Sound], ...]) -> PromptMatcher:
    sounds: dict[bytes, str] = {}
    twins: dict[str, str] = {}
    places: dict[bytes, tuple[str, int]] = {}
    shared: set[bytes] = set()
    for name, sound in prompts:
        data = sound.path.read_bytes()
        if sounds.setdefault(data, name) != name:
            twins[name] = sounds[data]
            continue
        for index in range(len(data) // FRAME_BYTES):
            frame = data[index * FRAME_BYTES : (index + 1) * FRAME_BYTES]
            if len(set(frame)) >= MIN_DISTINCT and places.setdefault(frame, (name, index)) != (name, index):
                shared.add(frame)
    return PromptMatcher({frame: place for frame, place in places.items() if frame not in shared}, twins)
