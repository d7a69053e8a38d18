"""Network checks of `warroom doctor`: addresses, limits, logs, and updates of Asterisk."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from router.mqtt.mosquitto.config import LOCAL
from warroom.cli.doctor.finding import DoctorFinding
from warroom.config.broker_accounts import BrokerAccounts, BrokerError
from warroom.config.broker_certificate import certificate_troubles, ports_of_tls
from warroom.config.certificates import read_certificates
from warroom.config.open_files import open_files
from warroom.config.paths import DataDirectory
from warroom.monitoring.asterisk_release import RENEW, own_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.settings import CallSettings
    from router.settings import BrokerSettings
    from warroom.config.api_settings import ApiSettings
    from warroom.config.settings import Settings

LARGE_LOG: Final = 1 << 30
"""Bytes; the service begins a log anew long before: it does not run, or may not."""
_RULES: Final = ("password_file", "acl_file")
_PAGE: Final = "docs/network.md"


def facing_the_network(data: Path, settings: Settings) -> Iterator[DoctorFinding]:
    """Look at all of it."""
    yield _sip_address(settings.calls)
    yield _logs(data)
    yield from _broker(data, settings)
    yield from _broker_tls(data, settings.router.broker)
    yield from _own_listeners(DataDirectory(data).broker / LOCAL)
    yield from _http(settings.api, settings.router.open311.public_url)
    yield from _asterisk()


def _sip_address(calls: CallSettings) -> DoctorFinding:
    address = ipaddress.ip_address(calls.sip_bind)
    if address.is_unspecified or address.is_global:
        what = f"{calls.sip_bind} can be reached from everywhere, if no firewall stands before it"
        return DoctorFinding(
            "reach of SIP", "warning", what, f"set limits by source: {_PAGE}, deploy/nftables, deploy/fail2ban"
        )
    return DoctorFinding("reach of SIP", "ok", f"{calls.sip_bind} is not public")


def _logs(data: Path) -> DoctorFinding:
    logs = [*DataDirectory(data).asterisk_log.glob("*"), *(data / "log").glob("*")]
    large = [path for path in logs if path.is_file() and path.stat().st_size > LARGE_LOG]
    if large:
        names = ", ".join(f"{path} ({path.stat().st_size >> 20} MiB)" for path in large)
        return DoctorFinding(
            "logs", "wrong", names, "the service begins logs anew: see that it runs; remove what is old"
        )
    return DoctorFinding("logs", "ok", "none above 1 GiB")


def _broker(data: Path, settings: Settings) -> Iterator[DoctorFinding]:
    try:
        process = Path(f"/proc/{BrokerAccounts(data, settings.router.broker).process()}")
        limits = (process / "limits").read_text("utf-8")
        held = len(list((process / "fd").iterdir()))
    except (BrokerError, OSError):
        return  # does not run, which is reported elsewhere, or is not ours to look into
    found = re.search(r"^Max open files\s+(\d+)", limits, re.MULTILINE)
    limit, wanted = int(found[1]) if found else 0, open_files()
    what = f"{held} of {limit} open files"
    if limit < wanted:
        yield DoctorFinding("broker limits", "wrong", f"{what}; {wanted} are possible", "warroom restart broker")
    else:
        yield DoctorFinding("broker limits", "ok", what)


def _broker_tls(data: Path, broker: BrokerSettings) -> Iterator[DoctorFinding]:
    tls = broker.tls
    if not tls.enabled:
        what = f"on {broker.host} alone: no room outside this machine can sign in"
        yield DoctorFinding("MQTT over TLS", "ok", what)
        return
    troubles = list(certificate_troubles(tls, data))
    for what, mend in troubles:
        yield DoctorFinding("MQTT over TLS", "wrong", what, mend)
    if not troubles:
        ends = read_certificates(data / tls.certificate)[0].not_valid_after_utc
        ports = " and ".join(map(str, ports_of_tls(tls)))
        yield DoctorFinding("MQTT over TLS", "ok", f"{tls.bind}:{ports}; the certificate lasts until {ends:%Y-%m-%d}")


def _own_listeners(folder: Path) -> Iterator[DoctorFinding]:
    """Look for an admin's listeners that let in clients without an account, or let every client read everything."""
    for path in sorted(folder.glob("*.conf")):
        try:
            sections = re.split(r"^\s*(?=listener\s)", path.read_text("utf-8", "replace"), flags=re.MULTILINE)
        except OSError as error:
            yield DoctorFinding(
                f"broker {LOCAL}/{path.name}", "wrong", f"cannot be read: {error.strerror}", "mend the file"
            )
            continue
        for section in sections[1:]:
            lacking = [key for key in _RULES if not re.search(rf"^\s*{key}\s", section, re.MULTILINE)]
            name = f"broker {LOCAL}/{path.name}"
            port = section.split()[1] if len(section.split()) > 1 else "?"
            if lacking:
                what = f"listener {port} has no {' and no '.join(lacking)}"
                yield DoctorFinding(name, "wrong", what, f"a listener has no rules but its own: {_PAGE}")
            else:
                yield DoctorFinding(name, "ok", f"listener {port} has our accounts and rules")


def _http(api: ApiSettings, public_url: str) -> Iterator[DoctorFinding]:
    outside = not ipaddress.ip_address(api.host).is_loopback or bool(api.proxies)
    if outside and not public_url:
        what = "other machines reach it, and it has no public name"
        yield DoctorFinding("HTTP name", "warning", what, "set router.open311.public_url")
    if public_url and not api.proxies:
        what = f"{public_url}, and no proxy is named: all its clients share one client's limits"
        yield DoctorFinding("HTTP proxies", "warning", what, f"set api.proxies: {_PAGE}")


def _asterisk() -> Iterator[DoctorFinding]:
    release = own_release()
    if release is None:
        return  # the system's own, which apt renews, or none
    what = f"{release.installed}, unpacked {release.unpacked:%Y-%m-%d}"
    if release.newer:
        yield DoctorFinding(
            "Asterisk release", "warning", f"{what}; {release.candidate} is there", f"{RENEW}, then restart"
        )
    elif release.old:
        asked = f"asked last on {release.asked:%Y-%m-%d}" if release.asked else "nobody has asked for a newer one since"
        yield DoctorFinding(
            "Asterisk release", "warning", f"{what}; {asked}", "deploy/asterisk.sh check, weekly by cron"
        )
    else:
        yield DoctorFinding("Asterisk release", "ok", what)
