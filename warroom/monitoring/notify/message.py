"""One message about alerts: new ones, active ones, ended ones."""

from __future__ import annotations

import hashlib
import json
import socket
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from router.india import short
from warroom.monitoring.alert_kinds import KINDS

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.rooms.alert import Alert

_MAX_NAMED: Final = 3
"""Kinds in a subject: telephones show some 60 characters of it."""


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert in a message.

    Attributes:
        kind: One of `KINDS`.
        room: The room it is for.
        since: When it began, ISO 8601.
        what: The fault.
        mend: The command that mends it.
    """

    kind: str
    room: str
    since: str
    what: str
    mend: str

    @classmethod
    def of(cls, alert: Alert) -> AlertLine:
        """Return an alert as a line."""
        known = KINDS[alert.kind]
        what = str(alert.data.get("what", known.meaning))
        return cls(alert.kind, alert.room, alert.since.isoformat(), what, str(alert.data.get("remedy", known.mend)))

    @property
    def key(self) -> str:
        """Names this alert from its beginning to its end."""
        return f"{self.kind}/{self.room}/{self.since}"


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """A message.

    Attributes:
        sent: When it was put together.
        new: Alerts that are reported for the first time, or with a new text.
        standing: Alerts that were reported before and are still active.
        mended: Alerts that have ended.
        test: Whether it is only a test.
        host: The machine's name.
    """

    sent: datetime
    new: tuple[AlertLine, ...] = ()
    standing: tuple[AlertLine, ...] = ()
    mended: tuple[AlertLine, ...] = ()
    test: bool = False
    host: str = field(default_factory=socket.gethostname)

    @property
    def id(self) -> str:
        """The same for a message that is sent again because it is not known whether it arrived."""
        said = [[one.key, one.what] for one in self.new] + [[one.key] for one in self.mended]
        text = json.dumps([self.host, said or self.sent.isoformat()])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def subject(self) -> str:
        """The new alerts, else the ended ones, else the active ones."""
        if self.test:
            return f"[warroom {self.host}] test message"
        for word, lines in (("ALERT", self.new), ("mended", self.mended), ("still standing", self.standing)):
            if lines:
                kinds = list(dict.fromkeys(line.kind for line in lines))
                more = f" and {len(kinds) - _MAX_NAMED} more" if len(kinds) > _MAX_NAMED else ""
                return f"[warroom {self.host}] {word}: {', '.join(kinds[:_MAX_NAMED])}{more}"
        return f"[warroom {self.host}] no alerts"

    def text(self) -> str:
        """Return the message for people; times are India's."""
        if self.test:
            return "This is a test: `warroom alerts test` was called. Alerts of this machine arrive here.\n"
        parts = [f"Time: {short(self.sent)} IST, machine: {self.host}\n"]
        for title, lines in (("NEW", self.new), ("MENDED", self.mended), ("STILL STANDING", self.standing)):
            if lines:
                parts.append("\n".join([title, *(_said(line) for line in lines)]) + "\n")
        return "\n".join(parts)

    def document(self) -> dict[str, Any]:
        """Return the message for programs."""
        return {
            "id": self.id,
            "host": self.host,
            "sent": self.sent.isoformat(),
            "test": self.test,
            "subject": self.subject,
            "new": [asdict(line) for line in self.new],
            "standing": [asdict(line) for line in self.standing],
            "mended": [asdict(line) for line in self.mended],
        }


def _said(line: AlertLine) -> str:
    return f"* {line.kind}: {line.what}\n  to mend it: {line.mend}\n  see docs/alerts.md#{line.kind}"
