"""One api process on a store of its own: the real command, the real server, real HTTP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from router.intake.api_keys import FILE, READ_PERSONAL, RIGHTS, ApiKeyStore
from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from router.storage.migrate import migrate
from tests.support import whatsapp_webhooks
from tests.support.brokers import WAIT_S
from tests.support.ports import free_ports
from tests.support.stores import opened_desk, opened_store
from warroom.config.paths import DataDirectory
from warroom.config.secrets import GENERATED, WHATSAPP_APP, ensure_secret, write_secret
from warroom.services.readiness.ready_file import ReadyFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from router.tickets.service import TicketService

READY_S = 100.0


@dataclass
class Api:
    """A running api process and the ways into it."""

    data: Path
    url: str
    keys: dict[str, str]

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """A client, with the key that has these rights or with none."""
        headers = {"X-Api-Key": self.keys[key]} if key else {}
        return httpx.AsyncClient(base_url=f"{self.url}/open311/v2", headers=headers, timeout=20)


def prepare_api(data: Path, *, api: Sequence[str] = (), **open311: object) -> str:
    """Make a data directory with a migrated store for the process, with these lines below [api]; its address."""
    (port,) = free_ports(1)
    for name in ("store", "run", "secrets", "pictures"):
        (data / name).mkdir(exist_ok=True)
    settings = [
        "[router.open311]", *(f"{name} = {value}" for name, value in open311.items()),
        "[whatsapp]", f'phone_number_ids = ["{whatsapp_webhooks.ACCOUNT}"]',
        "[api]", f"port = {port}", *api,
    ]  # fmt: skip
    (data / "settings.toml").write_text("\n".join(settings) + "\n")
    migrate(DataDirectory(data).store)
    for name in GENERATED:
        ensure_secret(data, name)
    write_secret(data, WHATSAPP_APP, whatsapp_webhooks.SECRET)
    return f"http://127.0.0.1:{port}"


def start_api(data: Path) -> subprocess.Popen[bytes]:
    """Start the process on a data directory, and wait until it answers."""
    ready = ReadyFile(DataDirectory(data).ready("api"))
    ready.clear()
    with (data / "api.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "warroom", "--data", str(data), "api"],
            env={**os.environ, "READY_FILE": str(DataDirectory(data).ready("api"))},
            stderr=log,
        )
    if not ready.wait(READY_S, lambda: process.poll() is None):
        process.kill()
        pytest.fail((data / "api.log").read_text())
    return process


@contextmanager
def running(data: Path, *, api: Sequence[str] = (), **open311: object) -> Iterator[str]:
    """Run the process on a data directory of its own; its address. See `prepare_api`."""
    url = prepare_api(data, api=api, **open311)
    process = start_api(data)
    try:
        yield url
    finally:
        process.terminate()
        assert process.wait(WAIT_S) == 0
    written = (data / "api.log").read_text()
    assert "Traceback" not in written
    assert "api_key" not in written


@pytest.fixture(scope="session")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """The process shared by the tests, with a key for each combination of rights."""
    data = tmp_path_factory.mktemp("api")
    with running(data, anonymous_per_minute=1_000_000, key_per_minute=1_000_000) as url:
        store = Storage(DataDirectory(data).store, RetainedMessages())
        await store.open()
        keys = ApiKeyStore(store)
        wanted = ((FILE,), (READ_PERSONAL,), RIGHTS)
        made = {"+".join(rights): await keys.make("-".join(rights), rights) for rights in wanted}
        await store.close()
        yield Api(data, url, made)


@pytest.fixture
async def desk(api: Api) -> AsyncIterator[TicketService]:
    """A desk on the same store, as `serve` has one."""
    async with opened_store(DataDirectory(api.data).store) as store, opened_desk(store) as desk:
        yield desk


def plain(element: ET.Element) -> Any:
    """What XML says, as JSON would say it but for the kinds of its values: all are text, nothing is an empty text."""
    if not len(element):
        return element.text or ""
    names = [child.tag for child in element]
    if names == [element.tag.removesuffix("s")] * len(names) or element.tag == "service_requests":
        return [plain(child) for child in element]
    assert len(set(names)) == len(names), names
    return {child.tag: plain(child) for child in element}


_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters: XML 1.0 has no way to write them (section 2.2)."""


def as_text(value: Any) -> Any:
    """What JSON says with every value as XML would write it."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value] if value else ""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else _NOT_IN_XML.sub("\ufffd", str(value))


def descriptions(response: httpx.Response) -> str:
    """What an error says; its form is the standard's."""
    errors = response.json()
    assert errors
    assert all(set(error) == {"code", "description"} and error["code"] == response.status_code for error in errors)
    return "\n".join(error["description"] for error in errors)
