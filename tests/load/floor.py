"""The plain dialplan the conversation is measured against: what the same call costs Asterisk without any service.

It asks with the same prompts in the same order by the same applications (Read, Record, Playback), checks each key and
records the same sound into the same kind of file. A call that was not understood leaves no recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FLOOR_DID = "999"
PROBE_DID = "998"
RECORDINGS = "floor-*.wav"

_DIALPLAN = """
[did-loopback]
exten => 999,1,Set(CHANNEL(language)=hi)
 same => n,Answer()
 same => n,Read(K,{greeting},1,,1,5)
 same => n,GotoIf($["${{K}}" != "1"]?wrong)
 same => n,Read(K,{food},1,,1,5)
 same => n,GotoIf($["${{K}}" != "1"]?wrong)
 same => n,Read(K,{place},7,,1,8)
 same => n,GotoIf($["${{K}}" != "{pin}"]?wrong)
 same => n,Read(K,{district},1,,1,5)
 same => n,GotoIf($["${{K}}" != "1"]?wrong)
 same => n,Read(K,{callback},1,,1,5)
 same => n,GotoIf($["${{K}}" != "1"]?wrong)
 same => n,Read(K,{details},1,,1,0.1)
 same => n,Record({recordings}/floor-${{UNIQUEID}}.wav,0,20,kqy)
 same => n,Read(K,{number},1,,1,5)
 same => n,Playback({goodbye})
 same => n(wrong),Hangup(16)
exten => 998,1,Answer()
 same => n,Playback({probe})
 same => n,Hangup(16)
"""
_DIGITS = "100000013"


def floor_dialplan(prompts: Path, recordings: Path, probe: Path, pin: str) -> str:
    """Return the dialplan for <data>/asterisk/local/extensions.conf.

    Args:
        prompts: Folder of the Hindi prompts.
        recordings: Folder Asterisk may record into; not the spool, whose messages become tickets.
        probe: Sound of the probe call, without its ending.
        pin: The PIN code the callers key.
    """

    def play(*names: str) -> str:
        return "&".join(f"{prompts}/{name}" for name in names)

    return _DIALPLAN.format(
        greeting=play("greeting-181", "danger", "english-choice", "main-menu", "menu-end"),
        food=play("food-menu", "menu-end"),
        place=play("place-ask"),
        district=play("place-is", "district-bhopal", "place-confirm"),
        callback=play("callback-ask"),
        details=play("details-ask", "beep"),
        number=play("number-is", *_spoken(), "number-again", *_spoken(), "number-call-again", "again-ask"),
        goodbye=play("goodbye"),
        recordings=recordings,
        probe=probe,
        pin=pin,
    )


def _spoken() -> list[str]:
    """The prompts of a ticket's number, as the conversation says it."""
    names = [f"number-{digit}" for digit in _DIGITS]
    return [*names[:3], "silence-half", *names[3:6], "silence-half", *names[6:]]
