"""The spool: recordings on their way to a ticket.

Asterisk writes `<utc>-<uniqueid>-<helpline>-<language>.wav` into `incoming/`; where the dialplan takes a message it
first writes a note `….caller` with who called, so that a caller who hangs up before the beep is known too. The
conversation takes its own files over when it opens a ticket; what is left when its call is over is found here.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NAME = re.compile(
    r"(?P<utc>\d{8}T\d{6}Z)-(?P<uniqueid>[A-Za-z0-9.]{1,64})-(?P<helpline>[a-z0-9]{1,32})-(?P<language>[a-z]{2})"
)
_QUIET_S = 150.0  # Record() stops at 120 s: what was not written for longer is finished, whatever AMI says


@dataclass(frozen=True, slots=True)
class Recording:
    """One finished recording, or the note of a caller who hung up before speaking.

    Attributes:
        name: `<utc>-<uniqueid>-<helpline>-<language>`, the file's name without its ending.
        uniqueid: The call's Asterisk uniqueid.
        helpline: `181`, `104`, …
        language: `hi` or `en`.
        caller: The caller's number as the dialplan wrote it down, or empty.
        sound: Whether there is a sound file.
    """

    name: str
    uniqueid: str
    helpline: str
    language: str
    caller: str
    sound: bool


class Spool:
    """The two folders of recordings. Its methods touch the disk: call them in a thread.

    Args:
        incoming: Where Asterisk writes.
        kept: Where recordings lie once a ticket has them.
    """

    def __init__(self, incoming: Path, kept: Path) -> None:
        self._incoming = incoming
        self._kept = kept

    def waiting(self, is_alive: Callable[[str], bool] | None) -> list[Recording]:
        """Return the finished recordings and notes that nobody has taken, oldest first.

        Args:
            is_alive: Tells whether the call of a uniqueid is still up; None when nobody knows.
        """
        names = {path.stem for ending in ("wav", "caller") for path in self._incoming.glob(f"*.{ending}")}
        found = (self._read(name) for name in sorted(names))
        return [recording for recording in found if recording and self._finished(recording, is_alive)]

    def take(self, recording: Recording) -> None:
        """Move a recording, after its ticket is committed, to where sound is kept; drop its note."""
        if recording.sound:
            self._incoming.joinpath(f"{recording.name}.wav").rename(self._kept / f"{recording.name}.wav")
        self._incoming.joinpath(f"{recording.name}.caller").unlink(missing_ok=True)

    def _read(self, name: str) -> Recording | None:
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        note = self._incoming / f"{name}.caller"
        text = note.read_text(encoding="utf-8", errors="replace") if note.exists() else ""
        caller = text.strip().partition(";")[0]
        sound = (self._incoming / f"{name}.wav").exists()
        return Recording(name, match["uniqueid"], match["helpline"], match["language"], caller, sound)

    def _finished(self, recording: Recording, is_alive: Callable[[str], bool] | None) -> bool:
        if is_alive is not None:
            return not is_alive(recording.uniqueid)
        path = self._incoming / f"{recording.name}.{'wav' if recording.sound else 'caller'}"
        return time.time() - path.stat().st_mtime > _QUIET_S
