"""The reply channels by which a citizen is asked, in order of preference. A new one is a package and a line here."""

from __future__ import annotations

from typing import Final

from agi.callbacks.telephone_reply import TelephoneReply
from router.intake.whatsapp.graph.reply_channel import WhatsAppReply
from router.tickets.confirmation.reply_channel import ReplyChannels

REPLY_CHANNELS: Final = ReplyChannels(WhatsAppReply(), TelephoneReply())
