"""Lines of Asterisk 22's books of calls, with asterisk_conf/'s cdr.conf and cel_custom.conf."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: 1 April 2020, 10:00 in India.
TEN = datetime(2020, 4, 1, 4, 30, tzinfo=UTC).timestamp()


def quoted(*fields: object) -> str:
    return ",".join('"' + str(field).replace('"', '""') + '"' for field in fields)


def stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"


class Books:
    """Both books of an Asterisk, written as it writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cdr = folder / "cdr-csv" / "Master.csv"
        self.cel = folder / "cel-custom" / "cel.csv"
        for path in (self.cdr, self.cel):
            path.parent.mkdir(parents=True)
        self._sequence = 0

    def call(self, uniqueid: str, at: float = TEN, *, did: str = "181", trunk: str = "bsnl", **end: Any) -> None:
        """A call that came and went; more as in `ends`."""
        self.arrives(uniqueid, at, did=did, trunk=trunk)
        self.ends(uniqueid, at, did=did, trunk=trunk, **end)

    def arrives(self, uniqueid: str, at: float = TEN, *, did: str = "181", trunk: str = "bsnl") -> None:
        self.event("CHAN_START", at, uniqueid, context="from-trunk", exten=did, trunk=trunk)

    def ends(
        self,
        uniqueid: str,
        at: float = TEN,
        *,
        helpline: str = "181",
        did: str = "181",
        trunk: str = "bsnl",
        answered: bool = True,
        app: str = "Record",
        seconds: int = 60,
        dialstatus: str = "",
        rejected: str = "",
        context: str = "",
        caller: str = "9812345678",
    ) -> None:
        """The end of a call that began then."""
        extra = {"hangupcause": 16, "hangupsource": "", "dialstatus": dialstatus}
        self.event("HANGUP", at + seconds, uniqueid, trunk=trunk, extra=extra)
        answer = quoted(stamp(at)) if answered else ""
        context = context or (f"rejected-{rejected}" if rejected else "helplines" if helpline else "trunk-call")
        fields = (
            helpline, caller, helpline or did, context, f'"" <{caller}>', f"PJSIP/{trunk}-{uniqueid}",
            "", app, "", stamp(at),
        )  # fmt: skip
        disposition = "ANSWERED" if answered else "BUSY" if app == "Hangup" else "NO ANSWER"
        sequence = self._sequence
        self._sequence += 1
        more = quoted(disposition, "DOCUMENTATION", uniqueid, "", uniqueid)
        lasted = f"{quoted(stamp(at + seconds))},{seconds},{seconds if answered else 0}"
        self._add(self.cdr, f"{quoted(*fields)},{answer},{lasted},{more},{sequence}")

    def dial(self, uniqueid: str, at: float, *, rings: float, spoken: float = 0.0, trunk: str = "bsnl") -> None:
        """A caller is put through: rings, then speaks unless nobody lifts."""
        self.event("APP_START", at, uniqueid, trunk=trunk, app="Dial", context="next-operator")
        if spoken:
            extra = {"bridge_id": f"b-{uniqueid}", "bridge_technology": "simple_bridge"}
            peer = "PJSIP/operator-1-00000007"
            self.event("BRIDGE_ENTER", at + rings, uniqueid, trunk=trunk, app="Dial", extra=extra, peer=peer)
            self.event("BRIDGE_EXIT", at + rings + spoken, uniqueid, trunk=trunk, app="Dial", extra=extra)
        self.event("APP_END", at + rings + spoken, uniqueid, trunk=trunk, app="Dial", context="next-operator")

    def queue(self, uniqueid: str, at: float, name: str, *, waits: float, spoken: float = 0.0) -> None:
        """A caller waits in a queue, then speaks unless nobody comes."""
        data = f"{name},i,,,600,,,,"
        self.event("APP_START", at, uniqueid, app="Queue", data=data, context="queue")
        if spoken:
            extra = {"bridge_id": f"b-{uniqueid}", "bridge_technology": "simple_bridge"}
            self.event("BRIDGE_ENTER", at + waits, uniqueid, app="Queue", extra=extra)
            self.event("BRIDGE_EXIT", at + waits + spoken, uniqueid, app="Queue", extra=extra)
        self.event("APP_END", at + waits + spoken, uniqueid, app="Queue", data=data, context="queue")

    def event(
        self,
        event: str,
        at: float,
        uniqueid: str,
        *,
        context: str = "helplines",
        exten: str = "181",
        trunk: str = "bsnl",
        app: str = "",
        data: str = "",
        extra: dict[str, object] | None = None,
        peer: str = "",
        linked: str = "",
    ) -> None:
        channel, more = f"PJSIP/{trunk}-{uniqueid}", json.dumps(extra, separators=(",", ":")) if extra else ""
        self._add(
            self.cel,
            quoted(
                event,
                f"{at:.6f}",
                "9812345678",
                exten,
                context,
                channel,
                app,
                data,
                "181",
                uniqueid,
                linked or uniqueid,
                peer,
                more,
            ),
        )

    @staticmethod
    def _add(path: Path, line: str) -> None:
        with path.open("a") as file:
            file.write(line + "\n")
