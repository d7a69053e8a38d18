"""One call as its handler sees it: typed commands, each with a time limit.

Between two commands Asterisk drops the keys a caller presses, so nothing here waits for
anything but Asterisk itself.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from agi.fastagi import encoding
from agi.fastagi.dtmf import SAME_PRESS_S, SECOND_WAY_S
from agi.fastagi.errors import AgiCommandError, CallerGoneError
from agi.fastagi.notes import hidden, said
from agi.fastagi.request import AgiRequest
from agi.fastagi.response import AgiResponse, parse_response, parse_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from agi.fastagi.connection import AgiConnection
    from agi.fastagi.dtmf import DtmfDeduplicator
    from agi.fastagi.notes import SessionNotes

__all__ = ["AgiRequest", "AgiSession", "RecordedSound"]

Read = TypeVar("Read")

KEYS: Final = "FASTAGI_KEYS"
"""The channel variable in which ``Read`` leaves the keys of a question of several prompts; nobody else's."""
GRACE_S: Final = 5.0
"""Added to the time a command normally takes: a busy Asterisk answers late, a dead one never."""
SHORT_S: Final = 0.5
"""Maximum time for a command that only reads or sets something."""
ANSWER_S: Final = 2.0
"""ANSWER waits up to half a second for the first sound; the rest is the far end's slowness."""
GUARD_S: Final = 40
"""How far ahead the dialplan's absolute time limit is set: a frozen service costs a caller no more silence, but
for a command that may rightly take longer."""
IDLE_S: Final = 10.0
"""Time the guard leaves a handler between two commands: the store may be busy for five seconds."""
SLOW: Final = 1.5
"""Playback may take this many times the prompt's length. Asterisk plays by a clock that loses ticks on a busy
machine: up to 1.25 times the length with all cores busy. Without it a long prompt ended the conversation."""
BETWEEN_S: Final = 0.05
"""Asterisk's pause behind each but the last of several prompts (``ast_app_getdata``)."""
INTER_DIGIT_TIMEOUT_S: Final = 5.0
"""Asterisk's own limit between two keys while prompts are still to come (``TIMEOUT(digit)``)."""
HANGUP_FOLLOWS_S: Final = 1.0
"""``result=-1`` may be a hang-up: then the HANGUP line is right behind it."""
SAMPLES_PER_S: Final = 8000
"""Recordings are telephone sound: ``endpos`` counts 8000 samples a second."""
PLAY_ROOM: Final = encoding.MAX_COMMAND - 100
"""Bytes of prompt paths in one Playback; more prompts are played by several."""
READ_ROOM: Final = PLAY_ROOM - 100
"""Bytes of prompt paths in one Read, which has more arguments."""


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """What `AgiSession.record` recorded.

    Attributes:
        duration_s: Length in seconds.
        key: The key that ended it, or "" when the time was over.
    """

    duration_s: float
    key: str


class PromptFinder(Protocol):
    """Knows the prompts: see `agi.prompts.durations.PromptDurations`."""

    async def find(self, language: str, names: Sequence[str]) -> tuple[list[str], Mapping[str, float]]:
        """Return paths of prompts as Asterisk plays them, in the order of the names, and the seconds of each path.

        Raises:
            PromptMissingError: One of them has no sound.
        """
        ...


class AgiSession:
    """A running call.

    Attributes:
        info: The call as Asterisk described it.
        language: ``hi`` or ``en``; `set_language` changes it.
        commands: Number of AGI commands sent so far.
        hashed: Whether ``#`` ended the last answer of `ask`, and not a full count of keys or time.
        notes: Records what is heard and pressed.

    Every command raises `CallerGoneError` once the caller has hung up, `CallMovedError` if the channel was
    moved, `AgiTimeoutError` if Asterisk does not answer, `AgiCommandError` if it refuses. A command
    that is cancelled closes the connection: its late reply could not be told from the next one's.
    """

    __slots__ = (
        "_guarded_until",
        "_hash_owed",
        "_presses",
        "_prompts",
        "_wire",
        "commands",
        "hashed",
        "info",
        "language",
        "notes",
    )

    def __init__(
        self,
        info: AgiRequest,
        wire: AgiConnection,
        prompts: PromptFinder,
        presses: DtmfDeduplicator | None,
        notes: SessionNotes,
    ) -> None:
        self.info = info
        self.notes = notes
        self.language = "hi"
        self.commands = 0
        self._wire = wire
        self._prompts = prompts
        self._presses = presses
        self._guarded_until = 0.0
        self._hash_owed = False
        self.hashed = False

    @property
    def moving(self) -> bool:
        """Set to True before an AMI Redirect of this channel: its end is then `CallMovedError`.

        Asterisk moves the channel only when the connection is closed, which is done at once.
        """
        return self._wire.moving

    @moving.setter
    def moving(self, value: bool) -> None:
        self._wire.moving = value

    @property
    def ended(self) -> bool:
        """Whether the connection is over: every further command will raise."""
        return self._wire.ended

    async def answer(self) -> None:
        """Answer the call; charging starts. Does nothing on an answered call."""
        await self._result("ANSWER", takes_s=ANSWER_S)

    async def play(self, names: Sequence[str]) -> None:
        """Play prompts one behind the other; keys do not interrupt.

        Args:
            names: Prompt names, found in this call's language.

        Raises:
            PromptMissingError: A prompt has no sound; nothing was played.
        """
        paths, seconds = await self._prompts.find(self.language, names)
        with self.notes.during("heard", prompts=said(names)):
            for some in _in_pieces(paths, PLAY_ROOM):
                await self._result("EXEC", "Playback", "&".join(some), takes_s=_playing_s(some, seconds))

    async def ask(self, names: Sequence[str], *, digits: int = 1, wait_s: float = 5.0, secret: bool = False) -> str:
        """Play prompts and take keys; any key interrupts the prompts.

        Args:
            names: Prompt names, found in this call's language; played in one go.
            digits: Keys to take at most; the answer comes with the last of them.
            wait_s: Seconds to wait for the first key behind the prompts, and for each further one.
            secret: The keys are written down nowhere.

        Returns:
            The keys pressed: ``0``-``9`` and ``*``. ``#`` ends the answer and is not returned, so
            ``#`` alone is "", as is no key at all; `hashed` tells them apart.

        Who keys a full code and then ``#``, as told, means the ``#`` for the code that was already complete: the
        question it falls into is asked again.

        Raises:
            PromptMissingError: A prompt has no sound; nothing was played.
        """
        paths, seconds = await self._prompts.find(self.language, names)
        with self.notes.during("asked", prompts=said(names)) as noted:
            keys = await self._keys(paths, seconds, digits, wait_s)
            if self._hash_owed and self.hashed and not keys:
                keys = await self._keys(paths, seconds, digits, wait_s)
            self._hash_owed = digits > 1 and len(keys) == digits
            noted["keys"] = hidden(keys, secret=secret) + "#" * self.hashed
        return keys

    async def _keys(self, paths: Sequence[str], seconds: Mapping[str, float], digits: int, wait_s: float) -> str:
        """Ask once; in several pieces where one command cannot hold all prompts, which only one key may answer."""
        *pieces, last = _in_pieces(paths, READ_ROOM) if digits == 1 else [list(paths)]
        for piece in pieces:
            keys = await self._keys_of(piece, seconds, digits, 0.0)
            if keys or self.hashed:
                return keys
        return await self._keys_of(last, seconds, digits, wait_s)

    async def _keys_of(self, paths: Sequence[str], seconds: Mapping[str, float], digits: int, wait_s: float) -> str:
        """Ask; again when what answered is a press of before that has come by its second way."""
        presses = self._presses
        while True:
            since, ends = (len(presses.pressed), presses.ends) if presses is not None else (0, 0)
            keys = await self._keys_taken(paths, seconds, digits, wait_s)
            if presses is None or not (keys or self.hashed):
                return keys
            await presses.until_ends(ends + len(keys) + self.hashed, SAME_PRESS_S)
            if not presses.twice:
                return keys
            if len(presses.pressed) > since:
                return await self._pressed(presses, since, digits, wait_s)

    async def _pressed(self, presses: DtmfDeduplicator, since: int, digits: int, wait_s: float) -> str:
        """Keys pressed since then, where each key comes twice: the rest of a code is waited for."""
        while True:
            pressed = presses.pressed
            keys, hashed, _ = "".join(pressed[since:]).partition("#")
            if hashed or len(keys) >= digits or not await presses.until_pressed(len(pressed) + 1, wait_s):
                break
        self.hashed = bool(hashed) and len(keys) < digits
        if keys:  # # alone may be that of the code before: then the same question is asked, and being answered, at once
            await presses.until_ends(2 * len(pressed), SECOND_WAY_S)
        return keys[:digits]

    async def _keys_taken(self, paths: Sequence[str], seconds: Mapping[str, float], digits: int, wait_s: float) -> str:
        """What Asterisk has counted."""
        sound = _playing_s(paths, seconds)
        if len(paths) == 1:
            reply = await self._result(
                "GET DATA",
                paths[0],
                str(max(1, round(wait_s * 1000))),  # 0 would be Asterisk's own limits
                str(digits),
                takes_s=sound + digits * wait_s,
            )
            self.hashed = reply.data != "timeout" and len(reply.result) < digits
            return reply.result
        takes = sound + digits * max(wait_s, INTER_DIGIT_TIMEOUT_S)
        # One attempt, no options. Read sets the variable in every run, to "" if need be.
        wanted = f"{KEYS},{'&'.join(paths)},{digits},,1,{max(wait_s, 0.001):.3f}"
        await self._result("EXEC", "Read", wanted, takes_s=takes)
        return await self._keys_of_read(digits)

    async def _keys_of_read(self, digits: int) -> str:
        """The keys the Read before left, with its status, in one command.

        READSTATUS tells whether the variable is this Read's own: only OK (keys, or ``#`` alone)
        and TIMEOUT (what was pressed before it) are.
        """
        name = "GET FULL VARIABLE"
        value = await self._value(name, f"${{READSTATUS}}:${{{KEYS}}}")
        status, _, keys = (value or "").partition(":")
        if status == "HANGUP":
            raise self._wire.hung_up()
        if status not in ("OK", "TIMEOUT", "INTERRUPTED"):
            raise AgiCommandError("EXEC Read", f"READSTATUS is {status or 'not set'}")
        self.hashed = status == "OK" and len(keys) < digits
        return keys

    async def ask_sound(self, path: Path, *, seconds: float) -> str:
        """Play a recording and take one key, which interrupts it; "" when it was heard to its end.

        Args:
            path: Absolute, with its ending ``.wav``; one of our own names.
            seconds: Its length.
        """
        sound = str(path.with_suffix(""))
        with self.notes.during("asked", sound=path.name) as noted:
            noted["keys"] = key = await self._keys_of([sound], {sound: seconds}, 1, 0.0)
        return key

    async def record(
        self, path: Path, *, seconds: float, silence_s: int = 0, stop_keys: str = "0123456789*#"
    ) -> RecordedSound:
        """Record the caller into ``<path>.wav``; no beep is played.

        Asterisk keeps the recording when the caller hangs up.

        Args:
            path: Absolute path without ``.wav``, in a directory Asterisk may write to.
            seconds: Longest length.
            silence_s: Whole seconds of silence that end it, also at its beginning; all but one are cut off. 0: none do.
            stop_keys: Keys that end it; the last 0.2 s, which hold the key's tone, are cut off.
        """
        ends = self._presses.ends if self._presses is not None else 0
        limit_ms = str(max(1, round(seconds * 1000)))
        ending = (f"s={silence_s}",) if silence_s else ()
        with self.notes.during("recorded", file=path.name) as noted:
            reply = await self._result("RECORD FILE", str(path), "wav", stop_keys, limit_ms, *ending, takes_s=seconds)
            noted["keys"] = key = chr(int(reply.result)) if reply.data == "dtmf" else ""
        if key and self._presses is not None:
            await self._presses.until_ends(ends + 1, SAME_PRESS_S)  # what is asked next begins behind it
        return RecordedSound(reply.endpos / SAMPLES_PER_S, key)

    async def settled(self) -> None:
        """Wait until Asterisk is through with the last command: it answers RECORD FILE before it closes the file."""
        await self._result("NOOP")

    async def get_variable(self, name: str) -> str | None:
        """The value of a channel variable or function, or None if it is not set."""
        return await self._value("GET VARIABLE", name)

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable or function.

        Args:
            name: Such as ``WR_CALLER`` or ``CHANNEL(language)``.
            value: Any text without CR, LF and NUL: `AgiCommandError` if it holds one.
        """
        await self._result("SET VARIABLE", name, value)

    async def set_language(self, language: str) -> None:
        """Speak ``hi`` or ``en`` from now on, here and in the dialplan."""
        await self.set_variable("CHANNEL(language)", language)
        self.language = language

    async def _result(self, name: str, *words: str, takes_s: float = SHORT_S) -> AgiResponse:
        return await self._read(parse_response, name, await self._send(name, words, takes_s))

    async def _value(self, name: str, expression: str) -> str | None:
        return await self._read(parse_variable, name, await self._send(name, (expression,), SHORT_S))

    async def _read(self, parse: Callable[[str, str], Read], name: str, line: str) -> Read:
        try:
            return parse(name, line)
        except CallerGoneError:
            raise self._wire.hung_up() from None
        except AgiCommandError:
            if line.startswith("200 result=-1") and await self._wire.ends_within(HANGUP_FOLLOWS_S):
                raise self._wire.why_ended() from None
            raise

    async def _send(self, name: str, words: Sequence[str], takes_s: float) -> str:
        raw = encoding.command_line(name, *words)
        await self._keep_guard(takes_s + IDLE_S)
        self.commands += 1
        return await self._wire.request(name, raw, takes_s + GRACE_S)

    async def _keep_guard(self, needed_s: float) -> None:
        """Renew the dialplan's absolute time limit if it would strike too early, or only long after this command."""
        now = time.monotonic()
        if needed_s <= self._guarded_until - now <= max(GUARD_S, needed_s):
            return
        ahead = max(GUARD_S, math.ceil(needed_s))
        name = "SET VARIABLE"
        raw = encoding.command_line(name, "TIMEOUT(absolute)", str(ahead))
        self.commands += 1
        await self._read(parse_response, name, await self._wire.request(name, raw, SHORT_S + GRACE_S))
        self._guarded_until = now + ahead


def _playing_s(paths: Sequence[str], seconds: Mapping[str, float]) -> float:
    """Return what playing sounds one behind the other takes at most, on a full machine too."""
    return SLOW * sum(seconds[path] + BETWEEN_S for path in paths)


def _in_pieces(paths: Sequence[str], most: int) -> list[list[str]]:
    """Paths in as few lists as fit a command each."""
    pieces: list[list[str]] = []
    room = 0
    for path in paths:
        size = len(encoding.quote(path).encode()) + 1
        if size > room:
            pieces.append([])
            room = most
        pieces[-1].append(path)
        room -= size
    return pieces
