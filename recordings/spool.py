"""The spool: recordings on their way to a ticket.

Asterisk writes `<utc>-<uniqueid>-<helpline>-<language>.wav` into `incoming/`; where the dialplan takes a message it
first writes a note `….caller` with who called, so that a caller who hangs up before the beep is known too. The
conversation takes its own files over when it opens a ticket; what is left when its call is over is found here.
A recorded call is `….talk.wav`, written to as long as the call goes on.

The name carries what is known of a file as long as it has no row: Asterisk writes it while the service is away, and a
file with its facts is there at once or not at all. `describe` alone reads it, for the row that a recording gets
with its ticket; where the store is lost, for a new row. Everybody else asks the row.

`incoming/` is Asterisk's to write, so nothing in it is trusted: only plain files under a name of that form are taken.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recordings.wav_repair import BYTES_PER_S, SOUND_STARTS_AT, repair_header
from router.helpline import NAME as HELPLINE_NAME
from router.helpline import HelplineId
from router.model.calls.recording_record import NewRecording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from io import BufferedReader
    from pathlib import Path

_NAME = re.compile(
    r"(?P<utc>\d{8}T\d{6}Z)-(?P<uniqueid>[A-Za-z0-9.]{1,64})-"
    rf"(?P<helpline>{HELPLINE_NAME})-"
    r"(?P<language>[a-z]{2})(?P<talk>\.talk)?"
)
_UTC = "%Y%m%dT%H%M%SZ"
_QUIET_S = 150.0  # Record() stops at 120 s: a file unchanged for longer is finished, whatever AMI says
_NOTE_BYTES = 1000  # a note is some 60 bytes


def file_name(begun: datetime, uniqueid: str, helpline: HelplineId, language: str) -> str:
    """Return the name of a message's file; of a uniqueid only the characters allowed in a file name."""
    plain = re.sub(r"[^A-Za-z0-9.]", "", uniqueid)[:64]
    return f"{begun.astimezone(UTC):{_UTC}}-{plain}-{helpline}-{language}.wav"


def describe(name: str) -> NewRecording | None:
    """Return the facts in the name of a file of ours; None: it is no recording's name."""
    match = _NAME.fullmatch(name.removesuffix(".wav"))
    if match is None:
        return None
    try:
        begun = datetime.strptime(match["utc"], _UTC).replace(tzinfo=UTC)
    except ValueError:
        return None
    return NewRecording(
        name=name,
        call=match["uniqueid"],
        helpline=HelplineId(match["helpline"]),
        language=match["language"],
        begun=begun,
        conversation=match["talk"] is not None,
    )


@dataclass(frozen=True, slots=True)
class Recording:
    """One finished recording, or the note of a caller who hung up before speaking.

    Attributes:
        facts: The facts in the file's name.
        caller: The caller's number as the dialplan wrote it down, or empty.
        sound: Whether there is a file with sound in it.
    """

    facts: NewRecording
    caller: str
    sound: bool

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.facts.name.removesuffix(".wav")


class Spool:
    """The two folders of recordings. Its methods touch the disk: call them in a thread.

    Args:
        incoming: Where Asterisk writes.
        kept: Where recordings lie once a ticket has them.
        clock: Seconds that only ever grow: the time of day may be set back or forward while a file is written.

    Attributes:
        incoming: As given.
        kept: As given.
    """

    def __init__(self, incoming: Path, kept: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.incoming = incoming
        self.kept = kept
        self._clock = clock
        self._unchanged: dict[str, tuple[tuple[int, int], float]] = {}

    def waiting(self, is_alive: Callable[[str], bool] | None) -> list[Recording]:
        """Return the finished recordings and notes that nobody has taken, oldest first.

        Args:
            is_alive: Tells whether the call of a uniqueid is still up; None when nobody knows.
        """
        names = {path.stem for ending in ("wav", "caller") for path in self.incoming.glob(f"*.{ending}")}
        self._unchanged = {name: seen for name, seen in self._unchanged.items() if name in names}
        found = (self._read(name) for name in sorted(names))
        return [recording for recording in found if recording and self._finished(recording, is_alive)]

    def take(self, recording: Recording) -> None:
        """Move a recording, after its ticket is committed, to where sound is kept; drop its note.

        The sound is on the disk when this returns. A header that was not finished is; a file that is already kept is
        dropped; another one under a name that is already kept gets a name of its own and waits for its own ticket.
        """
        path = self.incoming / f"{recording.name}.wav"
        if recording.sound:
            self._move(path, recording)
        else:
            path.unlink(missing_ok=True)  # a header without sound
        self.incoming.joinpath(f"{recording.name}.caller").unlink(missing_ok=True)

    def keep(self, recording: NewRecording) -> None:
        """`take` a message with sound that its conversation has recorded."""
        self.take(Recording(recording, caller="", sound=True))

    def measure(self, name: str) -> tuple[float, int, str]:
        """Return length in seconds, bytes and checksum of a kept file of ours. Raises OSError."""
        path = self.kept / name
        size = path.stat().st_size
        return max(0, size - SOUND_STARTS_AT) / BYTES_PER_S, size, checksum(path)

    def give_back(self, names: Iterable[str]) -> int:
        """Put kept files that no ticket has back among the incoming, where they get one; return how many."""
        given = 0
        for name in names:
            if describe(name):
                (self.kept / name).rename(self.incoming / name)
                given += 1
        return given

    def kept_names(self) -> list[str]:
        """Return the file names of the recordings kept."""
        return sorted(path.name for path in self.kept.glob("*.wav"))

    def incoming_names(self) -> list[str]:
        """Return the file names of the recordings that have come in and that nobody has taken."""
        return sorted(path.name for path in self.incoming.glob("*.wav") if self._is_ours(path))

    def strangers(self) -> list[str]:
        """Return the names in `incoming/` that are no recordings and are left alone."""
        return sorted(path.name for path in self.incoming.iterdir() if not self._is_ours(path))

    def _is_ours(self, path: Path) -> bool:
        return (
            path.suffix in (".wav", ".caller") and describe(f"{path.stem}.wav") is not None and _size(path) is not None
        )

    def _read(self, name: str) -> Recording | None:
        facts = describe(f"{name}.wav")
        sound, note = (_size(self.incoming / f"{name}.{ending}") for ending in ("wav", "caller"))
        if facts is None or (sound is None and note is None):
            return None
        caller = ""
        if note:
            with _open(self.incoming / f"{name}.caller") as file:
                caller = file.read(_NOTE_BYTES).decode("utf-8", "replace").strip().partition(";")[0]
        return Recording(facts, caller, sound=(sound or 0) > SOUND_STARTS_AT)

    def _finished(self, recording: Recording, is_alive: Callable[[str], bool] | None) -> bool:
        if is_alive is not None:
            return not is_alive(recording.facts.call)
        if recording.facts.conversation:
            return (
                False  # while it rings somewhere else nothing is written for minutes: it waits until Asterisk is asked
            )
        path = self.incoming / f"{recording.name}.wav"
        try:
            facts = path.lstat()
        except FileNotFoundError:
            facts = path.with_suffix(".caller").lstat()
        now, state = self._clock(), (facts.st_size, facts.st_mtime_ns)
        before, since = self._unchanged.get(recording.name, (None, now))
        self._unchanged[recording.name] = (state, since if state == before else now)
        return state == before and now - since > _QUIET_S

    def _move(self, path: Path, recording: Recording) -> None:
        goal = self.kept / path.name
        if goal.exists():
            self._second(path, goal, recording)
            return
        with _open(path) as file:
            length = os.fstat(file.fileno()).st_size
            header = repair_header(file, length)
            if header is None:
                os.fsync(file.fileno())
                path.rename(goal)
                return
            draft = goal.with_suffix(".part")
            with draft.open("wb") as copy:
                copy.write(header)
                file.seek(len(header))
                shutil.copyfileobj(file, copy)
                copy.flush()
                os.fsync(copy.fileno())
        draft.rename(goal)
        path.unlink()

    def _second(self, path: Path, goal: Path, recording: Recording) -> None:
        """See to a file whose name is taken: the same after a crash in between, another after a clock set back."""
        try:
            mark = checksum(path)
        except FileNotFoundError:
            return
        if mark == checksum(goal):
            path.unlink()
            return
        call = recording.facts.call
        own = recording.name.replace(call, f"{call[:50]}.x{mark[:8]}", 1)
        path.rename(self.incoming / f"{own}.wav")


def checksum(path: Path) -> str:
    """Return the SHA-256 of a plain file, hexadecimal. Raises OSError for anything else."""
    with _open(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open(path: Path) -> BufferedReader:
    """Open a file without following a link to somewhere else, and without waiting at a pipe."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def _size(path: Path) -> int | None:
    """Return the size of a plain file; None when there is none, or something else: a link, a pipe, a folder."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return None
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None
