"""Settings of sign-in by an OpenID Connect provider."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from board.accounts.identity import Role


class OidcSettings(BaseModel):
    """Sign-in by the state's own service, where the extra `sso` is installed.

    The client's secret, if it has one, stands in `<data>/secrets/board-oidc` (mode 0600). The provider must know the
    address `<origin>/sign-in/sso/callback`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    issuer: str = Field(
        default="", max_length=500, pattern=r"^(https://\S+|http://(127\.0\.0\.1|\[::1\]|localhost)\S*)?$"
    )
    """The provider's issuer, `https://id.example.org/realms/state`; empty: sign-in by password alone."""
    client_id: str = Field(default="", max_length=200)
    """What the provider calls these screens."""
    button: str = Field(default="SSO", max_length=60)
    """What the button on the sign-in page says."""
    scopes: tuple[str, ...] = ("openid", "profile")
    """What the provider is asked for."""
    user_claim: str = Field(default="preferred_username", max_length=100)
    """Claim that an account made at the first sign-in is named by."""
    role_claim: str = Field(default="roles", max_length=100)
    """Claim with the person's groups or roles, a text or a list; `realm_access.roles` is one within another."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """Value of that claim to role, such as `{ "collectorate" = "room" }`; of several the first here counts. A person
    without one, and without an account linked by `warroom users link`, is not let in."""
    room_claim: str = Field(default="room", max_length=100)
    """Claim with the room of role `room`, such as `district-bhopal`."""
    operator_claim: str = Field(default="operator", max_length=100)
    """Claim with the id of an operator or supervisor."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.issuer and not self.client_id:
            raise ValueError("issuer and client_id belong together: set both")
        if "openid" not in self.scopes:
            raise ValueError("scopes must have openid")
        if Role.WALL in self.roles.values():
            raise ValueError("no person has the role wall")
        return self
