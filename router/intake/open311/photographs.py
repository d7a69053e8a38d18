"""Files of a form that become photographs of its ticket: which are kept, and why others are not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from router.intake.open311.multipart import MAX_FILES
from router.pictures import MAX_BYTES, PictureRefusedError
from router.pictures.header import read_header

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from router.intake.open311.multipart import SentFile
    from router.pictures import PictureStore


class Sorted(NamedTuple):
    """The files of a request.

    Attributes:
        good: To be kept.
        refused: Why others are not, each with its name.
        digest: Of them all; empty when there are none. Part of what makes a request the same as another.
    """

    good: tuple[SentFile, ...]
    refused: tuple[str, ...]
    digest: str


NO_FILES: Final = Sorted((), (), "")


def sort_files(files: Sequence[SentFile]) -> Sorted:
    """Look at files. Blocks for some milliseconds a file."""
    good: list[SentFile] = []
    refused: list[str] = []
    whole = hashlib.sha256()
    for place, file in enumerate(files):
        whole.update(hashlib.sha256(file.data).digest() + str(file.size).encode())
        if why := _fault(file, place):
            refused.append(f"{file.name}: {why}")
        else:
            good.append(file)
    return Sorted(tuple(good), tuple(refused), whole.hexdigest() if files else "")


def _fault(file: SentFile, place: int) -> str:
    if place >= MAX_FILES:
        return f"only {MAX_FILES} pictures of a request are kept"
    if file.size > MAX_BYTES:
        return f"the picture has {file.size:,} bytes; at most {MAX_BYTES:,} are kept"
    try:
        read_header(file.data)
    except PictureRefusedError as error:
        return str(error)
    return ""


async def keep_files(
    pictures: PictureStore, ticket: str, files: Sequence[SentFile], *, source_key: str, received: datetime
) -> tuple[str, ...]:
    """Keep the photographs of a request at its ticket; return why some are not kept.

    Again with the same ``source_key`` it changes nothing.

    Raises:
        StorageUnavailableError: some may be kept; the same may come again.
        OSError: the same.
    """
    refused = []
    for place, file in enumerate(files):
        try:
            await pictures.keep(ticket, file.data, channel="api", source_key=f"{source_key}/{place}", received=received)
        except PictureRefusedError as error:
            refused.append(f"{file.name}: {error}")
    return tuple(refused)


def notice_of(refused: Sequence[str]) -> str:
    """Return what a citizen is told of pictures that were not kept; empty when all were."""
    if not refused:
        return ""
    names = "; ".join(refused)
    return f" ये तस्वीरें नहीं रखी गईं; अनुरोध दर्ज है। / These pictures were not kept; the request is filed: {names}"
