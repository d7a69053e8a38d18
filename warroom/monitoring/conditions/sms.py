"""Conditions of SMS: a map that cannot be used, a provider that takes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.monitoring.conditions.condition import Trouble

if TYPE_CHECKING:
    from router.intake.sms.in_force import SmsInForce
    from router.intake.sms.sending.sender import SmsSender


class SmsMapBroken:
    """``sms.toml`` has a mistake, or a secret is missing.

    Args:
        in_force: The provider.
    """

    def __init__(self, in_force: SmsInForce) -> None:
        self._in_force = in_force

    async def check(self) -> Trouble | None:
        """Check."""
        problems = self._in_force.problems
        if not problems:
            return None
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return Trouble(
            f"SMS: {problems[0]}{more}",
            "SMS की सेटिंग (sms.toml) में गलती है: संदेश नहीं जा रहे, या पुरानी सेटिंग से जा रहे हैं",
            "warroom sms status",
        )


class SmsNotSent:
    """The provider takes no messages.

    Args:
        sender: Sends them.
    """

    def __init__(self, sender: SmsSender) -> None:
        self._sender = sender

    async def check(self) -> Trouble | None:
        """Check."""
        if not self._sender.trouble:
            return None
        return Trouble(
            f"SMS wait to be sent: {self._sender.trouble}",
            "SMS नहीं जा रहे: SMS कंपनी का सर्वर संदेश नहीं ले रहा",
            "warroom sms status",
        )
