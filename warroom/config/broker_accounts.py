"""Accounts of the broker: written at the start, and reloaded when operators change."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from router.errors import UserError
from router.geo import load_places
from router.mqtt import topics
from router.mqtt.client import create_client
from router.mqtt.mosquitto.config import (
    BOARD_ACCOUNT,
    CERTIFICATE,
    CONNECTIONS,
    KEY,
    LOCAL,
    ROUTER_ACCOUNT,
    broker_files,
)
from router.settings import BrokerTlsSettings
from warroom.config.broker_certificate import BrokerCertificateError, copy_pair, ports_with_another
from warroom.config.folders import BROKER_USER, own_folder, read_file, replace_file
from warroom.config.open_files import open_files
from warroom.config.paths import DataDirectory
from warroom.config.secrets import MQTT_BOARD, MQTT_ROUTER, ensure_secret, forget_secret, mqtt_operator, mqtt_room

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from router.settings import BrokerSettings

ACCOUNTS: Final = ("passwd", "acl")
"""The files that a running broker reads again."""
_RELOAD_TIMEOUT_S: Final = 10.0  # it reads its files within a turn of its loop; a machine under load takes seconds
_POLL_INTERVAL_S: Final = 0.1
_OTHER_FILES: Final = 64  # of the broker: its memory, its log, its listeners

_log = logging.getLogger(__name__)


class BrokerError(UserError):
    """The broker's accounts cannot be changed; the text says what to do."""


class BrokerAccounts:
    """The broker's files of one data directory.

    Args:
        data: The data directory.
        settings: Where the broker listens and our root.
    """

    def __init__(self, data: Path, settings: BrokerSettings) -> None:
        self._data = data
        self._settings = settings
        self._folder = DataDirectory(data).broker

    def texts(self, operators: Collection[str]) -> dict[str, str]:
        """Return all files by name, for these operators and all rooms; new accounts get a password."""
        places = load_places()
        rooms = [room.id for room in (*places.rooms, *places.overseers)]
        passwords = {
            ROUTER_ACCOUNT: ensure_secret(self._data, MQTT_ROUTER),
            BOARD_ACCOUNT: ensure_secret(self._data, MQTT_BOARD),
        }
        passwords |= {room: ensure_secret(self._data, mqtt_room(room)) for room in rooms}
        passwords |= {topics.operator(one): ensure_secret(self._data, mqtt_operator(one)) for one in operators}
        return broker_files(
            self._usable_settings(),
            self._folder,
            passwords=passwords,
            rooms=rooms,
            watched=places.watched_by(),
            operators=operators,
            connections=min(CONNECTIONS, open_files() - _OTHER_FILES),
        )

    def _usable_settings(self) -> BrokerSettings:
        """Return the settings, without TLS while there is no certificate: else the broker would not start."""
        has_pair = (self._folder / CERTIFICATE).exists() and (self._folder / KEY).exists()
        return self._settings if has_pair else self._settings.model_copy(update={"tls": BrokerTlsSettings()})

    def present(self) -> dict[str, str]:
        """Return the files of accounts as they are."""
        return {name: read_file(self._folder / name) for name in ACCOUNTS}

    def make_local(self) -> None:
        """Make the admin's folder of configuration; its files are the admin's own."""
        own_folder(self._folder / LOCAL, BROKER_USER, 0o750)

    def copy_certificate(self) -> None:
        """Put certificate and key of TLS where the broker reads them; what cannot be used leaves those before.

        A machine that restarts at night must take tickets, whatever stands in a file half renewed.
        """
        try:
            copy_pair(self._settings.tls, self._data)
        except BrokerCertificateError as error:
            _log.error("not taken, what the broker had before stays: %s", error)

    def renew_certificate(self) -> list[int]:
        """Have the running broker show the certificate as it lies there now; no client is disconnected.

        Returns:
            Ports that still show another: Mosquitto's listener for WebSockets may take it at the next start only.

        Raises:
            BrokerCertificateError: It cannot be used.
            BrokerError: The broker does not run, or does not take it.
        """
        tls = self._settings.tls
        copy_pair(tls, self._data)
        self.reload()
        end = time.monotonic() + _RELOAD_TIMEOUT_S
        while tls.port in (others := ports_with_another(tls, self._data)):
            if time.monotonic() > end:
                raise BrokerError(f"broker: port {tls.port} does not show the new certificate: warroom restart broker")
            time.sleep(_POLL_INTERVAL_S)
        return others

    def renew_room(self, room: str, operators: Collection[str]) -> None:
        """Give a room a new password; sessions with the one before end.

        Raises:
            BrokerError: The broker runs and does not take it.
        """
        forget_secret(self._data, mqtt_room(room))
        texts = self.texts(operators)
        self.write({name: texts[name] for name in ACCOUNTS})
        try:
            self.process()
        except BrokerError:
            return  # it reads them at its start
        self.reload()
        password = ensure_secret(self._data, mqtt_room(room))
        end = time.monotonic() + _RELOAD_TIMEOUT_S
        while not asyncio.run(self._signs_in(room, password)):
            if time.monotonic() > end:
                raise BrokerError(f"broker: does not take the new password of {room}: warroom restart broker")
            time.sleep(_POLL_INTERVAL_S)

    def reload(self) -> None:
        """Have the running broker read accounts and certificate again, a moment later; nobody is disconnected for it.

        Whoever has no account any more, or another password, is disconnected then.

        Raises:
            BrokerError: It does not run.
        """
        with contextlib.suppress(ProcessLookupError):  # just ended: at its next start it reads them
            os.kill(self.process(), signal.SIGHUP)

    def write(self, texts: Mapping[str, str]) -> None:
        """Write files; they count from the broker's next start, or `put`."""
        for name, text in texts.items():
            replace_file(self._folder / name, text, BROKER_USER)

    def put(self, texts: Mapping[str, str]) -> None:
        """Write the files of accounts and have the running broker read them. Who is connected and may be, stays so.

        Mosquitto reads them at SIGHUP, a moment later; clients without an account any more are disconnected then.

        Raises:
            BrokerError: It does not run.
        """
        self.process()
        self.write({name: texts[name] for name in ACCOUNTS})
        self.reload()

    def process(self) -> int:
        """Return the process id of the running broker.

        Looked for among all processes: a file with its id would be left over when it is killed, and name another
        process later.

        Raises:
            BrokerError: It does not run.
        """
        wanted = ["-c", str(self._folder / "mosquitto.conf")]
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # ended meanwhile
                program, *arguments = path.read_text("utf-8", "replace").removesuffix("\0").split("\0")
                if arguments == wanted and Path(program).name == "mosquitto":
                    return int(path.parent.name)
        raise BrokerError("broker: does not run; start the stack: warroom up")

    def lacking(self, operators: Collection[str], others: Collection[str]) -> Iterator[str]:
        """Yield the accounts whose sign-in result is wrong: expected but rejected, or removed but still accepted.

        Raises:
            BrokerError: It does not answer.
        """
        gone = [one for one in others if one not in operators]
        known = asyncio.run(self._let_in([*operators, *gone]))
        yield from (f"{one}: cannot sign in at the broker" for one in operators if one not in known)
        yield from (f"{one}: can still sign in at the broker" for one in gone if one in known)

    async def _let_in(self, operators: Collection[str]) -> set[str]:
        secrets = {one: ensure_secret(self._data, mqtt_operator(one)) for one in operators}
        found = await asyncio.gather(*(self._signs_in(topics.operator(one), word) for one, word in secrets.items()))
        return {one for one, let_in in zip(operators, found, strict=True) if let_in}

    async def _signs_in(self, account: str, password: str) -> bool:
        try:
            async with create_client(self._settings, account, password, f"apply-{account.replace('/', '-')}"):
                return True
        except MqttConnectError:  # refused
            return False
        except aiomqtt.MqttError as error:
            raise BrokerError(f"broker: does not answer: {error}") from None
