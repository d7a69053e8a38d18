"""Fetches the file of a model over HTTP or HTTPS; a download that breaks off is continued where the server can."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

import httpx

from router.errors import UserError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

MAX_BYTES: Final = 4 << 30
"""Of a model's file: the largest public one (English, 2.3 GB) fits."""

_TIMEOUT: Final = httpx.Timeout(30.0)  # to connect, and between two pieces: a stalled mirror is given up
_ATTEMPTS: Final = 5  # a file of 1.5 GB over a line that breaks once in 500 MB
_RETRY_DELAY_S: Final = 1.0
_PIECE: Final = 1 << 16
_RANGE: Final = re.compile(r"bytes (\d+)-")


class DownloadError(UserError):
    """The file could not be fetched; the text says why and what to do."""


class _BrokenOffError(WarroomError):
    """The line broke, or the server did: worth another attempt."""


def download(
    url: str,
    goal: Path,
    progress: Callable[[int, int], None],
    *,
    max_bytes: int = MAX_BYTES,
    timeout: httpx.Timeout = _TIMEOUT,
    retry_delay_s: float = _RETRY_DELAY_S,
) -> None:
    """Fetch a file.

    A download that breaks off is tried again: from where it was when the server names the same version of the file
    (RFC 9110 13.1.5, 14.2), else from the beginning.

    Args:
        url: Of scheme http or https.
        goal: Where the file goes; overwritten.
        progress: Gets the bytes that are there, and of how many (0: not known).
        max_bytes: A larger file is refused.
        timeout: To connect, and between two pieces.
        retry_delay_s: Between two attempts.

    Raises:
        DownloadError: It is not to be had, or too large.
        OSError: The disk is full.
    """
    with goal.open("wb") as file, httpx.Client(timeout=timeout, follow_redirects=True) as client:
        version = ""
        for attempt in range(1, _ATTEMPTS + 1):
            headers = {"Accept-Encoding": "identity"}
            if version and file.tell():
                headers |= {"Range": f"bytes={file.tell()}-", "If-Range": version}
            try:
                with client.stream("GET", url, headers=headers) as response:
                    _refuse(url, response)
                    version = _version(response)
                    _receive(url, response, file, progress, max_bytes)
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise DownloadError(f"{url}: this is no address of a file: {error}") from None
            except (httpx.HTTPError, _BrokenOffError) as error:
                if attempt == _ATTEMPTS:
                    raise DownloadError(
                        f"{url}: given up after {_ATTEMPTS} attempts: {str(error) or type(error).__name__}; try again, "
                        f"or fetch the file by other means and install that"
                    ) from None
                time.sleep(retry_delay_s)
            else:
                return


def _receive(
    url: str, response: httpx.Response, file: BinaryIO, progress: Callable[[int, int], None], max_bytes: int
) -> None:
    """Write what comes behind what is there, or in its place when the server begins anew."""
    if not _continues(response, file.tell()):
        file.seek(0)
        file.truncate()
    total = file.tell() + int(response.headers.get("Content-Length", 0))
    if total > max_bytes:
        raise DownloadError(f"{url}: it has {total >> 20} MB, more than {max_bytes >> 20}: no model")
    for piece in response.iter_bytes(_PIECE):
        file.write(piece)
        if file.tell() > max_bytes:
            raise DownloadError(f"{url}: it has more than {max_bytes >> 20} MB: no model")
        progress(file.tell(), total)


def _refuse(url: str, response: httpx.Response) -> None:
    if response.is_server_error:
        raise _BrokenOffError(f"the server answers {response.status_code} {response.reason_phrase}")
    if not response.is_success:
        raise DownloadError(
            f"{url}: the server answers {response.status_code} {response.reason_phrase}; look at the address"
        )
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadError(f"{url}: this is a web page and no model; take the address of the file that it links to")


def _version(response: httpx.Response) -> str:
    """What names this version of the file: a strong entity tag, or its date."""
    tag: str = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _continues(response: httpx.Response, done: int) -> bool:
    found = _RANGE.match(response.headers.get("Content-Range", ""))
    return response.status_code == httpx.codes.PARTIAL_CONTENT and found is not None and int(found[1]) == done
