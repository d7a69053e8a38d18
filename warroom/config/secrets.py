"""Secrets of a data directory: generated on first use, one private file each, never printed."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING

from warroom.config.folders import SERVICE_USER, folder, own, read_file, replace_file

if TYPE_CHECKING:
    from pathlib import Path

AGI = "agi"
AMI = "ami"
_MARK_LENGTH = 16
METRICS = "metrics"
MQTT_ROUTER = "mqtt-router"
MQTT_BOARD = "mqtt-board"
BOARD_OIDC = "board-oidc"
"""The screens' secret at the OpenID Connect provider; written by the admin."""
BOARD_ADMIN = "board-admin"
"""The first password of the screens' account `admin`."""
MEDIA = "media"
ALERTS_WEBHOOK = "alerts-webhook"
SMTP = "smtp"
"""The password of the account at the mail server; written by the admin."""
WHATSAPP_TOKEN = "whatsapp-token"  # noqa: S105 - the name of a secret
"""The access token of the Graph API; written by the admin, as the two that follow."""
WHATSAPP_APP = "whatsapp-app"
"""The app's secret, with which Meta signs what it posts to the webhook."""
WHATSAPP_APP_PREVIOUS = "whatsapp-app-previous"
"""The app's secret of before, while it is being changed."""
WHATSAPP_VERIFY = "whatsapp-verify"
"""The word that Meta sends when the webhook's address is entered there."""
WHATSAPP_BUTTONS = "whatsapp-buttons"
"""Signs the ids of buttons, so that a pressed one is known to be ours."""
WHATSAPP_SIMULATOR = "whatsapp-simulator"
"""The app's secret of `warroom whatsapp simulate`."""
SMS_PATH = "sms-path"
"""The part of our addresses for the SMS provider that only it knows."""
GENERATED = (MEDIA, ALERTS_WEBHOOK, WHATSAPP_VERIFY, WHATSAPP_BUTTONS, WHATSAPP_SIMULATOR, SMS_PATH)
"""Made at the first start, for the services to read."""
_PIN_DIGITS = 6  # keyed by hand; what guards it is that wrong ones are counted
_BYTES = 24  # 192 random bits, far beyond guessing


def mqtt_room(room: str) -> str:
    """Return the name of the secret with which this room signs in at the broker."""
    return f"mqtt-{room}"


def test_header(data: Path) -> tuple[str, ...]:
    """Return the SIP header by which Asterisk knows a test call of ours; none before the first start."""
    try:
        return (f"X-Warroom-Test: {test_mark(read_secret(data, AMI))}",)
    except FileNotFoundError:
        return ()


def test_mark(ami: str) -> str:
    """Return the value of that header, derived from the manager's secret: nobody outside knows it."""
    return hmac.new(ami.encode(), b"X-Warroom-Test", "sha256").hexdigest()[:_MARK_LENGTH]


def read_secret(data: Path, name: str) -> str:
    """Return a secret that `prepare` has made. Raises FileNotFoundError, with its whole path."""
    path = data / "secrets" / name
    try:
        return read_file(path).strip()
    except FileNotFoundError as error:  # of a part of the path, from the folder it was looked for in
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from None


def ensure_secret(data: Path, name: str) -> str:
    """Return this data directory's secret of that name, making it if there is none yet."""
    _ensure(data / "secrets" / name, secrets.token_urlsafe(_BYTES))
    return read_secret(data, name)


def write_secret(data: Path, name: str, value: str) -> None:
    """Write a secret that an admin got elsewhere, in the place of the one before. Raises OSError."""
    replace_file(data / "secrets" / name, value + "\n", SERVICE_USER)


def forget_secret(data: Path, name: str) -> None:
    """Remove a secret; `ensure_secret` makes another one."""
    (data / "secrets" / name).unlink(missing_ok=True)


def sms_secret(name: str) -> str:
    """Return the name of a secret of the SMS provider: ``provider``, ``signature`` or ``path``."""
    return f"sms-{name}"


def mqtt_operator(operator_id: str) -> str:
    """Return the name of the secret with which this operator's console signs in at the broker."""
    return f"mqtt-operator-{operator_id}"


def operator_password(operator_id: str) -> str:
    """Return the name of the secret with which this operator's telephone signs in."""
    return f"operator-{operator_id}"


def room_pin(room: str) -> str:
    """Return the name of the secret that this room keys on the telephone to hear its messages."""
    return f"pin-{room}"


def ensure_pin(data: Path, room: str) -> str:
    """Return a room's PIN, making it if there is none yet."""
    _ensure(data / "secrets" / room_pin(room), f"{secrets.randbelow(10**_PIN_DIGITS):0{_PIN_DIGITS}}")
    return read_secret(data, room_pin(room))


def _ensure(path: Path, value: str) -> None:
    if not path.exists():
        _make(path, value)
    own(path, SERVICE_USER, 0o600)


def _make(path: Path, value: str) -> None:
    draft = f".{path.name}.{secrets.token_hex(8)}"
    with folder(path.parent) as here:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=here)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(value + "\n")
        with contextlib.suppress(FileExistsError):  # of two that start at once, one makes the secret
            os.link(draft, path.name, src_dir_fd=here, dst_dir_fd=here, follow_symlinks=False)
        os.unlink(draft, dir_fd=here)
