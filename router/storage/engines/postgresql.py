"""PostgreSQL: a server of its own, which other machines can reach and a standby can follow."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from router.errors import WarroomError
from router.storage.engines.base import BUSY_STEP_S, MIGRATE_WITH, READERS, Database
from router.storage.engines.postgresql_pipeline import WriterPipeline
from router.storage.errors import StorageUnavailableError
from router.storage.schema import identity, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from psycopg.errors import Diagnostic

DRIVER: Final = "postgresql+psycopg"

_WRITER_LOCK: Final = 0x776172726F6F6D  # "warroom": the advisory lock of every writer to this database
_MIGRATE_WAIT_S: Final = 30  # for the groups of services of this or another machine, and for another migration
_IDLE_LIMIT_S: Final = 5  # a writer that hangs within a transaction holds the lock: the server ends it, others go on
_CONNECTION: Final = {
    "application_name": "warroom",
    "connect_timeout": 3,  # to one address; a caller waits for five
    "keepalives_idle": 2,  # a machine that is gone without a word is noticed within 2 + 2 x 3 seconds
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,  # milliseconds
}
"""Of libpq; what ``router.storage.url`` says goes before."""

_WAITS: Final = "tickets wait in memory and are written by themselves once this is mended"
_DAMAGED: Final = ("the database is damaged", "stop the services and restore it from the last backup")
_STANDBY: Final = (
    "the database cannot be written: the server is a standby, or has become one",
    f"see which server is the primary, and that `router.storage.url` names all of them; {_WAITS}",
)
_CAUSES: Final = {
    "08": ("the connection to the database broke", f"see that the server runs and can be reached; {_WAITS}"),
    "25006": _STANDBY,
    "25P03": (
        "the writer hung in a transaction and was ended",
        "see what keeps this machine busy (`vmstat 1`)",
    ),
    "28": ("the database does not let us in", "see user and passfile in `router.storage.url`, and pg_hba.conf there"),
    "3D": ("there is no such database", "make it with the CREATE DATABASE of docs/admin.md"),
    "40001": ("another transaction was in the way", "look for other programs that write to this database"),
    "40P01": ("another transaction was in the way", "look for other programs that write to this database"),
    "42501": ("the database may not be used", "let the user of `router.storage.url` own the database and its tables"),
    "53100": ("the server's disk is full", f"free some space there; {_WAITS}"),
    "53200": ("the server's memory is used up", f"see what uses it; {_WAITS}"),
    "53300": ("the server has no connection left", "raise max_connections there: each process of ours needs three"),
    "53": ("the server lacks something", f"look at its log; {_WAITS}"),
    "55P03": ("the database is locked by another writer", "see pg_locks and pg_stat_activity for who holds it so long"),
    "57014": ("the statement was cancelled at the server", "see who cancels there: statement_timeout must be 0 for us"),
    "57": ("the server is stopping, starting, or has ended our connection", f"look at its log; {_WAITS}"),
    "58": ("the server's disk does not answer as it should", f"look at the kernel's log there; {_WAITS}"),
    "F0": ("the server's configuration cannot be read", "look at its log"),
    "XX": _DAMAGED,
}
_TRY_AGAIN: Final = frozenset({"40001", "40P01", "55P03"})

_GUARD: Final = """
CREATE FUNCTION history_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('warroom.history_opened', true) = 'yes' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'history is only added to' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


class _NotConfirmedError(WarroomError):
    """A commit is in the primary, and may not be in the standby."""


class PostgresqlDatabase(Database):
    """A database on a server, or on several of which one is the primary.

    Args:
        url: ``postgresql+psycopg://user@host[,host…]/name?…``, with what else libpq takes; no password.
    """

    _LOCK: ClassVar = f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
    BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_LOCK}"  # one answer to wait for

    def __init__(self, url: sa.URL) -> None:
        self._url = url
        self._pipeline = WriterPipeline()
        self.location = url.render_as_string(hide_password=True)

    def make_writer(self) -> sa.Engine:
        """As `Database.make_writer`: to the primary, whichever of the servers that is."""
        engine = sa.create_engine(
            self._url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",  # the writer begins and commits by itself
            hide_parameters=True,  # an error's text must not carry a citizen's data into a log
            connect_args=self._connection("read-write", lock_timeout=int(BUSY_STEP_S * 1000)),
        )
        sa.event.listen(engine, "do_execute", self._pipeline.execute)
        return engine

    def make_readers(self) -> AsyncEngine:
        """As `Database.make_readers`: from the primary too, for a caller's own commit must be seen."""
        return create_async_engine(
            self._url,
            pool_size=READERS,
            max_overflow=0,
            pool_pre_ping=True,  # after a restart of the server no caller gets the error of a broken connection
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            hide_parameters=True,
            connect_args=self._connection("primary", default_transaction_read_only="on"),
        )

    def _connection(self, wanted: str, **settings: object) -> dict[str, object]:
        given = self._url.query
        settings = {"idle_in_transaction_session_timeout": _IDLE_LIMIT_S * 1000, **settings}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        return {
            "client_encoding": "utf8",
            "target_session_attrs": wanted,
            **{name: value for name, value in _CONNECTION.items() if name not in given},
            "options": f"{given.get('options', '')} {options}".strip(),
        }

    def pipeline(self, raw: Any) -> AbstractContextManager[None]:
        """As `Database.pipeline`."""
        return self._pipeline.opened(raw)

    def commit(self, raw: Any) -> None:
        """As `Database.commit`: and see that no wait for the standby was given up.

        Whoever cancels that wait has a commit here which is lost when the standby takes over (syncrep.c says it in a
        warning alone): nobody may be told that it is kept.
        """
        warned: list[str | None] = []

        def hear(notice: Diagnostic) -> None:
            warned.append(notice.source_function)

        raw.add_notice_handler(hear)
        ended = raw.execute("COMMIT")
        raw.remove_notice_handler(hear)
        if "SyncRepWaitForLSN" in warned:
            raise _NotConfirmedError
        if ended.statusmessage != "COMMIT":  # a statement failed, and its error was ignored
            raise psycopg.errors.InFailedSqlTransaction(f"the transaction ended with {ended.statusmessage}")

    def unavailable(self, error: BaseException) -> StorageUnavailableError | None:
        """As `Database.unavailable`, by SQLSTATE; an error of the connection itself has none."""
        if isinstance(error, _NotConfirmedError):
            return StorageUnavailableError(
                "the standby has not confirmed a commit",
                self.location,
                f"see that it follows (pg_stat_replication), and who cancels at the primary; {_WAITS}",
            )
        original = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(original, psycopg.Error) or isinstance(original, psycopg.errors.PipelineAborted):
            return None
        state = original.sqlstate
        if state is None:
            return self._unreachable(original) if isinstance(original, psycopg.OperationalError) else None
        cause = _CAUSES.get(state) or _CAUSES.get(state[:2])
        return StorageUnavailableError(cause[0], self.location, cause[1]) if cause else None

    def _unreachable(self, error: psycopg.Error) -> StorageUnavailableError:
        if "server closed the connection" in str(error):
            return StorageUnavailableError(_CAUSES["08"][0], self.location, _CAUSES["08"][1])
        said = (str(error).splitlines() or ["no reason given"])[-1].strip(" -\t")
        if "read-only" in said or "hot standby" in said:
            return StorageUnavailableError(_STANDBY[0], self.location, _STANDBY[1])
        return StorageUnavailableError(
            f"the database cannot be reached: {said}",
            self.location,
            f"see that the server runs, and `router.storage.url`; {_WAITS}",
        )

    def is_locked(self, error: BaseException) -> bool:
        """As `Database.is_locked`."""
        original = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(original, psycopg.Error) and original.sqlstate in _TRY_AGAIN

    def timed_out(self, seconds: float) -> StorageUnavailableError:
        """As `Database.timed_out`: the server, the way to it or its standby hangs."""
        return StorageUnavailableError(
            f"no answer from the database within {seconds:g} s",
            self.location,
            "see whether the server and the standby it waits for answer (pg_stat_activity, pg_stat_replication)",
        )

    @contextmanager
    def migrating(self) -> Iterator[sa.Connection]:
        """As `Database.migrating`, in one transaction, in which no other writes or migrates."""
        engine = self.make_writer()
        try:
            with engine.connect() as plain:
                connection = plain.execution_options(isolation_level="READ COMMITTED")
                with connection.begin():
                    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_MIGRATE_WAIT_S}s'")
                    connection.exec_driver_sql(self._LOCK)
                    self.check(connection)
                    yield connection
        except DBAPIError as error:
            raise self.unavailable(error) or error from error
        finally:
            engine.dispose()

    def make_baseline(self, connection: sa.Connection) -> bool:
        """As `Database.make_baseline`: the migrations up to 0020 are written for SQLite."""
        if sa.inspect(connection).has_table("alembic_version"):
            return False
        metadata.create_all(connection, checkfirst=False)
        connection.execute(sa.insert(identity), {"id": 1, "store": uuid.uuid4().hex})
        connection.exec_driver_sql(_GUARD)
        for table in ("history", "task_history"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_only_added_to BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION history_is_only_added_to()"
            )
        return True

    def check(self, connection: sa.Connection) -> None:
        """As `Database.check`: text must be ordered by its bytes, as the ranges of keys and of times need it."""
        query = (
            "SELECT pg_encoding_to_char(encoding), datcollate, 'a' > 'Z' AND '-' < '0' FROM pg_database "
            "WHERE datname = current_database()"
        )
        encoding, collation, by_bytes = connection.exec_driver_sql(query).one()
        if encoding != "UTF8" or collation not in {"C", "POSIX"} or not by_bytes:
            raise StorageUnavailableError(
                f"the database has the encoding {encoding} and orders text as {collation}; it must be UTF8 and C",
                self.location,
                "make it anew: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'; "
                f"then start with {MIGRATE_WITH}",
            )

    def damage(self, connection: sa.Connection) -> str:
        """As `Database.damage`: what the server has met by its checksums of pages, where it keeps them."""
        query = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
        failures = connection.exec_driver_sql(query).scalar()
        return f"{failures} pages had a wrong checksum" if failures else ""

    def checkpoint(self, connection: sa.Connection) -> bool:
        """As `Database.checkpoint`: the rows of before are given up; archived logs and backups are the admin's."""
        connection.exec_driver_sql("VACUUM")
        return True

    @staticmethod
    @contextmanager
    def history_opened(connection: sa.Connection) -> Iterator[None]:
        """As `Database.history_opened`: the triggers look at a setting of the transaction."""
        connection.exec_driver_sql("SET LOCAL warroom.history_opened = 'yes'")
        try:
            yield
        finally:
            connection.exec_driver_sql("SET LOCAL warroom.history_opened = 'no'")

    @staticmethod
    def use_up_ids(connection: sa.Connection, column: sa.Column[int], last: int) -> None:
        """As `Database.use_up_ids`: the sequence of the column goes on behind it."""
        sequence = connection.execute(
            sa.select(sa.func.pg_get_serial_sequence(column.table.name, column.name))
        ).scalar_one()
        last_value = sa.select(sa.column("last_value", sa.BigInteger)).select_from(sa.text(sequence))
        if last > connection.execute(last_value).scalar_one():
            connection.execute(sa.select(sa.func.setval(sequence, last)))
