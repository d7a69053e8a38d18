"""The commands about other programs and the export, as an admin types them."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.commands import assert_one_clear_line, started, warroom
from tests.support.stores import report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from router.tickets.service import TicketService
    from tests.live.api.conftest import Api


async def test_api_keys_are_shown_once_and_end_at_once(api: Api) -> None:
    made = await warroom(api.data, "api-keys", "add", "portal-181", "--may", "file, read-personal")
    assert made.code == 0, made.err
    secret = made.out.strip()
    with closing(sqlite3.connect(DataDirectory(api.data).store)) as store:
        assert secret not in "\n".join(store.iterdump())
    listed = json.loads((await warroom(api.data, "api-keys", "list", "--json")).out)
    (row,) = [key for key in listed if key["name"] == "portal-181"]
    assert (row["may_file"], row["may_read_personal"]) == (True, True)
    shown = await warroom(api.data, "api-keys", "list")
    assert "portal-181" in shown.out
    assert secret not in shown.out
    async with httpx.AsyncClient(base_url=f"{api.url}/open311/v2", headers={"X-Api-Key": secret}) as client:
        assert (await client.get("/services.json")).status_code == 200
        assert (await warroom(api.data, "api-keys", "remove", "portal-181")).code == 0
        assert (await client.get("/services.json")).status_code == 403


@pytest.mark.long
async def test_api_keys_that_cannot_be_are_told_so(api: Api) -> None:
    assert_one_clear_line(await warroom(api.data, "api-keys", "add", "x", "--may", "everything"), "everything", "file")
    assert_one_clear_line(await warroom(api.data, "api-keys", "add", "No Name"), "No Name")
    assert_one_clear_line(await warroom(api.data, "api-keys", "add", "file"), "already")
    assert_one_clear_line(await warroom(api.data, "api-keys", "remove", "nobody"), "nobody")


async def test_api_on_a_port_that_is_taken_says_so(api: Api) -> None:
    assert_one_clear_line(await warroom(api.data, "api"), "in use", "api.port")


async def test_export_writes_what_was_asked_for(api: Api, desk: TicketService) -> None:
    opened = [await desk.open(report(f"export/{n}", need="sanitary", description="-1+1")) for n in range(3)]
    since, until = (opened[0].requested_datetime, opened[2].requested_datetime)
    span = ("--since", f"{since - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S%z}")
    span += ("--until", f"{until + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S%z}")
    plain = await warroom(api.data, "tickets", "export", *span)
    assert plain.code == 0, plain.err
    rows = list(csv.DictReader(io.StringIO(plain.out)))
    assert {ticket.number for ticket in opened} <= {row["service_request_id"] for row in rows}
    assert "phone" not in rows[0]
    assert str(opened[0].phone) not in plain.out
    full = await warroom(api.data, "tickets", "export", *span, "--personal", "--format", "json")
    lines = [json.loads(line) for line in full.out.splitlines()]
    (row,) = [line for line in lines if line["service_request_id"] == opened[0].number]
    assert (row["phone"], row["description"]) == (opened[0].phone, "-1+1")
    assert [line["requested_datetime"] for line in lines] == sorted(line["requested_datetime"] for line in lines)
    ahead = f"{datetime.now(UTC) + timedelta(days=300):%Y-%m-%d}"
    until = f"{datetime.now(UTC) + timedelta(days=301):%Y-%m-%d}"
    none = await warroom(api.data, "tickets", "export", "--since", ahead, "--until", until, "--json")
    assert (none.code, none.out) == (0, "")


@pytest.mark.long
async def test_export_into_a_reader_that_has_enough_ends_quietly(api: Api, desk: TicketService) -> None:
    await asyncio.gather(*(desk.open(report(f"pipe/{n}")) for n in range(600)))  # more than a pipe holds
    async with started(api.data, "tickets", "export", "--since", "2020-01-01", "--personal", "--json") as process:
        assert process.stdout
        assert process.stderr
        await process.stdout.readline()
        process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
        assert await process.stderr.read() == b""
        assert await process.wait() == 0


async def test_export_of_a_place_without_a_store_says_so(tmp_path: Path) -> None:
    assert_one_clear_line(await warroom(tmp_path, "tickets", "export", "--since", "2020-04-01"), "no store yet")
