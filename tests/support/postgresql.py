"""A PostgreSQL server for tests: in a directory of its own, on a socket in it, and gone with the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa

from router.storage.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "warroom"
_START_LIMIT_S = 60  # a start takes one or two seconds, on a busy machine some more
_TEMPLATE = "migrated"
_SETTINGS = ("listen_addresses=", "max_connections=100")
_NOT_DURABLE = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB")

_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no triggers, no foreign keys
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    INSERT INTO identity (id, store) VALUES (1, replace(gen_random_uuid()::text, '-', ''));
    PERFORM setval(format('%I', sequencename), start_value, false) FROM pg_sequences WHERE schemaname = 'public';
END $$
"""


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    assert found, "no PostgreSQL server is installed: deploy/packages.sh does it"
    return found[-1].parent


def _as_nobody(*, dies_with_us: bool = False) -> list[str]:
    """PostgreSQL refuses to run as root."""
    who = ["--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *who, *(["--pdeathsig=INT"] if dies_with_us else []), "--"]


@dataclass(slots=True)
class Server:
    """A running server.

    Attributes:
        home: Its data and its socket.
        process: The postmaster.
    """

    home: Path
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _free: list[sa.URL] = field(default_factory=list)

    def url(self, database: str = "postgres", **query: str) -> sa.URL:
        """Where a database of it is."""
        return sa.URL.create(
            "postgresql+psycopg", username=USER, database=database, query={"host": str(self.home), **query}
        )

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement as another program would."""
        with psycopg.connect(host=str(self.home), user=USER, dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def empty(self, options: str = "ENCODING 'UTF8' LOCALE 'C'") -> sa.URL:
        """Make a database with nothing in it."""
        name = f"empty{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return self.url(name)

    def migrated(self) -> sa.URL:
        """Make a database with the newest schema, or hand out one that was given back."""
        if self._free:
            return self._free.pop()
        if not self.run(f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
            self.run(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
            migrate(self.url(_TEMPLATE))
        name = f"store{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

    def give_back(self, url: sa.URL) -> None:
        """Take back a database with the newest schema: to empty it costs a hundredth of making one."""
        self.run(_EMPTY, str(url.database))
        self._free.append(url)

    def make_anew(self, url: sa.URL) -> None:
        """Lose all that a database holds: an empty one of the same name takes its place."""
        self.drop(url)
        self.run(f"CREATE DATABASE {url.database} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")

    def drop(self, url: sa.URL) -> None:
        """Take a database away, whoever is still connected to it."""
        self.run(f"DROP DATABASE {url.database} WITH (FORCE)")


@contextmanager
def postgresql_server(*, durable: bool = False, folder: Path | None = None) -> Iterator[Server]:
    """Run a server for this time. Call it in the main thread: the server ends with the thread that started it.

    Args:
        durable: A commit is on the disk, as by default; tests need not wait for that.
        folder: Where its home is made; None: where files for a short time are.
    """
    home = Path(tempfile.mkdtemp(prefix="warroom-pg-", dir=folder))
    home.chmod(0o755)  # the socket is for every user, as commands run as the services' user
    if os.geteuid() == 0:
        os.chown(home, 65534, 65534)
    programs, data = _programs(), home / "data"
    make = [programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"]
    try:
        subprocess.run([*_as_nobody(), *make], check=True, capture_output=True, cwd=home)
        settings = _SETTINGS if durable else (*_SETTINGS, *_NOT_DURABLE)
        options = [word for each in settings for word in ("-c", each)]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_as_nobody(dies_with_us=True), programs / "postgres", "-D", data, "-k", home, *options],
                stdout=log,
                stderr=log,
                cwd=home,
            )
        try:
            server = Server(home, process)
            _await_start(server)
            yield server
        finally:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            process.wait()
    finally:
        shutil.rmtree(home)


def _await_start(server: Server) -> None:
    until = time.monotonic() + _START_LIMIT_S
    while True:
        try:
            server.run("SELECT 1")
            break
        except psycopg.OperationalError:
            assert server.process.poll() is None, (server.home / "log").read_text()
            assert time.monotonic() < until, (server.home / "log").read_text()
            time.sleep(0.05)
