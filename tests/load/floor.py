"""The plain dialplan the conversation is measured against: what the same call costs Asterisk without any service.

It asks with the same prompts in the same order by the same applications (Read, Record, Playback, Dial), checks each
key and records the same sound into the same kind of file. A call that was not understood leaves no recording, and
reaches nobody. It lets no more callers in than the stack does, and refuses the others unanswered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.load.shares import floor_did

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.load.shares import Share

PROBE_DID = "998"
_COUNTED = "Set(GROUP(floor)=callers)"


def recordings_of(share: Share) -> str:
    """The files a share's calls leave when they were understood, as a pattern."""
    return f"floor-{share.name}-*.wav"


def floor_dialplan(shares: Iterable[Share], prompts: Path, recordings: Path, probe: Path) -> str:
    """Return the dialplan for <data>/asterisk/local/extensions.conf.

    Args:
        shares: The callers' shares.
        prompts: Folder of the Hindi prompts.
        recordings: Folder Asterisk may record into; not the spool, whose messages become tickets.
        probe: Sound of the probe call, without its ending.
    """
    lines = ["[did-loopback]", f"exten => {PROBE_DID},1,{_COUNTED}", " same => n,Answer()"]
    lines += [f" same => n,Playback({probe})", " same => n,Hangup(16)"]
    for share in shares:
        lines += _lines(share, prompts, recordings)
    return "\n".join(lines) + "\n"


def _lines(share: Share, prompts: Path, recordings: Path) -> Iterator[str]:
    def play(names: Iterable[str]) -> str:
        return "&".join(f"{prompts}/{name}" for name in names)

    yield f"exten => {floor_did(share)},1,{_COUNTED}"
    yield " same => n,GotoIf($[${GROUP_COUNT(callers@floor)} > ${WR_REGULAR_CAPACITY}]?full)"
    yield " same => n,Set(CHANNEL(language)=hi)"
    yield " same => n,Answer()"
    for names, keys in share.asks:
        most = 1 if len(keys) == 1 else len(keys) + 1  # and the # that ends them
        yield f" same => n,Read(K,{play(names)},{most},,1,8)"
        yield f' same => n,GotoIf($["${{K}}" != "{keys}"]?wrong)'
    for line, names in share.then:
        where = f"{recordings}/{recordings_of(share).replace('*', '${UNIQUEID}')}"
        yield f" same => n,{line.replace('PLAY', play(names)).replace('FILE', where)}"
    yield " same => n(wrong),Hangup(16)"
    yield " same => n(full),Hangup(17)"
