"""The mailbox of a room: recordings of its open tickets, protected by an access PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from router.model.calls.voicemail import Mail, MailState
    from router.storage.engine import Storage

MAX_MESSAGES: Final = 99
"""Messages read in one call: the largest number spoken is a hundred, and nobody listens longer."""
TRIES: Final = 3
"""Wrong PINs one after the other that are no slip of the finger any more."""
OWN_TRIES: Final = 100
"""The same for a room's own number: the most that NIST SP 800-63B (5.2.2) lets be tried, one chance in ten thousand."""

_INITIAL_LOCKOUT_S: Final = 60  # for a person who has found the right paper meanwhile
_MAX_LOCKOUT_S: Final = 3600  # 72 tries a day of a million PINs: 19 years for half of them


class Mailbox:
    """The messages of all rooms. Every method raises ``StorageUnavailableError``, and then nothing was written.

    Args:
        store: Open.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store

    async def waiting(self, room: str) -> list[Mail]:
        """Return the messages a room is not done with, those it has not heard yet first, then the newest."""
        return await self._store.read(lambda uow: uow.voicemail.waiting(room=room, most=MAX_MESSAGES))

    async def put(self, name: str, room: str, state: MailState) -> None:
        """Store a room's decision on a message; the sound stays in any case."""
        await self._store.write(lambda uow: uow.voicemail.upsert(name=name, room=room, state=state))

    async def locked_for(self, room: str, trunk: str, *, own_line: bool) -> int:
        """Return for how many seconds no PIN of a room is taken from a line; 0: it is."""
        line = _line(room, trunk, own_line=own_line)
        return await self._store.read(lambda uow: uow.voicemail.locked_for(line=line))

    async def opens(self, room: str, trunk: str, *, right: bool, own_line: bool) -> bool:
        """Count a PIN that was keyed; return whether it opens.

        After every third wrong one none is taken for a while from that trunk, twice as long each time. Where the call
        has the number of the room's own telephone it is after every hundredth: the number is public and whoever calls
        may pretend to have it, so three calls of a stranger must not shut the room out.

        Args:
            room: Its id.
            trunk: The line the call came by.
            right: Whether it was the room's PIN.
            own_line: Whether the call has the number of the room's own telephone.
        """
        line = _line(room, trunk, own_line=own_line)
        pause = own_pause_s if own_line else pause_s
        return await self._store.write(lambda uow: uow.voicemail.tried(line=line, right=right, pause_s=pause))


def pause_s(wrong: int) -> int:
    """Return for how many seconds no PIN is taken after so many wrong ones."""
    return _pause_s(wrong, TRIES)


def own_pause_s(wrong: int) -> int:
    """Return the same for calls that have the number of the room's own telephone."""
    return _pause_s(wrong, OWN_TRIES)


def _pause_s(wrong: int, tries: int) -> int:
    rounds, rest = divmod(wrong, tries)
    return 0 if rest or not rounds else min(_INITIAL_LOCKOUT_S * 2 ** min(rounds - 1, 10), _MAX_LOCKOUT_S)


def _line(room: str, trunk: str, *, own_line: bool) -> str:
    """Whose tries are counted together: never those of one caller's number, which may be anybody's."""
    return f"{room}/{trunk}/{'own' if own_line else 'other'}"
