"""An OpenID Connect provider as the standards have it: discovery, authorization with PKCE, token, keys, signatures.

It checks what a real one checks, and signs in the person a test names. `Provider.spoil` has it break a rule.
"""

from __future__ import annotations

import base64
import hmac
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

from board.accounts.tokens import make_token
from tests.support.http_app import serving
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

CLIENT = "warroom-screens"
SECRET = "a secret: with%odd+signs"
CODE_S = 60


@dataclass
class Provider:
    """The provider.

    Attributes:
        issuer: Its own name.
        callback: The only address that it sends browsers back to.
        person: Claims of the person who signs in next.
        spoil: Claims of the ID token that are written over; None takes one out.
        foreign_key: Whether it signs with a key that is not in its list.
        codes: What was promised for each code that is not yet exchanged.
    """

    issuer: str
    callback: str
    person: dict[str, Any] = field(default_factory=dict)
    spoil: dict[str, Any] = field(default_factory=dict)
    foreign_key: bool = False
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "first"})
        self._other = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "first"})

    def rotate(self) -> None:
        """Sign with a new key from now on, which the list has."""
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "second"})

    def app(self) -> Starlette:
        """Return its application."""
        return Starlette(
            routes=[
                Route("/realm/.well-known/openid-configuration", self.metadata),
                Route("/realm/authorize", self.authorize),
                Route("/realm/token", self.token, methods=["POST"]),
                Route("/realm/keys", self.keys),
            ]
        )

    async def metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        """Sign the person in at once; a mistake of the client is told to the person, never to an unknown address."""
        query = request.query_params
        if query.get("client_id") != CLIENT or query.get("redirect_uri") != self.callback:
            return PlainTextResponse("unknown client or address", 400)
        wrong = (
            query.get("response_type") != "code"
            or "openid" not in query.get("scope", "").split()
            or query.get("code_challenge_method") != "S256"
            or len(query.get("code_challenge", "")) != 43
            or not query.get("state")
            or not query.get("nonce")
        )
        answer = {"state": query.get("state", ""), "iss": self.issuer}
        if wrong or not self.person:
            answer["error"] = "invalid_request" if wrong else "access_denied"
        else:
            answer["code"] = make_token()
            self.codes[answer["code"]] = {**query, "at": time.time(), "person": dict(self.person)}
        return RedirectResponse(f"{self.callback}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        if not _is_client(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401)
        promised = self.codes.pop(str(form.get("code")), None)
        verifier = str(form.get("code_verifier", ""))
        if (
            form.get("grant_type") != "authorization_code"
            or promised is None
            or time.time() - promised["at"] > CODE_S
            or form.get("redirect_uri") != promised["redirect_uri"]
            or not 43 <= len(verifier) <= 128
            or create_s256_code_challenge(verifier) != promised["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = make_token()
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": promised["nonce"],
            "at_hash": create_half_hash(access, "RS256").decode(),
            **promised["person"],
            **self.spoil,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self._other if self.foreign_key else self.key
        id_token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, key)
        return JSONResponse({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": id_token})


def _is_client(authorization: str) -> bool:
    kind, _, coded = authorization.partition(" ")
    if kind.lower() != "basic":
        return False
    client, _, secret = base64.b64decode(coded).decode().partition(":")
    return unquote(client) == CLIENT and hmac.compare_digest(unquote(secret), SECRET)


@asynccontextmanager
async def running_provider(callback: str) -> AsyncIterator[Provider]:
    """A provider that answers on loopback, in this event loop."""
    (port,) = free_ports(1)
    provider = Provider(f"http://127.0.0.1:{port}/realm", callback)
    async with serving(provider.app(), port):
        yield provider
