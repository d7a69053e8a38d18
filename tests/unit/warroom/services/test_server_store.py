"""A store on a server, as the settings of a data directory name it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from router.mqtt.retained.broker_identity import BrokerIdentityError
from router.storage.repositories import identity_repository
from tests.support.commands import warroom
from warroom.cli.doctor.doctor import _store
from warroom.config.paths import DataDirectory
from warroom.config.settings import SettingsFileError, load_settings
from warroom.config.store_identity_file import write_mark
from warroom.services.stack.processes import _prepare_folders, _prepare_store
from warroom.services.store.gate import compare_with_file
from warroom.services.store.presence import store_there

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from tests.support.postgresql import Server


@pytest.fixture
def url(postgresql: Server) -> Iterator[sa.URL]:
    made = postgresql.empty()
    yield made
    postgresql.drop(made)


@pytest.fixture
def data(url: sa.URL) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        data.chmod(0o755)  # the services' user passes through
        (data / "settings.toml").write_text(f'[router.storage]\nurl = "{url.render_as_string()}"\n')
        yield data


async def test_stack_and_commands_use_the_server_and_no_file(postgresql: Server, url: sa.URL, data: Path) -> None:
    settings = load_settings(data)
    _prepare_folders(data, settings, lambda *_: None)
    _prepare_store(data, settings, lambda *_: None)
    added = await warroom(data, "api-keys", "add", "portal")
    assert added.code == 0, added.err
    assert postgresql.run("SELECT name FROM api_keys", str(url.database)) == [("portal",)]
    finding = _store(data, settings.router.node)
    assert finding.state == "ok", finding
    assert str(url.database) in finding.what
    assert store_there(data) == url
    assert not DataDirectory(data).store.exists()


def test_database_that_was_made_anew_is_not_the_store_that_is_remembered(
    postgresql: Server, url: sa.URL, data: Path
) -> None:
    settings = load_settings(data)
    _prepare_folders(data, settings, lambda *_: None)
    _prepare_store(data, settings, lambda *_: None)
    write_mark(DataDirectory(data).store_mark, identity_repository.of_database(url, 1))
    postgresql.run("UPDATE identity SET store = repeat('0', 32)", str(url.database))
    with pytest.raises(BrokerIdentityError, match=str(url.database)):
        compare_with_file(data, identity_repository.of_database(url, 1))


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://warroom:letmein@db/warroom", "postgresql+psycopg://w@db/w?password=letmein"]
)
def test_password_in_the_url_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    (tmp_path / "settings.toml").write_text(f'[router.storage]\nurl = "{url}"\n')
    with pytest.raises(SettingsFileError, match="passfile") as caught:
        load_settings(tmp_path)
    assert "letmein" not in str(caught.value)


def test_url_of_another_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[router.storage]\nurl = "mysql://db/w"\n')
    with pytest.raises(SettingsFileError, match=r"router\.storage\.url"):
        load_settings(tmp_path)
