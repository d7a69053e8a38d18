"""`warroom doctor`: checks every part, and names the command that repairs it."""

from __future__ import annotations

import asyncio
import shutil
import socket
from dataclasses import asdict
from typing import TYPE_CHECKING

import aiomqtt
import typer

from agi.destinations.loader import HelplinesError
from agi.prompts.voices import Voices
from agi.trunks.loader import TrunksError
from recordings.transcription.vosk_model import ModelError, describe
from router.geo import PlacesError
from router.mqtt.client import create_client
from router.mqtt.mosquitto.config import BOARD_ACCOUNT, ROUTER_ACCOUNT
from router.mqtt.retained.broker_identity import REMEDY, BrokerIdentityError
from router.storage.engine import schema_of
from router.storage.engines import database_at
from router.storage.errors import StorageUnavailableError
from router.storage.repositories import identity_repository
from router.storage.schema import SCHEMA
from warroom.cli.common import FAILED, Json, data_of, print_json, show
from warroom.cli.doctor.content import content
from warroom.cli.doctor.finding import DoctorFinding
from warroom.cli.doctor.in_force import in_force
from warroom.cli.doctor.network import facing_the_network
from warroom.cli.doctor.notices import notices
from warroom.cli.doctor.reachability import reachability
from warroom.cli.doctor.rtp import sound_ports
from warroom.cli.doctor.screens import screens
from warroom.cli.doctor.sms import sms
from warroom.cli.doctor.spoken_answers import spoken_answers
from warroom.cli.doctor.supervision import supervision
from warroom.cli.doctor.trunks import may_be_forged
from warroom.cli.doctor.whatsapp import whatsapp
from warroom.config.apply.trunk_apply import plan_trunks
from warroom.config.apply.trunks import check_trunks
from warroom.config.asterisk.config_files import AsteriskError, AsteriskInstall, find_asterisk
from warroom.config.certificates import read_certificates, served, troubles_in_files
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import may_enter
from warroom.config.secrets import AMI, MQTT_BOARD, MQTT_ROUTER, read_secret
from warroom.config.settings import Settings, SettingsFileError, load_settings
from warroom.monitoring.asterisk_release import CRASHING, RENEW
from warroom.services.store.gate import compare_with_file
from warroom.services.store.presence import StoreMissingError, store_there

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agi.trunks.schema import Tls

_CONNECT_S = 2.0  # everything checked is on this machine: slower than this is as good as away
_LOW_DISK = 1 << 30  # one gibibyte holds about 18 hours of 8 kHz messages


def doctor(context: typer.Context, *, as_json: Json = False) -> None:
    """Check every part; exit code 1 if something is wrong."""
    findings = list(_findings(data_of(context)))
    rows = [asdict(finding) for finding in findings]
    if as_json:
        print_json(rows)
    else:
        columns = {"part": "Part", "state": "State", "what": "Found", "mend": "To mend it"}
        show(rows, columns, as_json=False, empty="nothing to check")
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(FAILED)


def _findings(data: Path) -> Iterator[DoctorFinding]:
    try:
        settings = load_settings(data)
    except SettingsFileError as error:
        yield DoctorFinding("settings", "wrong", str(error), f"edit {data}/settings.toml")
        return
    yield DoctorFinding("settings", "ok", f"{data}/settings.toml" if (data / "settings.toml").exists() else "defaults")
    yield from _trunks(data, settings)
    yield from _programs()
    yield _data_directory(data)
    yield from supervision(data)
    yield from content(data, Voices(settings.prompts.voices))
    yield _store(data, settings.router.node)
    calls, broker = settings.calls, settings.router.broker
    yield _listens("FastAGI (serve)", calls.agi_host, calls.agi_port)
    yield _sip(calls.sip_bind, calls.sip_port)
    yield sound_ports(data, settings)
    yield _ami(data, settings)
    yield _listens("Asterisk metrics", "127.0.0.1", calls.http_port)
    yield _listens("MQTT broker", broker.host, broker.port)
    yield _listens("HTTP (api)", settings.api.host, settings.api.port)
    yield from screens(settings.board)
    yield from facing_the_network(data, settings)
    yield from whatsapp(data, settings)
    yield from in_force(data, settings)
    yield from reachability(data, settings)
    yield from sms(data)
    yield from notices(data, settings)
    yield from _models(settings)
    yield from spoken_answers(data, settings)
    yield asyncio.run(_broker_logins(data, settings))


def _trunks(data: Path, settings: Settings) -> Iterator[DoctorFinding]:
    try:
        chosen = check_trunks(data, settings.calls)
        change = plan_trunks(data, chosen)
    except (HelplinesError, PlacesError):
        return  # reported with the conversation
    except TrunksError as error:
        yield DoctorFinding("trunks", "wrong", str(error), f"edit {data}/trunks.toml; those in force stay")
        return
    names = ", ".join(trunk.name for trunk in chosen.trunks.trunk)
    if change.nothing:
        yield DoctorFinding("trunks", "ok", f"in force: {names}")
    else:
        yield DoctorFinding("trunks", "wrong", "trunks.toml is not in force yet", "warroom apply")
    if exposed := [trunk.name for trunk in chosen.trunks.trunk if may_be_forged(trunk)]:
        what = f"{', '.join(exposed)}: SIP over UDP from the internet, where anybody can write any source address"
        mend = "ask the provider to filter forged sources, or use transport tcp or tls: docs/trunks.md"
        yield DoctorFinding("forged calls", "warning", what, mend)
    if chosen.trunks.tls is not None:
        yield _certificate(chosen.trunks.tls, data, settings.calls.sip_bind)


def _certificate(tls: Tls, data: Path, host: str) -> DoctorFinding:
    """How long it lasts, and whether what Asterisk serves is what lies there."""
    if troubles := troubles_in_files(tls, data):
        mend = "put a new one in its place, then: warroom apply"
        return DoctorFinding("certificate", "wrong", "; ".join(troubles), mend)
    own = read_certificates(data / tls.certificate)[0]
    lasts = f"{data / tls.certificate} lasts until {own.not_valid_after_utc:%Y-%m-%d}"
    try:
        if served(host, tls.port) != own:
            return DoctorFinding("certificate", "wrong", f"{lasts}; Asterisk serves another", "warroom apply")
    except OSError as error:
        what = f"{lasts}; Asterisk shows none on {host}:{tls.port} ({error.strerror or error})"
        return DoctorFinding("certificate", "wrong", what, "warroom restart asterisk")
    return DoctorFinding("certificate", "ok", lasts)


def _programs() -> Iterator[DoctorFinding]:
    try:
        asterisk = find_asterisk()
        yield _version(asterisk)
    except AsteriskError as error:
        yield DoctorFinding("Asterisk program", "wrong", str(error), "deploy/install.sh")
    for program, path in (("mosquitto", "/usr/sbin:/usr/bin"), ("espeak-ng", "/usr/bin"), ("sipp", "/usr/bin")):
        found = shutil.which(program, path=path)
        yield DoctorFinding(
            program, "ok" if found else "wrong", found or "not installed", "" if found else "deploy/install.sh"
        )


def _version(asterisk: AsteriskInstall) -> DoctorFinding:
    what = f"{asterisk.version} at {asterisk.command}"
    if asterisk.version in CRASHING:
        what += ": a telephone in a browser can crash it by a PONG frame"
        return DoctorFinding("Asterisk program", "wrong", what, f"take another version: {RENEW}")
    return DoctorFinding("Asterisk program", "ok", what)


def _data_directory(data: Path) -> DoctorFinding:
    if not data.exists():
        return DoctorFinding("data directory", "wrong", f"{data} is not there yet", "warroom up")
    if not may_enter(SERVICE_USER, data):
        return DoctorFinding(
            "data directory", "wrong", f"{data}: user {SERVICE_USER} cannot reach it", "deploy/reach warroom up"
        )
    free = shutil.disk_usage(data).free
    if free < _LOW_DISK:
        return DoctorFinding("data directory", "wrong", f"{data}: only {free >> 20} MiB free", "make room on this disk")
    return DoctorFinding("data directory", "ok", f"{data}, {free >> 30} GiB free")


def _models(settings: Settings) -> Iterator[DoctorFinding]:
    for language, folder in settings.recordings.models.items():
        try:
            describe(folder)
            yield DoctorFinding(f"speech model {language}", "ok", str(folder))
        except ModelError as problem:
            yield DoctorFinding(f"speech model {language}", "wrong", str(problem), f"warroom model check {language}")


def _store(data: Path, node: int) -> DoctorFinding:
    try:
        database = database_at(location := store_there(data))
    except StoreMissingError as missing:
        return DoctorFinding("store", "wrong", missing.what, missing.remedy)
    try:
        with database.connected() as connection:
            damage = database.damage(connection)
            schema = schema_of(connection) or ""
    except StorageUnavailableError as error:
        return DoctorFinding("store", "wrong", f"{error.where}: {error.what}", error.remedy)
    if damage:
        return DoctorFinding(
            "store", "wrong", f"{database.location}: {damage}", "stop the services and restore it from the last backup"
        )
    if schema != SCHEMA:
        mend = "start the program that wrote it" if schema > SCHEMA else "warroom up"
        wrong = f"{database.location}: its schema is {schema or 'missing'}, this program needs {SCHEMA}"
        return DoctorFinding("store", "wrong", wrong, mend)
    try:
        compare_with_file(data, identity_repository.of_database(location, node))
    except (BrokerIdentityError, StorageUnavailableError, OSError) as error:
        return DoctorFinding("store", "wrong", str(error), REMEDY)
    return DoctorFinding("store", "ok", f"{database.location}: ok")


def _listens(part: str, host: str, port: int) -> DoctorFinding:
    try:
        socket.create_connection((host, port), _CONNECT_S).close()
    except OSError as error:
        return DoctorFinding(
            part, "wrong", f"nothing listens on {host}:{port} ({error.strerror or error})", "warroom up"
        )
    return DoctorFinding(part, "ok", f"listens on {host}:{port}")


def _sip(host: str, port: int) -> DoctorFinding:
    """Send OPTIONS, which any SIP server answers in some way (RFC 3261 11)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(_CONNECT_S)
        line.bind(("127.0.0.1", 0))
        ours = f"127.0.0.1:{line.getsockname()[1]}"
        ask = (
            f"OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {ours};branch=z9hG4bKdoctor\r\n"
            f"From: <sip:doctor@{ours}>;tag=1\r\nTo: <sip:{host}>\r\nCall-ID: doctor-{ours}\r\nCSeq: 1 OPTIONS\r\n"
            f"Max-Forwards: 1\r\nContent-Length: 0\r\n\r\n"
        )
        try:
            line.sendto(ask.encode(), (host, port))
            line.recv(4096)
        except OSError:
            return DoctorFinding("SIP", "wrong", f"no answer on {host}:{port} (UDP)", "warroom up")
    return DoctorFinding("SIP", "ok", f"answers on {host}:{port} (UDP)")


def _ami(data: Path, settings: Settings) -> DoctorFinding:
    host, port = settings.calls.ami_host, settings.calls.ami_port
    try:
        secret = read_secret(data, AMI)
        with socket.create_connection((host, port), _CONNECT_S) as link:
            link.settimeout(_CONNECT_S)
            link.sendall(f"Action: Login\r\nUsername: warroom\r\nSecret: {secret}\r\nEvents: off\r\n\r\n".encode())
            reply = _read_until(link, b"Response: ")
    except (OSError, FileNotFoundError) as error:
        return DoctorFinding("AMI", "wrong", f"{host}:{port}: {error}", "warroom up")
    if b"Success" not in reply:
        return DoctorFinding("AMI", "wrong", f"{host}:{port} refuses our password", "warroom restart asterisk")
    return DoctorFinding("AMI", "ok", f"{host}:{port} accepts our password")


def _read_until(link: socket.socket, mark: bytes) -> bytes:
    text = b""
    while mark not in text or not text.endswith(b"\r\n"):
        piece = link.recv(4096)
        if not piece:
            break
        text += piece
    return text


async def _broker_logins(data: Path, settings: Settings) -> DoctorFinding:
    broker = settings.router.broker
    try:
        for account, secret in ((ROUTER_ACCOUNT, MQTT_ROUTER), (BOARD_ACCOUNT, MQTT_BOARD)):
            async with create_client(broker, account, read_secret(data, secret), "doctor", limit_s=_CONNECT_S):
                pass
        return DoctorFinding("MQTT accounts", "ok", "the passwords of router and screens are accepted")
    except FileNotFoundError:
        return DoctorFinding("MQTT accounts", "wrong", "there is no password yet", "warroom up")
    except aiomqtt.MqttError as error:
        return DoctorFinding("MQTT accounts", "wrong", f"{broker.host}:{broker.port}: {error}", "warroom up")
