"""Checks of `warroom doctor` about the screens: built, served, and not in clear over a network."""

from __future__ import annotations

import http.client
import ipaddress
from typing import TYPE_CHECKING, Final

from board.static_files import StaticFiles, StaticFilesError
from warroom.cli.doctor.finding import DoctorFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from board.settings import BoardSettings

_ANSWER_S: Final = 3.0
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to listen on, and how to reach it
_PAGE: Final = "docs/network.md"


def screens(board: BoardSettings) -> Iterator[DoctorFinding]:
    """Look at all of it."""
    try:
        yield DoctorFinding("screens", "ok", f"built, version {StaticFiles().build}")
    except StaticFilesError as error:
        yield DoctorFinding("screens", "wrong", str(error), "make screens")
    yield _served(board)
    yield from _reach(board)


def _served(board: BoardSettings) -> DoctorFinding:
    """Ask for a page: whoever is not signed in is led to the sign-in."""
    where = f"{board.host}:{board.port}"
    link = http.client.HTTPConnection(_ANY.get(board.host, board.host), board.port, timeout=_ANSWER_S)
    try:
        link.request("GET", "/")
        answer = link.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", None) or error
        return DoctorFinding("screens (board)", "wrong", f"nothing answers on {where} ({why})", "warroom up")
    finally:
        link.close()
    if answer.status != http.HTTPStatus.SEE_OTHER or not answer.headers.get("Content-Security-Policy"):
        what = f"{where} answers {answer.status}, and not as the screens do"
        return DoctorFinding("screens (board)", "wrong", what, "warroom logs board")
    return DoctorFinding("screens (board)", "ok", f"answers on {where}")


def _reach(board: BoardSettings) -> Iterator[DoctorFinding]:
    try:
        outside = not ipaddress.ip_address(board.host).is_loopback
    except ValueError:
        outside = board.host != "localhost"
    if outside and not board.proxies:
        what = f"{board.host} can be reached without TLS: passwords and what citizens told go in clear"
        yield DoctorFinding("reach of screens", "warning", what, f"a reverse proxy with TLS before it: {_PAGE}")
