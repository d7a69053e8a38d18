"""The account of somebody whom the provider has signed in."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from board.accounts.administration import AccountError, check_account
from board.accounts.audit import entries_of
from board.accounts.identity import Identity, Role
from board.accounts.oidc.client import OidcError
from router.clock import utc_now
from router.model.accounts.account import Account

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from board.accounts.oidc.settings import OidcSettings
    from router.model.accounts.audit_entry import AuditEntry
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9.-]+")
_MAX_SUBJECT: Final = 255  # OpenID Connect Core, 2
_BY: Final = Identity("provider", "provider", Role.ADMIN, None, None, "", "provider")


class ProviderAccounts:
    """Finds, makes and updates accounts by the claims of an ID token.

    An account with a password keeps what an admin gave it. One that the provider made has role, room and operator from
    the claims, anew at each sign-in: what was taken away there is taken away here.

    Args:
        storage: Open.
        settings: Which claim says what.
        rooms: All rooms there are.
    """

    def __init__(self, storage: Storage, settings: OidcSettings, rooms: Container[str]) -> None:
        self._storage = storage
        self._settings = settings
        self._rooms = rooms

    async def account_of(self, claims: Mapping[str, Any]) -> Account:
        """Return the account of a person.

        Raises:
            OidcError: The person has none and may have none.
            StorageUnavailableError: It cannot be looked up.
        """
        sub = claims.get("sub")
        if not isinstance(sub, str) or not 0 < len(sub) <= _MAX_SUBJECT or " " in sub:
            raise OidcError("the ID token has no subject that can be used")
        subject = f"{self._settings.issuer} {sub}"
        account = await self._storage.read(lambda uow: uow.users.find_by_subject(subject))
        if account and account.disabled:
            raise OidcError(f"account {account.user} is disabled")
        if account and account.password_hash:
            return account
        wanted = self._account(claims, subject, account)
        if account is None:
            said = entries_of(_BY, "user-add", target=wanted.user)
            if not await self._storage.write(partial(_add, wanted, said)):
                raise OidcError(f"there is another account {wanted.user}; link it: warroom users link")
        elif wanted != account:
            said = entries_of(_BY, "user-change", target=wanted.user)
            await self._storage.write(partial(_update, wanted, said))
        return wanted

    def _account(self, claims: Mapping[str, Any], subject: str, known: Account | None) -> Account:
        role = self._role(claims)
        needs_operator = role in (Role.OPERATOR, Role.SUPERVISOR)
        room = _text(claims, self._settings.room_claim) if role is Role.ROOM else None
        operator = _text(claims, self._settings.operator_claim) if needs_operator else None
        typed = (_text(claims, self._settings.user_claim) or "").lower().partition("@")[0]
        user = known.user if known else _NOT_IN_A_NAME.sub("-", typed)
        name = _text(claims, "name") or user
        try:
            check_account(user, name, role, room, operator, self._rooms)
        except AccountError as error:
            raise OidcError(f"the claims make no account: {error}") from None
        if known:
            return replace(known, name=name, role=role, room=room, operator=operator)
        made = utc_now().isoformat(timespec="seconds")
        return Account(user, name, role, room, operator, "", subject, False, made)

    def _role(self, claims: Mapping[str, Any]) -> Role:
        said = _claim(claims, self._settings.role_claim)
        values = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        for value, role in self._settings.roles.items():
            if value in values:
                return role
        raise OidcError("none of the person's roles at the provider is in board.oidc.roles")


def _text(claims: Mapping[str, Any], path: str) -> str | None:
    said = _claim(claims, path)
    return said if isinstance(said, str) and said else None


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """Return a claim by its name, or by its path where it is within others."""
    if path in claims:
        return claims[path]
    said: Any = claims
    for part in path.split("."):
        said = said.get(part) if isinstance(said, dict) else None
    return said


def _add(account: Account, said: list[AuditEntry], uow: UnitOfWork) -> bool:
    added = uow.users.add(account)
    if added:
        uow.audit.append(said)
    return added


def _update(account: Account, said: list[AuditEntry], uow: UnitOfWork) -> None:
    uow.users.update(account)
    uow.audit.append(said)
