"""Checks of `warroom doctor` about WhatsApp: secrets, version of the Graph API, the webhook's address, its answer."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from router.clock import utc_now
from router.intake.whatsapp.graph.versions import is_old
from warroom.cli.doctor.finding import DoctorFinding
from warroom.cli.messaging.status import has_secret, webhook_address
from warroom.config.secrets import WHATSAPP_APP, WHATSAPP_APP_PREVIOUS, WHATSAPP_TOKEN, WHATSAPP_VERIFY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warroom.config.settings import Settings

_PAGE: Final = "docs/whatsapp.md"
_FILES: Final = (WHATSAPP_TOKEN, WHATSAPP_APP, WHATSAPP_APP_PREVIOUS, WHATSAPP_VERIFY)


def whatsapp(data: Path, settings: Settings) -> Iterator[DoctorFinding]:
    """Look at all of it; without a number of ours, only whether secrets are open to others."""
    yield from _open_secrets(data)
    numbers = settings.whatsapp.phone_number_ids
    if not numbers:
        return
    yield from _missing_secrets(data)
    version = settings.whatsapp.graph_version
    if is_old(version, utc_now().date()):
        what = f"Graph API {version} came out two years ago or more: Meta switches it off"
        yield DoctorFinding("WhatsApp version", "warning", what, f"set graph_version of [whatsapp]: {_PAGE}")
    else:
        yield DoctorFinding("WhatsApp", "ok", f"{len(numbers)} number(s), Graph API {version}")
    address = webhook_address(settings)
    if address.startswith("https://"):
        yield DoctorFinding("WhatsApp webhook", "ok", address)
    else:
        what = f"{address}: Meta reaches it by HTTPS alone, with a certificate of a public CA"
        yield DoctorFinding(
            "WhatsApp webhook", "wrong", what, f"a reverse proxy, and router.open311.public_url: {_PAGE}"
        )


def _missing_secrets(data: Path) -> Iterator[DoctorFinding]:
    for name, command, why in (
        (WHATSAPP_TOKEN, "token", "nothing can be sent or fetched"),
        (WHATSAPP_APP, "app", "every message of Meta's is refused"),
    ):
        if not has_secret(data, name):
            yield DoctorFinding(f"secret {name}", "wrong", f"is missing: {why}", f"warroom whatsapp secret {command}")


def _open_secrets(data: Path) -> Iterator[DoctorFinding]:
    for name in _FILES:
        path = data / "secrets" / name
        try:
            mode = stat.S_IMODE(path.lstat().st_mode)
        except OSError:
            continue
        if mode & 0o077:
            yield DoctorFinding(f"secret {name}", "wrong", f"{path} can be read by others", f"chmod 600 {path}")
