"""Files come in two steps, from nowhere but allowed hosts, and reach their ticket; what cannot be had is said on it."""

from __future__ import annotations

import asyncio
import io
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import sqlalchemy as sa

from recordings.voice_notes import VoiceNotes
from router.clock import utc_now
from router.intake.whatsapp.graph.accounts import GraphAccounts
from router.intake.whatsapp.graph.media.fetcher import MediaFetcher, MediaRefusedError
from router.intake.whatsapp.graph.media.worker import PAUSES_S, MediaWorker
from router.intake.whatsapp.graph.pace import Pace
from router.intake.whatsapp.graph.refusals import Refusals
from router.model.job import TRANSCRIBE, WHATSAPP_MEDIA
from router.settings_messaging import WhatsAppSettings
from router.storage.schema import jobs
from tests.support.graph.stand_in import ACCOUNT, TOKEN, Cut, Refuse, StandInGraph, served
from tests.support.stores import opened_desk, opened_store, places, report
from warroom.services.sim.whatsapp.graph_server import Medium
from warroom.services.whatsapp_media import KeptVoice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from router.model.ticket import Ticket
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

LIMIT = 100_000
"""Bytes of a file in these tests."""


class Album:
    """A keeper of photographs that remembers them, and refuses those that are none."""

    limit = LIMIT

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def keep(self, ticket: str, data: bytes, *, key: str, sent: datetime) -> None:
        assert ticket
        assert sent.tzinfo
        if data.startswith(b"no picture"):
            raise MediaRefusedError("it is no picture")
        self.kept[key] = data


class Bench:
    """A worker over a store and a stand-in; its clock is moved by hand."""

    def __init__(
        self, store: Storage, desk: TicketService, graph: StandInGraph, fetcher: MediaFetcher, kept: Path
    ) -> None:
        self.store, self.desk, self.graph, self.now = store, desk, graph, utc_now() + timedelta(minutes=1)
        self.album, self.failures, self.pace = Album(), Refusals(), Pace(80)
        voice = KeptVoice(VoiceNotes(desk, kept), desk)
        self.worker = MediaWorker(
            store=store,
            desk=desk,
            fetcher=fetcher,
            keepers={"picture": self.album, "voice": voice},
            pace=self.pace,
            failures=self.failures,
            now=lambda: self.now,
        )

    async def opened(self) -> Ticket:
        return await self.desk.open(report("whatsapp/wamid.1", channel="whatsapp", helpline=None, call=""))

    async def ask(self, ticket: Ticket, data: bytes, kind: str = "picture", media_id: str = "") -> str:
        media_id = media_id or self.graph.add(Medium(data, "image/jpeg"))
        payload = {
            "ticket": ticket.number,
            "account": ACCOUNT,
            "media_id": media_id,
            "kind": kind,
            "message": "wamid.1",
            "sent": self.now.isoformat(),
        }
        await self.store.write(
            lambda uow: uow.jobs.add(WHATSAPP_MEDIA, f"wamid.1/{media_id}", payload, self.now - timedelta(seconds=30))
        )
        return f"wamid.1/{media_id}"

    async def work(self) -> None:
        while await self.worker.look():
            await asyncio.sleep(0.005)

    async def outcomes(self, kind: str = WHATSAPP_MEDIA) -> list[str]:
        """How jobs ended; empty for those that go on."""
        query = sa.select(jobs.c.outcome, jobs.c.ended).where(jobs.c.kind == kind)
        rows = await self.store.read(lambda uow: list(uow.connection.execute(query)))
        return [row.outcome if row.ended else "" for row in rows]

    async def notes(self, ticket: Ticket) -> tuple[str, ...]:
        found = await self.desk.ticket(ticket.number)
        assert found is not None
        return found.notes


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    graph = StandInGraph()
    async with (
        served(graph) as url,
        opened_store(tmp_path / "s.sqlite") as store,
        opened_desk(store) as desk,
    ):
        settings = WhatsAppSettings(phone_number_ids=(ACCOUNT,), graph_url=url)
        accounts = GraphAccounts(settings, lambda: TOKEN, tmp_path / "simulator.sock")
        (tmp_path / "kept").mkdir()
        yield Bench(store, desk, graph, MediaFetcher(accounts, [url.removeprefix("http://")]), tmp_path / "kept")
        await accounts.close()


async def test_a_file_comes_once(bench: Bench) -> None:
    ticket = await bench.opened()
    key = await bench.ask(ticket, b"\xff\xd8 a picture")
    await bench.work()
    assert (bench.album.kept, await bench.outcomes()) == ({key: b"\xff\xd8 a picture"}, ["kept"])
    assert await bench.notes(ticket) == ()


@pytest.mark.parametrize(
    "faults",
    [
        [Refuse(500)],
        [None, Cut()],
        [None, Refuse(404)],
        [Refuse(429, 80007)],
        [None, Refuse(302, headers={"Location": "http://127.0.0.1:1/"})],
    ],
    ids=["first", "cut", "expired", "rate", "redirect"],
)
async def test_a_fetch_that_fails_begins_anew_after_a_minute(bench: Bench, faults: Any) -> None:
    key = await bench.ask(await bench.opened(), b"picture")
    bench.graph.faults += faults
    await bench.work()
    assert (bench.album.kept, await bench.outcomes()) == ({}, [""])
    bench.now += timedelta(seconds=PAUSES_S[0] - 1)
    await bench.work()
    assert await bench.outcomes() == [""]
    bench.now += timedelta(seconds=2)
    await bench.work()
    assert (list(bench.album.kept), await bench.outcomes()) == ([key], ["kept"])


async def test_after_four_tries_the_ticket_says_so_and_an_alert_stands(bench: Bench) -> None:
    ticket = await bench.opened()
    await bench.ask(ticket, b"", media_id="404")
    for pause in (*PAUSES_S, 0.0):
        await bench.work()
        bench.now += timedelta(seconds=pause + 1)
    assert bench.graph.requests == ["GET /v25.0/404"] * 4
    (note,) = await bench.notes(ticket)
    assert "could not be had" in note
    assert bench.failures.lasting == ("picture: 100 (HTTP 400)",)
    assert [outcome.partition(":")[0] for outcome in await bench.outcomes()] == ["given up"]


@pytest.mark.parametrize("data", [b"x" * (LIMIT + 1), b"no picture"], ids=["large", "other"])
async def test_what_is_refused_is_said_at_once_and_not_tried_again(bench: Bench, data: bytes) -> None:
    ticket = await bench.opened()
    await bench.ask(ticket, data)
    await bench.work()
    assert [outcome.partition(":")[0] for outcome in await bench.outcomes()] == ["refused"]
    assert len(await bench.notes(ticket)) == 1
    assert bench.failures.lasting == ()


def _told(**changes: object) -> Mapping[str, object]:
    return {"url": "https://lookaside.fbsbx.com/a", "file_size": 3, "sha256": "", **changes}


class _Client:
    """A client that is told what Meta says of a medium; it counts downloads."""

    def __init__(self, facts: Mapping[str, object]) -> None:
        self.facts, self.downloads = facts, 0

    def client(self, _account: str) -> _Client:
        return self

    async def media(self, _account: str, _media_id: str) -> Mapping[str, object]:
        return self.facts

    async def download(self, _url: str, _limit: int) -> bytes | None:
        self.downloads += 1
        return b"abc"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a",
        "https://lookaside.fbsbx.com.evil.example/a",
        "https://lookaside.fbsbx.com@evil.example/a",
        "https://user@lookaside.fbsbx.com/a",
        "http://lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com:99999/a",
        "file:///etc/passwd",
        "http://127.0.0.1:1883/",
        "https://[::1]/",
        "https://localhost/",
        "https://10.0.0.5/a",
    ],
)
async def test_no_address_but_an_allowed_host_is_asked(url: str) -> None:
    client = _Client(_told(url=url))
    fetcher = MediaFetcher(client, ["lookaside.fbsbx.com", "localhost", "10.0.0.5"])  # type: ignore[arg-type]
    with pytest.raises(MediaRefusedError):
        await fetcher.fetch(ACCOUNT, "1", LIMIT)
    assert client.downloads == 0


async def test_a_size_that_is_announced_too_large_is_not_asked_for() -> None:
    client = _Client(_told(file_size=LIMIT + 1))
    with pytest.raises(MediaRefusedError, match="100,001 bytes"):
        await MediaFetcher(client, ["lookaside.fbsbx.com"]).fetch(ACCOUNT, "1", LIMIT)  # type: ignore[arg-type]
    assert client.downloads == 0


def _voice(rate: int) -> bytes:
    made = io.BytesIO()
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(rate * 2) / rate)
    soundfile.write(made, tone.astype(np.float32), rate, format="OGG", subtype="OPUS")
    return made.getvalue()


async def test_voice_notes_become_recordings_and_are_transcribed_and_others_are_refused(
    bench: Bench, tmp_path: Path
) -> None:
    from recordings.transcription.transcription_hook import ask_for_transcription

    bench.desk.on_change(ask_for_transcription(places()))
    ticket = await bench.opened()
    good = _voice(16_000)
    for data in (good, _voice(48_000), good[:400] + b"?" * 4000, b"#!AMR\n" + b"x" * 100):
        await bench.ask(ticket, data, "voice")
    while await bench.worker.look():
        await asyncio.sleep(0.05)
    found = await bench.desk.ticket(ticket.number)
    assert found is not None
    assert len(found.recordings) == 2
    assert len(found.notes) == 2
    for name in found.recordings:
        about = soundfile.info(tmp_path / "kept" / name)
        assert (about.samplerate, about.channels, about.subtype) == (8000, 1, "PCM_16")
        assert about.duration == pytest.approx(2, abs=0.1)
    assert await bench.outcomes(TRANSCRIBE) == ["", ""]
    assert sorted(path.suffix for path in (tmp_path / "kept").iterdir()) == [".wav", ".wav"]
