"""The ways a citizen is asked back, first choice first. Another one is its package and a line here."""

from __future__ import annotations

from typing import Final

from agi.callbacks.telephone_reply import TelephoneReply
from router.tickets.reply_channel import ReplyChannels

REPLY_CHANNELS: Final = ReplyChannels(TelephoneReply())
