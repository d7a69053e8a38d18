"""The pages of accounts, as a browser without scripts uses them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from board.accounts import cookies, forms, sessions
from board.accounts.administration import Administration
from board.accounts.component import AccountsComponent
from board.accounts.identity import Identity, Role
from board.accounts.settings import AccountSettings
from board.app import make_app
from board.pages import Pages, Templates
from board.static_files import StaticFiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from router.storage.engine import Storage

URL = "http://127.0.0.1:8312"
PUBLIC = "https://screens.example.org"
PASSWORD = "seven wells of Orchha"
ROOT = Identity("console/root", "root", Role.ADMIN, None, None, "", "console")
ROOMS = frozenset({"district-bhopal", "district-indore"})
EVIL = {"origin": "https://evil.example"}


class Served(AccountsComponent):
    """Accounts with an application that serves them."""

    app: ASGIApp


@pytest.fixture
async def administration(store: Storage) -> Administration:
    made = Administration(store, ROOT)
    rooms = {"district-bhopal"}
    await made.add("bhopal", "room", name="भोपाल कक्ष", room="district-bhopal", rooms=rooms, password=PASSWORD)
    return made


@pytest.fixture
async def accounts(store: Storage, administration: Administration, tmp_path: Path) -> AsyncIterator[Served]:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "manifest.json").write_text(
        '{"version": "1", "files": {"style.css": "style-1.css"}, "imports": {}}'
    )
    templates = Templates(StaticFiles(tmp_path / "static"))
    made = Served(store, AccountSettings(), templates, (PUBLIC,), ROOMS)
    made.app = make_app((made, Pages(made.sessions, templates, {"district-bhopal", "district-indore"})), templates)
    yield made
    await made.stop()


def browser(accounts: Served, *, address: str = "192.0.2.1", url: str = URL) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(accounts.app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url=url, headers={"origin": url})


async def sign_in(
    client: httpx.AsyncClient, user: str = "bhopal", password: str = PASSWORD, **more: str
) -> httpx.Response:
    return await client.post("/sign-in", data={"user": user, "password": password, **more})


async def actions(store: Storage) -> list[str]:
    return [one.entry.action for one in await store.read(lambda uow: uow.audit.list_newest(100))]


async def test_sign_in_leads_where_somebody_wanted_to_go_and_sign_out_ends_it(accounts: Served, store: Storage) -> None:
    async with browser(accounts) as client:
        answer = await client.get("/room/district-bhopal")
        assert answer.headers["location"] == "/sign-in?next=/room/district-bhopal"
        page = await client.get(answer.headers["location"])
        assert 'value="/room/district-bhopal"' in page.text
        answer = await sign_in(client, next="/room/district-bhopal")
        assert (answer.status_code, answer.headers["location"]) == (303, "/room/district-bhopal")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert (await client.get("/room/district-bhopal")).status_code == 200
        assert (await client.get("/sign-in")).status_code == 303
        token = client.cookies[cookies.SESSION]
        assert (await client.get("/sign-out")).status_code == 200
        assert (await client.get("/room/district-bhopal")).status_code == 200  # a link alone signs nobody out
        assert (await client.post("/sign-out", data={"": ""})).status_code == 303
        assert cookies.SESSION not in client.cookies
        client.cookies.set(cookies.SESSION, token)
        assert (await client.get("/room/district-bhopal")).status_code == 303
    await accounts.audit.flush()
    assert await actions(store) == ["user-add", "sign-in", "sign-out"]


async def test_a_cookie_is_for_tls_alone_where_the_request_came_by_it(accounts: Served) -> None:
    async with browser(accounts, url="https://127.0.0.1:8312") as client:
        assert "Secure" in (await sign_in(client)).headers["set-cookie"]


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "/\nx", "room"]
)
async def test_sign_in_leads_to_no_other_site(accounts: Served, target: str) -> None:
    async with browser(accounts) as client:
        assert (await sign_in(client, next=target)).headers["location"] == "/"


async def test_a_wrong_password_is_told_in_both_languages_and_the_delay_grows(accounts: Served) -> None:
    async with browser(accounts) as client:
        answer = await sign_in(client, password="wrong password")
        assert answer.status_code == 401
        assert "नाम या पासवर्ड सही नहीं है" in answer.text
        await client.get("/language/en?next=/sign-in")
        answers = [await sign_in(client, password="wrong password") for _ in range(3)]
        assert [one.status_code for one in answers] == [401, 429, 429]
        assert "The name or the password is not right" in answers[-1].text
        assert int(answers[-1].headers["retry-after"]) >= 1
        unknown = [await sign_in(client, user="nobody", password="wrong password") for _ in range(4)]
        assert [one.status_code for one in unknown] == [401, 401, 429, 429]
        assert unknown[0].text == (await client.get("/sign-in")).text.replace(
            '<form method="post" action="/sign-in">',
            '<p class="plain-problem" role="alert">The name or the password is not right.\n</p>\n'
            '<form method="post" action="/sign-in">',
        )


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-out", "/account/password", "/account/sessions", "/wall/hall/begin"]
)
async def test_every_post_from_another_site_is_refused(accounts: Served, path: str) -> None:
    async with browser(accounts) as client:
        await sign_in(client)
        forged = (
            EVIL,
            {"origin": "null"},
            {"origin": ""},
            {"origin": URL.replace("8312", "8311")},
            {"origin": URL, "sec-fetch-site": "cross-site"},
            {"origin": URL, "sec-fetch-site": "same-site"},
            {"origin": f"{URL}.evil.example"},
            {"origin": URL.replace("http", "https")},
        )
        for headers in forged:
            answer = await client.post(path, data={"user": "bhopal", "password": PASSWORD}, headers=headers)
            assert answer.status_code == 403, headers
            assert "set-cookie" not in answer.headers
        assert (await client.get("/account")).status_code == 200
        assert (await client.post(path, data={}, headers={"origin": PUBLIC})).status_code != 403 or "wall" in path


async def test_a_form_too_long_or_of_another_kind_is_refused(accounts: Served) -> None:
    async with browser(accounts) as client:
        assert (await sign_in(client, password="x" * 9000)).status_code == 413
        assert (await sign_in(client, user="bho\0pal")).status_code == 400
        answer = await client.get("/sign-in?next=%00")
        assert (answer.status_code, "default-src 'none'" in answer.headers["content-security-policy"]) == (404, True)
        assert (await client.post("/sign-in", json={"user": "bhopal"})).status_code == 415
        fields = "&".join(f"a{n}=1" for n in range(30))
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert (await client.post("/sign-in", content=fields, headers=form)).status_code == 400


async def test_hostile_text_stays_text(accounts: Served, administration: Administration) -> None:
    script = "<script>alert(1)</script>"
    rooms = {"district-bhopal"}
    await administration.add("bhopal-1", "room", name=script, room="district-bhopal", rooms=rooms, password=PASSWORD)
    async with browser(accounts) as client:
        answer = await sign_in(client, user=script, password="x", next=f'/"{script}')
        assert script not in answer.text
        await sign_in(client, user="bhopal-1")
        page = (await client.get("/account")).text
        assert script not in page
        assert "&lt;script&gt;" in page


async def test_pages_have_the_strict_policy_and_no_script(accounts: Served) -> None:
    async with browser(accounts) as client:
        await sign_in(client)
        for path in ("/sign-in", "/account", "/sign-out", "/wall/hall/begin?token=x"):
            answer = await client.get(path)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "<script" not in answer.text
            assert not re.search(r'\s(style|on\w+)="', answer.text)
            assert answer.headers["cache-control"] == "no-store"


async def test_a_person_changes_the_password_and_ends_other_sessions(accounts: Served, store: Storage) -> None:
    async with browser(accounts) as here, browser(accounts, address="192.0.2.7") as there:
        await sign_in(here)
        await sign_in(there)
        page = (await here.get("/account")).text
        assert "192.0.2.7" in page
        other = re.findall(r'name="session" value="(\w+)"', page)[0]
        await here.post("/account/sessions", data={"session": other})
        assert (await there.get("/account")).status_code == 303
        await sign_in(there)
        new = {"old": PASSWORD, "new": "नया लंबा पासवर्ड", "again": "नया लंबा पासवर्ड"}
        assert (await here.post("/account/password", data={**new, "again": "another"})).status_code == 400
        assert (await here.post("/account/password", data={**new, "old": "another"})).status_code == 400
        assert (await here.post("/account/password", data=new)).status_code == 200
        assert (await here.get("/account")).status_code == 200
        assert (await there.get("/account")).status_code == 303
        assert (await sign_in(there)).status_code == 401
        assert (await sign_in(there, password="नया लंबा पासवर्ड")).status_code == 303
    await accounts.audit.flush()
    said = await actions(store)
    assert [one for one in said if one != "sign-in"] == ["user-add", "end-sessions", "password", "sign-in-refused"]


async def test_a_wall_begins_once_by_a_button_and_is_bound_to_its_view(
    accounts: Served, administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await administration.add_wall("hall")
    async with browser(accounts) as screen, browser(accounts) as second:
        for _ in range(2):  # a preview of the address does not use it up
            assert token in (await screen.get(f"/wall/hall/begin?token={token}")).text
        assert (await second.post("/wall/other/begin", data={"token": token})).status_code == 403
        answer = await screen.post("/wall/hall/begin", data={"token": token})
        assert answer.headers["location"] == "/wall/hall"
        assert int(re.findall(r"Max-Age=(\d+)", answer.headers["set-cookie"])[0]) >= 300 * 24 * 3600
        assert (await second.post("/wall/hall/begin", data={"token": token})).status_code == 403
        answer = await screen.get("/wall/hall")
        assert answer.status_code == 200
        assert "Max-Age=34560000" in answer.headers["set-cookie"]  # browsers forget it after 400 days
        assert (await screen.get(f"/wall/hall/begin?token={token}")).headers["location"] == "/wall/hall"
        for path in ("/wall/other", "/state", "/warroom", "/room/district-bhopal"):
            assert (await screen.get(path)).status_code == 403
        assert (await screen.get("/account")).status_code == 303
        assert await administration.revoke_walls("hall") == 1
        monkeypatch.setattr(sessions, "PICTURE_S", 0.0)
        assert (await screen.get("/wall/hall")).status_code == 303


async def test_disabling_an_account_ends_its_sessions_and_keeps_the_last_admin(
    accounts: Served, administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "PICTURE_S", 0.0)
    async with browser(accounts) as client:
        await sign_in(client)
        await administration.set_disabled("bhopal", disabled=True)
        assert (await client.get("/account")).status_code == 303
        assert (await sign_in(client)).status_code == 401
    await administration.add("boss", "admin", rooms=())
    with pytest.raises(Exception, match="last admin"):
        await administration.set_disabled("boss", disabled=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "9812345678"},
        {"user": "wall/hall"},
        {"role": "wall"},
        {"role": "king"},
        {"room": None},
        {"room": "district-x"},
        {"operator": "1"},
        {"role": "operator", "room": None},
        {"role": "admin"},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"password": "short"},
        {"user": "bhopal"},
    ],
)
async def test_an_account_that_makes_no_sense_is_refused(administration: Administration, wrong: dict[str, str]) -> None:
    right = {"user": "bhopal-1", "role": "room", "room": "district-bhopal", "rooms": {"district-bhopal"}}
    given = {**right, **wrong}
    with pytest.raises(Exception, match=r"\w"):
        await administration.add(given.pop("user"), given.pop("role"), **given)


async def test_a_person_at_the_provider_has_one_account(administration: Administration) -> None:
    await administration.link("bhopal", "https://id.example 7")
    await administration.add("boss", "admin", rooms=())
    with pytest.raises(Exception, match="bhopal has this subject"):
        await administration.link("boss", "https://id.example 7")
    assert (await administration.find("bhopal")).subject == "https://id.example 7"
    assert replace(await administration.find("bhopal"), subject=None).subject is None


async def test_an_admin_makes_and_changes_accounts_in_the_browser(
    accounts: Served, administration: Administration, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "PICTURE_S", 0.0)
    await administration.add("boss", "admin", rooms=(), password=PASSWORD)
    async with browser(accounts) as admin, browser(accounts) as person:
        await sign_in(admin, "boss")
        made = {"action": "add", "user": "indore", "name": "इंदौर", "role": "room", "room": "district-indore"}
        page = await admin.post("/users", data=made)
        assert page.status_code == 200
        password = re.findall(r'plain-secret">([\w-]+)<', page.text)[0]
        assert (await sign_in(person, "indore", password)).status_code == 303
        assert (await person.get("/room/district-indore")).status_code == 200
        assert password not in (await admin.get("/users")).text
        again = await admin.post("/users", data=made)
        assert again.status_code == 400
        assert 'value="इंदौर"' in again.text  # what was typed stays
        await admin.post("/users", data={"action": "disable", "user": "indore"})
        assert (await person.get("/room/district-indore")).status_code == 303
        assert (await sign_in(person, "indore", password)).status_code == 401
        await admin.post("/users", data={"action": "enable", "user": "indore"})
        page = await admin.post("/users", data={"action": "password", "user": "indore"})
        another = re.findall(r'plain-secret">([\w-]+)<', page.text)[0]
        assert (await sign_in(person, "indore", another)).status_code == 303
        await admin.post("/users", data={"action": "end-sessions", "user": "indore"})
        assert (await person.get("/room/district-indore")).status_code == 303
        assert (await admin.post("/users", data={"action": "disable", "user": "boss"})).status_code == 400
        assert (await admin.post("/users", data={"action": "x", "user": "boss"})).status_code == 400
        assert (await admin.post("/users", data=made, headers=EVIL)).status_code == 403
    said = [one.entry for one in await store.read(lambda uow: uow.audit.list_newest(100))]
    assert [one.action for one in said if one.user == "boss" and one.target == "indore"] == [
        "user-add", "user-disable", "user-enable", "user-password", "end-sessions",
    ]  # fmt: skip


async def test_nobody_but_an_admin_changes_accounts(accounts: Served, administration: Administration) -> None:
    async with browser(accounts) as client:
        assert (await client.get("/users")).status_code == 303
        assert (await client.post("/users", data={"action": "password", "user": "bhopal"})).status_code == 303
        await sign_in(client)
        assert (await client.get("/users")).status_code == 403
        for action in ("add", "password", "disable", "enable", "end-sessions"):
            answer = await client.post("/users", data={"action": action, "user": "bhopal", "role": "admin"})
            assert answer.status_code == 403
    assert [one.role for one in await administration.list_users()] == ["room"]


async def test_a_form_that_never_ends_is_given_up(accounts: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "TIMEOUT_S", 0.01)

    async def endless() -> AsyncIterator[bytes]:
        yield b"user="
        await asyncio.Event().wait()

    headers = {"content-type": "application/x-www-form-urlencoded"}
    async with browser(accounts) as client, asyncio.timeout(30):
        assert (await client.post("/sign-in", content=endless(), headers=headers)).status_code == 408
