"""Rooms outside this machine: MQTT over TLS and WebSockets; accounts and certificates renewed while they are in."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError

from router.mqtt.mosquitto.config import LOCAL
from tests.support.brokers import next_message
from tests.support.commands import warroom
from tests.support.tls import make_ca, make_certificate_of
from warroom.cli.doctor.network import facing_the_network
from warroom.config.certificates import served
from warroom.config.paths import PROJECT, DataDirectory
from warroom.config.secrets import mqtt_room, read_secret
from warroom.config.settings import load_settings
from warroom.services.stack.processes import prepare_part, processes
from warroom.services.stack.sockets import bound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from warroom.config.settings import Settings

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="the broker runs as its own user"),
    pytest.mark.xdist_group("broker-tls"),
]

ROOM = "district-bhopal"
TOPIC = f"warroom/1/rooms/{ROOM}/presence/desk-1"


class Outside:
    """A broker of a data directory, with listeners for TLS and WebSockets."""

    def __init__(self, data: Path) -> None:
        self.data = data
        data.mkdir()
        self.port, self.plain_port, self.own_port, self.web_port = ports(4)
        (data / "ca").mkdir()
        self.ca = make_ca(data / "ca")
        make_certificate_of(data / "ca")
        (data / "settings.toml").write_text(
            f"""[router.broker]
port = {self.plain_port}
[router.broker.tls]
bind = "127.0.0.1"
port = {self.port}
websockets_port = {self.web_port}
certificate = "ca/broker.pem"
key = "ca/broker.key"
ca = "ca/ca.pem"
name = "localhost"
""",
            "utf-8",
        )
        DataDirectory(data).make()
        local = DataDirectory(data).broker / LOCAL
        prepare_part(data, self.settings, "broker")
        (local / "own.conf").write_text(
            f"listener {self.own_port} 127.0.0.1\nallow_anonymous false\n"
            f"password_file {data}/mosquitto/passwd\nacl_file {data}/mosquitto/acl\n",
            "utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        return load_settings(self.data)

    def start(self) -> None:
        broker = processes(self.data)[0]
        with (self.data / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(broker.argv, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 20
        while not listening(self.port):
            assert self._process.poll() is None, (self.data / "broker.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()
            self._process = None

    @asynccontextmanager
    async def room(
        self, name: str, *, web: bool = False, password: str = "", context: ssl.SSLContext | None = None
    ) -> AsyncIterator[aiomqtt.Client]:
        async with aiomqtt.Client(
            "localhost",
            self.web_port if web else self.port,
            username=ROOM,
            password=password or read_secret(self.data, mqtt_room(ROOM)),
            identifier=f"{ROOM}-{name}",
            transport="websockets" if web else "tcp",
            tls_context=context or ssl.create_default_context(cafile=self.ca),
            timeout=10,
        ) as client:
            yield client


def ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


def listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    with tempfile.TemporaryDirectory(prefix="warroom-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        broker = Outside(Path(folder) / "data")
        broker.start()
        yield broker
        broker.stop()


async def test_room_speaks_over_tls_and_over_websockets(outside: Outside) -> None:
    async with outside.room("one") as one, outside.room("two", web=True) as two:
        await two.subscribe(TOPIC, qos=1)
        await one.publish(TOPIC, '{"state": "online"}', qos=1)
        assert b"online" in (await next_message(two)).payload  # type: ignore[operator]
    assert listening(outside.own_port), "the admin's own listener is read too"
    hosts = {(host, port) for kind, host, port, _ in bound() if kind == "tcp"}
    for port in (outside.port, outside.web_port):
        assert [host for host, number in hosts if number == port] == ["127.0.0.1"], "bound where it was to be, alone"


async def test_who_has_no_tls_old_tls_or_another_ca_gets_nowhere(outside: Outside) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("localhost", outside.port, username=ROOM, password="x", timeout=2):
            pass
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("localhost", outside.port, ssl=ssl.create_default_context())
    for port in (outside.port, outside.web_port):
        old = ssl.create_default_context(cafile=outside.ca)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection("localhost", port, ssl=old)


async def test_certificate_is_renewed_and_nobody_is_dropped(outside: Outside) -> None:
    before = served("127.0.0.1", outside.port)
    async with outside.room("stays") as room:
        await room.subscribe(TOPIC, qos=1)
        make_certificate_of(outside.data / "ca")
        assert wrong(outside) == ["MQTT over TLS"] * 2  # both listeners show the one before
        ended = await warroom(outside.data, "rooms", "reload-certificate")
        assert ended.code == 0, ended
        assert served("127.0.0.1", outside.port) != before
        await room.publish(TOPIC, "still here", qos=1)
        assert (await next_message(room)).payload == b"still here"
    # a listener for WebSockets may keep the one before until the broker is started again; then the command says so
    assert len(wrong(outside)) == ended.out.count("warroom restart broker")
    outside.stop()
    outside.start()
    assert wrong(outside) == []


async def test_certificate_that_does_not_fit_is_refused_and_the_one_before_stays(outside: Outside) -> None:
    key = outside.data / "ca" / "broker.key"
    good, before = key.read_text("utf-8"), served("127.0.0.1", outside.port)
    try:
        key.write_text((outside.data / "ca" / "ca.key").read_text("utf-8"), "utf-8")
        ended = await warroom(outside.data, "rooms", "reload-certificate")
        assert ended.code == 1
        assert "cannot be used together" in ended.err
        assert "Traceback" not in ended.err
        prepare_part(outside.data, outside.settings, "broker")  # as a start does
        outside.stop()
        outside.start()
        assert served("127.0.0.1", outside.port) == before
    finally:
        key.write_text(good, "utf-8")


async def test_password_is_renewed_and_the_old_session_ends(outside: Outside) -> None:
    old = read_secret(outside.data, mqtt_room(ROOM))
    file = outside.data / "handed-over"
    async with outside.room("old") as room, outside.room("web", web=True) as page:
        ended = await warroom(outside.data, "rooms", "credentials", ROOM, "--renew", "--out", str(file))
        assert ended.code == 0, ended
        for session in (room, page):
            with pytest.raises(aiomqtt.MqttError):
                await next_message(session)
    said = dict(line.removeprefix("export ").split("=", 1) for line in file.read_text("utf-8").splitlines())
    assert file.stat().st_mode & 0o777 == 0o600
    assert (said["HOST"], said["PORT"], said["ROOM"]) == ("localhost", str(outside.port), ROOM)
    assert said["PASSWORD"] not in ended.out + ended.err
    assert said["CAFILE"] == str(outside.ca)
    with pytest.raises(MqttConnectError):
        async with outside.room("old", password=old):
            pass
    async with outside.room("new", password=said["PASSWORD"].strip("'")):
        pass


async def test_page_s_example_runs_with_the_file_that_was_handed_over(outside: Outside, tmp_path: Path) -> None:
    file = tmp_path / "bhopal.env"
    assert (await warroom(outside.data, "rooms", "credentials", ROOM, "--out", str(file))).code == 0
    page = (PROJECT / "docs" / "rooms.md").read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for name, mark in (("room_client", "Connects a room"), ("be_there", "presence/")):
        (tmp_path / f"{name}.py").write_text(next(code for code in examples if mark in code), "utf-8")
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", f". {file} && exec {sys.executable} {tmp_path}/be_there.py", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"online\n"
    process.terminate()
    await process.communicate()


async def test_credentials_of_no_room_are_refused(outside: Outside) -> None:
    ended = await warroom(outside.data, "rooms", "credentials", "district-bopal")
    assert ended.code == 2
    assert "district-bhopal" in ended.err


def wrong(outside: Outside) -> list[str]:
    found = facing_the_network(outside.data, outside.settings)
    return [one.part for one in found if one.state == "wrong" and one.part == "MQTT over TLS"]
