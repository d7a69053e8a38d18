"""Hands one message to the provider over HTTP, and says what can be known of it afterwards."""

from __future__ import annotations

import json
import logging
import math
from enum import Enum
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from router.intake.sms.provider.paths import text_at
from router.outside_text import clean

if TYPE_CHECKING:
    from router.intake.sms.provider.request import Request
    from router.intake.sms.provider.schema import Answer

TIMEOUTS: Final = httpx.Timeout(20.0, connect=5.0)
"""Seconds: providers answer within two; whoever is cut off after the message has gone out never learns of its fate."""
USER_AGENT: Final = f"warroom/{version('warroom')}"
_LIMITS: Final = httpx.Limits(max_connections=16, max_keepalive_connections=0)
"""A connection for each message: one that the provider closes while it is idle would lose the answer to the next."""
_MAX_ANSWER: Final = 1 << 16
_MAX_WAIT_S: Final = 3600.0
"""The longest wait that an answer may ask for: a mistaken header must not silence us for a day."""
_MAX_CODE: Final = 40
_MAX_ID: Final = 200
_MAX_DIGITS: Final = 7  # a text with more in a row may hold a telephone number
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_ACCOUNT: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_BUSY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each address with its query: numbers, and passwords


class Fate(Enum):
    """What is known of a message that was handed over."""

    TAKEN = "taken"
    REFUSED = "refused"
    """The provider refuses this message: it is not tried again."""
    ACCOUNT = "account"
    """The provider refuses the account, or the address is wrong: no message will be taken until an admin mends it."""
    LATER = "later"
    """Certainly not taken, for a reason that passes: there was no connection, or the provider asks us to wait."""
    UNKNOWN = "unknown"
    """It may have been taken: the answer was lost. Sent again, the citizen could get it twice."""


class Outcome(NamedTuple):
    """How it went.

    Attributes:
        fate: What is known.
        provider_id: Of a message that was taken; may be empty.
        why: For an admin, without numbers and secrets.
        wait_s: How long the provider asks us to wait; 0: it does not say.
    """

    fate: Fate
    provider_id: str = ""
    why: str = ""
    wait_s: float = 0.0


def make_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return a client for `hand_over`. It follows no redirect: a password would go wherever it leads."""
    return httpx.AsyncClient(
        headers={"User-Agent": USER_AGENT},
        timeout=TIMEOUTS,
        limits=_LIMITS,
        transport=transport,
        follow_redirects=False,
        trust_env=False,
    )


async def hand_over(client: httpx.AsyncClient, request: Request, answer: Answer) -> Outcome:
    """Send a request once."""
    try:
        async with client.stream(
            request.method,
            request.url,
            headers=request.headers,
            params=request.query or None,
            data=request.form,
            json=request.json,
            auth=request.basic,
        ) as response:
            return read_answer(answer, response, await _limited(response))
    except _NOT_SENT as error:
        return Outcome(Fate.LATER, why=f"no connection: {type(error).__name__}")
    except (httpx.HTTPError, httpx.StreamError) as error:
        return Outcome(Fate.UNKNOWN, why=f"the answer was lost: {type(error).__name__}")
    except (httpx.InvalidURL, ValueError):  # its text would hold the address, or a header with the secret
        return Outcome(Fate.ACCOUNT, why="the request cannot be made: look at url, headers and the secret")


def read_answer(answer: Answer, response: httpx.Response, body: bytes) -> Outcome:
    """Say what an answer means."""
    status = response.status_code
    found = _json(body)
    if status in answer.status and found is not None:
        if not answer.path or text_at(found, answer.path) in answer.values:
            return Outcome(Fate.TAKEN, clean(text_at(found, answer.id))[:_MAX_ID])
        return _refusal(answer, found, response)
    if response.is_success:
        return Outcome(Fate.UNKNOWN, why=f"HTTP {status} without a JSON answer of the kind that [answer] describes")
    if status in _BUSY:
        return Outcome(Fate.LATER, why=f"HTTP {status}", wait_s=_wait_s(response))
    if response.is_server_error:
        return Outcome(Fate.UNKNOWN, why=f"HTTP {status}")
    return _refusal(answer, found, response)


def _refusal(answer: Answer, found: Any, response: httpx.Response) -> Outcome:
    code = text_at(found, answer.error)
    why = f"HTTP {response.status_code}, {_code(code) or 'no code'}"
    if code and code in answer.retry_errors:
        return Outcome(Fate.LATER, why=why)
    if response.status_code in _ACCOUNT or response.is_redirect or (code and code in answer.account_errors):
        return Outcome(Fate.ACCOUNT, why=why)
    return Outcome(Fate.REFUSED, why=why)


def _code(text: str) -> str:
    """What an answer says of its error, if it is a code and not a text with a number in it."""
    plain = clean(text)[:_MAX_CODE]
    digits = sum(c.isdecimal() for c in plain)
    return plain if digits <= _MAX_DIGITS else "(a text with digits)"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _wait_s(response: httpx.Response) -> float:
    """The seconds of Retry-After (RFC 9110, 10.2.3); a date there counts as none."""
    try:
        seconds = float(response.headers.get("retry-after", "0"))
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), _MAX_WAIT_S) if math.isfinite(seconds) else 0.0


async def _limited(response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _MAX_ANSWER:
            break
    return bytes(body)
