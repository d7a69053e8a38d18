"""Migrations."""

from __future__ import annotations

import json
import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from router.storage.errors import StorageUnavailableError
from router.storage.migrate import migrate
from router.storage.schema import SCHEMA, metadata, recordings, ticket_copies, tickets
from tests.support.stores import opened_desk, opened_store, report

if TYPE_CHECKING:
    from pathlib import Path


def test_migrations_make_the_tables_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / "a place with % and spaces.sqlite"
    migrate(path)
    with sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == SCHEMA
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_schema_constant_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "router.storage:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA


def test_migration_finds_the_copies_of_tickets_that_are_open(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    migrate(path)
    with sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("DROP TABLE ticket_copies")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0017'")
        for at, (number, is_open, copies) in enumerate(
            [
                ("100000013", True, ["state/health", "state/food"]),
                ("100000024", False, ["state/health"]),
                ("3", True, []),
            ]
        ):
            row = {
                "id": at,
                "number": number,
                "source_key": number,
                "version": 1,
                "stage": "routed",
                "is_open": is_open,
            }
            row |= {"room": "district-bhopal", "desk": "health", "service_code": "danger", "priority": 1}
            connection.execute(
                sa.insert(tickets), row | {"document": json.dumps({"copies": copies}, separators=(",", ":"))}
            )
    migrate(path)
    with sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).connect() as connection:
        assert connection.execute(sa.select(ticket_copies)).all() == [("state", "100000013")]


def test_migration_reads_when_recordings_were_begun_out_of_their_names(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    migrate(path)
    taken = "2026-01-02T03:04:05+00:00"
    with sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("ALTER TABLE recordings DROP COLUMN begun")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0023'")
        for at, name in enumerate(("20260101T000059Z-1.1-181-hi.wav", "of-another-kind.wav")):
            connection.exec_driver_sql(
                "INSERT INTO recordings "
                "(id, name, number, call, helpline, language, state, why, taken, transcript, model)"
                f" VALUES ({at}, '{name}', '100000013', '1.1', '181', 'hi', 'waiting', '', '{taken}', '', '')"
            )
    migrate(path)
    with sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).connect() as connection:
        begun = connection.execute(sa.select(recordings.c.begun).order_by(recordings.c.id)).scalars().all()
    assert begun == ["2026-01-01T00:00:59+00:00", taken]


def test_migrate_twice_changes_nothing_and_hides_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    migrate(path)
    before = path.read_bytes()
    migrate(path)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_migrate_of_a_newer_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    migrate(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageUnavailableError, match=r"9999.*newer"):
        migrate(path)


def test_migrate_in_a_missing_directory_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError, match="No such file or directory"):
        migrate(tmp_path / "missing" / "s.sqlite")


@pytest.mark.parametrize("change", ["UPDATE history SET what = 'never happened'", "DELETE FROM history"])
def test_history_is_only_added_to(tmp_path: Path, change: str) -> None:
    path = tmp_path / "s.sqlite"
    migrate(path)
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO history (number, version, at, by, what) VALUES ('1', 1, 'now', 'phone', 'opened')")
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        connection.execute(change)
    connection.close()


def test_migrate_gives_every_old_ticket_its_source_and_pin(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    config = Config()
    config.set_main_option("script_location", "router.storage:migrations")
    with sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO tickets (number, source_key, version, stage, is_open, room, desk, service_code, priority,"
            """ document) VALUES ('100000011', '1/1', 1, 'routed', 1, 'state', 'food', 'gas', 3,"""
            """ '{"zipcode":"462001","requested_datetime":"2020-04-01T10:00:00+05:30"}')"""
        )
        connection.commit()
    migrate(path)
    with sqlite3.connect(path) as kept:
        assert kept.execute("SELECT source_key, number FROM ticket_sources").fetchall() == [("1/1", "100000011")]
        assert kept.execute("SELECT zipcode, proposed FROM tickets").fetchall() == [("462001", 0)]
    kept.close()


def test_migrate_keeps_rows_and_indexes_of_renamed_tables_and_rewrites_reasons(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    config = Config()
    config.set_main_option("script_location", "router.storage:migrations")
    with sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0021")
        connection.exec_driver_sql(
            "INSERT INTO work (kind, key, priority, payload, due, taken, tries, mark, outcome) "
            "VALUES ('call', '+919812345678/1.1', 2, '{\"why\": \"refused\"}', '2020-04-01', 3, 1, 'call.1', '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO cdr VALUES ('1.1', 1, '1.1', '181', 'refused-house', 'bsnl', '', 'Hangup', 1, NULL, 1, 'BUSY')"
        )
        connection.commit()
    migrate(path)
    with sqlite3.connect(path) as kept:
        query = "SELECT key, claims, attempts, checkpoint, payload FROM jobs"
        assert kept.execute(query).fetchall() == [("+919812345678/1.1", 3, 1, "call.1", '{"reason": "rejected"}')]
        assert kept.execute("SELECT context FROM cdr").fetchall() == [("rejected-system-full",)]
        made = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'jobs' AND sql LIKE '%ended IS NULL'"
        assert kept.execute(made).fetchall() == [("jobs_due",)]
    kept.close()


async def test_migrate_puts_numbers_right_that_had_a_0_after_the_country(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    async with opened_store(path) as store, opened_desk(store) as desk:
        ticket = await desk.open(report("1.1/1", phone="+919812345670"))
    with sqlite3.connect(path) as old:
        set_wrong = "UPDATE tickets SET phone = :wrong, document = json_set(document, '$.phone', :wrong)"
        old.execute(set_wrong, {"wrong": "+9109812345670"})
        old.execute("UPDATE alembic_version SET version_num = '0018'")
    old.close()
    migrate(path)
    async with opened_store(path) as store, opened_desk(store) as desk:
        assert await desk.tickets_of_phone("+919812345670", open_only=True, limit=1) == [ticket]
