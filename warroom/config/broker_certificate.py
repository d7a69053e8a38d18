"""The broker's certificate: checked, copied to where the broker may read it, and renewed without dropping a client."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from router.errors import UserError
from router.mqtt.mosquitto.config import CERTIFICATE, KEY
from warroom.config.certificates import file_troubles, read_certificates, served
from warroom.config.folders import BROKER_USER, replace_file
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cryptography import x509

    from router.settings import BrokerTlsSettings

RESTART: Final = "warroom restart broker"
"""What makes a listener for WebSockets take a new certificate: Mosquitto's reads it at its start alone."""


class BrokerCertificateError(UserError):
    """The certificate or its key cannot be used; the text names the file and what is wrong with it."""


def read_pair(tls: BrokerTlsSettings, data: Path) -> dict[str, str]:
    """Return the texts of certificate and key, by the names that the broker's configuration has for them.

    Raises:
        BrokerCertificateError: One cannot be read, or they do not belong together.
    """
    paths = {CERTIFICATE: data / tls.certificate, KEY: data / tls.key}
    texts = {}
    for name, path in paths.items():
        try:
            texts[name] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "is no PEM file"
            setting = "certificate" if name == CERTIFICATE else "key"
            raise BrokerCertificateError(f"router.broker.tls.{setting}: {path}: {why}") from None
    _see_that_they_fit(texts, paths)
    return texts


def copy_pair(tls: BrokerTlsSettings, data: Path) -> None:
    """Put certificate and key where the broker reads them, as its own user. Raises as `read_pair`."""
    if not tls.enabled:
        return
    for name, text in read_pair(tls, data).items():
        replace_file(DataDirectory(data).broker / name, text, BROKER_USER)


def ports_of_tls(tls: BrokerTlsSettings) -> list[int]:
    """Return the ports on which the broker shows its certificate."""
    return [port for _, port in tls.listening]


def certificate_troubles(tls: BrokerTlsSettings, data: Path) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the certificate, each with what mends it."""
    path = data / tls.certificate
    try:
        read_pair(tls, data)
    except BrokerCertificateError as error:
        yield str(error), "correct the file or the setting, then: warroom rooms reload-certificate"
        return
    for trouble in file_troubles(path):
        yield trouble, "put a new one in its place, then: warroom rooms reload-certificate"
    for port in ports_with_another(tls, data):
        mend = RESTART if port == tls.websockets_port else "warroom rooms reload-certificate"
        yield f"{tls.bind}:{port} does not show the certificate in {path}", mend


def ports_with_another(tls: BrokerTlsSettings, data: Path) -> list[int]:
    """Return the ports on which the broker shows another certificate than that in the file, or none."""
    own = read_certificates(data / tls.certificate)[0]
    return [port for port in ports_of_tls(tls) if _shown(tls.bind, port) != own]


def _shown(host: str, port: int) -> x509.Certificate | None:
    try:
        return served(host, port)
    except OSError:
        return None


def _see_that_they_fit(texts: Mapping[str, str], paths: Mapping[str, Path]) -> None:
    """Load them as a server does; what cannot be loaded would end the broker at its start, and tickets with it."""
    with tempfile.TemporaryDirectory() as folder:  # 0700; the texts are looked at, not files that change meanwhile
        files = {name: Path(folder) / name for name in texts}
        for name, file in files.items():
            file.write_text(texts[name], "utf-8")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files[CERTIFICATE], files[KEY], password=_refuse)
        except (ssl.SSLError, ValueError) as error:
            why = getattr(error, "reason", "") or str(error)
            raise BrokerCertificateError(
                f"router.broker.tls: {paths[CERTIFICATE]} and {paths[KEY]} cannot be used together: {why}"
            ) from None


def _refuse() -> str:
    raise ValueError("the key has a passphrase; nobody is there to type it at a start")
