"""People who sign in at the screens: their accounts, and the cookies of their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import httpx

from board.accounts.cookies import SESSION
from board.accounts.passwords import hash_password
from board.accounts.tokens import digest_of, make_token
from router.clock import utc_now
from router.model.accounts.account import Account
from router.model.accounts.session import Session
from tests.support.brokers import until
from warroom.cli.common import open_storage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.storage.unit_of_work import UnitOfWork
    from tests.live.conftest import LiveStack

PASSWORD: Final = "seven wells of Orchha"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account: the name that is typed, the role, and the room or operator it is for."""

    user: str
    role: str
    room: str | None = None
    operator: str | None = None


BHOPAL: Final = Person("bhopal", "room", room="district-bhopal")
INDORE: Final = Person("indore", "room", room="district-indore")
ASHA: Final = Person("asha", "operator", operator="101")
DOCTOR: Final = Person("doctor", "operator", operator="102")
CHIEF: Final = Person("chief", "supervisor", operator="900")
WARROOM: Final = Person("control", "warroom")
ADMIN: Final = Person("it-cell", "admin")
READER: Final = Person("auditor", "readonly")
EVERYBODY: Final = (BHOPAL, INDORE, ASHA, DOCTOR, CHIEF, WARROOM, ADMIN, READER)


def board_url(stack: LiveStack) -> str:
    """Return where the screens of a stack are."""
    return f"http://127.0.0.1:{stack.settings.board.port}"


async def sign_in_all(stack: LiveStack, people: Sequence[Person]) -> dict[str, str]:
    """Give people accounts and sessions; return their cookies by user, as `name=value`.

    The sign-in page itself has tests of its own: here sessions are written to the store, as it writes them.
    """
    password_hash = hash_password(PASSWORD)
    tokens = {one.user: make_token() for one in people}
    at = utc_now()

    def add(uow: UnitOfWork) -> None:
        for one in people:
            account = Account(
                one.user, one.user.title(), one.role, one.room, one.operator, password_hash, None,
                disabled=False, made=at.isoformat(),
            )  # fmt: skip
            uow.users.add(account)
            digest = digest_of(tokens[one.user])
            uow.sessions.add(Session(digest, one.user, at, at, at + timedelta(hours=12), "127.0.0.1", "test"))

    async with open_storage(stack.data) as store:
        await store.write(add)
    cookies = {user: f"{SESSION}={token}" for user, token in tokens.items()}
    async with httpx.AsyncClient(base_url=board_url(stack), headers={"Cookie": cookies[people[-1].user]}) as browser:

        async def known() -> bool:
            return not (await browser.get("/")).headers["location"].startswith("/sign-in")

        await until(known)  # the board reads all sessions anew every two seconds
    return cookies
