"""Scripts, styles and fonts, as `npm run build` has made them: in memory, compressed once."""

from __future__ import annotations

import gzip
import json
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException, Request, Response

from router.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).with_name("static")
_FOR_EVER: Final = "public, max-age=31536000, immutable"  # a name has the hash of what is in it
_COMPRESSED: Final = frozenset({".js", ".css"})  # fonts are compressed already
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}


class StaticFilesError(UserError):
    """The screens have not been built."""


class StaticFiles:
    """Serves them below ``/static``.

    Args:
        folder: Where they lie.

    Attributes:
        build: The version of them all.

    Raises:
        StaticFilesError: they are not there.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        try:
            manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        except FileNotFoundError:
            raise StaticFilesError(f"{folder}: the screens have not been built; run: make screens") from None
        self.build: str = manifest["version"]
        self._names: Mapping[str, str] = manifest["files"]
        self._imports: Mapping[str, list[str]] = manifest["imports"]
        self._plain = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}
        self._gzip = {
            name: gzip.compress(content, 9, mtime=0)
            for name, content in self._plain.items()
            if Path(name).suffix in _COMPRESSED
        }

    def address(self, name: str) -> str:
        """Return the path of a script or style, such as ``room.js``; empty when there is none of that name."""
        return f"/static/{self._names[name]}" if name in self._names else ""

    def imports(self, name: str) -> list[str]:
        """Return the paths of what a page's script imports at once: a browser that is told fetches all together."""
        return [f"/static/{one}" for one in self._imports.get(name, ())]

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter()
        router.add_api_route("/static/{name}", self.file, methods=["GET", "HEAD"], include_in_schema=False)
        return router

    async def file(self, request: Request, name: str) -> Response:
        """Send one."""
        content = self._plain.get(name)
        if content is None:
            raise HTTPException(404)
        suffix = Path(name).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {"Cache-Control": _FOR_EVER}
        if name in self._gzip:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                return Response(self._gzip[name], media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
        return Response(content, media_type=kind, headers=headers)
