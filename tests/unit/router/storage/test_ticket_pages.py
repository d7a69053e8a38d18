"""Tickets by time of request: which index drives each way of asking, and the column in a store made before it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import sqlite

from router.model.ticket_views import PageCursor
from router.storage.migrate import migrate
from router.storage.repositories.tickets import ticket_page_repository
from router.storage.repositories.tickets.ticket_page_repository import TicketFilter
from tests.support.stores import opened_desk, opened_store, report

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engines import Location

NOW = datetime(2020, 6, 1, tzinfo=UTC)
ALL = TicketFilter(NOW - timedelta(days=90), NOW)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (ALL, "tickets_by_requested"),
        (replace(ALL, is_open=False), "tickets_by_requested"),
        (replace(ALL, is_open=True), "tickets_open_by_requested"),
        (replace(ALL, is_open=True, services=("gas",), districts=("dewas",)), "tickets_open_by_requested"),
        (replace(ALL, services=("gas",)), "tickets_by_service"),
        (replace(ALL, services=("gas", "water")), "tickets_by_requested"),
        (replace(ALL, services=("gas", "water"), districts=("dewas",)), "tickets_by_district"),
        (replace(ALL, is_open=False, districts=("dewas",)), "tickets_by_district"),
    ],
)
@pytest.mark.parametrize("new_location", ["sqlite"], indirect=True)  # its planner
async def test_newest_reads_one_index_in_order(location: Location, wanted: TicketFilter, index: str) -> None:
    query = ticket_page_repository.newest_query(wanted, PageCursor("2020-05-01", 7)).limit(10)
    sql = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    async with opened_store(location) as store:
        plan = await store.read(
            lambda uow: [row[3] for row in uow.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
        )
    assert len(plan) == 1, plan  # no sorting, no second look
    assert f"USING INDEX {index} " in plan[0]
    assert "requested>? AND requested<?" in plan[0]  # it begins where the page before ended
    assert "2020-05-01' AND" in sql


async def test_oldest_pages_hold_every_ticket_once_though_many_share_a_moment(location: Location) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        opened = [await desk.open(report(str(number))) for number in range(7)]
        same = "UPDATE tickets SET requested = (SELECT min(requested) FROM tickets)"
        await store.write(lambda uow: uow.connection.exec_driver_sql(same).rowcount)
        since, until = opened[0].requested_datetime, opened[0].requested_datetime + timedelta(seconds=1)
        page = await store.read(lambda uow: uow.ticket_pages.oldest(since, until, count=3))
        found = list(page.documents)
        while page.next:
            after = page.next
            page = await store.read(
                lambda uow, after=after: uow.ticket_pages.oldest(since, until, after=after, count=3)
            )
            found += page.documents
    assert [json.loads(document)["service_request_id"] for document in found] == [t.number for t in opened]


def test_migration_fills_the_column_of_tickets_that_were_there(tmp_path: Path, location: Location) -> None:
    path = tmp_path / "s.sqlite"
    config = Config()
    config.set_main_option("script_location", "router.storage:migrations")
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    asked = ["2020-04-01T06:30:00Z", "2020-04-01T12:00:00.25+05:30"]
    columns = "number, source_key, version, stage, is_open, room, desk, service_code, priority, document"
    with closing(sqlite3.connect(path)) as old:
        for n, at in enumerate(asked):
            row = (f"{n}", f"{n}", 1, "routed", 1, "state", "food", "gas", 3, json.dumps({"requested_datetime": at}))
            old.execute(f"INSERT INTO tickets ({columns}) VALUES ({', '.join('?' * 10)})", row)
        old.commit()
    migrate(path)
    with closing(sqlite3.connect(path)) as new:
        filled = new.execute("SELECT requested FROM tickets ORDER BY id").fetchall()
    assert filled == [("2020-04-01T06:30:00.000000+00:00",), ("2020-04-01T06:30:00.250000+00:00",)]
