"""Sessions, sign-in, delays and the audit log, on a real store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.requests import HTTPConnection

from board.accounts import audit as audit_module
from board.accounts import sessions as sessions_module
from board.accounts.audit import Audit, AuditUnavailableError, without_numbers
from board.accounts.delays import SignInDelays
from board.accounts.identity import Role
from board.accounts.passwords import PasswordError, Passwords, TooBusyError, check_new_password, hash_password
from board.accounts.sessions import Sessions
from board.accounts.settings import AccountSettings
from board.accounts.sign_in import Refused, SignIn
from board.accounts.tokens import digest_of
from router.model.accounts.account import Account
from router.model.accounts.session import WallToken
from router.storage.errors import StorageUnavailableError
from tests.support.brokers import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.storage.engine import Storage

PASSWORD = "a long पासवर्ड of hers"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def connection(token: str = "", *, wall: str = "", address: str = "192.0.2.1") -> HTTPConnection:
    cookies = "; ".join(f"{n}={v}" for n, v in (("warroom_session", token), ("warroom_wall", wall)) if v)
    headers = [(b"cookie", cookies.encode()), (b"user-agent", b"Firefox")]
    return HTTPConnection({"type": "http", "headers": headers, "client": (address, 1)})


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sessions(store: Storage, clock: Clock) -> Sessions:
    account = Account(
        "bhopal-1",
        "Bhopal, desk 1",
        "room",
        "district-bhopal",
        None,
        hash_password(PASSWORD),
        None,
        False,
        NOW.isoformat(),
    )
    await store.write(lambda uow: uow.users.add(account))
    return Sessions(store, AccountSettings(), now=clock)


@pytest.fixture
async def sign_in(store: Storage, sessions: Sessions) -> AsyncIterator[SignIn]:
    passwords = Passwords()
    yield SignIn(store, passwords, sessions, Audit(store))
    passwords.close()


async def entries(store: Storage) -> list[tuple[str, str]]:
    listed = await store.read(lambda uow: uow.audit.list_newest(100))
    return [(one.entry.action, one.entry.user) for one in listed]


async def test_a_right_password_signs_in_by_a_token_that_is_nowhere_stored(
    store: Storage, sessions: Sessions, sign_in: SignIn
) -> None:
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    assert isinstance(token, str)
    identity = await sessions.identify(connection(token))
    assert identity is not None
    assert (identity.user, identity.role, identity.room, identity.home) == (
        "bhopal-1", Role.ROOM, "district-bhopal", "/room/district-bhopal",
    )  # fmt: skip
    assert await sessions.identify(connection(token[:-1])) is None
    assert await sessions.identify(connection("x" * 10_000)) is None
    (live,) = await store.read(lambda uow: uow.sessions.list_live())
    assert token not in repr(live)
    assert await entries(store) == [("sign-in", "bhopal-1")]


@pytest.mark.parametrize(("user", "password"), [("bhopal-1", "another password"), ("nobody", PASSWORD)])
async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(
    store: Storage, sign_in: SignIn, user: str, password: str
) -> None:
    answers = [await sign_in.sign_in(user, password, connection()) for _ in range(4)]
    assert answers == [Refused(0), Refused(0), Refused(1), Refused(1)]
    assert await store.read(lambda uow: uow.sessions.list_live()) == []


async def test_a_disabled_account_signs_nobody_in(store: Storage, sign_in: SignIn) -> None:
    await store.write(lambda uow: uow.users.set_disabled("bhopal-1", disabled=True))
    assert await sign_in.sign_in("bhopal-1", PASSWORD, connection()) == Refused(0)


async def test_a_session_ends_unused_and_used_alike(sessions: Sessions, sign_in: SignIn, clock: Clock) -> None:
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    for _ in range(3):
        clock.now += timedelta(hours=7)
        identity = await sessions.identify(connection(token))
        assert identity
    clock.now += timedelta(hours=3, seconds=1)  # 24 in all
    assert not await sessions.valid(identity)
    assert await sessions.identify(connection(token)) is None
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    identity = await sessions.identify(connection(token))
    clock.now += timedelta(hours=12, seconds=1)
    assert not await sessions.valid(identity)
    assert await sessions.identify(connection(token)) is None


async def test_use_is_written_so_that_a_restart_ends_no_session(
    store: Storage, sessions: Sessions, sign_in: SignIn, clock: Clock
) -> None:
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    clock.now += timedelta(hours=11)
    assert await sessions.identify(connection(token))
    await sessions.flush()
    clock.now += timedelta(hours=11)
    assert await Sessions(store, AccountSettings(), now=clock).identify(connection(token))


async def test_what_another_process_revokes_is_out_within_a_beat(
    store: Storage, sessions: Sessions, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    identity = await sessions.identify(connection(token))
    await store.write(lambda uow: uow.sessions.end_of_user("bhopal-1"))
    monkeypatch.setattr(sessions_module, "PICTURE_S", 0.0)  # two seconds have gone
    assert not await sessions.valid(identity)
    assert await sessions.identify(connection(token)) is None


async def test_a_changed_role_ends_what_was_open_with_the_old_one(
    store: Storage, sessions: Sessions, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    identity = await sessions.identify(connection(token))
    account = await store.read(lambda uow: uow.users.find("bhopal-1"))
    assert account
    await store.write(lambda uow: uow.users.update(replace(account, room="district-sehore")))
    monkeypatch.setattr(sessions_module, "PICTURE_S", 0.0)
    assert not await sessions.valid(identity)
    assert (await sessions.identify(connection(token))).room == "district-sehore"


async def test_screens_go_on_while_the_store_is_away(
    store: Storage, sessions: Sessions, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())

    async def away(_: object) -> None:
        raise StorageUnavailableError("away", "x", "mend it")

    monkeypatch.setattr(store, "read", away)
    monkeypatch.setattr(sessions_module, "PICTURE_S", 0.0)
    assert await sessions.identify(connection(token))
    monkeypatch.setattr(sessions_module, "PICTURE_WITHOUT_STORE_S", 0.0)

    async def nobody() -> bool:
        return await sessions.identify(connection(token)) is None

    await until(nobody)


async def test_nobody_waits_for_a_store_that_is_away(
    store: Storage, sessions: Sessions, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    read, silent = store.read, asyncio.Event()

    async def away(_: object) -> None:
        await silent.wait()
        raise StorageUnavailableError("away", "x", "mend it")

    monkeypatch.setattr(store, "read", away)
    monkeypatch.setattr(sessions_module, "PICTURE_S", 0.0)
    first = asyncio.create_task(sessions.identify(connection(token)))
    await asyncio.sleep(0)
    silent.set()
    assert await first
    silent.clear()
    async with asyncio.timeout(1):
        for _ in range(10):
            assert await sessions.identify(connection(token))
    monkeypatch.setattr(store, "read", read)
    silent.set()
    await store.write(lambda uow: uow.sessions.end_of_user("bhopal-1"))

    async def nobody() -> bool:
        return await sessions.identify(connection(token)) is None

    await until(nobody)


async def test_a_changed_password_ends_the_other_sessions(sessions: Sessions, sign_in: SignIn) -> None:
    here = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    there = await sign_in.sign_in("bhopal-1", PASSWORD, connection(address="192.0.2.2"))
    identity = await sessions.identify(connection(here))
    assert not await sign_in.change_password(identity, "wrong password", "another of theirs")
    with pytest.raises(PasswordError, match="at least"):
        await sign_in.change_password(identity, PASSWORD, "short")
    assert await sign_in.change_password(identity, PASSWORD, "another of theirs")
    assert await sessions.identify(connection(here))
    assert await sessions.identify(connection(there)) is None
    assert isinstance(await sign_in.sign_in("bhopal-1", PASSWORD, connection()), Refused)
    assert isinstance(await sign_in.sign_in("bhopal-1", "another of theirs", connection()), str)


async def test_a_wall_shows_itself_alone_and_beside_it_a_person_signs_in(
    store: Storage, sessions: Sessions, sign_in: SignIn
) -> None:
    assert await sessions.identify(connection("nobody's")) is None  # all sessions are known by now: without the wall
    await store.write(lambda uow: uow.sessions.add_wall(WallToken(digest_of("device"), "hall", NOW, "console", None)))
    assert await sessions.exchange_wall("other", "device") is None
    cookie = await sessions.exchange_wall("hall", "device")
    assert cookie
    assert await sessions.exchange_wall("hall", "device") is None
    wall = await sessions.identify(connection(wall=cookie))
    assert (wall.role, wall.name, wall.user, wall.home) == (Role.WALL, "hall", "wall/hall", "/wall/hall")
    assert await sessions.valid(wall)
    token = await sign_in.sign_in("bhopal-1", PASSWORD, connection())
    assert (await sessions.identify(connection(token, wall=cookie))).user == "bhopal-1"


async def test_a_flood_of_sign_ins_waits_in_a_short_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords()
    attempts = [passwords.matches("x", "") for _ in range(40)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    passwords.close()
    assert sum(isinstance(one, TooBusyError) for one in results) == 22
    assert results.count(False) == 18


@pytest.mark.parametrize("password", ["short", "x" * 257, "aaaaaaaaaaaa", "my-BHOPAL-1-password"])
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(PasswordError):
        check_new_password(password, "bhopal-1")


class Seconds:
    """Steady seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(delays: SignInDelays, times: int, user: str, address: str, last: str = "") -> None:
    for _ in range(times):
        delays.failed(user, address, last)


def test_delays_of_an_account_grow_to_minutes_wherever_the_attempts_come_from() -> None:
    delays = SignInDelays(Seconds())
    waits = []
    for number in range(14):
        delays.failed("bhopal-1", f"192.0.2.{number}", "")
        waits.append(delays.wait_s("bhopal-1", "198.51.100.1", ""))
    assert waits[:6] == [0, 0, 1, 2, 4, 8]
    assert waits[-1] == 300


def test_an_account_is_never_locked_where_it_was_last_used() -> None:
    seconds = Seconds()
    delays = SignInDelays(seconds)
    fail(delays, 100, "bhopal-1", "203.0.113.9")
    assert delays.wait_s("bhopal-1", "203.0.113.9", "") > 200
    assert delays.wait_s("bhopal-1", "192.0.2.1", "192.0.2.1") == 0
    fail(delays, 100, "bhopal-1", "192.0.2.1", "192.0.2.1")
    assert delays.wait_s("bhopal-1", "192.0.2.1", "192.0.2.1") == 15


def test_an_office_behind_one_address_is_never_locked_out() -> None:
    delays = SignInDelays(Seconds())
    for number in range(500):
        delays.failed(f"user{number}", "192.0.2.1", "")
    assert delays.wait_s("vikram", "192.0.2.1", "") == 30  # somebody who never signed in there
    assert delays.wait_s("bhopal-1", "192.0.2.1", "192.0.2.1") == 0  # its own place


def test_delays_count_a_whole_network_of_ipv6_and_forget_after_an_hour() -> None:
    seconds = Seconds()
    delays = SignInDelays(seconds)
    for number in range(30):
        delays.failed(f"user{number}", f"2001:db8::{number:x}", "")
    assert delays.wait_s("x", "2001:db8::ffff", "") == 30
    seconds.now += 3601
    assert delays.wait_s("x", "2001:db8::ffff", "") == 0


def test_many_attempts_at_once_do_not_each_pass_for_the_first() -> None:
    delays = SignInDelays(Seconds())
    with delays.attempt("anita", "192.0.2.1", ""), delays.attempt("anita", "192.0.2.2", ""):
        assert delays.wait_s("anita", "192.0.2.3", "") == 0
        with delays.attempt("anita", "192.0.2.3", ""):
            assert delays.wait_s("anita", "192.0.2.4", "") == 1


def test_a_right_password_and_one_that_was_not_checked_count_for_nothing() -> None:
    delays = SignInDelays(Seconds())
    for number in range(50):
        with delays.attempt(f"user{number}", "192.0.2.1", "") as attempt:
            attempt.right = True
        with pytest.raises(TooBusyError), delays.attempt("vikram", "192.0.2.1", ""):
            raise TooBusyError
    assert delays.wait_s("vikram", "192.0.2.1", "") == 0
    fail(delays, 1, "vikram", "192.0.2.1")
    with delays.attempt("vikram", "192.0.2.1", "") as attempt:
        fail(delays, 2, "vikram", "192.0.2.1")
    assert delays.wait_s("vikram", "192.0.2.1", "") == 2  # four wrong ones


async def test_wrong_passwords_sent_at_once_are_mostly_not_looked_at(sign_in: SignIn) -> None:
    attempts = [sign_in.sign_in("anita", f"wrong password {n}", connection()) for n in range(10)]
    await asyncio.gather(*attempts)
    right = await sign_in.sign_in("anita", PASSWORD, connection())
    assert isinstance(right, Refused)
    assert right.wait_s == 1  # the fourth and later ones were not counted, since they were not looked at


async def test_views_are_written_together_and_changes_at_once(store: Storage, sessions: Sessions) -> None:
    audit = Audit(store)
    await audit.note(None, "view", target="state", tickets=[f"1{n:08}" for n in range(600)])
    assert await entries(store) == []
    await audit.record(None, "export", target="tickets", reason="asked by +91 98123-43210 / ९८१२३४३२१०")
    listed = await store.read(lambda uow: uow.audit.list_newest(10))
    assert [(one.entry.action, len(one.entry.tickets)) for one in listed] == [
        ("view", 500),
        ("view", 100),
        ("export", 0),
    ]
    assert listed[-1].entry.reason == "asked by (number) / (number)"


async def test_an_export_is_refused_while_it_cannot_be_written_and_views_are_counted(
    store: Storage, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit, write = Audit(store), store.write

    async def away(_: object) -> None:
        raise StorageUnavailableError("away", "x", "mend it")

    monkeypatch.setattr(store, "write", away)
    monkeypatch.setattr(audit_module, "MAX_QUEUED", 3)
    for _ in range(5):
        await audit.note(None, "view", target="state")
    with pytest.raises(AuditUnavailableError):
        await audit.record(None, "export")
    monkeypatch.setattr(store, "write", write)
    await audit.flush()
    listed = await store.read(lambda uow: uow.audit.list_newest(10))
    assert [one.entry.action for one in listed] == ["view"] * 3 + ["lost"]
    assert listed[-1].entry.reason == "2 views that could not be written"


def test_a_reason_keeps_what_is_no_telephone_number() -> None:
    assert without_numbers("called twice, PIN 462001, 3 people") == "called twice, PIN 462001, 3 people"
    assert without_numbers("0755 255 1234") == "(number)"
