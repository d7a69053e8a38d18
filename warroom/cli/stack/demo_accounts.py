"""Accounts of a demonstration, one for each role: made by `warroom up --demo-accounts` alone, with generated passwords.

The passwords are secrets of the data directory like all others. They are shown where somebody sits who has started the
stack by hand; a stack of systemd never makes such accounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from board.accounts.identity import Role
from router.geo import load_places
from warroom.cli.accounts.console import administer
from warroom.config.apply.operators import applied_operators
from warroom.config.secrets import ensure_secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from board.accounts.administration import Administration

ROOM: Final = "district-bhopal"
_PREFIX: Final = "demo-"


class DemoAccount(NamedTuple):
    """One of them: the name typed to sign in, its role, its room or operator, and its page."""

    user: str
    role: Role
    page: str
    room: str | None = None
    operator: str | None = None


class SignIn(NamedTuple):
    """What somebody needs to see a page."""

    user: str
    password: str
    page: str


def ensure_demo_accounts(data: Path) -> list[SignIn]:
    """Make the accounts that are missing; return how to sign in as each. The stack must run.

    Raises:
        AccountError, StorageUnavailableError: They cannot be made.
    """
    accounts = list(_wanted(data))
    places = load_places()
    rooms = {one.id for one in (*places.rooms, *places.overseers)}

    async def work(administration: Administration) -> None:
        known = {one.user for one in await administration.list_users()}
        for one in accounts:
            made = not (data / "secrets" / _secret(one)).exists()
            password = ensure_secret(data, _secret(one))
            if one.user not in known:
                await administration.add(
                    one.user, one.role, room=one.room, operator=one.operator, rooms=rooms, password=password
                )
            elif made:  # somebody has removed the old one
                await administration.set_password(one.user, password)

    administer(data, work)
    return [SignIn(one.user, ensure_secret(data, _secret(one)), one.page) for one in accounts]


def _secret(account: DemoAccount) -> str:
    return f"board-{account.user}"


def _wanted(data: Path) -> Iterator[DemoAccount]:
    yield DemoAccount(f"{_PREFIX}room", Role.ROOM, f"/room/{ROOM}", room=ROOM)
    operators = applied_operators(data).operator
    # The first who needs no telephone beside the screen, where there is one.
    staff = sorted((one for one in operators if not one.supervisor), key=lambda one: not one.in_browser)
    for one in staff[:1]:
        yield DemoAccount(f"{_PREFIX}operator", Role.OPERATOR, "/operator", operator=one.id)
    for one in [one for one in operators if one.supervisor][:1]:
        yield DemoAccount(f"{_PREFIX}supervisor", Role.SUPERVISOR, "/operator", operator=one.id)
    yield DemoAccount(f"{_PREFIX}warroom", Role.WARROOM, "/warroom")
    yield DemoAccount(f"{_PREFIX}readonly", Role.READONLY, "/state")
