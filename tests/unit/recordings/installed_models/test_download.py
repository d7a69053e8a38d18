"""A file comes whole over a line that breaks, or it is said why it does not."""

from __future__ import annotations

import random
from pathlib import Path

import httpx
import pytest

from recordings.installed_models.download import DownloadError, download
from tests.support.file_server import file_server

CONTENT = random.Random(1).randbytes(300_000)


def fetched(url: str, tmp_path: Path, **limits: int) -> bytes:
    seen: list[tuple[int, int]] = []
    goal = tmp_path / "file"
    timeout = httpx.Timeout(0.5)
    download(url, goal, lambda *at: seen.append(at), timeout=timeout, retry_delay_s=0, **limits)
    assert seen[-1][0] == goal.stat().st_size
    return goal.read_bytes()


@pytest.mark.parametrize("chunked", [False, True])
def test_download_whole(tmp_path, chunked):
    with file_server(CONTENT, chunked=chunked) as server:
        assert fetched(server.url, tmp_path) == CONTENT


def test_download_cut_off_goes_on_where_it_was(tmp_path):
    with file_server(CONTENT, cuts=[100_000, 50_000]) as server:
        assert fetched(server.url, tmp_path) == CONTENT
        assert server.asked[0] is None
        assert len(server.asked) == 3
        assert all(asked and asked != "bytes=0-" for asked in server.asked[1:])


def test_download_begins_anew_where_the_server_has_no_ranges(tmp_path):
    with file_server(CONTENT, cuts=[100_000], ranges=False) as server:
        assert fetched(server.url, tmp_path) == CONTENT


def test_download_begins_anew_when_the_file_has_changed(tmp_path):
    with file_server(CONTENT, cuts=[100_000]) as server:
        answer = server.answer

        def changed(handler):
            answer(handler)
            server.content, server.tag = CONTENT[::-1], '"two"'

        server.answer = changed  # type: ignore[method-assign]
        assert fetched(server.url, tmp_path) == CONTENT[::-1]


def test_download_after_the_server_was_away_for_a_moment(tmp_path):
    with file_server(CONTENT, statuses=[503, 502]) as server:
        assert fetched(server.url, tmp_path) == CONTENT


@pytest.mark.parametrize(
    ("fault", "said", "requests"),
    [
        ({"statuses": [404]}, "404 Not Found; look at the address", 1),
        ({"statuses": [503] * 5}, "given up after 5 attempts: the server answers 503", 5),
        ({"kind": "text/html; charset=utf-8"}, "a web page", 1),
        ({"cuts": [10] * 5, "ranges": False}, "given up after 5 attempts", 5),
        ({"stalls": True}, "given up after 5 attempts", 5),
    ],
)
def test_download_that_fails_says_why(tmp_path, fault, said, requests):
    with file_server(CONTENT, **fault) as server:
        with pytest.raises(DownloadError, match=said):
            fetched(server.url, tmp_path)
        assert len(server.asked) == requests


@pytest.mark.parametrize("chunked", [False, True])
def test_download_too_large(tmp_path, chunked):
    with file_server(CONTENT, chunked=chunked) as server, pytest.raises(DownloadError, match="no model"):
        fetched(server.url, tmp_path, max_bytes=200_000)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x.zip", "http:///x.zip", "http://[::1/x.zip"])
def test_download_from_nowhere(tmp_path, url):
    with pytest.raises(DownloadError):
        fetched(url, tmp_path)
