"""Sign-in by an OpenID Connect provider: authorization code flow with PKCE (OpenID Connect Core, RFC 7636, RFC 9207).

Attempts are kept in memory: who is not signed in can have nothing written to the store that calls wait for.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from board.accounts.tokens import digest_of, make_token
from router.errors import UserError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from board.accounts.oidc.settings import OidcSettings

ATTEMPT_S: Final = 600.0
"""A person types a password and a code of a telephone at the provider within this."""
MAX_ATTEMPTS: Final = 1000
"""At once; of more the oldest are forgotten, and begin again."""
METADATA_S: Final = 3600.0
"""Age at which the provider's description is read anew."""
KEYS_RETRY_S: Final = 30.0
"""A token with an unknown key has the keys read anew, but not more often than this."""
TIMEOUT_S: Final = 10.0
"""For an answer of the provider; the person waits for it."""
MAX_ANSWER_BYTES: Final = 256 * 1024
LEEWAY_S: Final = 60
"""By which the provider's clock and ours may differ."""
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures with a key of the provider's; none that a client's secret could forge (RFC 8725, 3.1)."""

_log = logging.getLogger(__name__)


class OidcError(WarroomError):
    """Nobody was signed in; the text is for the log, not for the person."""


class OidcMissingError(UserError):
    """The extra is not installed."""


class Attempt(NamedTuple):
    """A sign-in that has been sent to the provider.

    Attributes:
        began: Steady seconds.
        browser: Digest of the token in the cookie of the browser that began it.
        nonce: What the ID token must say.
        verifier: PKCE's secret.
        target: The path to lead to.
    """

    began: float
    browser: str
    nonce: str
    verifier: str
    target: str


class Begun(NamedTuple):
    """Where to send a browser, and the token for its cookie."""

    location: str
    browser: str


class OidcClient:
    """Talks with the provider.

    Args:
        settings: With an issuer.
        secret: The client's; empty: it has none.
        callback: Our address that the provider sends the browser back to.

    Raises:
        OidcMissingError: the extra is not installed.
    """

    def __init__(self, settings: OidcSettings, secret: str, callback: str) -> None:
        try:
            import httpx
            import joserfc  # noqa: F401
            from authlib.oidc import core  # noqa: F401
        except ImportError:
            raise OidcMissingError(
                "board.oidc: the extra is not installed; run: pip install 'warroom[sso]', or remove board.oidc"
            ) from None
        self._settings = settings
        self._secret = secret
        self._callback = callback
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)
        self._attempts: OrderedDict[str, Attempt] = OrderedDict()
        self._metadata: tuple[float, dict[str, Any]] = (float("-inf"), {})
        self._keys: tuple[float, dict[str, Any]] = (float("-inf"), {})

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def begin(self, target: str) -> Begun:
        """Begin a sign-in.

        Raises:
            OidcError: The provider cannot be reached.
        """
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        metadata = await self._provider()
        state, browser = make_token(), make_token()
        attempt = Attempt(time.monotonic(), digest_of(browser), make_token(), make_token(), target)
        self._attempts[digest_of(state)] = attempt
        while len(self._attempts) > MAX_ATTEMPTS:
            self._attempts.popitem(last=False)
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._callback,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        end = metadata["authorization_endpoint"]
        return Begun(f"{end}{'&' if '?' in end else '?'}{urlencode(query)}", browser)

    async def finish(self, answer: Mapping[str, str], browser: str) -> tuple[dict[str, Any], str]:
        """Return the claims of who has signed in, and the path to lead to.

        Args:
            answer: The query that the provider sent the browser back with.
            browser: The token of the browser's cookie.

        Raises:
            OidcError: Nobody has.
        """
        attempt = self._attempts.pop(digest_of(answer.get("state", "")), None)  # each counts once
        if attempt is None or time.monotonic() - attempt.began > ATTEMPT_S:
            raise OidcError("no such attempt, or too long ago")
        if attempt.browser != digest_of(browser):
            raise OidcError("the attempt was begun by another browser")
        if "error" in answer:
            raise OidcError(f"the provider says {answer['error'][:100]!r}")
        metadata = await self._provider()
        says_issuer = metadata.get("authorization_response_iss_parameter_supported", False)
        if answer.get("iss", "" if says_issuer else metadata["issuer"]) != metadata["issuer"]:
            raise OidcError("the answer is another provider's")
        token = await self._exchange(metadata, answer.get("code", ""), attempt.verifier)
        return await self._claims_of(token, attempt.nonce), attempt.target

    async def _provider(self) -> dict[str, Any]:
        read, metadata = self._metadata
        if time.monotonic() - read > METADATA_S:
            address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            metadata = await self._json("GET", address)
            if metadata.get("issuer") != self._settings.issuer:
                raise OidcError(f"{address} names another issuer than board.oidc.issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(metadata.get(name), str):
                    raise OidcError(f"{address} has no {name}")
            self._metadata = (time.monotonic(), metadata)
        return metadata

    async def _exchange(self, metadata: dict[str, Any], code: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": verifier,
        }
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if self._secret and "client_secret_basic" in methods:
            from urllib.parse import quote

            pair = (quote(self._settings.client_id, safe=""), quote(self._secret, safe=""))  # RFC 6749, 2.3.1
            return await self._json("POST", metadata["token_endpoint"], data=form, auth=pair)
        form["client_id"] = self._settings.client_id
        if self._secret:
            form["client_secret"] = self._secret
        return await self._json("POST", metadata["token_endpoint"], data=form)

    async def _claims_of(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        text = token.get("id_token")
        if not isinstance(text, str):
            raise OidcError("the provider sent no ID token")
        for attempt in range(2):
            try:
                decoded = jwt.decode(text, KeySet.import_key_set(await self._key_set(anew=bool(attempt))), ALGORITHMS)
                break
            except (JoseError, ValueError) as error:
                if attempt or not self._may_read_keys():
                    raise OidcError(f"the ID token cannot be believed: {type(error).__name__}: {error}") from None
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self._settings.issuer},
                "aud": {"essential": True, "value": self._settings.client_id},
            },
            {"nonce": nonce, "client_id": self._settings.client_id, "access_token": token.get("access_token")},
        )
        try:
            claims.validate(now=int(time.time()), leeway=LEEWAY_S)
        except JoseError as error:
            raise OidcError(f"the ID token cannot be believed: {error}") from None
        return dict(claims)

    def _may_read_keys(self) -> bool:
        """A key may be new at the provider; but whoever sends us bad tokens must not have us ask it all the time."""
        return time.monotonic() - self._keys[0] > KEYS_RETRY_S

    async def _key_set(self, *, anew: bool) -> Any:
        read, keys = self._keys
        if anew or time.monotonic() - read > METADATA_S:
            keys = await self._json("GET", (await self._provider())["jwks_uri"])
            self._keys = (time.monotonic(), keys)
        return keys

    async def _json(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        import httpx

        try:
            answer: httpx.Response = await self._http.request(method, address, **more)
        except httpx.HTTPError as error:
            raise OidcError(f"{address}: {type(error).__name__}") from None
        try:
            said = answer.json() if len(answer.content) <= MAX_ANSWER_BYTES else None
        except ValueError:
            said = None
        if answer.status_code != httpx.codes.OK or not isinstance(said, dict):
            error_code = said.get("error") if isinstance(said, dict) else None
            raise OidcError(f"{address}: {answer.status_code} {str(error_code or '')[:100]}")
        return said
