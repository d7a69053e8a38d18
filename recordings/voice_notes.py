"""Voice messages that people send as files: decoded, and kept as recordings of their ticket.

They are transcribed as those of callers are, and what is understood of them reaches the ticket.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import sys
import tempfile
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recordings import voice_decoder
from router.errors import UserError
from router.model.calls.recording_record import NewRecording

if TYPE_CHECKING:
    from datetime import datetime

    from router.tickets.service import TicketService

MAX_BYTES: Final = 16_000_000
"""Of a file; WhatsApp's limit for sound."""
DECODE_S: Final = 60.0
"""Seconds for decoding, on a machine busy with calls, by the clock."""
_MAGIC: Final = (b"OggS", b"RIFF", b"fLaC", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")
"""First bytes of what libsndfile decodes: Ogg (Opus, Vorbis), WAV, FLAC, MP3."""
_AT_ONCE: Final = 2
"""Decoders at once: calls come first."""


class VoiceRefusedError(UserError, ValueError):
    """A file is no voice message that can be kept; the text says why."""


class VoiceNotes:
    """Keeps voice messages.

    Args:
        tickets: Whose they are.
        kept: Where recordings lie.
    """

    def __init__(self, tickets: TicketService, kept: Path) -> None:
        self._tickets = tickets
        self._kept = kept
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def keep(self, ticket: str, data: bytes, *, key: str, language: str, begun: datetime) -> None:
        """Keep a voice message as a recording of a ticket; returns after the commit. The same key again is the same.

        Args:
            ticket: Its number.
            data: The file, of whatever its sender calls it.
            key: Unlike that of any other voice message.
            language: In which the person is answered: ``hi`` or ``en``.
            begun: When it was sent; aware.

        Raises:
            VoiceRefusedError: it is no sound, or none that can be decoded.
            UnknownTicketError: no ticket has this number.
            StorageUnavailableError: nothing was written; the same may come again.
            OSError: the file cannot be written; the same may come again.
        """
        if len(data) > MAX_BYTES:
            raise VoiceRefusedError(f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are kept")
        if not data.startswith(_MAGIC):
            raise VoiceRefusedError("it is in no form that can be played here (Ogg, WAV, FLAC, MP3)")
        digest = hashlib.sha256(key.encode()).hexdigest()[:24]
        name = f"{begun.astimezone(UTC):%Y%m%dT%H%M%SZ}-voice-{digest}.wav"
        if await self._tickets.recording(name) is None:
            async with self._turns:
                await self._decode(data, self._kept / name)
            recording = NewRecording(name=name, call=digest, helpline=None, language=language, begun=begun)
            await self._tickets.attach(ticket, recordings=(recording,))

    async def _decode(self, data: bytes, goal: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="voice-") as folder:
            source = Path(folder) / "sound"
            await asyncio.to_thread(source.write_bytes, data)
            draft = goal.with_suffix(f".{os.getpid()}.part")
            try:
                await _run(str(source), str(draft))
                await asyncio.to_thread(_put, draft, goal)
            finally:
                draft.unlink(missing_ok=True)


async def _run(source: str, goal: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", voice_decoder.__name__, source, goal),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(DECODE_S):
            _, said = await process.communicate()
    except TimeoutError:
        raise VoiceRefusedError(f"it could not be decoded within {DECODE_S:g} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode == voice_decoder.REFUSED:
        raise VoiceRefusedError(said.decode("utf-8", "replace").strip().splitlines()[-1][:100])
    if process.returncode:
        raise VoiceRefusedError(f"what decodes it ended ({process.returncode})")


def _put(draft: Path, goal: Path) -> None:
    """Have a file on the disk under its name."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.chmod(0o640)
    draft.rename(goal)
