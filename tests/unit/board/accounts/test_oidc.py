"""Sign-in by an OpenID Connect provider that runs here, with real signatures."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from board.accounts import cookies
from board.accounts.administration import Administration
from board.accounts.component import AccountsComponent, Provider
from board.accounts.identity import Identity, Role
from board.accounts.oidc import client as oidc
from board.accounts.oidc.routes import CALLBACK
from board.accounts.oidc.settings import OidcSettings
from board.accounts.settings import AccountSettings
from board.app import make_app
from board.pages import Templates
from board.static_files import StaticFiles
from tests.support.oidc_provider import CLIENT, SECRET, running_provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from router.storage.engine import Storage
    from tests.support.oidc_provider import Provider as RealProvider

URL = "http://127.0.0.1:8312"
COLLECTOR = {
    "sub": "7f3a",
    "preferred_username": "Collector.Bhopal@mp.example",
    "name": "भोपाल कलेक्टर",
    "realm_access": {"roles": ["offline_access", "collectorate"]},
    "room": "district-bhopal",
}


@pytest.fixture
async def provider() -> AsyncIterator[RealProvider]:
    async with running_provider(URL + CALLBACK) as provider:
        provider.person = dict(COLLECTOR)
        yield provider


@asynccontextmanager
async def screens(
    store: Storage, tmp_path: Path, provider: RealProvider, secret: str = SECRET
) -> AsyncIterator[ASGIApp]:
    (tmp_path / "static").mkdir(exist_ok=True)
    (tmp_path / "static" / "manifest.json").write_text('{"version": "1", "files": {}, "imports": {}}')
    templates = Templates(StaticFiles(tmp_path / "static"))
    settings = OidcSettings(
        issuer=provider.issuer,
        client_id=CLIENT,
        button="राज्य की पहचान",
        role_claim="realm_access.roles",
        roles={"war-room": Role.WARROOM, "collectorate": Role.ROOM, "desk": Role.OPERATOR},
    )
    known = Provider(settings, secret, URL)
    accounts = AccountsComponent(store, AccountSettings(), templates, (), {"district-bhopal"}, known)
    yield make_app((accounts,), templates)
    await accounts.stop()
    await accounts.audit.flush()


@pytest.fixture
async def app(store: Storage, tmp_path: Path, provider: RealProvider) -> AsyncIterator[ASGIApp]:
    async with screens(store, tmp_path, provider) as app:
        yield app


def browser(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL, headers={"origin": URL})


async def at_provider(location: str) -> str:
    """What the browser does at the provider: return where it is sent back to."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(location)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def sign_in(client: httpx.AsyncClient, target: str = "/account") -> httpx.Response:
    begun = await client.get("/sign-in/sso", params={"next": target})
    assert begun.status_code == 303
    return await client.get(await at_provider(begun.headers["location"]))


async def test_a_person_signs_in_by_the_provider_and_has_the_role_of_its_claims(
    app: ASGIApp, store: Storage, provider: RealProvider
) -> None:
    async with browser(app) as client:
        assert "राज्य की पहचान" in (await client.get("/sign-in")).text
        answer = await sign_in(client)
        assert answer.status_code == 200
        assert 'content="0; url=/account"' in answer.text  # the navigation back is of our own site
        assert "भोपाल कलेक्टर" in (await client.get("/account")).text
    (account,) = await store.read(lambda uow: uow.users.list_users())
    assert (account.user, account.role, account.room) == ("collector.bhopal", "room", "district-bhopal")
    assert (account.password_hash, account.subject) == ("", f"{provider.issuer} 7f3a")
    said = await store.read(lambda uow: uow.audit.list_newest(10))
    assert [(one.entry.action, one.entry.user) for one in said] == [
        ("user-add", "provider"),
        ("sign-in", "collector.bhopal"),
    ]


async def test_what_is_taken_away_at_the_provider_is_taken_away_here(
    app: ASGIApp, store: Storage, provider: RealProvider
) -> None:
    async with browser(app) as client:
        assert (await sign_in(client)).status_code == 200
        provider.person = {**COLLECTOR, "realm_access": {"roles": ["desk"]}, "operator": "101", "room": None}
        assert (await sign_in(client)).status_code == 200
        account = await store.read(lambda uow: uow.users.find("collector.bhopal"))
        assert account
        assert (account.role, account.room, account.operator) == ("operator", None, "101")
        provider.person = {**COLLECTOR, "realm_access": {"roles": ["offline_access"]}}
        assert (await sign_in(client)).status_code == 403


async def test_an_account_that_an_admin_linked_keeps_its_role(
    app: ASGIApp, store: Storage, provider: RealProvider
) -> None:
    administration = Administration(store, Identity("console/root", "root", Role.ADMIN, None, None, ""))
    await administration.add("asha", "supervisor", operator="900", rooms=(), password="seven wells of Orchha")
    await administration.link("asha", f"{provider.issuer} 7f3a")
    async with browser(app) as client:
        assert (await sign_in(client)).status_code == 200
        assert "900" in (await client.get("/account")).text
        await administration.set_disabled("asha", disabled=True)
        assert (await sign_in(client)).status_code == 403


@pytest.mark.parametrize(
    "person",
    [
        {**COLLECTOR, "sub": None},
        {**COLLECTOR, "sub": "a b"},
        {**COLLECTOR, "sub": "x" * 300},
        {**COLLECTOR, "room": "district-indore"},
        {**COLLECTOR, "room": ["district-bhopal"]},
        {**COLLECTOR, "preferred_username": "9812345678"},
        {**COLLECTOR, "realm_access": "collectorate"},
        {},
    ],
)
async def test_claims_that_make_no_account_let_nobody_in(
    app: ASGIApp, store: Storage, provider: RealProvider, person: dict[str, object]
) -> None:
    provider.person = person
    async with browser(app) as client:
        answer = await sign_in(client)
        assert answer.status_code == 403
        assert cookies.SESSION not in client.cookies
    assert await store.read(lambda uow: uow.users.list_users()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"at_hash": "x"},
    ],
)
async def test_a_token_that_breaks_a_rule_lets_nobody_in(
    app: ASGIApp, provider: RealProvider, spoil: dict[str, object]
) -> None:
    provider.spoil = spoil
    async with browser(app) as client:
        assert (await sign_in(client)).status_code == 403
        assert cookies.SESSION not in client.cookies


async def test_a_signature_by_another_key_lets_nobody_in_and_a_new_key_of_the_provider_does(
    app: ASGIApp, provider: RealProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "KEYS_RETRY_S", 0.0)
    async with browser(app) as client:
        provider.foreign_key = True
        assert (await sign_in(client)).status_code == 403
        provider.foreign_key = False
        assert (await sign_in(client)).status_code == 200
        provider.rotate()
        assert (await sign_in(client)).status_code == 200


async def test_an_answer_counts_once_and_only_in_the_browser_that_asked(app: ASGIApp, provider: RealProvider) -> None:
    async with browser(app) as client, browser(app) as thief:
        begun = await client.get("/sign-in/sso")
        back = await at_provider(begun.headers["location"])
        assert (await thief.get(back)).status_code == 403  # a link that signs a victim in as somebody else
        assert (await client.get(back)).status_code == 403  # used up by the attempt
        begun = await client.get("/sign-in/sso")
        back = await at_provider(begun.headers["location"])
        assert (await client.get(back.replace("iss=", "was="))).status_code == 403
        begun = await client.get("/sign-in/sso")
        back = await at_provider(begun.headers["location"])
        assert (await client.get(back.replace("code=", "code=x"))).status_code == 403
        begun = await client.get("/sign-in/sso")
        back = await at_provider(begun.headers["location"])
        assert (await client.get(back)).status_code == 200
        assert (await client.get(back)).status_code == 403
        assert (await client.get(CALLBACK)).status_code == 403


async def test_a_wrong_secret_and_a_provider_that_is_away_are_told_and_the_password_stays_a_way(
    store: Storage, tmp_path: Path, provider: RealProvider
) -> None:
    async with screens(store, tmp_path, provider, secret="wrong") as app, browser(app) as client:
        answer = await sign_in(client)
        assert answer.status_code == 403
        assert 'name="password"' in answer.text
    provider.issuer = "http://127.0.0.1:1/realm"
    async with screens(store, tmp_path, provider) as app, browser(app) as client:
        answer = await client.get("/sign-in/sso")
        assert answer.status_code == 403
        assert 'name="password"' in answer.text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example"])
async def test_the_way_back_leads_to_no_other_site(app: ASGIApp, provider: RealProvider, target: str) -> None:
    async with browser(app) as client:
        assert "evil" not in (await sign_in(client, target)).text


async def test_attempts_are_kept_in_bounds(app: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "MAX_ATTEMPTS", 2)
    async with browser(app) as client:
        first = await client.get("/sign-in/sso")
        back = await at_provider(first.headers["location"])
        for _ in range(2):
            await client.get("/sign-in/sso")
        assert (await client.get(back)).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.example", "client_id": "x"},
        {"issuer": "https://id.example"},
        {"issuer": "https://id.example", "client_id": "x", "scopes": ["profile"]},
        {"issuer": "https://id.example", "client_id": "x", "roles": {"tv": "wall"}},
    ],
)
def test_settings_that_would_not_be_safe_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        OidcSettings(**wrong)
