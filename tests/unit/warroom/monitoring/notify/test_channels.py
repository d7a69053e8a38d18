"""Mail and webhook against a server of their protocol: what arrives, and what is said when nothing does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from tests.support.alert_receivers import MailServer, WebhookReceiver, receiving
from warroom.config.alert_settings import AlertSettings, MailSettings, WebhookSettings
from warroom.monitoring.notify.channels import ChannelError, MailChannel, WebhookChannel, make_channels, sign
from warroom.monitoring.notify.message import AlertLine, AlertMessage

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
LINE = AlertLine("trunk-down", "state", NOW.isoformat(), "trunk bsnl does not answer", "warroom trunks list")
MESSAGE = AlertMessage(NOW, new=(LINE,), host="exchange")


def mail_channel(tmp_path: Path, server: MailServer, **more: object) -> MailChannel:
    settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "a@b.example", **more}
    return MailChannel(tmp_path, MailSettings.model_validate({"recipients": ("c@d.example",), **settings}))


async def test_mail_says_what_is_wrong_and_what_mends_it(tmp_path: Path) -> None:
    server = MailServer()
    async with receiving(server):
        await asyncio.to_thread(mail_channel(tmp_path, server).send, MESSAGE)
    mail = server.mails[0]
    assert mail["Subject"] == "[warroom exchange] ALERT: trunk-down"
    assert (mail["From"], mail["To"], mail["Auto-Submitted"]) == ("a@b.example", "c@d.example", "auto-generated")
    assert MESSAGE.id in mail["Message-ID"]
    for text in ("12:00 IST", "trunk bsnl does not answer", "warroom trunks list", "docs/alerts.md#trunk-down"):
        assert text in mail.get_content()


async def test_mail_that_is_refused_or_has_no_server(tmp_path: Path) -> None:
    server = MailServer(refuses=True)
    async with receiving(server):
        channel = mail_channel(tmp_path, server)
        with pytest.raises(ChannelError, match="451 later"):
            await asyncio.to_thread(channel.send, MESSAGE)
    with pytest.raises(ChannelError, match=f"mail server 127.0.0.1:{server.port}: .*refused"):
        await asyncio.to_thread(channel.send, MESSAGE)


async def test_mail_needs_encryption_where_it_is_asked_for(tmp_path: Path) -> None:
    """A server without STARTTLS gets neither password nor message."""
    server = MailServer()
    async with receiving(server):
        channel = mail_channel(tmp_path, server, security="starttls", username="warroom")
        with pytest.raises(ChannelError, match="STARTTLS"):
            await asyncio.to_thread(channel.send, MESSAGE)
    assert server.mails == []


async def test_webhook_is_signed_and_redirects_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "alerts-webhook").write_text("key\n")
    receiver = WebhookReceiver()
    async with receiving(receiver):
        channel = WebhookChannel(tmp_path, WebhookSettings(url=f"http://127.0.0.1:{receiver.port}/in?token=x"))
        await asyncio.to_thread(channel.send, MESSAGE)
        receiver.status = 302
        with pytest.raises(ChannelError, match="302") as refused:
            await asyncio.to_thread(channel.send, MESSAGE)
    assert "token" not in str(refused.value)
    headers, body, post = receiver.posts[0]
    assert headers["x-warroom-signature"] == f"sha256={sign('key', headers['x-warroom-timestamp'], body)}"
    assert (post["id"], post["new"][0]["kind"], post["mended"]) == (MESSAGE.id, "trunk-down", [])


def test_message_sent_again_has_the_same_id() -> None:
    again = AlertMessage(NOW.replace(hour=7), new=(LINE,), host="exchange")
    ended = AlertMessage(NOW, mended=(LINE,), host="exchange")
    reminder = AlertMessage(NOW, standing=(LINE,), host="exchange")
    assert again.id == MESSAGE.id
    assert len({MESSAGE.id, ended.id, reminder.id}) == 3


def test_settings_that_would_send_nothing_or_show_a_password(tmp_path: Path) -> None:
    assert make_channels(tmp_path, AlertSettings()) == []
    with pytest.raises(ValidationError, match="sender and recipients"):
        MailSettings(host="mail.example")
    with pytest.raises(ValidationError, match="password"):
        MailSettings(host="m.example", sender="a@b.example", recipients=("c@d.example",), username="x", security="none")
    with pytest.raises(ValidationError, match="url"):
        WebhookSettings(url="http://user:secret@host/")
