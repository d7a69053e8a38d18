"""The wheel holds all that the program needs: every module, and every file read while it runs."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from tests.support import ami_server, prepare_data
from tests.support.brokers import PASSWORDS, Broker
from tests.support.ports import free_ports
from warroom.config.paths import PROJECT, DataDirectory
from warroom.config.secrets import AMI, MQTT_ROUTER
from warroom.services.readiness.ready_file import READY_FILE, ReadyFile

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("wheel")]  # built once

BUILD_TIMEOUT_S = 100
READY_TIMEOUT_S = 60
"""`serve` is ready in two seconds, on a full machine in ten."""
NOT_IMPORTABLE = (
    "recordings.model_building",  # needs the extra "model"
    "router.storage.migrations.env",  # runs inside Alembic only
    "warroom.__main__",  # is the program itself
)
SCREENS_SOURCE = PROJECT / "board" / "client"  # what is built of it is in board/static
PACKAGES = [path.parent for path in PROJECT.glob("*/__init__.py") if path.parent.name != "tests"]
FILES = [
    path.relative_to(PROJECT)
    for package in PACKAGES
    for path in package.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts and not path.is_relative_to(SCREENS_SOURCE)
]
IMPORT_ALL = """
import importlib, pathlib, sys, warroom
root = pathlib.Path(warroom.__file__).parents[1]
for name in sys.stdin.read().split():
    module = importlib.import_module(name)
    assert pathlib.Path(module.__file__).is_relative_to(root), module.__file__
"""
RENDER = """
import pathlib, sys
from agi.settings import CallSettings
from warroom.config.asterisk.config_files import AsteriskInstall, Secrets, write_asterisk
data = pathlib.Path(sys.argv[1])
secret = "a-generated_secret-0123456789"
write_asterisk(
    data=data, settings=CallSettings(), parts={}, secrets=Secrets(agi=secret, ami=secret, metrics=secret),
    asterisk=AsteriskInstall(pathlib.Path("/nowhere/asterisk"), data, data, "22.10.1"),
)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: setuptools leaves a folder `build` behind, and would pack what an older one holds."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", *FILES):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, source / name)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-index", "--no-deps")
    subprocess.run(
        [*pip, "--no-build-isolation", "--wheel-dir", folder, source],
        check=True, capture_output=True, timeout=BUILD_TIMEOUT_S,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; libraries come from this one, but not its editable install of the source."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", "--no-index")
    subprocess.run([*pip, "--no-deps", wheel], check=True, capture_output=True, timeout=BUILD_TIMEOUT_S)
    libraries = sysconfig.get_path("purelib", vars={"base": environment, "platbase": environment})
    Path(libraries, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")  # its own .pth files are not read
    return environment


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the broker, which is another user, can enter; nobody else enters pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def run(environment: Path, *command: str, cwd: Path, given: str = "") -> str:
    """Run a command of the environment away from the source tree."""
    return subprocess.run(
        [environment / "bin" / command[0], *command[1:]],
        check=True, stdout=subprocess.PIPE, input=given, text=True, timeout=BUILD_TIMEOUT_S, cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd)},
    ).stdout  # fmt: skip


def test_wheel_holds_every_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert names == {str(path) for path in FILES}


def test_wheel_imports_every_module(installed: Path, tmp_path: Path) -> None:
    modules = (".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in FILES if path.suffix == ".py")
    names = [name for name in modules if not name.startswith(NOT_IMPORTABLE)]
    run(installed, "python", "-c", IMPORT_ALL, given="\n".join(names), cwd=tmp_path)


def test_wheel_writes_asterisk_configuration(installed: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    run(installed, "python", "-c", RENDER, str(data), cwd=tmp_path)
    written = {path.name for path in (data / "asterisk").glob("*.conf")}
    assert written == {path.name for path in (PROJECT / "asterisk_conf").glob("*.conf")} | {"asterisk.conf"}


def test_wheel_has_the_command(installed: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shown = json.loads(run(installed, "warroom", "--data", str(data), "settings", "show", "--json", cwd=tmp_path))
    assert {row["setting"]: row["file"] for row in shown}["calls.max_calls"]


def test_wheel_looks_at_each_part(installed: Path, tmp_path: Path) -> None:
    """`doctor` reads every table, flow, rule and model that comes with the program."""
    data = tmp_path / "data"
    data.mkdir()
    looked = subprocess.run(
        [installed / "bin" / "warroom", "--data", data, "doctor", "--json"],
        check=False, stdout=subprocess.PIPE, text=True, timeout=BUILD_TIMEOUT_S, cwd=tmp_path,
    )  # fmt: skip
    found = {one["part"]: one["state"] for one in json.loads(looked.stdout)}
    own = ("settings", "places", "helplines", "conversation", "routes", "speech model hi")
    assert {part: found[part] for part in own} == dict.fromkeys(own, "ok")


async def test_wheel_serves(installed: Path, tmp_path: Path, folder: Path) -> None:
    """`serve` runs until it is told to end; a broker and an AMI are there, so that it need not wait for them."""
    data, (agi_port,) = tmp_path / "data", free_ports(1)
    broker, manager = Broker(folder), ami_server.FakeManager()
    (data / "secrets").mkdir(parents=True)
    for name, secret in ((AMI, ami_server.SECRET), (MQTT_ROUTER, PASSWORDS[ROUTER_ACCOUNT])):
        (data / "secrets" / name).write_text(secret)
    (data / "settings.toml").write_text(
        f"[calls]\nagi_port = {agi_port}\nami_port = {await manager.start()}\n"
        f"[router.broker]\nport = {broker.settings.port}\n"
    )
    try:
        await broker.start()
        await asyncio.to_thread(run, installed, "python", "-P", prepare_data.__file__, str(data), cwd=tmp_path)
        await serve_until_ready(installed, data)
    finally:
        await broker.stop()
        await manager.stop()


async def serve_until_ready(environment: Path, data: Path) -> None:
    """Start `serve`; as soon as it says that it is ready, ask it to end."""
    file = DataDirectory(data).ready("serve")
    serve = await asyncio.create_subprocess_exec(
        environment / "bin" / "warroom", "--data", data, "serve", cwd=data, stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], READY_FILE: str(file)},
    )  # fmt: skip
    ready = await asyncio.to_thread(ReadyFile(file).wait, READY_TIMEOUT_S, lambda: serve.returncode is None)
    if serve.returncode is None:
        serve.terminate()
    _, log = await serve.communicate()
    assert (ready, serve.returncode) == (True, 0), log.decode()
