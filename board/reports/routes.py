"""`/reports`: the page and the CSV file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotation)
from starlette.responses import RedirectResponse, Response

from board.accounts.audit import AuditUnavailableError
from board.accounts.permissions import Action, may
from board.reports.period import PeriodError, read_period
from board.reports.reader import ReportsBusyError
from board.reports.tables import csv_rows, page_values
from router.clock import utc_now
from router.india import local
from router.spreadsheet import SpreadsheetWriter
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from board.accounts.audit import Audit
    from board.accounts.identity import Identity
    from board.accounts.sessions import Sessions
    from board.reports.period import Period
    from board.reports.reader import Report, ReportReader
    from router.geo import Places
    from router.stock.items import Items

VIEW: Final = "reports"
_RETRY_S: Final = 30
"""By then the reports that others wait for are made."""


class Templates(Protocol):
    """Makes pages."""

    def page(self, request: Request, name: str, *, status: int = 200, **values: object) -> Response:
        """Return a page in the language of the person's choice."""
        ...


class ReportRoutes:
    """The paths.

    Args:
        sessions: Tells who asks.
        audit: Is told what is looked at and taken away.
        templates: Of all pages.
        reader: Reads reports.
        places: Names of districts and needs.
        items: Names of what rooms keep in stock.
    """

    def __init__(
        self,
        sessions: Sessions,
        audit: Audit,
        templates: Templates,
        reader: ReportReader,
        places: Places,
        items: Items,
    ) -> None:
        self._sessions = sessions
        self._audit = audit
        self._templates = templates
        self._reader = reader
        self._places = places
        self._items = items

    def router(self) -> APIRouter:
        """Return the paths."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/reports", self.show, methods=["GET"], response_model=None)
        router.add_api_route("/reports/{name}.csv", self.export, methods=["GET"], response_model=None)
        return router

    async def show(self, request: Request) -> Response:
        """Show a report."""
        identity = await self._sessions.identify(request)
        if identity is None:
            return RedirectResponse(
                f"/sign-in?next={quote(f'/reports?{request.url.query}'.rstrip('?'), safe='/')}", 303
            )
        period = self._period(identity, Action.VIEW, request.query_params.get("of", ""))
        report = await self._read(period)
        await self._audit.note(identity, "view", target=f"{VIEW}/{period.text}")
        values = page_values(report, self._places, self._items, lang=_language(request), today=local(utc_now()).date())
        return self._templates.page(request, "reports/report.html", identity=identity, **values)

    async def export(self, request: Request, name: str) -> Response:
        """Send a report as CSV."""
        identity = await self._sessions.identify(request)
        if identity is None:
            raise HTTPException(401, "sign in")
        period = self._period(identity, Action.EXPORT, name)
        report = await self._read(period)
        try:
            await self._audit.record(identity, "export", target=f"{VIEW}/{period.text}")
        except AuditUnavailableError as error:
            raise HTTPException(503, str(error)) from None
        text = _as_csv(csv_rows(report, self._places, lang=_language(request)))
        headers = {"Content-Disposition": f'attachment; filename="report-{period.text}.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

    @staticmethod
    def _period(identity: Identity, action: Action, text: str) -> Period:
        if not may(identity, action, VIEW):
            raise HTTPException(403, "not allowed")
        try:
            return read_period(text, local(utc_now()).date())
        except PeriodError as error:
            raise HTTPException(404, str(error)) from None

    async def _read(self, period: Period) -> Report:
        try:
            return await self._reader.read(period)
        except ReportsBusyError:
            busy = "many people read reports; try again in half a minute"
            raise HTTPException(503, busy, headers={"Retry-After": str(_RETRY_S)}) from None
        except StorageUnavailableError as error:
            raise HTTPException(503, str(error)) from None


def _language(request: Request) -> str:
    return "en" if request.cookies.get("lang") == "en" else "hi"


def _as_csv(rows: list[list[Any]]) -> str:
    out = io.StringIO()
    writer = SpreadsheetWriter(out)
    for row in rows:
        writer.row(row)
    return out.getvalue()
