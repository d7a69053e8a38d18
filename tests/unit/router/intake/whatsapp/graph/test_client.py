"""What the client sends with each request, and what it makes of answers that no server should give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from router.intake.whatsapp.graph.client import GraphClient
from router.intake.whatsapp.graph.errors import ErrorKind, GraphError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

SENT = {"messages": [{"id": "wamid.1"}]}


class Pieces(httpx.AsyncByteStream):
    """A body in pieces that counts those that were read."""

    def __init__(self, count: int, size: int = 1000) -> None:
        self.left, self.size, self.read = count, size, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.left):
            self.read += 1
            yield b"x" * self.size


def client(answer: Callable[[httpx.Request], httpx.Response], token: str | None = "t") -> GraphClient:
    async def given() -> str | None:
        return token

    return GraphClient("https://graph.example", "v25.0", given, httpx.MockTransport(answer))


async def test_each_request_names_us_and_bears_the_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=SENT if request.method == "POST" else {"url": "u"})

    async with client(answer) as graph:
        assert await graph.send("12", {"type": "text"}) == "wamid.1"
        await graph.media("12", "345")
        await graph.download("https://files.example/a", 1000)
    assert [str(one.url) for one in seen] == [
        "https://graph.example/v25.0/12/messages",
        "https://graph.example/v25.0/345?phone_number_id=12",
        "https://files.example/a",
    ]
    for one in seen:
        assert one.headers["authorization"] == "Bearer t"
        assert one.headers["user-agent"].startswith("warroom/")


async def test_a_file_that_is_larger_than_announced_is_let_go() -> None:
    body = Pieces(100)
    async with client(lambda _: httpx.Response(200, stream=body)) as graph:
        assert await graph.download("https://files.example/a", 5000) is None
    assert body.read == 6


async def test_no_redirection_is_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://evil.example/"})

    async with client(answer) as graph:
        with pytest.raises(GraphError):
            await graph.download("https://files.example/a", 5000)
    assert asked == ["https://files.example/a"]


async def test_a_file_that_announces_too_much_is_not_read() -> None:
    body = Pieces(100)
    answer = httpx.Response(200, stream=body, headers={"Content-Length": "100000"})
    async with client(lambda _: answer) as graph:
        assert await graph.download("https://files.example/a", 5000) is None
    assert body.read == 0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, text="<html>"), ErrorKind.RETRY),
        (httpx.Response(200, json={"messages": []}), ErrorKind.RETRY),
        (httpx.Response(200, json={"messages": [{"id": 7}]}), ErrorKind.RETRY),
        (httpx.Response(200, text="[" * 100_000), ErrorKind.RETRY),
        (httpx.Response(200, stream=Pieces(1000)), ErrorKind.RETRY),
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), ErrorKind.RETRY),
        (httpx.Response(401, text="no"), ErrorKind.TOKEN),
        (httpx.Response(400, json={"error": "text"}), ErrorKind.CONTENT),
        (httpx.Response(400, json={"error": {"code": "190"}}), ErrorKind.CONTENT),
        (httpx.Response(400, json={"error": {"code": 190, "message": "of +919812343210"}}), ErrorKind.TOKEN),
    ],
)
async def test_an_answer_that_is_none_is_an_error_without_anything_of_it(answer: Any, kind: ErrorKind) -> None:
    async with client(lambda _: answer) as graph:
        with pytest.raises(GraphError) as caught:
            await graph.send("12", {})
    assert caught.value.kind is kind
    assert "9812343210" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "waits"), [("30", 30.0), ("999999999999", 3600.0), ("-1", None), ("soon", None), ("٣", None), ("", None)]
)
async def test_how_long_an_answer_says_to_wait(said: str, waits: float | None) -> None:
    headers = {"Retry-After": said.encode()} if said else {}
    async with client(lambda _: httpx.Response(429, headers=headers)) as graph:
        with pytest.raises(GraphError) as caught:
            await graph.send("12", {})
    assert (caught.value.kind, caught.value.retry_after_s) == (ErrorKind.RATE, waits)


async def test_without_a_token_nothing_is_asked() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    async with client(answer, token=None) as graph:
        with pytest.raises(GraphError, match="warroom whatsapp secret token"):
            await graph.send("12", {})
    assert asked == []


@pytest.mark.parametrize("media_id", ["../12/messages", "1?x=2", "", "१२", "1/2"])
async def test_an_id_of_a_medium_is_no_path(media_id: str) -> None:
    async with client(lambda _: httpx.Response(200, json={})) as graph:
        with pytest.raises(GraphError, match="other characters"):
            await graph.media("12", media_id)
