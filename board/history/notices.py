"""`/api/notices`: notices to the public as the war room's desk writes and hears them, drafts too."""

from __future__ import annotations

import asyncio
import io
import wave
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, HTTPException, Path, Request, Response

from board.accounts.permissions import Action
from router.model.notice import NOTICE_PATTERN
from router.mqtt.topics import WARROOM_OPERATOR

if TYPE_CHECKING:
    import pathlib

    from board.history.access import Access
    from router.model.notice import Notice
    from router.storage.engine import Storage

LANGUAGES: Final = ("hi", "en")
MAX_SHOWN: Final = 60
"""Revisions on the desk: those that are open, and what was there before them."""
_RATE: Final = 16_000  # samples a second of Asterisk's sln16
_TARGET: Final = f"operators/{WARROOM_OPERATOR}"

NoticeId = Annotated[str, Path(pattern=NOTICE_PATTERN)]
Revision = Annotated[int, Path(ge=1, le=10_000)]


class NoticeRoutes:
    """Serves them, to those who may publish notices.

    Args:
        access: Lets them in.
        store: Open.
        directory: Where the sounds lie, ``<language>/<prompt>.sln16``.
    """

    def __init__(self, access: Access, store: Storage, directory: pathlib.Path) -> None:
        self._access = access
        self._store = store
        self._directory = directory

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(prefix="/api/notices")
        router.add_api_route("", self.notices, methods=["GET"])
        router.add_api_route("/{notice}/{revision}/{language}.wav", self.sound, methods=["GET", "HEAD"])
        return router

    async def notices(self, request: Request) -> Any:
        """Send the newest revisions; ``sound`` says whether one can be heard already."""
        await self._access.require(request, Action.COMMAND, _TARGET)
        found = await self._store.read(lambda uow: uow.notices.list_notices(open_only=False, limit=MAX_SHOWN))
        ready = await asyncio.to_thread(lambda: [self._ready(one) for one in found])
        rows = zip(found, ready, strict=True)
        return {"notices": [{**one.model_dump(mode="json"), "sound": sound} for one, sound in rows]}

    async def sound(
        self, request: Request, notice: NoticeId, revision: Revision, language: Literal["hi", "en"]
    ) -> Response:
        """Send what callers hear, as a WAV file."""
        await self._access.require(request, Action.COMMAND, _TARGET)
        found = await self._store.read(lambda uow: uow.notices.revisions(notice))
        one = next((each for each in found if each.revision == revision), None)
        if one is None:
            raise HTTPException(404, "there is no such notice")
        try:
            content = await asyncio.to_thread(partial(_wav, self._file(one, language)))
        except OSError:
            raise HTTPException(404, "its sound is not there") from None
        return Response(content, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"})

    def _file(self, notice: Notice, language: str) -> pathlib.Path:
        return self._directory / language / f"{notice.prompt}.sln16"

    def _ready(self, notice: Notice) -> bool:
        return all(self._file(notice, language).is_file() for language in LANGUAGES)


def _wav(path: pathlib.Path) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(path.read_bytes())
    return content.getvalue()
