"""A web server on loopback that has one file, and the faults of real ones."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class FileServer:
    """What it has and how it fails.

    Attributes:
        content: The file.
        cuts: Of each request, after how many bytes the connection is cut; none left: no more.
        ranges: Whether a part can be asked for.
        tag: The file's entity tag.
        kind: Content-Type.
        statuses: Answers in the place of the file, one a request.
        chunked: Whether the length is kept back.
        stalls: Whether it is silent after the head until the test ends.
        asked: The Range of each request.
    """

    content: bytes
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    tag: str = '"one"'
    kind: str = "application/zip"
    statuses: list[int] = field(default_factory=list)
    chunked: bool = False
    stalls: bool = False
    asked: list[str | None] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/models/vosk-model-small-hi-0.22.zip"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers["Range"]
        self.asked.append(asked)
        handler.close_connection = True
        if self.statuses:
            handler.send_error(self.statuses.pop(0))
            return
        start = int(asked.removeprefix("bytes=")[:-1]) if asked and self.ranges else 0
        if handler.headers["If-Range"] not in (None, self.tag):
            start = 0
        left = self.content[start:]
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        handler.send_header("Content-Type", self.kind)
        handler.send_header("ETag", self.tag)
        if not self.chunked:
            handler.send_header("Content-Length", str(len(left)))
        handler.end_headers()
        if self.stalls:
            self.ended.wait(60)
        handler.wfile.write(left[: self.cuts.pop(0)] if self.cuts else left)


@contextmanager
def file_server(content: bytes, **how: object) -> Iterator[FileServer]:
    """Serve a file; yields the server, whose faults may be changed."""
    has = FileServer(content, **how)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            has.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        has.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield has
        finally:
            has.ended.set()
            server.shutdown()
            thread.join()
