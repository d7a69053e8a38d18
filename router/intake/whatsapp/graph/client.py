"""The Graph API of one account over HTTP: a message is sent, a medium is named.

Nothing is tried again here: the callers keep what they do in the store.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import httpx

from router.intake.whatsapp.graph.errors import ErrorKind, GraphError, kind_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Self

USER_AGENT: Final = f"warroom/{version('warroom')}"
"""Meta's media servers refuse requests without one."""
TIMEOUTS: Final = httpx.Timeout(10.0, connect=5.0)
"""Seconds: Meta answers within one or two; after ten the message is tried again, and may then arrive twice."""
_MAX_ANSWER: Final = 1 << 18
"""Bytes of an answer: Meta's are below 2 KiB."""
_MAX_WAIT_S: Final = 3600.0
"""The longest wait that an answer may ask for: a mistaken header must not silence a number for a day."""
_MAX_WHAT: Final = 160
_MAX_ID: Final = 300


class GraphClient:
    """One account, or several with the same token.

    Args:
        url: Of the Graph API, without a path.
        version: Such as ``v25.0``.
        token: Returns the access token, None when there is none. Called for each request, since an admin may change it.
        transport: Of httpx; None: TCP.
    """

    def __init__(
        self,
        url: str,
        version: str,
        token: Callable[[], Awaitable[str | None]],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._token = token
        self._http = httpx.AsyncClient(
            base_url=f"{url}/{version}",
            headers={"User-Agent": USER_AGENT},
            timeout=TIMEOUTS,
            transport=transport,
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def send(self, account: str, payload: Mapping[str, Any]) -> str:
        """Send a message; return Meta's id of it (wamid).

        Raises:
            GraphError: it was not taken, or nobody knows.
        """
        answer = await self._request("POST", f"/{account}/messages", payload)
        try:
            found = answer["messages"][0]["id"]
        except (KeyError, IndexError, TypeError):
            found = None
        if not isinstance(found, str) or not 0 < len(found) <= _MAX_ID:
            raise GraphError(ErrorKind.RETRY, "an answer without the message's id")
        return found

    async def media(self, account: str, media_id: str) -> Mapping[str, Any]:
        """Return what is known of a medium: ``url``, ``mime_type``, ``sha256``, ``file_size``.

        Raises:
            GraphError: it is not known, or nobody knows.
        """
        if not media_id.isascii() or not media_id.isalnum():
            raise GraphError(ErrorKind.CONTENT, "a medium's id of other characters than letters and digits")
        answer = await self._request("GET", f"/{media_id}", params={"phone_number_id": account})
        if not isinstance(answer, dict):
            raise GraphError(ErrorKind.RETRY, "an answer without a medium")
        return answer

    async def download(self, url: str, limit: int) -> bytes | None:
        """Return the file at an address that `media` has named; None when it has more than ``limit`` bytes.

        Raises:
            GraphError: it did not come whole.
        """
        headers = await self.authorization()
        found = bytearray()
        try:
            async with self._http.stream("GET", url, headers={**headers, "Accept-Encoding": "identity"}) as response:
                if not response.is_success:
                    raise GraphError(kind_of(None, response.status_code), f"no file (HTTP {response.status_code})")
                if _length(response) > limit:
                    return None
                async for piece in response.aiter_bytes():
                    found += piece
                    if len(found) > limit:
                        return None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GraphError(ErrorKind.RETRY, f"the file did not come: {type(error).__name__}") from None
        return bytes(found)

    async def authorization(self) -> Mapping[str, str]:
        """Return the header with the token.

        Raises:
            GraphError: there is none.
        """
        token = await self._token()
        if not token:
            raise GraphError(ErrorKind.TOKEN, "there is no access token yet: warroom whatsapp secret token")
        return {"Authorization": f"Bearer {token}"}

    async def _request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, params: Mapping[str, str] | None = None
    ) -> Any:
        headers = await self.authorization()
        try:
            async with self._http.stream(method, path, json=body, params=params, headers=headers) as response:
                return read_answer(response, await _limited(response))
        except httpx.HTTPError as error:
            raise GraphError(ErrorKind.RETRY, f"no answer: {type(error).__name__}") from None


def read_answer(response: httpx.Response, body: bytes) -> Any:
    """Return the JSON of a good answer.

    Raises:
        GraphError: it is another.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if response.is_success and answer is not None:
        return answer
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    code = code if isinstance(code, int) else None
    raise GraphError(
        ErrorKind.RETRY if response.is_success else kind_of(code, response.status_code),
        f"{'no code' if code is None else code} (HTTP {response.status_code})",
        code=code,
        retry_after_s=retry_after(response),
    )


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that an answer says to wait (RFC 9110, 10.2.3; Meta sends seconds, never a date)."""
    said = response.headers.get("Retry-After", "")
    if not said.isascii() or not said.isdigit():
        return None
    return min(float(said[:9]), _MAX_WAIT_S)


def _length(response: httpx.Response) -> int:
    """Return the length that an answer announces; 0 when it announces none."""
    said = response.headers.get("Content-Length", "")
    return int(said[:19]) if said.isascii() and said.isdigit() else 0


async def _limited(response: httpx.Response) -> bytes:
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > _MAX_ANSWER:
            raise GraphError(
                ErrorKind.RETRY, f"an answer of more than {_MAX_ANSWER} bytes (HTTP {response.status_code})"
            )
    return bytes(found)
