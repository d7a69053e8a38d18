"""Accounts, sessions, walls and the audit log in the store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from board.accounts.administration import make_first_admin
from board.accounts.audit_check import find_faults
from board.accounts.passwords import Passwords
from router.model.accounts.account import Account
from router.model.accounts.audit_entry import AuditEntry
from router.model.accounts.session import Session, WallToken
from router.mqtt.retained.messages import RetainedMessages
from router.storage.migrate import run_job
from router.storage.schema import audit_chain, audit_log
from tests.support.stores import new_store, opened_store

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from router.storage.engines import Location

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DESK = Account("bhopal-1", "Bhopal, desk 1", "room", "district-bhopal", None, "hash", None, False, NOW.isoformat())
ENTRY = AuditEntry(NOW.isoformat(), "bhopal-1", "room", "192.0.2.1", "abc", "view", "room/district-bhopal")


def session(digest: str, **changes: object) -> Session:
    made = Session(digest, "bhopal-1", NOW, NOW, NOW + timedelta(hours=24), "192.0.2.1", "Firefox")
    return made._replace(**changes)


async def test_an_account_is_kept_and_its_name_given_once(store: Storage) -> None:
    assert await store.write(lambda uow: uow.users.add(DESK))
    assert not await store.write(lambda uow: uow.users.add(replace(DESK, name="another")))
    assert await store.read(lambda uow: uow.users.find("bhopal-1")) == DESK
    assert await store.read(lambda uow: uow.users.find("Bhopal, desk 1")) is None
    assert await store.write(lambda uow: uow.users.set_password("bhopal-1", "another"))
    assert (await store.read(lambda uow: uow.users.list_users()))[0].password_hash == "another"


async def test_sessions_end_one_by_one_by_account_and_by_time(store: Storage) -> None:
    await store.write(lambda uow: uow.users.add(DESK))
    late = session("d" * 64, expires=NOW - timedelta(seconds=1))
    idle = session("e" * 64, seen=NOW - timedelta(hours=13))
    for one in (session("a" * 64), session("b" * 64), session("c" * 64), late, idle):
        await store.write(lambda uow, one=one: uow.sessions.add(one))
    assert await store.write(lambda uow: uow.sessions.end_expired(NOW, NOW - timedelta(hours=12))) == 2
    await store.write(lambda uow: uow.sessions.touch({"a" * 64: NOW + timedelta(minutes=1), "gone": NOW}))
    live = await store.read(lambda uow: uow.sessions.list_live())
    assert {one.session.digest[0] for one in live} == set("abc")
    assert next(one for one in live if one.session.digest[0] == "a").session.seen == NOW + timedelta(minutes=1)
    assert all(one.account == DESK for one in live)
    assert await store.write(lambda uow: uow.sessions.end_of_user("bhopal-1", but="a" * 64, only="b")) == 1
    assert await store.write(lambda uow: uow.users.set_disabled("bhopal-1", disabled=True))
    assert await store.read(lambda uow: uow.sessions.list_live()) == []


async def test_a_wall_s_device_token_is_exchanged_once(store: Storage) -> None:
    token = WallToken("t" * 64, "state", NOW, "console", None)
    await store.write(lambda uow: uow.sessions.add_wall(token))
    assert not await store.write(lambda uow: uow.sessions.exchange_wall("other", "t" * 64, "c" * 64, NOW))
    assert await store.write(lambda uow: uow.sessions.exchange_wall("state", "t" * 64, "c" * 64, NOW))
    assert not await store.write(lambda uow: uow.sessions.exchange_wall("state", "t" * 64, "x" * 64, NOW))
    assert await store.read(lambda uow: uow.sessions.list_walls()) == [
        token._replace(digest="c" * 64, exchanged=NOW),
    ]
    assert await store.write(lambda uow: uow.sessions.remove_walls("state")) == 1


@pytest.fixture
async def five(store: Storage) -> Storage:
    """A log of five entries, an hour apart."""
    for hour in range(5):
        at = (NOW + timedelta(hours=hour)).isoformat(timespec="microseconds")
        await store.write(lambda uow, at=at: uow.audit.append([replace(ENTRY, at=at, tickets=("100000013",))]))
    return store


async def test_the_audit_log_is_a_chain_without_faults(five: Storage) -> None:
    count, chain, faults = await find_faults(five)
    assert (count, chain.last_id, faults) == (5, 5, [])
    found = await five.read(lambda uow: uow.audit.list_newest(2, ticket="100000013", user="bhopal-1"))
    assert [one.id for one in found] == [4, 5]
    assert await five.read(lambda uow: uow.audit.list_newest(2, ticket="10000001")) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (sa.update(audit_log).where(audit_log.c.id == 3).values(user="nobody"), "entry 3 of 2026-01-02T05"),
        (sa.update(audit_log).where(audit_log.c.id == 2).values(tickets="[]"), "was changed"),
        (sa.delete(audit_log).where(audit_log.c.id == 3), "entry 3 removed"),
        (sa.delete(audit_log).where(audit_log.c.id == 1), "entry 1 removed"),
        (sa.delete(audit_log).where(audit_log.c.id > 3), "entries 4 to 5, the newest, were removed"),
        (sa.delete(audit_log), "entries 1 to 5, the newest, were removed"),
        (sa.update(audit_chain).values(last_hash="f" * 64), "not the one that was written last"),
    ],
)
async def test_a_changed_or_removed_entry_is_found(five: Storage, change: sa.Executable, said: str) -> None:
    await five.write(lambda uow: uow.connection.execute(change) and None)
    _, _, faults = await find_faults(five)
    assert any(said in fault for fault in faults), faults


async def test_what_retention_removes_is_no_fault(five: Storage) -> None:
    moment = NOW + timedelta(hours=2, minutes=30)
    assert await five.write(lambda uow: uow.audit.forget_before(moment, 2)) == 2
    assert await five.write(lambda uow: uow.audit.forget_before(moment, 2)) == 1
    assert await five.write(lambda uow: uow.audit.forget_before(moment, 2)) == 0
    assert (await find_faults(five))[::2] == (2, [])
    await five.write(lambda uow: uow.audit.append([ENTRY]))
    assert (await find_faults(five))[::2] == (3, [])


async def test_a_number_within_a_digest_is_not_crossed_out_for_a_citizen(store: Storage) -> None:
    await store.write(lambda uow: uow.users.add(DESK))
    await store.write(lambda uow: uow.sessions.add(session("9812343210".ljust(64, "a"))))
    rows = await store.read(lambda uow: uow.citizens.rows_with("+919812343210"))
    await store.write(lambda uow: uow.citizens.forget_number("+919812343210", rows))
    assert not rows.get("sessions")
    assert (await store.read(lambda uow: uow.citizens.find("+919812343210"))).rows == {}


async def test_the_first_start_makes_an_admin_and_a_later_one_none(location: Location) -> None:
    if isinstance(location, Path):
        location.write_bytes(new_store())
    for password in ("first password", "another password"):
        await asyncio.to_thread(run_job, location, RetainedMessages(), partial(make_first_admin, password))
    async with opened_store(location) as store:
        (admin,) = await store.read(lambda uow: uow.users.list_users())
        passwords = Passwords()
        assert (admin.user, admin.role) == ("admin", "admin")
        assert await passwords.matches("first password", admin.password_hash)
        passwords.close()
        assert (await find_faults(store))[::2] == (1, [])
