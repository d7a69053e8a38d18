"""The ways out: mail (SMTP) and webhook (HTTP POST of signed JSON)."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final, Protocol

from router.errors import UserError
from warroom.config.secrets import ALERTS_WEBHOOK, SMTP, read_secret

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.config.alert_settings import AlertSettings, MailSettings, WebhookSettings
    from warroom.monitoring.notify.message import AlertMessage

SEND_TIMEOUT_S: Final = 10.0
"""Of each answer of a server; one that is slower gets the message with the next try."""
SIGNATURE_HEADER: Final = "X-Warroom-Signature"
TIMESTAMP_HEADER: Final = "X-Warroom-Timestamp"


class ChannelError(UserError):
    """A message was not accepted; the text says by which server and why."""


class Channel(Protocol):
    """A way out."""

    @property
    def name(self) -> str:
        """In messages and as the kind of its jobs."""
        ...

    def send(self, message: AlertMessage) -> None:
        """Send a message. Blocks.

        Raises:
            ChannelError: It was not taken, or that is not known.
        """


def make_channels(data: Path, settings: AlertSettings) -> list[Channel]:
    """Return the channels that the settings name."""
    channels: list[Channel] = []
    if settings.mail.host:
        channels.append(MailChannel(data, settings.mail))
    if settings.webhook.url:
        channels.append(WebhookChannel(data, settings.webhook))
    return channels


class MailChannel:
    """Mail.

    Args:
        data: The data directory, where the password is.
        settings: The server and the addresses.
    """

    name = "mail"

    def __init__(self, data: Path, settings: MailSettings) -> None:
        self._data = data
        self._settings = settings

    def send(self, message: AlertMessage) -> None:
        """Send one mail to all recipients. Blocks. Raises ChannelError: it was not taken."""
        where = f"mail server {self._settings.host}:{self._settings.port}"
        try:
            with self._connect() as server:
                if self._settings.username:
                    server.login(self._settings.username, self._password())
                refused = server.send_message(self._mail(message))
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else "refuses"
            raise ChannelError(f"{where}: {error.smtp_code} {said}") from None
        except smtplib.SMTPRecipientsRefused as error:
            raise ChannelError(f"{where} refuses the recipients: {', '.join(error.recipients)}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError(f"{where}: {error}") from None
        if refused:
            raise ChannelError(f"{where} refuses these recipients: {', '.join(refused)}")

    def _connect(self) -> smtplib.SMTP:
        one = self._settings
        if one.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(one.host, one.port, timeout=SEND_TIMEOUT_S, context=context)
        server = smtplib.SMTP(one.host, one.port, timeout=SEND_TIMEOUT_S)
        if one.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    def _password(self) -> str:
        try:
            return read_secret(self._data, SMTP)
        except OSError as error:
            path = self._data / "secrets" / SMTP
            raise ChannelError(f"{path}: {error.strerror}: write the mail account's password there") from None

    def _mail(self, message: AlertMessage) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = message.subject
        mail["From"] = self._settings.sender
        mail["To"] = ", ".join(self._settings.recipients)
        mail["Date"] = format_datetime(message.sent)
        mail["Message-ID"] = f"<{message.id}@{self._settings.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
        mail.set_content(message.text())
        return mail


class WebhookChannel:
    """A webhook: the body's HMAC-SHA256 with the time of sending proves that it is ours.

    Args:
        data: The data directory, where the secret is.
        settings: The address.
    """

    name = "webhook"

    def __init__(self, data: Path, settings: WebhookSettings) -> None:
        self._data = data
        self._settings = settings

    def send(self, message: AlertMessage) -> None:
        """Post one message. Blocks. Raises ChannelError: the response was none of 2xx."""
        body = json.dumps(message.document(), ensure_ascii=False).encode()
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP_HEADER: stamp,
            SIGNATURE_HEADER: f"sha256={sign(self._secret(), stamp, body)}",
        }
        where = f"webhook {self._settings.url.partition('?')[0]}"
        request = urllib.request.Request(self._settings.url, body, headers, method="POST")  # noqa: S310 - http(s) alone
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=SEND_TIMEOUT_S):
                return
        except urllib.error.HTTPError as error:
            error.close()
            raise ChannelError(f"{where}: {error.code} {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise ChannelError(f"{where}: {getattr(error, 'reason', error)}") from None

    def _secret(self) -> str:
        try:
            return read_secret(self._data, ALERTS_WEBHOOK)
        except OSError as error:
            path = self._data / "secrets" / ALERTS_WEBHOOK
            raise ChannelError(f"{path}: {error.strerror}; it is made when the stack starts: warroom up") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A POST that is redirected would arrive as a GET without its body."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


def sign(secret: str, stamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of ``<stamp>.<body>`` in hex (RFC 2104), as receivers compute it."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
