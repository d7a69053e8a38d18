"""Checks of `warroom doctor` about SMS: the map, the secrets, templates that are missing, a public address."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from router.geo import PlacesError, load_places
from router.intake.sms.in_force import PROVIDER_SECRET, SIGNATURE_SECRET
from router.intake.sms.provider.templates import ALLOWED
from warroom.cli.doctor.finding import DoctorFinding
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import DataDirectory, may_read
from warroom.config.secrets import sms_secret
from warroom.services.sms import make_sms_in_force

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from router.intake.sms.provider.schema import SmsMap

_OTHERS = 0o077


def sms(data: Path) -> Iterator[DoctorFinding]:
    """Look at all of it; nothing to say where there is no provider."""
    try:
        in_force = make_sms_in_force(data, load_places())
    except PlacesError:
        return  # reported with the conversation
    in_force.look()
    if in_force.problems:
        yield DoctorFinding("SMS", "wrong", "\n".join(in_force.problems), "warroom sms status; docs/sms.md")
    if in_force.sms is None:
        return
    if not in_force.problems:
        yield DoctorFinding("SMS", "ok", f"{data}/sms.toml: {in_force.sms.provider.name}")
    yield from _left_out(in_force.sms)
    yield from _files(data)


def _left_out(sms: SmsMap) -> Iterator[DoctorFinding]:
    known = {one.name for one in sms.templates}
    if missing := [name for name in ALLOWED if name not in known]:
        what = f"no template for {', '.join(missing)}: these messages are not sent"
        yield DoctorFinding("SMS texts", "warning", what, "register them for DLT, then sms.toml: docs/sms.md")
    if (sms.report or sms.incoming) and not sms.webhook.public_url:
        what = "[webhook] has no public_url: the provider cannot report, nor pass on what citizens write"
        yield DoctorFinding("SMS in", "warning", what, "docs/sms.md, Messages of citizens")
    elif sms.webhook.signature == "none" and not sms.webhook.addresses and (sms.report or sms.incoming):
        what = "whoever learns the secret address can write in any citizen's name: the provider signs nothing"
        yield DoctorFinding("SMS in", "warning", what, "name the provider's networks in [webhook] addresses")


def _files(data: Path) -> Iterator[DoctorFinding]:
    """Who may read the file and the secrets: the service must, nobody else may read a secret."""
    for name in (PROVIDER_SECRET, SIGNATURE_SECRET):
        path = data / "secrets" / sms_secret(name)
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & _OTHERS:
            yield DoctorFinding(
                "SMS secret", "wrong", f"{path} has mode {mode:04o}, open to others", f"chmod 600 {path}"
            )
        if not may_read(SERVICE_USER, path):
            mend = f"chown {SERVICE_USER} {path}, or warroom sms secret {name}"
            yield DoctorFinding("SMS secret", "wrong", f"{path} cannot be read by the user {SERVICE_USER}", mend)
    path = DataDirectory(data).sms
    if not may_read(SERVICE_USER, path):
        mend = f"chgrp warroom {path} && chmod 640 {path}"
        yield DoctorFinding("SMS", "wrong", f"{path} cannot be read by the user {SERVICE_USER}", mend)
