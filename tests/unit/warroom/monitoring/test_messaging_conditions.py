"""Alerts on messages by WhatsApp and SMS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from router.intake.whatsapp.webhook import WebhookCounts
from router.intake.whatsapp.webhook.counts import REFUSALS_WITHIN_S
from router.model.messaging.incoming import IncomingMessage, NewMessage
from router.model.messaging.person import Contact
from tests.support.stores import opened_store
from warroom.monitoring.conditions.messaging import (
    REFUSED_LIMIT,
    WAITING_LIMIT_S,
    MessagesSetAside,
    MessagesWaiting,
    WebhookRefused,
)

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)


def _add(uow: Any, received: datetime, kind: str = "text") -> None:
    person = uow.chat_people.arrived(Contact("whatsapp", "1", "IN.1"), NOW)
    message = IncomingMessage(provider_id=f"m{received}", person=person, sent=received, kind=kind, content={})
    uow.chat_in.add(NewMessage("whatsapp", message, "{}", received))


async def test_message_that_waits_raises_an_alert_and_one_to_ourselves_does_not(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "s.sqlite") as store:
        clock = [NOW]
        waiting = MessagesWaiting(store, lambda: clock[0])
        await store.write(lambda uow: _add(uow, NOW + timedelta(minutes=10), "timeout"))
        clock[0] = NOW + timedelta(minutes=9)
        assert await waiting.check() is None
        await store.write(lambda uow: _add(uow, clock[0]))
        assert await waiting.check() is None
        clock[0] += timedelta(seconds=WAITING_LIMIT_S)
        assert await waiting.check() is not None
        await store.write(lambda uow: uow.chat_in.finish(2, 1))
        assert await waiting.check() is None


async def test_message_set_aside_raises_an_alert(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "s.sqlite") as store:
        aside = MessagesSetAside(store)
        await store.write(lambda uow: _add(uow, NOW))
        assert await aside.check() is None
        await store.write(lambda uow: uow.chat_in.set_aside(1, "a fault"))
        assert await aside.check() is not None


async def test_refused_signatures_raise_an_alert_that_ends() -> None:
    clock = [0.0]
    counts = WebhookCounts(lambda: clock[0])
    condition = WebhookRefused(counts)
    for _ in range(REFUSED_LIMIT - 1):
        counts.refuse()
    assert await condition.check() is None
    counts.refuse()
    trouble = await condition.check()
    assert trouble is not None
    assert "secret" in trouble.what
    clock[0] = REFUSALS_WITHIN_S + 1
    assert await condition.check() is None
    counts.leave_to_others()
    trouble = await condition.check()
    assert trouble is not None
    assert "phone_number_id" in trouble.what
