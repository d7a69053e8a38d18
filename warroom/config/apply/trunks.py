"""The trunks of a data directory: the admin's validated file, and a copy of the version in force."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agi.destinations.loader import read_helplines
from agi.settings import MISSED, ROOMS
from agi.trunks.asterisk_config import FILES, render
from agi.trunks.loader import TrunksError, read_trunks
from agi.trunks.passwords import read_passwords
from router.geo import load_places
from router.helpline import is_short_code
from warroom.config.apply.transaction import to_start_with
from warroom.config.asterisk.config_files import find_asterisk, has_opus
from warroom.config.folders import ASTERISK_USER
from warroom.config.paths import DataDirectory, may_read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agi.destinations.schema import Helplines
    from agi.settings import CallSettings
    from agi.trunks.schema import Trunks


@dataclass(frozen=True, slots=True)
class TrunkSet:
    """Validated trunks, ready to be applied.

    Attributes:
        trunks: The trunks.
        source: The text they were read from; empty if there is no file.
        texts: The generated files by name; with passwords.
    """

    trunks: Trunks
    source: str
    texts: Mapping[str, str]


def check_trunks(data: Path, settings: CallSettings, path: Path | None = None) -> TrunkSet:
    """Read and check a file of trunks with all that it rests on: passwords, certificates, the other settings.

    Args:
        data: The data directory.
        settings: The emergency numbers, and the trunk that calls back.
        path: The file; None: ``<data>/trunks.toml``, which need not exist.

    Raises:
        TrunksError: With every mistake.
        HelplinesError: With those of the helplines, whose telephones are dialled through the trunks.
    """
    path = path or DataDirectory(data).trunks
    trunks = read_trunks(path)
    helplines = read_helplines(DataDirectory(data).helplines, load_places())
    problems = [*_list_missing_trunks(trunks, settings, helplines), *_certificate(trunks, data)]
    try:
        passwords = read_passwords(trunks, data)
    except TrunksError as error:
        problems += error.problems
    if problems:
        raise TrunksError([f"{path}: {problem}" for problem in problems])
    source = path.read_text("utf-8-sig") if path.exists() else ""
    return TrunkSet(trunks, source, render(trunks, passwords, settings, helplines.rooms, data))


def applied_trunks(data: Path) -> Trunks:
    """Return the trunks that were last applied to Asterisk.

    Raises:
        TrunksError: The copy was spoilt.
    """
    return read_trunks(DataDirectory(data).trunks_in_force)


def initial_trunks(data: Path, settings: CallSettings) -> TrunkSet:
    """Return the admin's trunks; after a mistake in them, those that were in force before.

    Raises:
        TrunksError, HelplinesError: There is a mistake, and nothing was in force before.
    """
    return to_start_with(
        "trunks",
        data,
        DataDirectory(data).trunks_in_force,
        FILES,
        check=lambda: check_trunks(data, settings),
        before=lambda source, kept: TrunkSet(applied_trunks(data), source, kept),
    )


def _list_missing_trunks(trunks: Trunks, settings: CallSettings, helplines: Helplines) -> list[str]:
    """Trunks that the settings name and that do not exist."""
    found = [
        f'settings.toml: calls.emergency: no trunk dials {service}; write dials = {{ {service} = "…" }} in one'
        for service in settings.emergency
        if service.isdecimal() and not any(trunk.service(service) for trunk in trunks.trunk)
    ]
    found += [
        f"trunk {trunk.name!r}: dids: {did} leads to {line!r}, and there is no such helpline: {_missing(line)}"
        for trunk in trunks.trunk
        for did, line in trunk.dids.items()
        if line not in (ROOMS, MISSED) and line not in helplines.by_id
    ]
    outward = settings.callbacks.trunk
    if outward and trunks.named(outward) is None:
        known = ", ".join(trunk.name for trunk in trunks.trunk)
        found.append(f"settings.toml: calls.callbacks.trunk: no trunk is named {outward!r} (known: {known})")
    with_opus = [trunk.name for trunk in trunks.trunk if "opus" in trunk.codecs]
    if with_opus and not has_opus(find_asterisk()):
        names = ", ".join(with_opus)
        found.append(f"codecs of {names}: this Asterisk has no Opus (codec_opus): leave it out, or install it")
    return found


def own_addresses(trunks: Trunks, settings: CallSettings) -> list[str]:
    """Return what is to be said of trunks whose server is our own SIP address: their calls would come back to us."""
    return [
        f"trunk {trunk.name!r}: server {trunk.server} is our own SIP address: calls to it would come back to us"
        for trunk in trunks.trunk
        if trunk.host == settings.sip_bind
        and (trunk.server.rpartition(":")[2] if ":" in trunk.server else "5060") == str(settings.sip_port)
    ]


def _missing(line: str) -> str:
    return (
        f"write [helpline.{line}] in helplines.toml" if is_short_code(line) else "warroom rooms list has the districts"
    )


def _certificate(trunks: Trunks, data: Path) -> list[str]:
    if trunks.tls is None:
        return []
    certificate, key = data / trunks.tls.certificate, data / trunks.tls.key
    for path in (certificate, key):
        if not path.is_file():
            return [f"[tls]: {path} is not there: a PEM file is expected"]
        if not may_read(ASTERISK_USER, path):
            return [f"[tls]: {path} cannot be read by user {ASTERISK_USER}: chown it, and let others enter its folders"]
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (ssl.SSLError, ValueError):
        return [f"[tls]: {certificate} and {key} are no certificate and its key, in PEM without a passphrase"]
    return []
