"""A room hears its recordings at the address on its ticket; nobody else does, or learns anything from trying."""

from __future__ import annotations

import io
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
import soundfile
from fastapi import FastAPI

from recordings.playback.media import MediaRoutes
from recordings.playback.player import Player
from recordings.playback.signed_urls import SignedUrls
from router.tickets.command import Command
from router.tickets.workflow import WARROOM
from tests.support.sound_harness import SECRET, SoundHarness, sound_harness
from tests.support.speech import samples_of, spoken
from tests.support.stores import new_recordings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def served(
    tmp_path: Path, links: SignedUrls | None = None
) -> AsyncIterator[tuple[SoundHarness, httpx.AsyncClient]]:
    async with sound_harness(tmp_path) as harness:
        app = FastAPI()
        app.include_router(
            MediaRoutes(harness.desk, links or harness.links, Player(harness.kept, harness.played)).router()
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://warroom") as client:
            yield harness, client


async def test_media_is_the_recording_as_alaw_and_as_opus(tmp_path):
    async with served(tmp_path) as (harness, client):
        ticket = await harness.ticket(await harness.message())
        reply = await client.get(ticket.media_url)
        assert (reply.status_code, reply.headers["content-type"]) == (200, "audio/wav")
        assert reply.headers["cache-control"] == "private, no-store"
        assert spoken() in reply.content
        assert soundfile.info(io.BytesIO(reply.content)).subtype == "ALAW"
        reply = await client.get(ticket.media_url, params={"format": "opus"})
        assert (reply.status_code, reply.headers["content-type"]) == (200, "audio/ogg")
        samples, rate = soundfile.read(io.BytesIO(reply.content))
        assert (rate, len(samples)) == (8000, pytest.approx(len(samples_of()), abs=400))
        assert len(reply.content) < len(spoken()) / 2


async def test_media_in_pieces_is_the_whole(tmp_path):
    async with served(tmp_path) as (harness, client):
        url = (await harness.ticket(await harness.message())).media_url
        for form in ("alaw", "opus"):
            whole = await client.get(url, params={"format": form})
            assert whole.headers["accept-ranges"] == "bytes"
            size, pieces = len(whole.content), b""
            for start in range(0, size, 5000):
                reply = await client.get(
                    url, params={"format": form}, headers={"Range": f"bytes={start}-{start + 4999}"}
                )
                assert reply.status_code == 206
                assert reply.headers["content-range"] == f"bytes {start}-{min(start + 5000, size) - 1}/{size}"
                pieces += reply.content
            assert pieces == whole.content
            beyond = await client.get(url, params={"format": form}, headers={"Range": f"bytes={size}-"})
            assert beyond.status_code == 416
            head = await client.head(url, params={"format": form})
            assert (head.status_code, int(head.headers["content-length"]), head.content) == (200, size, b"")


async def test_media_of_each_recording_by_its_place(tmp_path):
    async with served(tmp_path) as (harness, client):
        name = await harness.message()
        other = name.replace("T000001", "T000059")
        soundfile.write(harness.kept / other, np.zeros(8000, np.int16), 8000)
        ticket = await harness.desk.attach((await harness.ticket(name)).number, recordings=new_recordings(other))
        first, second, newest = [(await client.get(ticket.media_url + part)).content for part in ("/1", "/2", "")]
        assert (first != second, second == newest) == (True, True)
        assert (await client.get(f"{ticket.media_url}/3")).status_code == 404


async def test_media_address_is_the_same_for_the_same_version_and_says_nothing(tmp_path):
    async with served(tmp_path) as (harness, _):
        ticket = await harness.ticket(await harness.message())
        assert (
            harness.links.url(ticket)
            == SignedUrls(SECRET, base="http://warroom", days=30).url(ticket)
            == ticket.media_url
        )
        assert ticket.number not in ticket.media_url
        assert "state" not in ticket.media_url
        assert SignedUrls("another secret", base="http://warroom", days=30).url(ticket) != ticket.media_url


async def test_media_forged_expired_foreign_and_gone_are_the_same_404(tmp_path):
    async with served(tmp_path) as (harness, client):
        ticket = await harness.ticket(await harness.message())
        url = ticket.media_url
        middle = len(url) - 40
        forged = url[:middle] + ("A" if url[middle] != "A" else "B") + url[middle + 1 :]
        foreign = harness.links.url(ticket.model_copy(update={"room": "district-bhopal"}))
        long_ago = datetime.now(UTC) - timedelta(days=31)
        expired = harness.links.url(ticket.model_copy(update={"updated_datetime": long_ago}))
        unknown = harness.links.url(ticket.model_copy(update={"service_request_id": "100000020"}))
        other_key = SignedUrls("another secret", base="http://warroom", days=30).url(ticket)
        bad = [
            forged,
            foreign,
            expired,
            unknown,
            other_key,
            "http://warroom/media/x",
            f"{url[:-1]}",
            "/media/" + "A" * 5000,
        ]
        replies = [await client.get(each) for each in bad]
        assert (await client.get(url)).status_code == 200
        (harness.kept / ticket.recordings[0]).unlink()
        replies.append(await client.get(url))
        assert {(reply.status_code, reply.content) for reply in replies} == {(404, b'{"detail":"Not Found"}')}


async def test_media_follows_the_ticket_to_its_new_room_and_is_dead_in_the_old(tmp_path):
    async with served(tmp_path) as (harness, client):
        before = await harness.ticket(await harness.message())
        command = Command(command_id="1", ticket=before.number, action="reroute", room="district-bhopal")
        assert (await harness.desk.command(command, actor=WARROOM)).accepted
        after = await harness.desk.ticket(before.number)
        assert after is not None
        assert (before.room, after.room) == ("state", "district-bhopal")
        assert (await client.get(before.media_url)).status_code == 404
        assert (await client.get(after.media_url)).status_code == 200


async def test_media_leaves_the_folder_of_recordings_by_no_way(tmp_path):
    secret = tmp_path / "secret.wav"
    soundfile.write(secret, np.zeros(800, np.int16), 8000)
    async with served(tmp_path) as (harness, client):
        for name in ("../secret.wav", str(secret)):
            ticket = await harness.desk.open(replace_report(name))
            assert (await client.get(ticket.media_url)).status_code == 404
        name = await harness.message()
        (harness.kept / name).unlink()
        (harness.kept / name).symlink_to(secret)
        assert (await client.get((await harness.ticket(name)).media_url)).status_code == 404


def replace_report(name: str):
    from tests.support.stores import report

    return replace(report(f"odd/{name}"), recordings=new_recordings(name), need="listen")
