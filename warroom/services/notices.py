"""Notices to the public, as the api process serves them: sounds, CAP, messages, and what an admin must know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agi.notices.builder import NoticeBuilder
from agi.notices.sounds import NoticeSounds
from agi.prompts.voices import Voices
from agi.spoken_texts.speaker import Speaker
from router.component import BackgroundComponent
from router.intake.sms.notices import SmsNotices
from router.intake.whatsapp.notices import WhatsAppNotices
from router.notices.cap.routes import CapRoutes
from router.notices.messages import NoticeMessages
from warroom.monitoring.conditions.condition import Condition
from warroom.monitoring.conditions.notices import NoticeEnding, NoticeUnspoken

if TYPE_CHECKING:
    from router.component import Component
    from router.intake.sms.in_force import SmsInForce
    from router.storage.engine import Storage
    from warroom.config.paths import DataDirectory
    from warroom.config.settings import Settings


@dataclass(frozen=True, slots=True)
class NoticeServices:
    """Their parts in the process."""

    cap: CapRoutes
    components: tuple[Component, ...]
    conditions: tuple[Condition, ...]


def make_notices(layout: DataDirectory, settings: Settings, store: Storage, sms: SmsInForce) -> NoticeServices:
    """Make them.

    Args:
        layout: Where the sounds lie.
        settings: Who publishes, and by which ways messages go.
        store: Open when they run.
        sms: The provider of SMS, for those who are not on WhatsApp.
    """
    speaker = Speaker(Voices(settings.prompts.voices))
    builder = NoticeBuilder(store, NoticeSounds(layout.notices), speaker)
    messages = NoticeMessages(store, (WhatsAppNotices(settings.whatsapp), SmsNotices(sms)))
    return NoticeServices(
        cap=CapRoutes(store, settings.notices, settings.router.open311.public_url),
        components=(
            BackgroundComponent("sounds of notices", speaker.run, builder.run),
            BackgroundComponent("messages of notices", messages.run),
        ),
        conditions=(
            Condition("notice-unspoken", NoticeUnspoken(builder).check),
            Condition("notice-ending", NoticeEnding(store).check),
        ),
    )
