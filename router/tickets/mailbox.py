"""What a room hears by telephone: the recordings of its open tickets, and the PIN that opens them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from router.store import voicemail_rows

if TYPE_CHECKING:
    from router.store.store import Store
    from router.store.voicemail_rows import Mail, MailState

MOST: Final = 99
"""Messages told in one call: the largest number spoken is a hundred, and nobody listens longer."""
TRIES: Final = 3
"""Wrong PINs one after the other that are no slip of the finger any more."""

_FIRST_PAUSE_S: Final = 60  # for a person who has found the right paper meanwhile
_LONGEST_PAUSE_S: Final = 3600  # 72 tries a day of a million PINs: 19 years for half of them


class Mailbox:
    """The messages of all rooms. Every method raises ``StoreUnavailable``, and then nothing was written.

    Args:
        store: Open.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def waiting(self, room: str) -> list[Mail]:
        """Return the messages a room is not done with, those it has not heard yet first, then the newest."""
        return await self._store.read(partial(voicemail_rows.waiting, room=room, most=MOST))

    async def put(self, name: str, room: str, state: MailState) -> None:
        """Keep what a room says of a message; the sound stays, whatever it says."""
        await self._store.write(partial(voicemail_rows.put, name=name, room=room, state=state))

    async def locked_for(self, room: str, *, own_line: bool) -> int:
        """Return for how many seconds no PIN of a room is taken; 0: it is."""
        return await self._store.read(partial(voicemail_rows.locked_for, line=_line(room, own_line=own_line)))

    async def opens(self, room: str, *, right: bool, own_line: bool) -> bool:
        """Count a PIN that was keyed; return whether it opens.

        After every third wrong one none is taken for a while, twice as long each time. The room's own telephone
        counts by itself: a stranger cannot lock it out.

        Args:
            room: Its id.
            right: Whether it was the room's PIN.
            own_line: Whether the call came from the room's own telephone.
        """
        line = _line(room, own_line=own_line)
        return await self._store.write(partial(voicemail_rows.tried, line=line, right=right, pause_s=pause_s))


def pause_s(wrong: int) -> int:
    """Return for how many seconds no PIN is taken after so many wrong ones."""
    rounds, rest = divmod(wrong, TRIES)
    return 0 if rest or not rounds else min(_FIRST_PAUSE_S * 2 ** min(rounds - 1, 10), _LONGEST_PAUSE_S)


def _line(room: str, *, own_line: bool) -> str:
    return f"{room}/own" if own_line else f"{room}/other"
